/*
 * An allocation or a free of a cache with SLAB_TRACE, as data. The platform decides what becomes of
 * it, debug/render.h turns it into text.
 *
 * An allocation is told once the object is off its freelist, a free once the checks let it pass:
 * then the object still holds what its user left, and is counted as in use.
 */
#ifndef ALLOCATOR_BASE_OBJECT_TRACE_H
#define ALLOCATOR_BASE_OBJECT_TRACE_H

#include <stdbool.h>
#include <stdint.h>

struct kmem_cache;

struct object_trace {
    const struct kmem_cache *cache;
    const void *object;
    const void *free_object;    /* the first free object of its slab, or NULL */
    uint32_t inuse_count;       /* of its slab, the object included */
    bool is_free;
    uint64_t site;              /* caller, as world_site() names it */
};

#endif
