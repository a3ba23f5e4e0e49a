/*
 * What each object of a slab is: on a freelist, somebody's, or kept; and where the freelists end.
 *
 * Freelists are walked as far as they lead to objects of the slab that were not met before.
 */
#ifndef FUZZ_TRIAGE_SLAB_MAP_H
#define FUZZ_TRIAGE_SLAB_MAP_H

#include "allocator/cache/heap_state.h"
#include "sanitizers/model.h"

enum object_state {
    OBJECT_USED,        /* on no freelist, and nobody's: lost, unless somebody explains it */
    OBJECT_LIVE,        /* a user's */
    OBJECT_ISOLATED,    /* kept by the allocator on purpose */
    OBJECT_FREE,        /* on the slab's freelist */
    OBJECT_CPU_FREE,    /* on the freelist of the CPU that owns the slab */
};

enum link_state {
    LINK_NONE,     /* not on a freelist */
    LINK_END,      /* the last of its list */
    LINK_GOOD,     /* leads to target */
    LINK_BAD,      /* leads nowhere */
    LINK_AGAIN,    /* leads to target, which was met before */
};

struct object_note {
    uint8_t state;           /* enum object_state */
    uint8_t link;            /* enum link_state */
    uint32_t target;         /* object that the link leads to */
    uint64_t link_address;   /* what a bad link decodes to */
    uint32_t model_slot;     /* of a live object */
};

struct slab_map {
    const struct slab *slab;
    const struct kmem_cache_cpu *cpu;    /* owner of the slab, or NULL */
    unsigned cpu_number;
    uint32_t count;                      /* objects that fit into the slab */
    struct object_note *notes;           /* one an object */
    struct object_note head;             /* link of the slab word */
    struct object_note cpu_head;         /* link of the CPU's word */
};

/* Maps a slab of a cache in use; slab_map_release() frees the notes. False if no memory is left. */
bool slab_map_make(struct slab_map *map, const struct model *model, const struct slab *slab);
void slab_map_release(struct slab_map *map);

/* True if the object is on a freelist: its redzones and poison go by that. */
static inline bool object_is_free(const struct object_note *note)
{
    return note->state == OBJECT_FREE || note->state == OBJECT_CPU_FREE;
}

#endif
