/* What the invariant judge remembers of frames and caches, for sanitizers/check_state.h alone. */
#ifndef SANITIZERS_CHECK_SEEN_H
#define SANITIZERS_CHECK_SEEN_H

#include "sanitizers/view.h"

enum { NO_CACHE = 0xffff };    /* cache slot of a frame that heads no slab */

/* A frame as it was when last looked at. */
struct frame_seen {
    uint64_t page;        /* state word */
    uint64_t slab;        /* state word, if it headed a slab */
    uint32_t epoch;       /* entries of another epoch read as zero */
    uint8_t place;
    uint16_t cache;       /* slot, or NO_CACHE */
    uint8_t node;         /* that the frame is of */
};

/* What the frames seen amount to. */
struct page_totals {
    uint64_t free_runs[FREE_AREA_COUNT];
    uint64_t free_pages;
    uint64_t type_pages[MIGRATE_TYPE_COUNT];
    uint64_t isolated_pages;
    uint64_t guard_pages;
    uint64_t allocated_pages;
    uint64_t cached_pages[CPU_MAX];
};

/* What the slabs seen of one cache on one node amount to. */
struct slab_totals {
    uint64_t slabs;
    uint64_t objects;
    uint64_t frozen;
    uint64_t at_place[SLAB_PLACE_COUNT];    /* slabs that are not frozen, by place */
    uint64_t empty_on_node;
};

struct cpu_seen {
    uint64_t word;
    uint64_t slab;
    const struct slab *partial;
    uint32_t partial_count;
    uint64_t deferred;
    struct quarantine quarantine;
};

struct cache_seen {
    uint32_t known_id;         /* id + 1 of the cache whose fixed fields were checked; 0: none */
    uint32_t known_size;       /* object_size then: it may grow */
    bool is_sound;             /* they can be relied on to find its objects */
    struct slab_totals totals[NODE_MAX];    /* of each node */
    struct cpu_seen cpus[CPU_MAX];
};

/* Slabs of a cache that were seen at a place and not frozen, and all of them, on whatever node. */
static inline uint64_t judge_at_place(const struct cache_seen *seen, enum slab_place place)
{
    uint64_t count = 0;

    for (unsigned node = 0; node < NODE_MAX; node++) {
        count += seen->totals[node].at_place[place];
    }
    return count;
}

static inline uint64_t judge_slabs_seen(const struct cache_seen *seen)
{
    uint64_t count = 0;

    for (unsigned node = 0; node < NODE_MAX; node++) {
        count += seen->totals[node].slabs;
    }
    return count;
}

#endif
