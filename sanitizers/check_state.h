/*
 * What the parts of the invariant judge share; for sanitizers/check_*.c and heap_check.c alone.
 * The parts and the rules they own:
 *
 *     check_page.c      PAGE_*        frames and runs
 *     check_buddy.c     BUDDY_*       free lists and totals
 *     check_block.c     BLOCK_*       pageblocks
 *     check_pcp.c       PCP_*         pages that CPUs have at hand
 *     check_registry.c  REGISTRY_*, CACHE_*
 *     check_layout.c    LAYOUT_*
 *     check_slab.c      SLAB_*, PARTIAL_*, FULL_*   one slab and its freelists; check_extension.c
 *     check_cpu.c, check_deferred.c   CPU_*
 *     check_node.c      NODE_*
 *     check_object.c    OBJECT_*      bytes of free objects
 */
#ifndef SANITIZERS_CHECK_STATE_H
#define SANITIZERS_CHECK_STATE_H

#include "sanitizers/check_seen.h"
#include "sanitizers/heap_check.h"
#include "sanitizers/view.h"
#include "sim/journal.h"

enum {
    SMALL_WALK = 16,      /* items that may be walked in every step */
    PREFIX_WALK = 4,      /* items of a long freelist that are walked in every step */
    BYTES_PER_ITEM = 64,  /* bytes compared that count as one item */
    CACHE_ITEMS = 16,     /* what the fixed fields of a cache count as */
};

/* What is being judged. */
enum judge_scope {
    JUDGE_STEP,       /* a quiet heap: what the step touched */
    JUDGE_SWEEP,      /* a quiet heap: everything, whatever its length */
    JUDGE_INSTANT,    /* others are in the middle of an op: what was touched since all was quiet */
};

/* Set of an object's slab by index; words beyond the slab's objects are not kept clean. */
struct object_set {
    uint64_t words[SLAB_OBJECTS_MAX / 64 + 1];
};

struct heap_check {
    const struct kmem_heap *heap;
    const struct journal *journal;
    heap_check_exempt *exempt;
    void *exempt_context;
    heap_check_owned *owned;
    void *owned_context;

    uint64_t step;             /* steps and instants judged */
    uint64_t walk_due;         /* first step that may do a long walk */
    uint64_t sweep_due;        /* first step that sweeps */
    uint64_t items;
    enum judge_scope scope;
    struct violation found;    /* least rule broken so far; RULE_COUNT: none */

    uint32_t epoch;
    struct frame_seen *frames;    /* PAGE_COUNT_MAX; the host gives pages as they are used */
    struct page_totals pages[ZONE_MAX];    /* of each zone */
    unsigned char *blocks;        /* of the pageblocks, each as it was when last looked at */
    struct cache_seen caches[CACHE_MAX];
    uint64_t touched_caches[JOURNAL_CACHE_WORDS];    /* bit per slot: to be looked at now */
    uint64_t known_caches[JOURNAL_CACHE_WORDS];      /* those with an entry in caches[] */
    struct object_set free_set;    /* scratch: objects of one slab found on a freelist */
};

/* Notes a broken rule; the least one in table order is kept. */
void judge_fail(struct heap_check *check, enum rule_id rule, const void *subject, uint64_t found,
                uint64_t expected);

static inline void judge_equal(struct heap_check *check, enum rule_id rule, const void *subject,
                               uint64_t found, uint64_t expected)
{
    if (found != expected) {
        judge_fail(check, rule, subject, found, expected);
    }
}

static inline void judge_that(struct heap_check *check, bool holds, enum rule_id rule,
                              const void *subject)
{
    if (!holds) {
        judge_fail(check, rule, subject, 0, 1);
    }
}

/* True if nobody is in the middle of changing what the lock protects; always in a quiet heap. */
static inline bool judge_is_settled(const struct heap_check *check, const struct world_lock *lock)
{
    return check->scope != JUDGE_INSTANT || view_lock_is_free(lock);
}

/*
 * True if a walk of up to this many items may be done now: small ones always may, long ones when
 * enough steps have passed. judge_walked() counts the items of a walk that was done; a long one
 * puts off the next long one by as many steps.
 */
bool judge_may_walk(const struct heap_check *check, uint64_t items);
void judge_walked(struct heap_check *check, uint64_t items);

/* True if a user damaged some of the bytes and they were not repaired; if an object is a user's. */
bool judge_is_exempt(const struct heap_check *check, const void *first, size_t size);
bool judge_is_owned(const struct heap_check *check, const void *object);

static inline void judge_touch_cache(struct heap_check *check, unsigned slot)
{
    check->touched_caches[slot / 64] |= UINT64_C(1) << (slot % 64);
}

/* A frame, as it is now; if is_changed, also the frames behind it. */
void judge_page(struct heap_check *check, pfn_t pfn, bool is_changed);

/* In a sweep: every frame lies in exactly one run. */
void judge_coverage(struct heap_check *check);

/*
 * The types of all pageblocks, and the free runs of those that changed since the last time; in a
 * sweep the runs are looked at anyway. O(blocks).
 */
void judge_blocks(struct heap_check *check);

/* Links of a free run; a zone's counters against its frames; in a sweep, every free list. */
void judge_free_run(struct heap_check *check, pfn_t pfn, struct page_state state);
void judge_zone_totals(struct heap_check *check, unsigned number, const struct page_totals *seen);
void judge_free_lists(struct heap_check *check);

/* A run that is kept unused beside another one. */
void judge_guard(struct heap_check *check, pfn_t pfn, struct page_state state);

/* The same for runs that CPUs have at hand. */
void judge_cached_run(struct heap_check *check, pfn_t pfn, struct page_state state);
void judge_pcp_totals(struct heap_check *check, unsigned number, const struct page_totals *seen);
void judge_pcp_lists(struct heap_check *check);

void judge_registry(struct heap_check *check);

/* A cache slot that is not in use. */
void judge_unused_cache(struct heap_check *check, unsigned slot);

/*
 * Fields that are fixed when a cache is created, the first time each cache is met. False if slabs
 * and objects of the cache cannot be looked at by them. slot is in use.
 */
bool judge_cache(struct heap_check *check, unsigned slot);

/* The layout part of that. */
bool judge_layout(struct heap_check *check, const struct kmem_cache *cache);

/* The slab descriptor of a frame that heads no slab. */
void judge_no_slab(struct heap_check *check, pfn_t pfn);

/* A frame that heads a slab: its words and place, and its freelist unless a CPU owns it. */
void judge_slab(struct heap_check *check, pfn_t pfn);

/* The freelist of a slab and that of its CPU (NULL: none), and the bytes of what they hold. */
void judge_freelists(struct heap_check *check, const struct slab *slab,
                     const struct kmem_cache_cpu *cpu);

/* What the CPUs hold of a cache; the lists and counters of its nodes. */
void judge_cpus(struct heap_check *check, const struct kmem_cache *cache);
void judge_nodes(struct heap_check *check, const struct kmem_cache *cache);

/* The frees that a CPU put off; deferred is the word of that name. */
void judge_deferred(struct heap_check *check, const struct kmem_cache *cache, uint64_t deferred);

/* A slab that should be on a list of its node: its neighbours are on that list and agree. */
bool judge_link_is_sound(const struct kmem_heap *heap, const struct slab *slab);

/* What users may touch of an object that they freed: nothing, but for what readers may look at. */
void judge_hidden(struct heap_check *check, const struct kmem_cache *cache, const void *object);

/* Bytes of a free object's slot; bytes behind the final slot of a slab. */
void judge_free_object(struct heap_check *check, const struct slab *slab, const void *object);
void judge_slab_tail(struct heap_check *check, const struct slab *slab);

#endif
