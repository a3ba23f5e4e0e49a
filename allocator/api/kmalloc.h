/*
 * Memory by size, from thirteen caches (8 bytes to 2 pages) and, above, from the page layer.
 *
 * An object whose size is a power of two is aligned to it, any other to the largest power of two
 * that divides its cache's size; at least 8 bytes. Sizes above KMALLOC_SIZE_MAX give NULL. Size 0
 * gives ZERO_SIZE_PTR, which may be freed and resized but not touched.
 */
#ifndef ALLOCATOR_API_KMALLOC_H
#define ALLOCATOR_API_KMALLOC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "allocator/base/flags.h"

struct kmem_heap;
struct kmem_cache;

#define ZERO_SIZE_PTR ((void *)16)

static inline bool is_zero_or_null(const void *object)
{
    return (uintptr_t)object <= (uintptr_t)ZERO_SIZE_PTR;
}

/* kmalloc, kzalloc, kcalloc: NULL if there is no memory, or count * size overflows. */
void *heap_alloc(struct kmem_heap *heap, size_t size, gfp_t gfp);
void *heap_zalloc(struct kmem_heap *heap, size_t size, gfp_t gfp);
void *heap_calloc(struct kmem_heap *heap, size_t count, size_t size, gfp_t gfp);

/*
 * krealloc. object NULL or ZERO_SIZE_PTR: heap_alloc(). size 0: frees, returns ZERO_SIZE_PTR.
 * Otherwise the first min(old, new) bytes are kept; the object stays in place when its slot holds
 * the new size. NULL on failure, and object is as it was. A pointer that heap_free() would report
 * for where it lies is reported, and NULL returned.
 *
 * With __GFP_ZERO, bytes gained read zero provided that every allocation and resize of this object
 * asked for zeroing.
 */
void *heap_realloc(struct kmem_heap *heap, void *object, size_t size, gfp_t gfp);

/*
 * kfree. NULL and ZERO_SIZE_PTR do nothing; a pointer that lies in no slab, or not at the start of
 * a large object, is reported. What is noticed inside a slab is up to its cache: docs/HARDENING.md.
 */
void heap_free(struct kmem_heap *heap, void *object);
void heap_free_bulk(struct kmem_heap *heap, size_t count, void **objects);

/*
 * ksize: bytes that a resize in place can grant; 0 for NULL and ZERO_SIZE_PTR. The bytes beyond
 * the requested size stay forbidden until heap_realloc() grants them.
 */
size_t heap_usable_size(struct kmem_heap *heap, const void *object);

/* The cache that serves a size, or NULL if the page layer does; size is not 0. O(1). */
struct kmem_cache *heap_kmalloc_cache(struct kmem_heap *heap, size_t size);

#endif
