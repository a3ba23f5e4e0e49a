/*
 * What a pointer is about: a byte of the arena, a descriptor, a cache, or a lock in one of them.
 *
 * Made for heaps that may be broken: nothing is followed before it is tested.
 */
#ifndef FUZZ_TRIAGE_LOCATE_H
#define FUZZ_TRIAGE_LOCATE_H

#include "allocator/cache/heap_state.h"
#include "fuzz/ops.h"
#include "sanitizers/model.h"

struct location {
    const char *what;                  /* "object", "slab", ...; NULL: nothing was found */
    const unsigned char *address;      /* in the arena, or NULL */
    const struct kmem_cache *cache;    /* in use, or NULL */
    const struct slab *slab;           /* of a cache in use, or NULL */
    uint32_t object_index;             /* in the slab, if address lies in one of its slots */
    bool has_frame;
    pfn_t pfn;                         /* of the address, slab or page */
};

/* Where a pointer points; anything, NULL too, may be asked about. */
struct location locate_pointer(const struct kmem_heap *heap, const void *pointer);

/* What an op is about: the object in its slot, else the cache in its slot. */
struct location locate_op(const struct kmem_heap *heap, const struct model *model,
                          const struct op *op);

/*
 * The slot that owns a byte or owned it last: a live one, else the one freed latest. NULL if there
 * is none. O(slots used).
 */
const struct model_object *locate_owner(const struct model *model, const void *byte);

#endif
