/*
 * Buckets: kmalloc from caches of one's own, so that objects of a kind, whatever their size, never
 * take the place of others (kmem_buckets_create and its family).
 */
#ifndef ALLOCATOR_API_BUCKETS_H
#define ALLOCATOR_API_BUCKETS_H

#include <stddef.h>
#include <stdint.h>

#include "allocator/base/errors.h"
#include "allocator/base/flags.h"
#include "allocator/base/params.h"

struct kmem_heap;
struct kmem_cache;

/*
 * What can be said of a set's caches. Users may see [useroffset, useroffset + usersize) of its
 * objects, or what of that lies in objects that are smaller. The constructor is that of
 * cache_request; it is not told the size, and writes no more than the smallest of kmalloc has. A
 * resize keeps what users wrote, not what it wrote.
 */
struct kmem_buckets_args {
    slab_flags_t flags;
    uint32_t useroffset;
    uint32_t usersize;
    void (*ctor)(void *object);    /* or NULL */
};

/* The caches by size, least first, as those of kmalloc: a size left out is served by the next. */
struct kmem_buckets {
    struct kmem_heap *heap;
    struct kmem_cache *caches[KMALLOC_CACHE_COUNT];
};

/*
 * Makes a cache for each size of kmalloc, named name-<size> and never shared. The struct is the
 * caller's. HEAP_EINVAL and HEAP_ENOMEM as heap_cache_create(); nothing is kept then.
 * O(CACHE_MAX * sizes); takes heap->registry_lock.
 */
int heap_buckets_create(struct kmem_heap *heap, const char *name,
                        const struct kmem_buckets_args *args, struct kmem_buckets *buckets);

/*
 * heap_alloc() from these caches, but for what is too large for any. Freed by heap_free(). Where
 * there is a constructor __GFP_ZERO is not granted: CTOR_WITH_ZERO is reported.
 */
void *heap_buckets_alloc(const struct kmem_buckets *buckets, size_t size, gfp_t gfp);

/*
 * Destroys the caches. HEAP_EBUSY if an object of one was not freed: that cache stays, as
 * kmem_cache_destroy() says, the others go.
 */
int heap_buckets_destroy(struct kmem_buckets *buckets);

#endif
