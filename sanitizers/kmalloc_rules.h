/*
 * Whose memory kmalloc hands out, told once more: sizes, types and copies as documented, without
 * the tables of api/kmalloc_caches.c.
 */
#ifndef SANITIZERS_KMALLOC_RULES_H
#define SANITIZERS_KMALLOC_RULES_H

#include "allocator/base/bits.h"
#include "allocator/cache/heap_state.h"

/* What a kmalloc asked for, and who did. */
struct kmalloc_ask {
    size_t size;
    gfp_t gfp;
    uint64_t site;
};

/* Sizes of the kmalloc caches, least first: bytes of number index. */
static inline size_t kmalloc_rule_class(unsigned index)
{
    static const uint16_t sizes[KMALLOC_CACHE_COUNT] = {8,   16,  32,  64,   96,   128, 192,
                                                        256, 512, 1024, 2048, 4096, 8192};

    return sizes[index];
}

/* A power of two is aligned to itself, another size to the largest power of two that divides it. */
static inline size_t kmalloc_rule_align(size_t class_size)
{
    size_t align = 1;

    while (class_size % (2 * align) == 0) {
        align *= 2;
    }
    return align;
}

/* Number of the size that serves size bytes: the first that holds them and is aligned enough. */
static inline unsigned kmalloc_rule_index(const struct heap_config *config, size_t size)
{
    size_t align = (size_t)1 << config->kmalloc_align_log2;
    unsigned index = 0;

    while (kmalloc_rule_class(index) < size ||
           kmalloc_rule_align(kmalloc_rule_class(index)) < align) {
        index++;
    }
    return index;
}

/* Bytes set aside for size bytes; size is not 0 and can be had. */
static inline size_t kmalloc_rule_usable(const struct heap_config *config, size_t size)
{
    return size > KMALLOC_CACHE_SIZE_MAX ? (size_t)1 << log2_ceil(size)
                                         : kmalloc_rule_class(kmalloc_rule_index(config, size));
}

/* A cache with these flags is one of kmalloc's for what nothing special was asked. */
static inline bool kmalloc_rule_is_normal(slab_flags_t flags)
{
    return (flags & SLAB_KMALLOC) != 0 &&
           (flags & (SLAB_RECLAIM_ACCOUNT | SLAB_ACCOUNT | SLAB_CACHE_DMA)) == 0;
}

/* Whether a heap has caches of a type. */
static inline bool kmalloc_rule_has_type(const struct heap_config *config, unsigned type)
{
    if (type == KMALLOC_CGROUP) {
        return config->kmalloc_families || config->object_extensions;
    }
    if (type == KMALLOC_RECLAIM || type == KMALLOC_DMA) {
        return config->kmalloc_families;
    }
    return type <= KMALLOC_NORMAL + config->kmalloc_copies;
}

/* Sizes that there are caches of. */
static inline uint32_t kmalloc_rule_class_count(const struct heap_config *config)
{
    uint32_t count = 0;

    for (unsigned i = 0; i < KMALLOC_CACHE_COUNT; i++) {
        count += kmalloc_rule_index(config, kmalloc_rule_class(i)) == i;
    }
    return count;
}

/* Caches of kmalloc: those of one type, times the types. */
static inline uint32_t kmalloc_rule_cache_count(const struct heap_config *config)
{
    uint32_t types = 0;

    for (unsigned type = 0; type < KMALLOC_TYPE_COUNT; type++) {
        types += kmalloc_rule_has_type(config, type);
    }
    return kmalloc_rule_class_count(config) * types;
}

/* The copy that serves a site: 64 bits times a constant choose it by their upper half. */
static inline unsigned kmalloc_rule_copy(const struct kmem_heap *heap, uint64_t site)
{
    const struct platform *platform = &heap->platform;
    uint64_t secret = platform->random(platform->context, RANDOM_KMALLOC_SEED, 0, 0);
    uint64_t upper = (site ^ secret) * UINT64_C(0x61c8864680b583eb) / ((uint64_t)1 << 32);

    return (unsigned)(upper * (heap->config.kmalloc_copies + 1) / ((uint64_t)1 << 32));
}

static inline unsigned kmalloc_rule_type(const struct kmem_heap *heap, gfp_t gfp, uint64_t site)
{
    const struct heap_config *config = &heap->config;

    if ((gfp & __GFP_DMA) != 0 && kmalloc_rule_has_type(config, KMALLOC_DMA)) {
        return KMALLOC_DMA;
    }
    if ((gfp & __GFP_RECLAIMABLE) != 0 && kmalloc_rule_has_type(config, KMALLOC_RECLAIM)) {
        return KMALLOC_RECLAIM;
    }
    if ((gfp & __GFP_ACCOUNT) != 0 && kmalloc_rule_has_type(config, KMALLOC_CGROUP)) {
        return KMALLOC_CGROUP;
    }
    if ((gfp & (__GFP_DMA | __GFP_RECLAIMABLE | __GFP_ACCOUNT)) != 0) {
        return KMALLOC_NORMAL;
    }
    return KMALLOC_NORMAL + kmalloc_rule_copy(heap, site);
}

/* Flags that every cache of a type has. */
static inline slab_flags_t kmalloc_rule_flags(unsigned type)
{
    switch (type) {
    case KMALLOC_RECLAIM:
        return SLAB_KMALLOC | SLAB_RECLAIM_ACCOUNT;
    case KMALLOC_CGROUP:
        return SLAB_KMALLOC | SLAB_ACCOUNT;
    case KMALLOC_DMA:
        return SLAB_KMALLOC | SLAB_CACHE_DMA;
    default:
        return type == KMALLOC_NORMAL ? SLAB_KMALLOC : SLAB_KMALLOC | SLAB_NO_MERGE;
    }
}

#endif
