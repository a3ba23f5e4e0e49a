/*
 * Pools: elements of one kind, of which some are kept in reserve, so that whoever needs one to go
 * on gets it even while there is no memory.
 *
 *     mempool_alloc:  the source -> the reserve
 *     mempool_free:   the reserve, while it has fewer elements than wanted -> the source
 *
 * An allocation fails only if the source refuses and the reserve is empty. Linux then sleeps until
 * somebody frees an element; nobody sleeps here, so it is NULL, and the caller frees one and asks
 * again.
 *
 * What lies in the reserve is nobody's. It is hidden from sanitizers; where the source poisons
 * (SLAB_POISON of the cache, or of the heap's debug flags) it holds the poison of free objects,
 * looked at when the element is taken: damage is reported as POOL_POISON, and the element handed
 * out all the same. Where the source checks (SLAB_CONSISTENCY_CHECKS, likewise) what is freed is
 * looked at before it goes to the reserve: an element that is there already is a DOUBLE_FREE, one
 * that is no element's start INVALID_POINTER, INVALID_LARGE_FREE or BAD_PAGE_FREE, and not taken.
 *
 * No element lies in the guard pool, which has few objects, and would not see them go round.
 *
 * All of it may be called by several CPUs, and mempool_alloc(), mempool_free() by interrupts.
 */
#ifndef ALLOCATOR_API_MEMPOOL_H
#define ALLOCATOR_API_MEMPOOL_H

#include <stdbool.h>
#include <stddef.h>

#include "allocator/base/errors.h"
#include "allocator/base/flags.h"
#include "allocator/base/world.h"

struct kmem_heap;
struct kmem_cache;

enum mempool_kind {
    MEMPOOL_CACHE,      /* objects of a cache that outlives the pool, and leaves free ones alone:
                           neither a constructor nor SLAB_TYPESAFE_BY_RCU */
    MEMPOOL_KMALLOC,    /* kmalloc of a size, in bytes, not 0 */
    MEMPOOL_PAGES,      /* runs of an order: an element is the address of the first page */
};

struct mempool_source {
    enum mempool_kind kind;
    struct kmem_cache *cache;
    size_t size;
    unsigned order;
};

struct mempool {
    /* Fixed when it is made. */
    struct kmem_heap *heap;
    struct mempool_source source;
    size_t element_size;         /* bytes that users may touch */
    bool is_poisoned;
    bool is_checked;

    /* Protected by lock, a leaf of the lock order. */
    struct world_lock lock;
    unsigned wanted_count;       /* elements that the reserve is to have */
    unsigned reserve_count;      /* elements that it has */
    unsigned room_count;         /* that it has room for */
    void **reserve;              /* of room_count entries, allocated by kmalloc */
};

/*
 * Makes a pool, in the caller's storage, and fills its reserve. HEAP_EINVAL for a source that no
 * pool can have; HEAP_ENOMEM if there is no memory for the reserve, and then nothing is kept.
 * O(wanted_count).
 */
int heap_mempool_init(struct kmem_heap *heap, const struct mempool_source *source,
                        unsigned wanted_count, struct mempool *pool);

/* Gives the reserve back to the source. Elements that users have are theirs. O(wanted_count). */
void mempool_exit(struct mempool *pool);

/* __GFP_ZERO is not granted: an element of the reserve holds anything. */
void *mempool_alloc(struct mempool *pool, gfp_t gfp);

/* Only of the reserve: NULL if that is empty. */
void *mempool_alloc_preallocated(struct mempool *pool);

/* NULL is nothing. An element of the pool, or of another one with the same source. */
void mempool_free(struct mempool *pool, void *element);

/*
 * Makes the reserve larger, as far as the source has elements, or smaller. HEAP_ENOMEM if there is
 * no memory to note them; nothing changes then. O(elements taken or given back).
 */
int mempool_resize(struct mempool *pool, unsigned wanted_count);

#endif
