/*
 * A cache: objects of one size, their slabs, and who holds them.
 *
 *     kmem_cache_cpu            kmem_cache_node
 *     +--------------------+    +----------------------------+
 *     | freelist, trans-   |    | partial -> slab -> slab    |
 *     | action; slab       |    | full    -> slab (tracked   |
 *     | partial -> slab .. |    |            caches only)    |
 *     +--------------------+    +----------------------------+
 *
 * There is one node for each NUMA node with memory, and a slab is on the lists of the node that its
 * frames are of, whichever CPU it belonged to.
 *
 * Lock order: rcu->runner, heap->registry_lock, cpu->lock, node->lock, pcp->lock, zone->lock,
 * rcu->lock, guarded.lock; pool->lock (api/mempool.h) alone.
 *
 * The fast path touches cpu->word only, without a lock (cpu_word.h). Caches with debug flags never
 * get a CPU slab: their cpu->word stays closed and every operation takes the slow path.
 */
#ifndef ALLOCATOR_CACHE_CACHE_H
#define ALLOCATOR_CACHE_CACHE_H

#include <assert.h>

#include "allocator/base/bits.h"
#include "allocator/base/params.h"
#include "allocator/cache/cpu_word.h"
#include "allocator/cache/layout.h"
#include "allocator/cache/request.h"
#include "allocator/cache/slab.h"
#include "allocator/cache/stats.h"
#include "allocator/hardening/quarantine.h"

struct kmem_heap;

/* A cache line of its own, so that no CPU slows another down. */
struct kmem_cache_cpu {
    _Alignas(CACHE_LINE_SIZE) struct world_word word;    /* struct cpu_word */
    struct world_word slab;     /* struct cpu_slab_word, changed under lock */
    struct world_lock lock;     /* slow paths of this CPU, and whoever flushes it */
    struct slab *partial;       /* stack of CPU partial slabs, under lock */
    uint32_t partial_count;     /* slabs on it, under lock */
    struct quarantine quarantine;   /* object_ref_t, under lock: slub/quarantine.h */
    struct world_word deferred; /* object_ref_t: top of the frees put off, by CAS: slub/nolock.c */
};

static_assert(sizeof(struct kmem_cache_cpu) == CACHE_LINE_SIZE, "world_cpu_offset() counts lines");

struct kmem_cache_node {
    struct world_lock lock;
    struct list_link partial;   /* slabs with free objects, no CPU's */
    struct list_link full;      /* slabs without, of caches that store users */
    uint32_t partial_count;     /* slabs on partial */
    uint32_t slab_count;        /* slabs of the cache on the node, wherever they are */
    uint64_t object_count;      /* objects in them, free or not */
    uint32_t slabs_made;        /* since the cache was created: ordinal of the next */
    bool is_ready;              /* the lists are made: the node's memory is, or was, there */
};

struct kmem_cache {
    /* Fixed after creation, but for sizes (registry.h); what the fast path reads comes first. */
    uintptr_t object_base;            /* address of reference 0 */
    uint64_t secret;                  /* of free pointers; 0: they are not encoded */
    uint64_t slab_reach;              /* largest XOR of two references into one slab */
    bool zeroes_on_alloc;             /* config asks it and no constructor or poison forbids */
    bool zeroes_on_free;
    bool is_watched;                  /* every call has to pass a slow path: somebody looks on */
    struct layout layout;
    struct kmem_heap *heap;
    void (*ctor)(void *object);       /* run once per object when its slab is made; NULL: none */
    slab_flags_t flags;
    uint32_t useroffset;              /* users may see [useroffset, useroffset + usersize) */
    uint32_t usersize;                /* bytes of each object; 0: nothing */
    uint32_t first_size;              /* object_size before another cache was merged into it */
    bool link_is_placed;              /* the creator said where in the object links lie */
    uint32_t id;                      /* unique in the heap's life */
    bool extends_objects;             /* some of its objects may be charged to accounts */
    bool is_debug;                    /* some debug flag is set */
    bool detects_double_free;         /* freeing the head of a freelist is reported */
    bool keeps_stats;                 /* calls are counted */
    bool knows_objects;               /* each object's allocation is known: cache/object_bits.h */
    bool is_guarded;                  /* the guard pool serves some of its allocations */
    uint32_t quarantine_bytes;        /* bound of a CPU's quarantine; 0: there is none */
    char name[CACHE_NAME_SIZE];
    struct list_link link;            /* heap->caches, under heap->registry_lock */
    uint32_t user_count;              /* who created it, aliases included; the same lock */
    bool is_lost;                     /* could not be destroyed: stays for good; the same lock */

    /*
     * What may be set at any time (api/attributes.h). Whoever acts on a limit reads it under the
     * lock of what it limits, and whoever lowers one takes that lock later, to put right what there
     * is: a word of its own, read as it is, is enough.
     */
    _Atomic uint32_t partial_min;     /* empty slabs a node may keep */
    _Atomic uint32_t cpu_partial_max; /* slabs a CPU may stack; 0: no CPU partial list */
    _Atomic uint32_t remote_defrag_ratio;    /* of 1024 searches, how many ask other nodes */
    _Atomic bool is_tuned;            /* one of them was set */

    struct kmem_cache_node nodes[NODE_MAX];
    struct kmem_cache_cpu cpus[CPU_MAX];
    struct world_word may_fail;       /* 1: marked as one whose allocations are made to fail */
    struct cache_stats stats;
};

/*
 * Fills a zeroed descriptor in the heap's storage. layout is what the request came to; align and
 * flags of the request are final. No memory is taken until the first allocation. O(CPU_MAX).
 */
void cache_init(struct kmem_cache *cache, struct kmem_heap *heap,
                const struct cache_request *request, const struct layout *layout);

/* Makes the lists of a node that has none yet. node->lock is held, or nobody knows of the cache. */
void cache_init_node(struct kmem_cache_node *node);

/* The node that a slab is of. */
static inline struct kmem_cache_node *cache_node_of(const struct slab *slab)
{
    return &slab->cache->nodes[slab->node];
}

/* What the CPU this is holds. */
static inline struct kmem_cache_cpu *cache_this_cpu(struct kmem_cache *cache)
{
    return (void *)((unsigned char *)cache->cpus + world_cpu_offset());
}

/* Freed objects may be looked at by readers: they stay objects, and hold what they held. */
static inline bool cache_has_readers(const struct kmem_cache *cache)
{
    return (cache->flags & SLAB_TYPESAFE_BY_RCU) != 0;
}

/* Objects of the cache are zeroed, when they are allocated or freed. */
static inline bool cache_wipes(const struct kmem_cache *cache)
{
    return cache->zeroes_on_alloc || cache->zeroes_on_free;
}

/* Slow paths alone put objects on a CPU's list and take them off: there is more to do. */
static inline bool cache_is_careful(const struct kmem_cache *cache)
{
    return cache_wipes(cache) || cache->extends_objects || cache->is_watched;
}

/* Counts, if the heap wants that. Not for the fast path. */
static inline void cache_count(struct kmem_cache *cache, enum cache_stat item, uint64_t count)
{
    if (cache->keeps_stats) {
        stats_add(&cache->stats, item, count);
    }
}

/* Where any address lies: its reference if it is that of an object, else 64 bits of something. */
static inline uint64_t object_place(const struct kmem_cache *cache, const void *address)
{
    return rotate_right((uintptr_t)address - cache->object_base, WORD_SHIFT);
}

static inline void *object_at_place(const struct kmem_cache *cache, uint64_t place)
{
    return (void *)(cache->object_base + rotate_left(place, WORD_SHIFT));
}

static inline void *object_from_ref(const struct kmem_cache *cache, object_ref_t ref)
{
    return ref == 0 ? NULL : (void *)(cache->object_base + (uintptr_t)ref * WORD_SIZE);
}

static inline object_ref_t object_to_ref(const struct kmem_cache *cache, const void *object)
{
    return object == NULL ? 0 : (object_ref_t)object_place(cache, object);
}

/* Number of the frame that a reference other than 0 lies in. */
static inline uint32_t object_ref_frame(object_ref_t ref)
{
    return (ref - OBJECT_REF_FIRST) / (PAGE_SIZE / WORD_SIZE);
}

static inline bool cache_tracks_requested_size(const struct kmem_cache *cache)
{
    return cache->layout.requested_size_offset != 0;
}

static inline bool cache_stores_users(const struct kmem_cache *cache)
{
    return cache->layout.tracks_offset != 0;
}

#endif
