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
 * Lock order: heap->registry_lock, cpu->lock, node->lock, zone->lock.
 *
 * The fast path touches cpu->word and cpu->slab only, without a lock. The transaction grows by
 * TRANSACTION_STEP with each change, starting at the CPU's number, so a stale snapshot never
 * matches, not even one of another CPU. Caches with debug flags never get a CPU slab: their
 * cpu->word stays empty and every operation takes the slow path.
 */
#ifndef ALLOCATOR_CACHE_CACHE_H
#define ALLOCATOR_CACHE_CACHE_H

#include "allocator/base/params.h"
#include "allocator/cache/layout.h"
#include "allocator/cache/request.h"
#include "allocator/cache/slab.h"

struct kmem_heap;

enum { TRANSACTION_STEP = CPU_MAX };

struct cpu_word {
    object_ref_t freelist;    /* first free object of the CPU slab, 0: none */
    uint32_t transaction;
};

/* The slab that a CPU allocates from, as the references that lie in it; all 0: none. */
struct cpu_slab_word {
    object_ref_t first;     /* of its first byte */
    uint32_t count;         /* of its bytes, in words */
};

/* Starts a cache line, so that no CPU slows another down. */
struct kmem_cache_cpu {
    _Alignas(CACHE_LINE_SIZE) struct world_word word;    /* struct cpu_word */
    struct world_word slab;     /* struct cpu_slab_word, changed under lock */
    struct world_lock lock;     /* slow paths of this CPU, and whoever flushes it */
    struct slab *partial;       /* stack of CPU partial slabs, under lock */
    uint32_t partial_count;     /* slabs on it, under lock */
    struct world_word deferred; /* object_ref_t: top of the frees put off, by CAS: slub/nolock.c */
};

struct kmem_cache_node {
    struct world_lock lock;
    struct list_link partial;   /* slabs with free objects, no CPU's */
    struct list_link full;      /* slabs without, of caches that store users */
    uint32_t partial_count;     /* slabs on partial */
    uint32_t slab_count;        /* slabs of the cache, wherever they are */
    uint64_t object_count;      /* objects in them, free or not */
    uint32_t slabs_made;        /* since the cache was created: ordinal of the next */
};

struct kmem_cache {
    /* Fixed after creation; what the fast path reads comes first. */
    unsigned char *arena;             /* base of object_ref_t */
    uint64_t secret;                  /* key of encoded free pointers */
    uint64_t encoding_mask;           /* all ones if free pointers are encoded, else 0 */
    bool zeroes_on_alloc;             /* config asks it and no constructor or poison forbids */
    bool zeroes_on_free;
    struct layout layout;
    struct kmem_heap *heap;
    void (*ctor)(void *object);       /* run once per object when its slab is made; NULL: none */
    slab_flags_t flags;
    uint32_t id;                      /* unique in the heap's life */
    uint32_t partial_min;             /* empty slabs the node may keep */
    uint32_t cpu_partial_max;         /* slabs a CPU may stack; 0: no CPU partial list */
    bool is_debug;                    /* some debug flag is set */
    bool detects_double_free;         /* freeing the head of a freelist is reported */
    char name[CACHE_NAME_SIZE];
    struct list_link link;            /* heap->caches, under heap->registry_lock */

    struct kmem_cache_node node;
    struct kmem_cache_cpu cpus[CPU_MAX];
};

/*
 * Fills a zeroed descriptor in the heap's storage. layout is what the request came to; align and
 * flags of the request are final. No memory is taken until the first allocation. O(CPU_MAX).
 */
void cache_init(struct kmem_cache *cache, struct kmem_heap *heap,
                const struct cache_request *request, const struct layout *layout);

static inline uint64_t cpu_word_pack(struct cpu_word word)
{
    return (uint64_t)word.transaction | (uint64_t)word.freelist << 32;
}

static inline struct cpu_word cpu_word_unpack(uint64_t bits)
{
    return (struct cpu_word){
        .freelist = (object_ref_t)(bits >> 32),
        .transaction = (uint32_t)bits,
    };
}

static inline uint64_t cpu_slab_word_pack(struct cpu_slab_word word)
{
    return (uint64_t)word.first | (uint64_t)word.count << 32;
}

static inline struct cpu_slab_word cpu_slab_word_unpack(uint64_t bits)
{
    return (struct cpu_slab_word){
        .first = (object_ref_t)bits,
        .count = (uint32_t)(bits >> 32),
    };
}

/* The word one transaction later. On the bits: through the struct takes five instructions more. */
static inline uint64_t cpu_word_step(uint64_t bits, object_ref_t freelist)
{
    return (uint64_t)freelist << 32 | (uint32_t)(bits + TRANSACTION_STEP);
}

static inline void *object_from_ref(const struct kmem_cache *cache, object_ref_t ref)
{
    return ref == 0 ? NULL : cache->arena + (size_t)ref * WORD_SIZE - WORD_SIZE;
}

/* Words from the one before the arena to address: its reference if it lies in the arena. */
static inline uint64_t object_ref_distance(const struct kmem_cache *cache, const void *address)
{
    return ((uintptr_t)address - (uintptr_t)cache->arena) / WORD_SIZE + 1;
}

static inline object_ref_t object_to_ref(const struct kmem_cache *cache, const void *object)
{
    return object == NULL ? 0 : (object_ref_t)object_ref_distance(cache, object);
}

/* Number of the frame that a reference other than 0 lies in. */
static inline uint32_t object_ref_frame(object_ref_t ref)
{
    return (ref - 1) / (PAGE_SIZE / WORD_SIZE);
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
