/*
 * What an op program will probably do to its slots, without a heap.
 *
 * A forecast follows a program op by op and says of each whether it will be a step. It knows which
 * slots hold what, and roughly how many pages that takes; it guesses at fragmentation, and does not
 * know what becomes of damage. So it is right most of the time, and nothing but the mutator's taste
 * may depend on it. O(1) per op, bulk ops O(count).
 */
#ifndef FUZZ_FORECAST_H
#define FUZZ_FORECAST_H

#include <stdbool.h>
#include <stdint.h>

#include "allocator/base/config.h"
#include "allocator/base/params.h"
#include "fuzz/forecast_pools.h"
#include "fuzz/ops.h"

enum {
    FORECAST_SLOT_COUNT = 512,    /* object slots followed; the others may hold anything */
    FORECAST_CACHE_COUNT = OP_CACHE_SLOT_COUNT + KMALLOC_CACHE_COUNT,
    FORECAST_FLIGHT_DEPTH = 3,    /* ops in flight on one CPU: a process, an interrupt, an NMI */
    FORECAST_WAITING_MAX = 64,    /* frees that may wait for readers */
};

/* What a slot holds, one bit each, so that a set of them is a mask. Mirrors fuzz/execute.c. */
enum slot_content {
    SLOT_EMPTY = 1,              /* nothing yet */
    SLOT_OBJECT = 2,             /* a live cache object */
    SLOT_KMALLOC = 4,            /* a live kmalloc object, large or small */
    SLOT_ZERO_SIZE = 8,          /* ZERO_SIZE_PTR */
    SLOT_RUN = 16,               /* a live page run */
    SLOT_STALE_OBJECT = 32,      /* freed ones */
    SLOT_STALE_KMALLOC = 64,
    SLOT_STALE_RUN = 128,
    SLOT_SPENT = 256,            /* freed, of no use to misuse: what it pointed to is used again */
    SLOT_WAITING = 512,          /* its free waits for readers: of no use until then */
    SLOT_REFERENCE = 1024,       /* holds a run that another slot allocated */
    SLOT_EXACT = 2048,           /* pages cut to measure */
    SLOT_CONTIG = 4096,          /* a live range of frames */
    SLOT_FRAGMENT = 8192,        /* a live page fragment */
    SLOT_VIEW = 16384,           /* pages that kvmalloc gave in place of an object */
    SLOT_LOST = 0,               /* live, but its cache could not be destroyed: of no use */
    SLOT_STALE = SLOT_STALE_OBJECT | SLOT_STALE_KMALLOC | SLOT_STALE_RUN,
    SLOT_NOT_LIVE = SLOT_EMPTY | SLOT_STALE | SLOT_SPENT,
    SLOT_TOUCHABLE = SLOT_OBJECT | SLOT_KMALLOC | SLOT_RUN | SLOT_EXACT | SLOT_CONTIG |
                     SLOT_FRAGMENT | SLOT_VIEW,
    SLOT_ANYTHING = 511,
};

struct forecast_slot {
    uint16_t content;    /* enum slot_content */
    uint8_t cache;       /* index of the cache it came from; FORECAST_CACHE_COUNT: the page layer */
    uint8_t order;       /* of a run or a large object, log2 pages */
    uint16_t older;      /* neighbours among the stale slots of its cache: the one freed before, */
    uint16_t newer;      /* and the one freed after; FORECAST_SLOT_COUNT: none */
    uint32_t size;       /* bytes */
    uint8_t pool;        /* that it was allocated from, plus 1; 0: none */
    uint8_t damage;      /* misuse that nobody noticed yet, forecast_damage() of each act, ORed */
};

struct forecast_cache {
    bool is_present;
    bool has_ctor;
    bool padding_is_damaged;
    uint8_t order;                 /* of a slab, log2 pages */
    uint8_t cpus;                  /* that hold a slab of their own, one bit each */
    uint32_t flags;                /* SLAB_*, those of the heap included */
    uint32_t size;                 /* bytes of an object */
    uint32_t stride;               /* bytes from object to object */
    uint32_t objects_per_slab;
    uint32_t live_count;           /* objects, those included that misuse made unusable */
    uint32_t slab_count;
};

/* An op that is parked, and what it works on: busy until it ends. */
struct forecast_flight {
    uint32_t object;        /* first slot */
    uint32_t slot_count;
    uint32_t holder;        /* slot whose run is held once more; as object if there is none */
    uint8_t cache;          /* index of the cache; FORECAST_CACHE_COUNT: none */
    bool owns_cache;        /* makes it or destroys it */
};

struct forecast_cpu {
    unsigned depth;      /* ops in flight */
    struct forecast_flight flights[FORECAST_FLIGHT_DEPTH];    /* the final one is on top */
};

/*
 * Who is in the middle of something. Whether an op ends before it parks is not known: all that are
 * told to are supposed to park, and to end when they go on.
 */
struct forecast_schedule {
    bool park_is_pending;        /* what runs next will park */
    bool next_is_interrupt;
    uint8_t held_back;           /* CPUs with stores that others cannot see yet, one bit each */
    unsigned flight_count;       /* on all CPUs */
    struct forecast_cpu cpus[CPU_MAX];
};

/* Who is there, who reads, and what waits for them. */
struct forecast_readers {
    uint8_t offline;               /* CPUs that went away, one bit each */
    uint16_t waiting_count;        /* slots whose free waits */
    uint32_t depths[CPU_MAX];      /* sections open on each CPU */
};

struct forecast {
    const struct heap_config *config;
    uint32_t used_pages;
    uint32_t fail_countdown;       /* page allocations until one fails on purpose; 0: never */
    uint8_t bucket_sets;           /* sets of buckets that are there, one bit each */
    struct forecast_pool pools[FORECAST_POOL_COUNT];
    uint32_t slot_end;             /* slots from here on are empty */
    uint32_t cpu;
    uint32_t freed_slot;           /* that the last step freed, and no other; else a slot too far */
    struct forecast_schedule schedule;
    struct forecast_readers readers;
    uint32_t fragment_room[2];     /* bytes that each cache of fragments has to cut */
    uint32_t fragment_count;       /* that live */
    uint32_t fragment_pages;       /* they are supposed to stay as long as there is one */
    struct forecast_cache caches[FORECAST_CACHE_COUNT];    /* cache slots, then kmalloc caches */
    struct forecast_slot slots[FORECAST_SLOT_COUNT];
    /* The stale slot of each cache, and of the page layer, that was freed last. */
    uint16_t newest[FORECAST_CACHE_COUNT + 1];
};

enum cache_need {
    CACHE_UNUSED,     /* the op has no cache operand, or any will do */
    CACHE_ABSENT,
    CACHE_PRESENT,
};

/* What the slots of an op must hold for it to be a step. */
struct op_need {
    enum cache_need cache;
    unsigned slot;         /* contents accepted, a mask; 0: the op has no object slot */
};

extern const struct op_need op_needs[OP_CODE_COUNT];

/* config must outlive the forecast. */
void forecast_init(struct forecast *forecast, const struct heap_config *config);

/* Whether an op would be a step here; a schedule line: whether it would have an effect. */
bool forecast_allows(const struct forecast *forecast, const struct op *op);

/* Whether an op probably gets what it asks for: memory, a cache, or a cache destroyed. */
bool forecast_fits(const struct forecast *forecast, const struct op *op);

/* Whether the program ends here: a cache that cannot be made, and must. */
bool forecast_panics(const struct op *op);

/* Follows an op that is allowed. */
void forecast_follow(struct forecast *forecast, const struct op *op);

/* Follows any op; returns whether it was a step. */
bool forecast_step(struct forecast *forecast, const struct op *op);

/* Whether an op works on something that an op in flight works on: it is skipped then. */
bool forecast_is_busy(const struct forecast *forecast, const struct op *op);

/* Takes back what was said about how the next op runs. */
void forecast_cancel_schedule(struct forecast *forecast);

/* What is in flight on the CPU whose turn it is. */
static inline unsigned forecast_depth(const struct forecast *forecast, uint32_t cpu)
{
    return forecast->schedule.cpus[cpu].depth;
}

/* What a slot holds; SLOT_ANYTHING for a slot that is not followed. */
static inline unsigned forecast_content(const struct forecast *forecast, uint32_t slot)
{
    return slot < FORECAST_SLOT_COUNT ? forecast->slots[slot].content : SLOT_ANYTHING;
}

/* One bit for each act that damages an object, as codes tell them apart; done once, it is done. */
static inline uint8_t forecast_damage(const struct op *op)
{
    return (uint8_t)(1u << (op->code & 7));
}

/* Whether a misuse, of a slot that is followed, is noticed: otherwise it is skipped. */
bool forecast_contains(const struct forecast *forecast, const struct op *op);

/* Bytes behind the end of a live object where damage is noticed: offsets from its end. */
struct forecast_range {
    uint32_t first;
    uint32_t count;    /* 0: there is none */
};

struct forecast_range forecast_guarded_bytes(const struct forecast *forecast, uint32_t slot);

/* Index of the kmalloc cache of a size, or FORECAST_CACHE_COUNT; size is not 0. */
unsigned forecast_kmalloc_cache(uint32_t size);

#endif
