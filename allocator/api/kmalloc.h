/*
 * Memory by size, from thirteen caches (8 bytes to 2 pages) and, above, from the page layer.
 *
 * An object whose size is a power of two is aligned to it, any other to the largest power of two
 * that divides its cache's size; at least 8 bytes, or what kmalloc_align_log2 says. Sizes above
 * KMALLOC_SIZE_MAX give NULL. Size 0 gives ZERO_SIZE_PTR, which may be freed and resized but not
 * touched.
 *
 * With kmalloc_families, memory that is asked for with __GFP_DMA, __GFP_RECLAIMABLE or
 * __GFP_ACCOUNT comes from caches of its own, the first named deciding. With kmalloc_copies other
 * memory comes from one of several copies of the caches, always the same for a call site
 * (hardening/call_site.h).
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

/* kmalloc_array: heap_calloc() that zeroes only with __GFP_ZERO. */
void *heap_alloc_array(struct kmem_heap *heap, size_t count, size_t size, gfp_t gfp);

/* kmalloc_track_caller: heap_alloc() on behalf of whoever called the caller. */
void *heap_alloc_track_caller(struct kmem_heap *heap, size_t size, gfp_t gfp, uintptr_t caller);

/*
 * kmalloc_size_roundup: bytes that an allocation of size takes and that its user may ask for at no
 * cost; size itself if there is no such allocation. O(1).
 */
size_t heap_size_roundup(const struct kmem_heap *heap, size_t size);

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

/* krealloc_array: the same for count * size bytes; NULL, object as it was, if that overflows. */
void *heap_realloc_array(struct kmem_heap *heap, void *object, size_t count, size_t size,
                         gfp_t gfp);

/*
 * krealloc_node_align: heap_realloc() that moves an object which is not aligned to align, a power
 * of two, even if its slot holds the new size. What it moves to is aligned as kmalloc aligns size,
 * whatever align says.
 */
void *heap_realloc_align(struct kmem_heap *heap, void *object, size_t size, size_t align,
                         gfp_t gfp);

/*
 * kfree. NULL and ZERO_SIZE_PTR do nothing; a pointer that lies in no slab, or not at the start of
 * a large object, is reported. What is noticed inside a slab is up to its cache: docs/HARDENING.md.
 */
void heap_free(struct kmem_heap *heap, void *object);

/* kfree_sensitive: zeroes all the user had first, also before resizes: nobody can read it later. */
void heap_free_sensitive(struct kmem_heap *heap, void *object);

/* kfree_bulk: frees count objects of any caches, large ones included. Consumes objects[]. */
void heap_free_bulk(struct kmem_heap *heap, size_t count, void **objects);

/*
 * kmalloc_nolock, kfree_nolock: the same for a context that may have interrupted a lock holder, as
 * kmem_cache_alloc_nolock() and kmem_cache_free_nolock(); of gfp only __GFP_ZERO and the families
 * count. NULL often: if the CPU has no object of size at hand, the next larger size is tried once;
 * always above KMALLOC_CACHE_SIZE_MAX. Any object of kmalloc's caches may be freed so, none that
 * is made of pages.
 */
void *heap_alloc_nolock(struct kmem_heap *heap, size_t size, gfp_t gfp);
void heap_free_nolock(struct kmem_heap *heap, void *object);

/*
 * ksize: bytes that a resize in place can grant; 0 for NULL and ZERO_SIZE_PTR. The bytes beyond
 * the requested size stay forbidden until heap_realloc() grants them.
 */
size_t heap_usable_size(struct kmem_heap *heap, const void *object);

/* The normal cache of a size, or NULL if the page layer serves it; size is not 0. O(1). */
struct kmem_cache *heap_kmalloc_cache(struct kmem_heap *heap, size_t size);

#endif
