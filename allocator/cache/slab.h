/*
 * The slab descriptor: one per frame, in a table beside the frame descriptors; the entry of a run's
 * first frame is in use while that run is a slab.
 *
 * freelist, counts and frozen are one packed word, changed by CAS, so that a free from any CPU
 * needs no lock:
 *
 *     63    62 ......... 48   47 ..... 32   31 ............. 0
 *     frozen  object_count     inuse_count    freelist
 *
 * Five places a slab can be, and who counts its free objects:
 *
 *     CPU slab         frozen; the CPU's own freelist holds objects that inuse_count counts as used
 *     CPU partial      SLAB_ON_CPU, on a CPU's stack
 *     node partial     SLAB_ON_PARTIAL, on node->partial
 *     full, listed     SLAB_ON_FULL, on node->full (caches that store users only)
 *     full, unlisted   SLAB_ON_NONE; the next free finds it through the frame descriptor
 *
 * A corrupt one is SLAB_ON_ISOLATED. One whose objects readers may still look at is SLAB_ON_GRACE,
 * counted by its node until its pages are free.
 */
#ifndef ALLOCATOR_CACHE_SLAB_H
#define ALLOCATOR_CACHE_SLAB_H

#include <assert.h>
#include <stdbool.h>
#include <stdint.h>

#include "allocator/base/list.h"
#include "allocator/base/params.h"
#include "allocator/base/world.h"
#include "allocator/base/world_rcu.h"

struct kmem_cache;

/*
 * An object as a number of OBJECT_REF_BITS bits: 8-byte units from a point before the arena; 0 is
 * NULL. The point is one largest run away, so that what lies in a run of any order has references
 * that agree but in their low bits.
 */
typedef uint32_t object_ref_t;

enum {
    OBJECT_REF_BITS = 30,
    OBJECT_REF_FIRST = (PAGE_SIZE << ORDER_MAX) / WORD_SIZE,    /* of the arena's first byte */
};

static_assert((uint64_t)PAGE_COUNT_MAX * PAGE_SIZE / WORD_SIZE + OBJECT_REF_FIRST <=
                  UINT32_C(1) << OBJECT_REF_BITS, "arena too large");

/* What a slab is linked to. SLAB_ON_PARTIAL and SLAB_ON_FULL change under node->lock. */
enum slab_place {
    SLAB_ON_NONE,
    SLAB_ON_CPU,
    SLAB_ON_PARTIAL,
    SLAB_ON_FULL,
    SLAB_ON_ISOLATED,    /* found corrupt; on no list, never allocated from again */
    SLAB_ON_GRACE,       /* empty; its pages are free when readers have left */
    SLAB_PLACE_COUNT
};

struct slab_state {
    object_ref_t freelist;
    uint32_t inuse_count;     /* objects not on freelist */
    uint32_t object_count;    /* objects in the slab */
    bool frozen;              /* owned by a CPU, on no list */
};

struct slab {
    struct world_word state;      /* struct slab_state */
    struct world_word place;      /* enum slab_place */
    struct world_word extensions; /* address of a word for each object, 0: none; slub/extension.h */
    struct kmem_cache *cache;     /* fixed while the run is a slab */
    struct list_link link;        /* node->partial or node->full, under node->lock */
    struct slab *cpu_next;        /* next on a CPU's partial stack, under cpu->lock */
    struct world_deferred deferred;    /* of one that waits for readers: without live objects */
    uint32_t order;               /* of the run, log2 pages; fixed while the run is a slab */
    uint32_t ordinal;             /* slabs its cache had made on the node before it */
    uint32_t node;                /* that its frames are of; fixed while the run is a slab */
};

static inline uint64_t slab_state_pack(struct slab_state state)
{
    return (uint64_t)state.freelist | (uint64_t)state.inuse_count << 32 |
           (uint64_t)state.object_count << 48 | (uint64_t)state.frozen << 63;
}

static inline struct slab_state slab_state_unpack(uint64_t word)
{
    return (struct slab_state){
        .freelist = (object_ref_t)word,
        .inuse_count = (uint32_t)(word >> 32 & 0xffff),
        .object_count = (uint32_t)(word >> 48 & 0x7fff),
        .frozen = (word >> 63) != 0,
    };
}

static inline struct slab_state slab_state(const struct slab *slab)
{
    return slab_state_unpack(world_load(&slab->state));
}

/* For slabs that no other CPU can reach, and for debug caches under node->lock. */
static inline void slab_set_state(struct slab *slab, struct slab_state state)
{
    world_store(&slab->state, slab_state_pack(state));
}

/* Replaces *expected by desired; false, and *expected updated, if another CPU was faster. */
static inline bool slab_try_state(struct slab *slab, struct slab_state *expected,
                                  struct slab_state desired)
{
    uint64_t word = slab_state_pack(*expected);
    bool done = world_cas(&slab->state, &word, slab_state_pack(desired));

    if (!done) {
        *expected = slab_state_unpack(word);
    }
    return done;
}

static inline enum slab_place slab_place(const struct slab *slab)
{
    return (enum slab_place)world_load(&slab->place);
}

static inline void slab_set_place(struct slab *slab, enum slab_place place)
{
    world_store(&slab->place, place);
}

#endif
