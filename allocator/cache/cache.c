#include "allocator/cache/cache.h"

#include "allocator/base/bits.h"
#include "allocator/base/invariant.h"
#include "allocator/cache/heap_state.h"
#include "allocator/hardening/free_pointer.h"
#include "allocator/hardening/wipe.h"

/* Objects that a CPU may keep in reserve, by their size: many small ones, few large ones. */
static const struct {
    size_t stride_min;
    uint32_t objects;
} cpu_partial_steps[] = {
    {PAGE_SIZE, 6},
    {1024, 24},
    {256, 52},
    {0, 120},
};

/* Slabs are assumed half full, hence the factor of two. */
static uint32_t compute_cpu_partial_max(const struct heap_config *config,
                                        const struct layout *layout)
{
    unsigned step = 0;

    while (layout->stride < cpu_partial_steps[step].stride_min) {
        step++;
    }

    uint32_t objects = 2 * cpu_partial_steps[step].objects;
    uint32_t slabs = (objects + layout->objects_per_slab - 1) / layout->objects_per_slab;

    return slabs < config->cpu_partial_slabs ? slabs : config->cpu_partial_slabs;
}

/* Large objects are dearer to make a slab for, so more empty slabs of them are kept. */
static uint32_t compute_partial_min(const struct heap_config *config, size_t stride)
{
    uint32_t count = log2_floor(stride) / 2;

    if (count < config->partial_floor) {
        return config->partial_floor;
    }
    return count < config->partial_ceiling ? count : config->partial_ceiling;
}

static void copy_name(char *target, const char *source)
{
    for (size_t i = 0; i + 1 < CACHE_NAME_SIZE && source[i] != '\0'; i++) {
        target[i] = source[i];
    }
}

void cache_init_node(struct kmem_cache_node *node)
{
    if (!node->is_ready) {
        list_init(&node->partial);
        list_init(&node->full);
        node->is_ready = true;
    }
}

/* The others follow when their memory comes: see heap_node_online(). */
static void init_nodes(struct kmem_cache *cache)
{
    for (uint32_t node = 0; node < NODE_MAX; node++) {
        if (memory_node_is_online(&cache->heap->memory, node)) {
            cache_init_node(&cache->nodes[node]);
        }
    }
}

/* Transactions of different CPUs never meet: each counts in its own residue class. */
static void init_cpus(struct kmem_cache *cache)
{
    for (cpu_id_t cpu = 0; cpu < CPU_MAX; cpu++) {
        world_store(&cache->cpus[cpu].word, cpu_word_pack((struct cpu_word){.transaction = cpu}));
    }
}

static uint64_t choose_secret(const struct kmem_cache *cache)
{
    const struct platform *platform = &cache->heap->platform;

    return free_pointer_secret(
        platform->random(platform->context, RANDOM_CACHE_SECRET, cache->id, 0));
}

/* Vectors of extensions are objects of kmalloc's normal caches, and have none themselves. */
static bool extends_objects(const struct heap_config *config, slab_flags_t flags)
{
    enum { SPECIAL = SLAB_RECLAIM_ACCOUNT | SLAB_ACCOUNT | SLAB_CACHE_DMA };

    return config->object_extensions && ((flags & SLAB_KMALLOC) == 0 || (flags & SPECIAL) != 0);
}

/*
 * The guard pool may hold objects of caches that ask nothing of the pages, whose objects are not
 * charged, and into which nobody looks after the free.
 */
static bool is_guarded(const struct kmem_cache *cache)
{
    enum { UNFIT = SLAB_CACHE_DMA | SLAB_CACHE_DMA32 | SLAB_TYPESAFE_BY_RCU | SLAB_SKIP_KFENCE };

    return cache->heap->guarded.count != 0 && (cache->flags & UNFIT) == 0 &&
           !cache->extends_objects;
}

void cache_init(struct kmem_cache *cache, struct kmem_heap *heap,
                const struct cache_request *request, const struct layout *layout)
{
    const struct heap_config *config = &heap->config;
    const struct wipe_rules wipe_rules = {
        .init_on_alloc = config->init_on_alloc,
        .init_on_free = config->init_on_free,
        /* What readers may look at is as little to be written as what a constructor made. */
        .is_constructed =
            request->ctor != NULL || (request->flags & SLAB_TYPESAFE_BY_RCU) != 0,
        .is_poisoned = layout->poisons_objects,
    };

    INVARIANT(layout_is_valid(layout), LAYOUT_VALID);
    cache->object_base = (uintptr_t)heap->memory.arena - OBJECT_REF_FIRST * WORD_SIZE;
    cache->heap = heap;
    cache->layout = *layout;
    cache->ctor = request->ctor;
    cache->flags = request->flags;
    cache->user_count = 1;
    cache->first_size = (uint32_t)request->size;
    cache->useroffset = (uint32_t)request->useroffset;
    cache->usersize = (uint32_t)request->usersize;
    cache->link_is_placed = request->use_freeptr_offset;
    cache->id = heap->next_cache_id++;
    cache->secret = config->freelist_encoded ? choose_secret(cache) : 0;
    cache->slab_reach = order_size(layout->order) / WORD_SIZE - 1;
    cache->is_debug = (request->flags & SLAB_DEBUG_PATH_FLAGS) != 0;
    cache->extends_objects = extends_objects(config, request->flags);
    cache->detects_double_free = config->double_free_check;
    cache->partial_min = compute_partial_min(config, layout->stride);
    cache->cpu_partial_max = cache->is_debug ? 0 : compute_cpu_partial_max(config, layout);
    cache->remote_defrag_ratio = config->remote_defrag_ratio;
    cache->zeroes_on_alloc = wipe_is_due_at_alloc(wipe_rules, false);
    cache->zeroes_on_free = wipe_is_due_at_free(wipe_rules);
    cache->keeps_stats = config->stats;
    cache->quarantine_bytes = cache->is_debug ? 0 : config->quarantine_bytes;
    cache->knows_objects = config->object_bitmap || config->quarantine_bytes != 0;
    cache->is_guarded = is_guarded(cache);
    cache->is_watched = config->stats || config->fault_injection || cache->knows_objects ||
                        cache->is_guarded || config->debug_pagealloc;
    world_store(&cache->may_fail, (request->flags & SLAB_FAILSLAB) != 0);
    copy_name(cache->name, request->name);
    init_nodes(cache);
    init_cpus(cache);
}
