/*
 * What is known of an address: what lies there, where it begins, and who had it last.
 *
 * Nothing is searched for and no lock taken, so that it can be asked from anywhere: whether an
 * object is live is known where the heap marks live objects (hardening/object_bitmap.h) or has
 * them in its guard pool, and is left open elsewhere.
 */
#ifndef ALLOCATOR_DEBUG_DESCRIBE_H
#define ALLOCATOR_DEBUG_DESCRIBE_H

#include "allocator/cache/heap_state.h"
#include "allocator/debug/track.h"

enum described_kind {
    DESCRIBED_NOTHING,    /* outside the arena, or in a hole of it */
    DESCRIBED_OBJECT,     /* in a slab */
    DESCRIBED_GUARDED,    /* in the guard pool */
    DESCRIBED_LARGE,      /* in a kmalloc object made of pages */
    DESCRIBED_PAGE,       /* in pages that are none of those, free ones included */
};

enum described_state { DESCRIBED_UNKNOWN, DESCRIBED_LIVE, DESCRIBED_FREE };

struct description {
    enum described_kind kind;
    enum described_state state;          /* of the object or run */
    const void *address;                 /* as it was given */
    const struct kmem_cache *cache;      /* of an object, unless it is gone; else NULL */
    const unsigned char *slab_start;     /* of the slab or run; NULL: none */
    const unsigned char *start;          /* of the object or run; NULL: address is of none there */
    size_t data_offset;                  /* bytes of the slot before the object */
    ptrdiff_t offset;                    /* address less start: negative in a left redzone */
    size_t size;                         /* bytes of the object or run; 0 if start is NULL */
    struct track alloc;                  /* all zero where nobody keeps it */
    struct track free;
};

/*
 * Describes any address, NULL included. What lies there does not come or go meanwhile, which is
 * the caller's part: it is his, or nobody else is in the heap. O(1); takes no lock.
 */
struct description describe_address(const struct kmem_heap *heap, const void *address);

#endif
