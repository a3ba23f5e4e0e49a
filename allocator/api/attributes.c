#include "allocator/api/attributes.h"

#include <string.h>

#include "allocator/api/fault.h"
#include "allocator/api/kmem_cache.h"
#include "allocator/cache/heap_state.h"
#include "allocator/slub/tally.h"

/* Ratios are read and written per cent, and kept per 1000, as in Linux. */
enum { REMOTE_RATIO_UNIT = 10, REMOTE_RATIO_MAX = 100 };

static void show_number(struct text *text, uint64_t number)
{
    text_print(text, "%llu\n", (unsigned long long)number);
}

static void show_nothing(struct kmem_cache *cache, struct text *text)
{
    (void)cache;
    (void)text;
}

static void show_stride(struct kmem_cache *cache, struct text *text)
{
    show_number(text, cache->layout.stride);
}

static void show_object_size(struct kmem_cache *cache, struct text *text)
{
    show_number(text, cache->layout.object_size);
}

static void show_objects_per_slab(struct kmem_cache *cache, struct text *text)
{
    show_number(text, cache->layout.objects_per_slab);
}

static void show_order(struct kmem_cache *cache, struct text *text)
{
    show_number(text, cache->layout.order);
}

static void show_align(struct kmem_cache *cache, struct text *text)
{
    show_number(text, cache->layout.align);
}

static void show_constructor(struct kmem_cache *cache, struct text *text)
{
    show_number(text, cache->ctor != NULL ? 1 : 0);
}

static void show_partial_min(struct kmem_cache *cache, struct text *text)
{
    show_number(text, cache->partial_min);
}

static void show_cpu_partial_max(struct kmem_cache *cache, struct text *text)
{
    show_number(text, cache->cpu_partial_max);
}

/* One number of each node, and in front of them their sum. */
static void show_nodes(struct kmem_cache *cache, struct text *text,
                       uint64_t (*count)(const struct node_tally *node))
{
    struct cache_tally tally;

    slub_tally(cache, &tally);

    struct node_tally total = tally_total(&tally);

    text_print(text, "%llu", (unsigned long long)count(&total));
    for (unsigned node = 0; node < TALLY_NODE_COUNT; node++) {
        uint64_t number = count(&tally.nodes[node]);

        if (number != 0) {
            text_print(text, " N%u=%llu", node, (unsigned long long)number);
        }
    }
    text_print(text, "\n");
}

static uint64_t slabs_of(const struct node_tally *node)
{
    return node->slab_count;
}

static uint64_t objects_of(const struct node_tally *node)
{
    return node->object_count;
}

static uint64_t partial_of(const struct node_tally *node)
{
    return node->partial_count;
}

static uint64_t objects_partial_of(const struct node_tally *node)
{
    return node->partial_used;
}

static uint64_t cpu_slabs_of(const struct node_tally *node)
{
    return node->cpu_slab_count;
}

static void show_slabs(struct kmem_cache *cache, struct text *text)
{
    show_nodes(cache, text, slabs_of);
}

static void show_total_objects(struct kmem_cache *cache, struct text *text)
{
    show_nodes(cache, text, objects_of);
}

static void show_objects(struct kmem_cache *cache, struct text *text)
{
    show_nodes(cache, text, tally_active);
}

static void show_partial(struct kmem_cache *cache, struct text *text)
{
    show_nodes(cache, text, partial_of);
}

static void show_objects_partial(struct kmem_cache *cache, struct text *text)
{
    show_nodes(cache, text, objects_partial_of);
}

static void show_cpu_slabs(struct kmem_cache *cache, struct text *text)
{
    show_nodes(cache, text, cpu_slabs_of);
}

static void show_cpu_partial(struct kmem_cache *cache, struct text *text)
{
    struct cache_tally tally;
    uint32_t object_count = 0;
    uint32_t slab_count = 0;

    slub_tally(cache, &tally);
    for (unsigned cpu = 0; cpu < CPU_MAX; cpu++) {
        object_count += tally.cpus[cpu].partial_free;
        slab_count += tally.cpus[cpu].partial_count;
    }
    text_print(text, "%u(%u)", object_count, slab_count);
    for (unsigned cpu = 0; cpu < CPU_MAX; cpu++) {
        const struct cpu_tally *held = &tally.cpus[cpu];

        if (held->partial_count != 0) {
            text_print(text, " C%u=%u(%u)", cpu, held->partial_free, held->partial_count);
        }
    }
    text_print(text, "\n");
}

static void show_flag(const struct kmem_cache *cache, struct text *text, slab_flags_t flag)
{
    show_number(text, (cache->flags & flag) != 0 ? 1 : 0);
}

static void show_hwcache_align(struct kmem_cache *cache, struct text *text)
{
    show_flag(cache, text, SLAB_HWCACHE_ALIGN);
}

static void show_sanity_checks(struct kmem_cache *cache, struct text *text)
{
    show_flag(cache, text, SLAB_CONSISTENCY_CHECKS);
}

static void show_red_zone(struct kmem_cache *cache, struct text *text)
{
    show_flag(cache, text, SLAB_RED_ZONE);
}

static void show_poison(struct kmem_cache *cache, struct text *text)
{
    show_flag(cache, text, SLAB_POISON);
}

static void show_store_user(struct kmem_cache *cache, struct text *text)
{
    show_flag(cache, text, SLAB_STORE_USER);
}

static void show_reclaim_account(struct kmem_cache *cache, struct text *text)
{
    show_flag(cache, text, SLAB_RECLAIM_ACCOUNT);
}

static void show_destroy_by_rcu(struct kmem_cache *cache, struct text *text)
{
    show_flag(cache, text, SLAB_TYPESAFE_BY_RCU);
}

static void show_cache_dma(struct kmem_cache *cache, struct text *text)
{
    show_flag(cache, text, SLAB_CACHE_DMA);
}

static void show_trace(struct kmem_cache *cache, struct text *text)
{
    show_flag(cache, text, SLAB_TRACE);
}

static void show_skip_kfence(struct kmem_cache *cache, struct text *text)
{
    show_flag(cache, text, SLAB_SKIP_KFENCE);
}

static void show_remote_ratio(struct kmem_cache *cache, struct text *text)
{
    show_number(text, cache->remote_defrag_ratio / REMOTE_RATIO_UNIT);
}

static void show_usersize(struct kmem_cache *cache, struct text *text)
{
    show_number(text, cache->usersize);
}

/* Others who share a cache come and go under the registry's lock. */
static uint32_t count_aliases(struct kmem_cache *cache)
{
    world_lock(&cache->heap->registry_lock);

    uint32_t count = cache->user_count - 1;

    world_unlock(&cache->heap->registry_lock);
    return count;
}

static void show_aliases(struct kmem_cache *cache, struct text *text)
{
    show_number(text, count_aliases(cache));
}

static void show_failslab(struct kmem_cache *cache, struct text *text)
{
    show_number(text, world_load(&cache->may_fail));
}

static int store_failslab(struct kmem_cache *cache, unsigned long number)
{
    if (count_aliases(cache) != 0) {
        return HEAP_EINVAL;
    }
    kmem_cache_mark_failing(cache, number == 1);
    return HEAP_OK;
}

static int store_remote_ratio(struct kmem_cache *cache, unsigned long number)
{
    if (number > REMOTE_RATIO_MAX) {
        return HEAP_ERANGE;
    }
    cache->remote_defrag_ratio = (uint32_t)number * REMOTE_RATIO_UNIT;
    return HEAP_OK;
}

/* What a node keeps beyond the new limit goes back at once; Linux waits for the next shrink. */
static int store_partial_min(struct kmem_cache *cache, unsigned long number)
{
    bool is_lower = number < cache->partial_min;

    if (number > UINT32_MAX) {
        return HEAP_ERANGE;
    }
    cache->is_tuned = true;
    cache->partial_min = (uint32_t)number;
    if (is_lower) {
        (void)kmem_cache_shrink(cache);
    }
    return HEAP_OK;
}

/* Slow paths of caches with debug flags have no such lists. */
static int store_cpu_partial_max(struct kmem_cache *cache, unsigned long number)
{
    if (number != 0 && cache->is_debug) {
        return HEAP_EINVAL;
    }
    if (number > UINT32_MAX) {
        return HEAP_ERANGE;
    }
    cache->is_tuned = true;
    cache->cpu_partial_max = (uint32_t)number;
    for (unsigned cpu = 0; cpu < cache->heap->config.cpu_count; cpu++) {
        kmem_cache_flush_cpu(cache, cpu);
    }
    return HEAP_OK;
}

static int store_shrink(struct kmem_cache *cache, unsigned long number)
{
    if (number != 1) {
        return HEAP_EINVAL;
    }
    (void)kmem_cache_shrink(cache);
    return HEAP_OK;
}

static int store_validate(struct kmem_cache *cache, unsigned long number)
{
    return number == 1 && kmem_cache_validate(cache) >= 0 ? HEAP_OK : HEAP_EINVAL;
}

static const struct attribute_row {
    const char *name;
    void (*show)(struct kmem_cache *cache, struct text *text);
    int (*store)(struct kmem_cache *cache, unsigned long number);
} rows[CACHE_ATTRIBUTE_COUNT] = {
#define X(name, show, store, why) [CACHE_ATTRIBUTE_##name] = {#name, show, store},
    CACHE_ATTRIBUTES(X)
#undef X
};

const char *cache_attribute_name(enum cache_attribute attribute)
{
    return rows[attribute].name;
}

enum cache_attribute cache_attribute_find(const char *name)
{
    unsigned row = 0;

    while (row < CACHE_ATTRIBUTE_COUNT && strcmp(rows[row].name, name) != 0) {
        row++;
    }
    return (enum cache_attribute)row;
}

void kmem_cache_show(struct kmem_cache *cache, enum cache_attribute attribute, struct text *text)
{
    rows[attribute].show(cache, text);
}

int kmem_cache_store(struct kmem_cache *cache, enum cache_attribute attribute,
                     unsigned long number)
{
    return rows[attribute].store != NULL ? rows[attribute].store(cache, number) : HEAP_EINVAL;
}
