/* The lists and counters of a cache's node. */
#include "sanitizers/check_state.h"

/* The slab whose link this is, or NULL. */
static const struct slab *slab_of(const struct kmem_heap *heap, const struct list_link *link)
{
    return view_slab_at(heap, container_of(link, struct slab, link));
}

static const struct list_link *list_of(const struct kmem_cache *cache, enum slab_place place)
{
    return place == SLAB_ON_FULL ? &cache->node.full : &cache->node.partial;
}

/* The link is the head of the list for place, or belongs to a slab of the cache at that place. */
static bool link_is_on_list(const struct kmem_heap *heap, const struct list_link *link,
                            const struct kmem_cache *cache, enum slab_place place)
{
    if (link == list_of(cache, place)) {
        return true;
    }

    const struct slab *slab = slab_of(heap, link);
    return slab != NULL && slab->cache == cache && view_place(slab) == place;
}

bool judge_link_is_sound(const struct kmem_heap *heap, const struct slab *slab)
{
    const struct list_link *link = &slab->link;
    enum slab_place place = view_place(slab);

    return link_is_on_list(heap, link->next, slab->cache, place) &&
           link_is_on_list(heap, link->prev, slab->cache, place) && link->next->prev == link &&
           link->prev->next == link && link->next != link;
}

/*
 * Every element is a slab of the cache whose place is this list, and there are as many as are
 * counted: if those are all such slabs, each is on the list once.
 */
static void check_list(struct heap_check *check, const struct kmem_cache *cache,
                       enum slab_place place, uint64_t slab_count, enum rule_id count_rule)
{
    enum rule_id rule = place == SLAB_ON_FULL ? RULE_NODE_FULL : RULE_NODE_PARTIAL;
    const struct list_link *head = list_of(cache, place);
    const struct list_link *link = head;
    uint64_t length = 0;
    bool is_sound;

    if (!judge_may_walk(check, slab_count)) {
        return;
    }
    do {
        is_sound = link_is_on_list(check->heap, link->next, cache, place) &&
                   link->next->prev == link;
        link = is_sound ? link->next : head;
        length += link != head;
    } while (link != head && length <= slab_count);

    judge_walked(check, length);
    judge_that(check, is_sound, rule, head);
    judge_equal(check, count_rule, head, length, slab_count);
}

/* Slabs that are counted but not listed yet, or the reverse, tell nothing about a sound heap. */
static void judge_busy_node(struct heap_check *check, const struct kmem_cache *cache)
{
    if (judge_is_settled(check, &cache->node.lock)) {
        check_list(check, cache, SLAB_ON_PARTIAL, cache->node.partial_count,
                   RULE_NODE_PARTIAL_COUNT);
    }
}

void judge_node(struct heap_check *check, const struct kmem_cache *cache)
{
    const struct kmem_cache_node *node = &cache->node;
    const struct slab_totals *seen = &check->caches[cache - check->heap->cache_slots].totals;
    uint64_t partial = seen->at_place[SLAB_ON_PARTIAL];

    if (check->scope == JUDGE_INSTANT) {
        judge_busy_node(check, cache);
        return;
    }
    check_list(check, cache, SLAB_ON_PARTIAL, partial, RULE_NODE_PARTIAL);
    check_list(check, cache, SLAB_ON_FULL, seen->at_place[SLAB_ON_FULL], RULE_NODE_FULL);
    judge_equal(check, RULE_NODE_PARTIAL_COUNT, node, node->partial_count, partial);
    judge_equal(check, RULE_NODE_SLAB_COUNT, node, node->slab_count, seen->slabs);
    judge_equal(check, RULE_NODE_OBJECT_COUNT, node, node->object_count, seen->objects);
    if (seen->empty_on_node > cache->partial_min) {
        judge_fail(check, RULE_NODE_EMPTY_BOUND, node, seen->empty_on_node, cache->partial_min);
    }
}
