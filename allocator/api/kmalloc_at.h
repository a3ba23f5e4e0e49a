/*
 * What allocating, freeing and resizing by size, near a node or not, share: finding out what a
 * pointer is, and doing the work on behalf of a call site.
 */
#ifndef ALLOCATOR_API_KMALLOC_AT_H
#define ALLOCATOR_API_KMALLOC_AT_H

#include "allocator/base/flags.h"
#include "allocator/cache/heap_state.h"
#include "allocator/page/page_alloc.h"

/* What a pointer that kmalloc returned turned out to be. */
struct allocation {
    struct page *page;    /* head of its run */
    struct slab *slab;    /* NULL for a large one, and for a guarded one */
    const struct guarded_object *guarded;    /* NULL unless it lies in the guard pool */
};

/* False if the pointer lies in no slab and no large run, and is no object of the guard pool. */
bool allocation_find(const struct kmem_heap *heap, const void *object, struct allocation *found);

/* False for a pointer into a large allocation; inside a slab it is not looked at. */
bool allocation_starts_at(const struct kmem_heap *heap, const struct allocation *found,
                          const void *object);

/* The same two questions; a pointer that is no allocation's start is reported, as of a stage. */
bool allocation_require(const struct kmem_heap *heap, const void *object, enum report_stage stage,
                        uint64_t site, struct allocation *found);

/* Bytes that the allocation can grow to in place. */
size_t allocation_usable_size(const struct allocation *found);

/* Bytes the user asked for; all that are usable where nobody remembers. */
size_t allocation_requested_size(const struct allocation *found, const void *object);

/* What memory asked for with gfp holds: zeros, or anything. */
bool kmalloc_zeroes(const struct kmem_heap *heap, gfp_t gfp);

/* Shows memory that was asked for with gfp and holds that. */
void kmalloc_show(const struct kmem_heap *heap, const void *memory, size_t size, gfp_t gfp);

/* Makes a large object of size bytes of a PAGE_LARGE run and shows it; NULL stays NULL. */
void *kmalloc_show_large(struct kmem_heap *heap, struct page *page, size_t size, gfp_t gfp);

/* Shows a PAGE_RUN run, which is defined if it was asked to be zero; NULL stays NULL. */
struct page *pages_show(struct kmem_heap *heap, struct page *page, unsigned order, gfp_t gfp);

/* What a request for pages near a node, which may be any number, asks of the page layer. */
struct page_ask pages_ask(const struct kmem_heap *heap, gfp_t gfp, unsigned order, int node);

/* The functions of kmalloc.h for the caller that site names. */
void *kmalloc_at(struct kmem_heap *heap, size_t size, gfp_t gfp, uint64_t site);
void *kmalloc_array_at(struct kmem_heap *heap, size_t count, size_t size, gfp_t gfp, uint64_t site);
void kfree_at(struct kmem_heap *heap, void *object, uint64_t site);
void kfree_bulk_at(struct kmem_heap *heap, size_t count, void **objects, uint64_t site);

struct kmem_buckets;

/* heap_buckets_alloc() of buckets.h likewise. */
void *buckets_alloc_at(const struct kmem_buckets *buckets, size_t size, gfp_t gfp, uint64_t site);

struct resize_request {
    size_t size;
    size_t align;     /* the object is moved if it is not aligned to it; a power of two */
    gfp_t gfp;
    uint64_t site;
};

void *krealloc_at(struct kmem_heap *heap, void *object, struct resize_request request);

/* The functions of kvmalloc.h in the same way. */
void *kvmalloc_at(struct kmem_heap *heap, size_t size, gfp_t gfp, uint64_t site);
void *kvmalloc_array_at(struct kmem_heap *heap, size_t count, size_t size, gfp_t gfp,
                        uint64_t site);
void *kvrealloc_at(struct kmem_heap *heap, void *object, struct resize_request request);
void kvfree_at(struct kmem_heap *heap, void *object, uint64_t site);

#endif
