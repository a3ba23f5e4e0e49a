/*
 * Memory by size, of whatever can be had: an object of kmalloc's, or a view.
 *
 *     heap_kv_alloc(20000)    kmalloc, not trying hard:  | one run of eight pages    |
 *                             failing that, a view:      | 1 | 2 | 3 | 4 | 5 | free  |
 *
 * A view is a row of single pages, one behind the other, as heap_alloc_pages_exact() gives them;
 * there is one only above PAGE_SIZE, where kmalloc failed. Its first page knows its size, and so
 * heap_kv_free() tells by the pointer what it was given.
 *
 * In the kernel the pages of a view may lie anywhere, since it maps them anew; here nothing is
 * mapped, and so a view needs a run that is free. What it is spared is what kmalloc is denied: it
 * may wait, and is not made to fail with the objects.
 *
 * Memory of these calls may be freed by heap_kv_free() alone: whether heap_free() takes it is
 * chance. A view that is given to it is reported, as is what lies inside a view.
 */
#ifndef ALLOCATOR_API_KVMALLOC_H
#define ALLOCATOR_API_KVMALLOC_H

#include <stddef.h>

#include "allocator/base/flags.h"

struct kmem_heap;

/*
 * kvmalloc, kvzalloc, kvmalloc_array: NULL if there is no memory, count * size overflows, or the
 * size is above KMALLOC_SIZE_MAX; ZERO_SIZE_PTR for 0 bytes. O(pages) for a view; takes zone->lock.
 */
void *heap_kv_alloc(struct kmem_heap *heap, size_t size, gfp_t gfp);
void *heap_kv_zalloc(struct kmem_heap *heap, size_t size, gfp_t gfp);
void *heap_kv_alloc_array(struct kmem_heap *heap, size_t count, size_t size, gfp_t gfp);

/*
 * kvrealloc: as heap_realloc(), but moves to what heap_kv_alloc() gives. A view stays where it is
 * as long as its pages hold the new size; those that are too many are free again. Size 0 gives
 * ZERO_SIZE_PTR, also of a view.
 */
void *heap_kv_realloc(struct kmem_heap *heap, void *object, size_t size, gfp_t gfp);

/* kvfree: frees what these calls, or heap_alloc(), gave. NULL and ZERO_SIZE_PTR do nothing. */
void heap_kv_free(struct kmem_heap *heap, void *object);

#endif
