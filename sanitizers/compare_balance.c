#include "sanitizers/compare_balance.h"

#include "sanitizers/compare_supply.h"
#include "sanitizers/peek.h"

/* Zones of the node that want to be balanced, a bit each. */
static unsigned wanting_zones(const struct kmem_heap *heap, unsigned node)
{
    unsigned zones = 0;

    for (unsigned i = 0; i < heap->memory.zone_count; i++) {
        const struct page_zone *zone = &heap->memory.zones[i];

        zones |= zone->node == node && zone->wants_balance ? 1u << i : 0;
    }
    return zones;
}

struct compare_balancing compare_balancing(const struct model *model, unsigned node)
{
    return (struct compare_balancing){
        .node = node,
        .wanting = wanting_zones(model->heap, node),
        .was_online = view_node_is_online(model->heap, node),
    };
}

/* A slab of the node that its cache does not need. */
static bool node_has_empty_slab(const struct kmem_heap *heap, unsigned node)
{
    for (unsigned slot = 0; slot < CACHE_MAX; slot++) {
        const struct kmem_cache *cache = &heap->cache_slots[slot];

        if (!heap->cache_is_used[slot] || !cache->nodes[node].is_ready) {
            continue;
        }
        list_for_each(link, &cache->nodes[node].partial) {
            if (view_slab(container_of(link, struct slab, link)).inuse_count == 0) {
                return true;
            }
        }
    }
    return false;
}

/* Zones that want more, or wanted and have less than they should. */
static unsigned short_zones(const struct model *model, unsigned zones)
{
    unsigned found = 0;

    for (unsigned i = 0; i < ZONE_MAX; i++) {
        if ((zones >> i & 1) != 0) {
            struct model_supply supply = compare_supply(&model->heap->memory.zones[i]);

            found |= compare_supply_is_balanced(&supply) ? 0 : 1u << i;
        }
    }
    return found;
}

/* Vectors of extensions that one cache gives up may leave a slab of another one empty. */
static bool gave_what_it_could(const struct model *model, unsigned node)
{
    return model->heap->config.object_extensions || !node_has_empty_slab(model->heap, node);
}

bool compare_balance(struct model *model, const struct compare_balancing *before, int result)
{
    const struct kmem_heap *heap = model->heap;
    unsigned wanting = wanting_zones(heap, before->node);
    int expected = !before->was_online ? HEAP_EINVAL : wanting == 0 ? HEAP_OK : HEAP_ENOMEM;
    bool was_needless = before->wanting == 0 && view_idle_pages(heap) != model->before.page_count;

    if (model->is_shared) {
        return true;
    }
    return model_expect(model, result == expected, MODEL_RULE_BALANCE_RESULT, NULL) &&
           model_expect(model, !was_needless, MODEL_RULE_BALANCE_RESULT, NULL) &&
           (!before->was_online ||
            (model_expect(model, wanting == short_zones(model, before->wanting),
                          MODEL_RULE_BALANCE_RESULT, NULL) &&
             model_expect(model, wanting == 0 || gave_what_it_could(model, before->node),
                          MODEL_RULE_BALANCE_RESULT, NULL)));
}
