/*
 * The heap: everything that would be global in a kernel.
 *
 * Two heaps never meet. The struct lies at the start of the descriptor mapping, followed by the
 * frame and the slab descriptors.
 */
#ifndef ALLOCATOR_CACHE_HEAP_STATE_H
#define ALLOCATOR_CACHE_HEAP_STATE_H

#include "allocator/base/config.h"
#include "allocator/base/fault.h"
#include "allocator/base/platform.h"
#include "allocator/base/world_rcu.h"
#include "allocator/cache/cache.h"
#include "allocator/cache/guarded.h"
#include "allocator/page/memory.h"

/*
 * Whose caches serve a kmalloc, in heap->kmalloc_caches: a type has KMALLOC_CACHE_COUNT of them,
 * least size first.
 */
enum kmalloc_type {
    KMALLOC_NORMAL,                                                  /* and its random copies, */
    KMALLOC_RECLAIM = KMALLOC_NORMAL + 1 + KMALLOC_COPY_MAX,         /* numbered from 1 */
    KMALLOC_CGROUP,
    KMALLOC_DMA,
};

/* Whoever objects are charged to. */
struct heap_account {
    struct world_word charged;    /* bytes */
    struct world_word limit;      /* bytes; 0: none */
};

struct kmem_heap {
    /* Fixed after heap_create(). */
    struct heap_config config;
    const char *slab_debug;     /* the option: base/slab_debug.h; NULL: none */
    struct platform platform;
    struct page_memory memory;                              /* its zones have locks of their own */
    struct slab *slabs;                                     /* one per frame */
    struct kmem_cache *kmalloc_caches[KMALLOC_CACHE_TOTAL]; /* NULL: the type is not configured */
    uint64_t kmalloc_seed;                                  /* which random copy serves a site */
    struct world_word *object_bits;                         /* of the arena: object_bits.h */
    size_t descriptor_size;                                 /* bytes of the mapping this is in */

    struct heap_account accounts[ACCOUNT_COUNT];
    struct world_word cpu_accounts[CPU_MAX];                /* numbers: who a CPU charges */
    struct world_word accounting_is_off;                    /* 1: nothing more is charged */

    struct world_rcu rcu;                                   /* frees that wait for readers */
    struct fault slab_fault;                                /* words, and no lock */
    struct world_word reclaimed_pages;                      /* that slabs gave back, if counted */
    struct guarded_pool guarded;

    /* Protected by registry_lock. */
    struct world_lock registry_lock;
    struct list_link caches;                                /* newest last */
    uint32_t cache_count;
    uint32_t next_cache_id;
    bool cache_is_used[CACHE_MAX];
    struct kmem_cache cache_slots[CACHE_MAX];
};

/* The cache of a type that serves size number index, in its place. */
static inline struct kmem_cache **kmalloc_cache_of(struct kmem_heap *heap, enum kmalloc_type type,
                                                   unsigned index)
{
    return &heap->kmalloc_caches[type * KMALLOC_CACHE_COUNT + index];
}

/* The state of a kind of failure. */
static inline const struct fault *heap_fault(const struct kmem_heap *heap, enum heap_fault kind)
{
    return kind == HEAP_FAULT_SLAB ? &heap->slab_fault : &heap->memory.fault;
}

/* Bytes of the descriptor mapping of a heap with page_count frames. */
size_t heap_descriptor_size(uint32_t page_count);

static inline struct page *slab_page(const struct kmem_heap *heap, const struct slab *slab)
{
    return memory_page(&heap->memory, (pfn_t)(slab - heap->slabs));
}

static inline struct slab *slab_of_page(const struct kmem_heap *heap, const struct page *head)
{
    return &heap->slabs[memory_pfn(&heap->memory, head)];
}

/* First byte of the slab's memory. */
static inline unsigned char *slab_base(const struct kmem_heap *heap, const struct slab *slab)
{
    return heap->memory.arena + ((size_t)(slab - heap->slabs) << PAGE_SHIFT);
}

/* Object number index of a slab. */
static inline void *slab_object(const struct slab *slab, uint32_t index)
{
    const struct kmem_cache *cache = slab->cache;

    return slab_base(cache->heap, slab) + cache->layout.left_redzone_size +
           (size_t)index * cache->layout.stride;
}

/* Slab an address lies in, or NULL if its frame belongs to no slab. */
static inline struct slab *slab_at(const struct kmem_heap *heap, const void *address)
{
    struct page *head = memory_head_at(&heap->memory, address);

    return head != NULL && page_state(head).kind == PAGE_SLAB ? slab_of_page(heap, head) : NULL;
}

/* Sends a report about a cache to the platform; what follows is the platform's policy. */
static inline void heap_report(const struct kmem_heap *heap, const struct report *report)
{
    heap->platform.report(heap->platform.context, report);
}

/* Sends text to the platform, if that wants any. */
static inline void heap_log(const struct kmem_heap *heap, const char *text)
{
    if (heap->platform.log != NULL) {
        heap->platform.log(heap->platform.context, text);
    }
}

#endif
