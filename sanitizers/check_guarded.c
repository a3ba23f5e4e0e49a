/*
 * The guard pool. Its objects are few, so all of them are looked at in each step, and their bytes
 * when there is time for a walk.
 */
#include "allocator/base/bits.h"
#include "allocator/base/compiler.h"
#include "allocator/base/raw.h"
#include "sanitizers/check_features.h"
#include "sanitizers/kmalloc_rules.h"
#include "sanitizers/peek.h"

/* Objects of the pool, by number. */
struct number_set {
    uint64_t words[GUARDED_OBJECT_MAX / 64 + 1];
    uint32_t count;
};

bool judge_is_guarded(const struct kmem_cache *cache)
{
    const struct kmem_heap *heap = cache->heap;
    bool may_be_charged = heap->config.object_extensions && !kmalloc_rule_is_normal(cache->flags);
    bool has_pages_of_its_own = (cache->flags & (SLAB_CACHE_DMA | SLAB_CACHE_DMA32)) != 0;

    return heap->config.guard_pool_interval != 0 && heap->guarded.pages != NULL &&
           !may_be_charged && !has_pages_of_its_own &&
           (cache->flags & (SLAB_SKIP_KFENCE | SLAB_TYPESAFE_BY_RCU)) == 0;
}

/* Follows links from one number plus 1 to the next; what is in the set already ends the list. */
static uint32_t walk(const struct guarded_pool *pool, uint32_t first, struct number_set *set)
{
    uint32_t last = 0;

    for (uint32_t at = first; at != 0 && at <= pool->count; at = pool->objects[at - 1].next) {
        uint64_t bit = UINT64_C(1) << (at - 1) % 64;

        if ((set->words[(at - 1) / 64] & bit) != 0) {
            return 0;
        }
        set->words[(at - 1) / 64] |= bit;
        set->count++;
        last = at;
    }
    return last;
}

/* Freed objects are in the queue, those whose free is to be finished on the stack. */
static void check_lists(struct heap_check *check, const struct guarded_pool *pool)
{
    struct number_set queued = {{0}, 0};
    struct number_set deferred = {{0}, 0};
    uint32_t last = walk(pool, pool->queue.first, &queued);
    uint32_t freed = 0;
    uint32_t unfinished = 0;

    walk(pool, (uint32_t)view_word(&pool->deferred), &deferred);
    for (uint32_t i = 0; i < pool->count; i++) {
        const struct guarded_object *object = &pool->objects[i];
        bool is_queued = (queued.words[i / 64] >> i % 64 & 1) != 0;
        bool is_deferred = (deferred.words[i / 64] >> i % 64 & 1) != 0;

        freed += peek_guarded_is(object, GUARD_FREED);
        unfinished += peek_guarded_is(object, GUARD_FREEING);
        judge_equal(check, RULE_GUARDED_QUEUE, object, is_queued,
                    peek_guarded_is(object, GUARD_FREED));
        judge_equal(check, RULE_GUARDED_QUEUE, object, is_deferred,
                    peek_guarded_is(object, GUARD_FREEING));
        judge_equal(check, RULE_GUARDED_QUEUE, object, peek_guarded_is(object, GUARD_UNUSED),
                    i >= pool->used_count);
    }
    judge_equal(check, RULE_GUARDED_QUEUE, pool, queued.count, freed);
    judge_equal(check, RULE_GUARDED_QUEUE, pool, deferred.count, unfinished);
    judge_equal(check, RULE_GUARDED_QUEUE, pool, last, pool->queue.last);
}

/* Nothing more fits behind an object at the right end. */
static void check_place(struct heap_check *check, const struct guarded_pool *pool,
                        const struct guarded_object *object)
{
    size_t number = (size_t)(object - pool->objects);
    const unsigned char *page = pool->pages + (2 * number + 1) * PAGE_SIZE;
    const struct kmem_heap *heap = check->heap;
    size_t offset = (uintptr_t)object->address - (uintptr_t)page;
    bool is_known = view_cache_slot_at(heap, object->cache) < CACHE_MAX;
    size_t align = is_known ? object->cache->layout.align : 1;
    bool is_inside = object->size != 0 && object->size <= PAGE_SIZE &&
                     offset <= PAGE_SIZE - object->size;

    judge_that(check, is_known && is_inside && is_aligned(offset, align) &&
                          (offset == 0 || PAGE_SIZE - offset - object->size < align),
               RULE_GUARDED_PLACE, object);
}

static void check_pattern(struct heap_check *check, const unsigned char *first,
                          const unsigned char *end, uint64_t pattern)
{
    size_t size = (size_t)(end - first);
    size_t offset = raw_find_damage(first, size, pattern);

    if (offset < size && !judge_is_exempt(check, first, size)) {
        judge_fail(check, RULE_GUARDED_CANARY, first + offset, raw_load_byte(first + offset),
                   raw_pattern_byte(first + offset, pattern));
    }
}

static void check_hidden(struct heap_check *check, const unsigned char *first,
                         const unsigned char *end)
{
    judge_that(check, memory_first_shown(first, (size_t)(end - first)) == NULL,
               RULE_GUARDED_HIDDEN, first);
}

/* The bytes of a tile, but for those of a live object. */
static void check_bytes(struct heap_check *check, const struct guarded_pool *pool,
                        const struct guarded_object *object)
{
    const unsigned char *tile = guarded_tile(pool, object);
    const unsigned char *tile_end = tile + 2 * (size_t)PAGE_SIZE;
    const unsigned char *object_end = object->address + object->size;
    bool is_wiped = object->is_wiped && peek_guarded_is(object, GUARD_FREED);

    check_hidden(check, tile, object->address);
    check_hidden(check, (const unsigned char *)align_up((uintptr_t)object_end, WORD_SIZE),
                 tile_end);
    check_pattern(check, tile, object->address, guard_canary());
    check_pattern(check, object_end, tile_end, guard_canary());
    if (peek_guarded_is(object, GUARD_FREED)) {
        judge_that(check, !judge_is_owned(check, object->address), RULE_OBJECT_UNOWNED, object);
        check_pattern(check, object->address, object_end, is_wiped ? 0 : guard_canary());
    }
}

void judge_guarded(struct heap_check *check)
{
    enum { TILE_ITEMS = 2 * PAGE_SIZE / BYTES_PER_ITEM };
    const struct guarded_pool *pool = &check->heap->guarded;
    bool may_walk = judge_may_walk(check, (uint64_t)pool->count * TILE_ITEMS);

    if (pool->count == 0) {
        return;
    }
    check_lists(check, pool);
    for (uint32_t i = 0; i < pool->used_count && i < pool->count; i++) {
        const struct guarded_object *object = &pool->objects[i];

        if (peek_guarded_is(object, GUARD_ALLOCATED)) {
            check_place(check, pool, object);
        }
        if (may_walk && check->found.rule > RULE_GUARDED_PLACE) {
            check_bytes(check, pool, object);
        }
    }
    judge_walked(check, pool->count + (may_walk ? (uint64_t)pool->count * TILE_ITEMS : 0));
}
