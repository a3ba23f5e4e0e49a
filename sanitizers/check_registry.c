/* Which caches a heap has, and what is fixed when one is created. */
#include <string.h>

#include "allocator/base/bits.h"
#include "allocator/base/raw.h"
#include "sanitizers/check_features.h"
#include "sanitizers/check_state.h"
#include "sanitizers/debug_rules.h"
#include "sanitizers/kmalloc_rules.h"

static bool kmalloc_cache_is_right(const struct kmem_heap *heap, unsigned type, unsigned index)
{
    const struct kmem_cache *cache = heap->kmalloc_caches[type * KMALLOC_CACHE_COUNT + index];
    slab_flags_t flags = kmalloc_rule_flags(type);
    size_t size = kmalloc_rule_class(index);

    if (!kmalloc_rule_has_type(&heap->config, type)) {
        return cache == NULL;
    }
    return view_cache_slot_at(heap, cache) < CACHE_MAX && (cache->flags & flags) == flags &&
           cache->layout.object_size == kmalloc_rule_usable(&heap->config, size);
}

static void check_kmalloc_caches(struct heap_check *check)
{
    const struct kmem_heap *heap = check->heap;
    unsigned flagged = 0;

    for (unsigned i = 0; i < KMALLOC_CACHE_TOTAL; i++) {
        judge_that(check,
                   kmalloc_cache_is_right(heap, i / KMALLOC_CACHE_COUNT, i % KMALLOC_CACHE_COUNT),
                   RULE_REGISTRY_KMALLOC, &heap->kmalloc_caches[i]);
    }
    for (unsigned slot = 0; slot < CACHE_MAX; slot++) {
        flagged +=
            heap->cache_is_used[slot] && (heap->cache_slots[slot].flags & SLAB_KMALLOC) != 0;
    }
    judge_equal(check, RULE_REGISTRY_KMALLOC, heap, flagged,
                kmalloc_rule_cache_count(&heap->config));
}

static unsigned slot_of_link(const struct kmem_heap *heap, const struct list_link *link)
{
    return view_cache_slot_at(heap, container_of(link, struct kmem_cache, link));
}

/* Elements of the list up to the first that is no used slot or does not point back. */
static uint32_t walk_list(struct heap_check *check)
{
    const struct kmem_heap *heap = check->heap;
    const struct list_link *previous = &heap->caches;
    const struct list_link *link = previous->next;
    uint32_t length = 0;

    while (link != &heap->caches && length < CACHE_MAX) {
        if (slot_of_link(heap, link) == CACHE_MAX || link->prev != previous) {
            judge_fail(check, RULE_REGISTRY_LISTED, link, length, 0);
            return length;
        }
        length++;
        previous = link;
        link = link->next;
    }
    return length;
}

/* Newest last: so ids grow along the list, and no slot can be on it twice. */
static void check_ids(struct heap_check *check)
{
    const struct kmem_heap *heap = check->heap;
    uint32_t least = 0;

    list_for_each(link, &heap->caches) {
        const struct kmem_cache *cache = container_of(link, struct kmem_cache, link);

        judge_that(check, cache->id >= least && cache->id < heap->next_cache_id, RULE_REGISTRY_IDS,
                   cache);
        least = cache->id + 1;
    }
}

void judge_unused_cache(struct heap_check *check, unsigned slot)
{
    const struct kmem_cache *cache = &check->heap->cache_slots[slot];

    judge_equal(check, RULE_CACHE_FORGOTTEN, cache, raw_find_other(cache, sizeof(*cache), 0),
                sizeof(*cache));
    if (check->scope != JUDGE_INSTANT) {
        judge_equal(check, RULE_SLAB_CACHE, cache, judge_slabs_seen(&check->caches[slot]), 0);
    }
    check->caches[slot].known_id = 0;
}

void judge_registry(struct heap_check *check)
{
    const struct kmem_heap *heap = check->heap;
    uint32_t length = walk_list(check);
    uint32_t used = 0;

    for (unsigned slot = 0; slot < CACHE_MAX; slot++) {
        used += heap->cache_is_used[slot];
    }
    check->items += CACHE_MAX;
    judge_equal(check, RULE_REGISTRY_LISTED, heap, length, used);
    judge_equal(check, RULE_REGISTRY_COUNT, heap, heap->cache_count, used);
    if (check->found.rule > RULE_REGISTRY_LISTED) {
        check_ids(check);
    }
    check_kmalloc_caches(check);
}

static slab_flags_t known_flags(void)
{
#define X(name, bit, letter, why) | name
    return 0 SLAB_FLAGS(X);
#undef X
}

/* What the cache keeps of its flags, so that they need not be asked again. */
static void check_derived(struct heap_check *check, const struct kmem_cache *cache)
{
    const struct heap_config *config = &check->heap->config;
    bool keeps_contents = cache->ctor != NULL || cache->layout.poisons_objects ||
                          (cache->flags & SLAB_TYPESAFE_BY_RCU) != 0;
    bool is_debug = (cache->flags & SLAB_DEBUG_PATH_FLAGS) != 0;

    judge_equal(check, RULE_CACHE_FLAGS, cache, cache->flags & ~known_flags(), 0);
    judge_equal(check, RULE_CACHE_FLAGS, cache, cache->is_debug, is_debug);
    judge_equal(check, RULE_CACHE_FLAGS, cache, cache->zeroes_on_alloc,
                config->init_on_alloc && !keeps_contents);
    judge_equal(check, RULE_CACHE_FLAGS, cache, cache->zeroes_on_free,
                config->init_on_free && !keeps_contents);
    judge_equal(check, RULE_CACHE_FLAGS, cache, cache->extends_objects,
                config->object_extensions && !kmalloc_rule_is_normal(cache->flags));
    judge_equal(check, RULE_CACHE_FLAGS, cache, cache->detects_double_free,
                config->double_free_check);
    judge_equal(check, RULE_CACHE_FLAGS, cache, cache->keeps_stats, config->stats);
    judge_equal(check, RULE_CACHE_FLAGS, cache, cache->knows_objects,
                config->object_bitmap || config->quarantine_bytes != 0);
    judge_equal(check, RULE_CACHE_FLAGS, cache, cache->quarantine_bytes,
                is_debug ? 0 : config->quarantine_bytes);
    judge_equal(check, RULE_CACHE_FLAGS, cache, cache->is_guarded, judge_is_guarded(cache));
    judge_equal(check, RULE_CACHE_FLAGS, cache, cache->is_watched, judge_is_watched(cache));
    if (!(cache->flags & SLAB_NO_USER_FLAGS)) {
        bool may_lack = config->slab_debug == DEBUG_RULE_LIMITING;
        slab_flags_t wanted = config->debug_flags & ~(may_lack ? DEBUG_RULE_METADATA : 0u);

        judge_equal(check, RULE_CACHE_FLAGS, cache, cache->flags & wanted, wanted);
    }
}

/* Objects that a CPU may have in reserve, twice over because slabs are taken to be half full. */
static uint32_t wanted_cpu_slabs(const struct heap_config *config, const struct kmem_cache *cache)
{
    size_t stride = cache->layout.stride;
    uint32_t per_slab = cache->layout.objects_per_slab;
    uint32_t objects = stride >= PAGE_SIZE ? 6 : stride >= 1024 ? 24 : stride >= 256 ? 52 : 120;
    uint32_t slabs = per_slab != 0 ? (2 * objects + per_slab - 1) / per_slab : 0;

    if (cache->is_debug) {
        return 0;
    }
    return slabs < config->cpu_partial_slabs ? slabs : config->cpu_partial_slabs;
}

static void check_limits(struct heap_check *check, const struct kmem_cache *cache)
{
    const struct heap_config *config = &check->heap->config;
    uint32_t empty = cache->layout.stride != 0 ? log2_floor(cache->layout.stride) / 2 : 0;

    empty = empty > config->partial_ceiling ? config->partial_ceiling : empty;
    empty = empty < config->partial_floor ? config->partial_floor : empty;
    if (!cache->is_tuned) {
        judge_equal(check, RULE_CACHE_LIMITS, cache, cache->partial_min, empty);
        judge_equal(check, RULE_CACHE_LIMITS, cache, cache->cpu_partial_max,
                    wanted_cpu_slabs(config, cache));
    }
    judge_that(check, !cache->is_debug || cache->cpu_partial_max == 0, RULE_CACHE_LIMITS, cache);
}

/* Who shares a cache must find what he asked for, and nobody else's marks on it. */
static void check_users(struct heap_check *check, const struct kmem_cache *cache)
{
    const slab_flags_t own = SLAB_DEBUG_PATH_FLAGS | SLAB_TYPESAFE_BY_RCU | SLAB_NOLEAKTRACE |
                             SLAB_NO_MERGE | SLAB_KMALLOC;
    bool is_shared = cache->user_count > 1 || cache->first_size != cache->layout.object_size;
    const struct heap_config *config = &check->heap->config;
    bool may_be_shared = config->merging && config->quarantine_bytes == 0 &&
                         (cache->flags & own) == 0 && cache->ctor == NULL && cache->usersize == 0;

    judge_that(check, !is_shared || may_be_shared, RULE_CACHE_USERS, cache);
    /* The last user may have left, and the cache be on its way. */
    judge_that(check, cache->is_lost || cache->user_count > 0 || check->scope == JUDGE_INSTANT,
               RULE_CACHE_USERS, cache);
    judge_that(check, cache->first_size <= cache->layout.object_size, RULE_CACHE_USERS, cache);
}

/* The random numbers of a simulation are keyed: asking again changes nothing. */
static void check_secret(struct heap_check *check, const struct kmem_cache *cache)
{
    const struct platform *platform = &check->heap->platform;

    uint64_t random = platform->random(platform->context, RANDOM_CACHE_SECRET, cache->id, 0);

    judge_equal(check, RULE_CACHE_SECRET, cache, cache->secret,
                check->heap->config.freelist_encoded ? random | 1 : 0);
}

static bool check_home(struct heap_check *check, const struct kmem_cache *cache)
{
    const struct kmem_heap *heap = check->heap;
    bool is_sound =
        cache->heap == heap && object_to_ref(cache, heap->memory.arena) == OBJECT_REF_FIRST;

    judge_that(check, is_sound, RULE_CACHE_HEAP, cache);
    return is_sound;
}

bool judge_cache(struct heap_check *check, unsigned slot)
{
    const struct kmem_cache *cache = &check->heap->cache_slots[slot];
    struct cache_seen *seen = &check->caches[slot];

    if (seen->known_id != cache->id + 1 || seen->known_size != cache->layout.object_size) {
        bool is_at_home = check_home(check, cache);

        check_secret(check, cache);
        judge_that(check, memchr(cache->name, '\0', CACHE_NAME_SIZE) != NULL, RULE_CACHE_NAME,
                   cache);
        check_derived(check, cache);
        check_limits(check, cache);
        check_users(check, cache);
        seen->is_sound = judge_layout(check, cache) && is_at_home;
        check->items += CACHE_ITEMS;
        if (judge_is_settled(check, &check->heap->registry_lock)) {
            seen->known_id = cache->id + 1;
            seen->known_size = (uint32_t)cache->layout.object_size;
        }
    }
    return seen->is_sound;
}
