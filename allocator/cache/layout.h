/*
 * Where everything lies inside a slot, and how many slots make a slab. Pure arithmetic.
 *
 * One slot of a debug cache, offsets relative to the object:
 *
 *     -left_redzone_size        0             object_size   metadata_offset
 *     |        left redzone     |   object    | right redzone | free pointer | tracks | requested
 *                                                              size | padding ... | (stride from
 *                                                                                 slot to slot)
 *
 * Without debug flags the slot is the object rounded up to its alignment, and the free pointer lies
 * in the middle of the free object, where an overflow from a neighbour reaches it last.
 *
 * Later code tests these offsets, never the flags they came from.
 */
#ifndef ALLOCATOR_CACHE_LAYOUT_H
#define ALLOCATOR_CACHE_LAYOUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "allocator/base/config.h"
#include "allocator/base/flags.h"

struct layout_request {
    size_t object_size;                  /* bytes, 1 .. KMALLOC_SIZE_MAX */
    size_t align;                        /* bytes, a power of two, or 0 for none */
    slab_flags_t flags;
    bool has_ctor;
    bool use_freeptr_offset;             /* the link lies where the creator said, if it may */
    size_t freeptr_offset;               /* bytes */
    const struct heap_config *config;    /* orders, objects per slab, CPUs */
};

struct layout {
    size_t object_size;              /* bytes the user asked for */
    size_t stride;                   /* bytes from object to object */
    size_t align;                    /* bytes, of every object */
    size_t left_redzone_size;        /* bytes before the object; 0: no redzones */
    size_t metadata_offset;          /* end of object and right redzone */
    size_t free_pointer_offset;      /* of the encoded next pointer */
    size_t tracks_offset;            /* of the two tracks; 0: none */
    size_t requested_size_offset;    /* of the size asked of kmalloc; 0: not tracked */
    size_t padding_offset;           /* end of the metadata; padding up to slot_end_offset */
    size_t slot_end_offset;          /* stride - left_redzone_size */
    bool poisons_objects;            /* a free object holds poison */
    bool poisons_padding;            /* padding holds a pattern and is checked */
    unsigned order;                  /* of a slab, log2 pages */
    unsigned order_least;            /* tried when order cannot be had */
    uint32_t objects_per_slab;
    uint32_t objects_per_least_slab;
};

/* Bytes of the two tracks. */
enum { TRACK_SIZE = 32, TRACKS_SIZE = 2 * TRACK_SIZE };

/*
 * Computes the layout of a cache. HEAP_EINVAL, and *layout untouched, if no order holds one object
 * or the request is out of range. O(orders).
 */
int layout_compute(const struct layout_request *request, struct layout *layout);

/* O(1) sanity of a layout, whoever made it. */
bool layout_is_valid(const struct layout *layout);

static inline bool layout_free_pointer_is_outside(const struct layout *layout)
{
    return layout->free_pointer_offset >= layout->metadata_offset;
}

/* Slots of a slab of 2^order pages. */
static inline uint32_t layout_objects(const struct layout *layout, unsigned order)
{
    return order == layout->order ? layout->objects_per_slab : layout->objects_per_least_slab;
}

#endif
