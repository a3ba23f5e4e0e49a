/* The lists and counters of a cache's nodes. */
#include "sanitizers/check_state.h"

/* The slab whose link this is, or NULL. */
static const struct slab *slab_of(const struct kmem_heap *heap, const struct list_link *link)
{
    return view_slab_at(heap, container_of(link, struct slab, link));
}

/* One list of one node. */
struct list_seen {
    const struct kmem_cache *cache;
    unsigned node;
    enum slab_place place;
};

static const struct list_link *head_of(const struct list_seen *list)
{
    const struct kmem_cache_node *node = &list->cache->nodes[list->node];

    return list->place == SLAB_ON_FULL ? &node->full : &node->partial;
}

/* The link is the list's head, or belongs to a slab of the cache, of the node and at the place. */
static bool link_is_on_list(const struct kmem_heap *heap, const struct list_link *link,
                            const struct list_seen *list)
{
    if (link == head_of(list)) {
        return true;
    }

    const struct slab *slab = slab_of(heap, link);
    return slab != NULL && slab->cache == list->cache && view_place(slab) == list->place &&
           view_node_of(heap, view_slab_pfn(heap, slab)) == list->node;
}

bool judge_link_is_sound(const struct kmem_heap *heap, const struct slab *slab)
{
    const struct list_link *link = &slab->link;
    const struct list_seen list = {slab->cache, slab->node, view_place(slab)};

    return link_is_on_list(heap, link->next, &list) && link_is_on_list(heap, link->prev, &list) &&
           link->next->prev == link && link->prev->next == link && link->next != link;
}

/*
 * Every element is a slab of the cache whose place is this list, and there are as many as are
 * counted: if those are all such slabs, each is on the list once.
 */
static void check_list(struct heap_check *check, const struct list_seen *list, uint64_t slab_count,
                       enum rule_id count_rule)
{
    enum rule_id rule = list->place == SLAB_ON_FULL ? RULE_NODE_FULL : RULE_NODE_PARTIAL;
    const struct list_link *head = head_of(list);
    const struct list_link *link = head;
    uint64_t length = 0;
    bool is_sound;

    if (!judge_may_walk(check, slab_count)) {
        return;
    }
    do {
        is_sound = link_is_on_list(check->heap, link->next, list) && link->next->prev == link;
        link = is_sound ? link->next : head;
        length += link != head;
    } while (link != head && length <= slab_count);

    judge_walked(check, length);
    judge_that(check, is_sound, rule, head);
    judge_equal(check, count_rule, head, length, slab_count);
}

/* Slabs that are counted but not listed yet, or the reverse, tell nothing about a sound heap. */
static void judge_busy_node(struct heap_check *check, const struct kmem_cache *cache,
                            unsigned number)
{
    const struct kmem_cache_node *node = &cache->nodes[number];
    const struct list_seen partial = {cache, number, SLAB_ON_PARTIAL};

    if (judge_is_settled(check, &node->lock) && node->is_ready) {
        check_list(check, &partial, node->partial_count, RULE_NODE_PARTIAL_COUNT);
    }
}

/* Nothing is on lists that are not made yet, and the totals say the same. */
static void check_lists(struct heap_check *check, const struct kmem_cache *cache, unsigned number,
                        const struct slab_totals *seen)
{
    const struct list_seen partial = {cache, number, SLAB_ON_PARTIAL};
    const struct list_seen full = {cache, number, SLAB_ON_FULL};

    if (cache->nodes[number].is_ready) {
        check_list(check, &partial, seen->at_place[SLAB_ON_PARTIAL], RULE_NODE_PARTIAL);
        check_list(check, &full, seen->at_place[SLAB_ON_FULL], RULE_NODE_FULL);
    }
}

static void judge_node(struct heap_check *check, const struct kmem_cache *cache, unsigned number)
{
    const struct kmem_cache_node *node = &cache->nodes[number];
    const struct slab_totals *seen =
        &check->caches[cache - check->heap->cache_slots].totals[number];
    uint64_t partial = seen->at_place[SLAB_ON_PARTIAL];

    if (check->scope == JUDGE_INSTANT) {
        judge_busy_node(check, cache, number);
        return;
    }
    judge_that(check, node->is_ready || !view_node_is_online(check->heap, number), RULE_NODE_READY,
               node);
    check_lists(check, cache, number, seen);
    judge_equal(check, RULE_NODE_PARTIAL_COUNT, node, node->partial_count, partial);
    judge_equal(check, RULE_NODE_SLAB_COUNT, node, node->slab_count, seen->slabs);
    judge_equal(check, RULE_NODE_OBJECT_COUNT, node, node->object_count, seen->objects);
    if (seen->empty_on_node > cache->partial_min) {
        judge_fail(check, RULE_NODE_EMPTY_BOUND, node, seen->empty_on_node, cache->partial_min);
    }
}

void judge_nodes(struct heap_check *check, const struct kmem_cache *cache)
{
    for (unsigned node = 0; node < check->heap->memory.node_count; node++) {
        judge_node(check, cache, node);
    }
}
