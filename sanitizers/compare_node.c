#include "sanitizers/compare_node.h"

#include "sanitizers/compare_supply.h"
#include "sanitizers/peek.h"

static unsigned node_of_cpu(const struct kmem_heap *heap)
{
    return world_cpu() % heap->config.node_count;
}

static bool has_dma_zone(const struct kmem_heap *heap)
{
    return heap->config.dma_pages != 0;
}

/* Node numbers are one more in a request; a node of no use is no node at all, but for pages. */
static bool names_node(const struct model *model, const struct compare_request *request)
{
    unsigned node = request->near_node - 1u;

    return request->near_node != 0 && node < model->heap->config.node_count &&
           (request->object.kind == MODEL_PAGES || view_node_is_online(model->heap, node));
}

static unsigned first_node(const struct model *model, const struct compare_request *request)
{
    return names_node(model, request) ? request->near_node - 1u : node_of_cpu(model->heap);
}

/* It is there, and was when the call looked, unless it came back while others were about. */
static bool names_node_for_sure(const struct model *model, const struct compare_request *request)
{
    return names_node(model, request) &&
           (!model->is_shared || (model->nodes_back >> first_node(model, request) & 1) == 0);
}

static bool is_strict(const struct model *model, const struct compare_request *request)
{
    /* Who names no node for pages means that of his CPU, and may have been moved meanwhile. */
    bool is_literal = request->object.kind == MODEL_PAGES && !model->is_shared;

    return request->is_strict && (is_literal || names_node_for_sure(model, request));
}

static bool zone_may_serve(const struct model *model, const struct compare_request *request,
                           const struct page_zone *zone)
{
    bool is_needed_dma = request->wants_dma && has_dma_zone(model->heap);

    return !zone->is_offline && (!is_needed_dma || zone->is_dma) &&
           (!is_strict(model, request) || zone->node == first_node(model, request));
}

bool compare_is_hopeless(const struct model *model, const struct compare_request *request)
{
    const struct page_memory *memory = &model->heap->memory;

    for (unsigned i = 0; i < memory->zone_count; i++) {
        if (zone_may_serve(model, request, &memory->zones[i])) {
            return false;
        }
    }
    return true;
}

bool compare_has_free_run(const struct model *model, const struct compare_request *request,
                          unsigned order)
{
    const struct page_memory *memory = &model->heap->memory;
    struct supply_ask ask = compare_least_ask(request, order);

    for (unsigned i = 0; i < memory->zone_count; i++) {
        if (zone_may_serve(model, request, &memory->zones[i]) &&
            compare_zone_can_supply(&memory->zones[i], &ask)) {
            return true;
        }
    }
    return false;
}

bool compare_first_had_free_run(const struct model *model, const struct compare_request *request,
                                unsigned order)
{
    struct compare_request first = *request;

    /* A slab is looked for on the node alone before it is anywhere. */
    first.is_strict = request->is_strict || (request->home != NULL && names_node(model, request));
    return compare_has_free_run(model, &first, order);
}

/* Where the search for slabs begins: a node without memory is stood in for by its neighbour. */
static unsigned first_slab_node(const struct model *model, const struct compare_request *request)
{
    unsigned node = first_node(model, request);
    unsigned distance = 0;

    while (!view_node_is_online(model->heap, node ^ distance)) {
        distance++;
    }
    return node ^ distance;
}

bool compare_has_partial(const struct model *model, const struct compare_request *request)
{
    const struct kmem_cache_node *node = &request->home->nodes[first_slab_node(model, request)];

    return node->is_ready && !list_is_empty(&node->partial);
}

/* Zones in the order in which they are asked: by node, and devices' pages last. */
static unsigned zone_distance(const struct model *model, const struct compare_request *request,
                              const struct page_zone *zone)
{
    return (zone->node ^ first_node(model, request)) * 2 + zone->is_dma;
}

/* The zone had more than enough for the request, whatever others had. */
static bool zone_had_plenty(const struct model *model, const struct compare_request *request,
                            unsigned number)
{
    struct supply_ask ask = compare_plenty_ask(request, request->order);

    struct model_supply supply = compare_supply_before(model, number);

    return compare_supply_allows(&supply, &ask);
}

/*
 * Some zone should have been asked before the given one: a nearer one; and where zones are spared
 * below their low watermarks, any one that is above, if the given one was not.
 */
static bool other_zone_would_do(const struct model *model, const struct compare_request *request,
                                unsigned given)
{
    const struct page_memory *memory = &model->heap->memory;
    struct supply_ask least = compare_least_ask(request, request->order);
    struct supply_ask plenty = compare_plenty_ask(request, request->order);
    bool spares = model->heap->config.watermark_scale != 0;
    bool is_of_plenty = spares && zone_had_plenty(model, request, given);

    for (unsigned i = 0; i < memory->zone_count; i++) {
        const struct page_zone *zone = &memory->zones[i];
        bool is_nearer = zone_distance(model, request, zone) <
                         zone_distance(model, request, &memory->zones[given]);
        bool has_plenty = spares && i != given && compare_zone_can_supply(zone, &plenty);

        if (zone_may_serve(model, request, zone) &&
            ((has_plenty && (is_nearer || !is_of_plenty)) ||
             (is_nearer && !is_of_plenty && compare_zone_can_supply(zone, &least)))) {
            return true;
        }
    }
    return false;
}

/* An object of another node than the one asked for, though that has memory for a slab. */
static bool node_would_do(const struct model *model, const struct compare_request *request,
                          unsigned given_node)
{
    struct compare_request there = *request;

    there.is_strict = true;
    return names_node(model, request) && given_node != first_node(model, request) &&
           (compare_has_partial(model, request) ||
            compare_has_free_run(model, &there, request->order));
}

/* A slab was made while the node that the search begins at has one with room. */
static bool slab_was_needless(const struct model *model, const struct compare_request *request)
{
    return !request->home->is_debug && view_slab_count(request->home) > request->slabs_before &&
           compare_has_partial(model, request);
}

/* What others, a failure on purpose or the call itself freed meanwhile may have been in the way. */
static bool is_certain(const struct model *model, const struct compare_request *request)
{
    return !model->is_shared && !request->is_part_of_many && !request->is_replacement &&
           model->before.fail_countdown == 0;
}

bool compare_nearness(struct model *model, const struct compare_request *request, const void *given)
{
    const struct kmem_heap *heap = model->heap;
    const struct page *page = memory_page_at(&heap->memory, given);
    unsigned number = view_zone_of(heap, memory_pfn(&heap->memory, page));

    /* Who asks for certain frames gets those; fragments may be of a run that was taken long ago. */
    if (number == ZONE_MAX || request->object.kind == MODEL_CONTIG ||
        request->object.kind == MODEL_FRAGMENT) {
        return true;
    }

    const struct page_zone *zone = &heap->memory.zones[number];
    bool may_lie = request->home != NULL && !is_strict(model, request) && !request->wants_dma;
    bool is_far = request->home != NULL ? node_would_do(model, request, zone->node)
                                        : other_zone_would_do(model, request, number);

    return model_expect(model, may_lie || zone_may_serve(model, request, zone),
                        MODEL_RULE_NODE_STRICT, given) &&
           model_expect(model, !is_certain(model, request) || !is_far, MODEL_RULE_NODE_NEAREST,
                        given) &&
           model_expect(model,
                        !is_certain(model, request) || request->home == NULL ||
                            !slab_was_needless(model, request),
                        MODEL_RULE_NODE_PARTIAL_FIRST, given);
}

/* The zone was below its low watermark for this request, and wanted more than it had. */
static bool zone_was_short(const struct model *model, const struct compare_request *request,
                           unsigned number)
{
    return !zone_had_plenty(model, request, number) &&
           !compare_supply_is_balanced(&model->before.supplies[number]);
}

bool compare_balance_asked(struct model *model, const struct compare_request *request,
                           const void *given)
{
    const struct page_memory *memory = &model->heap->memory;
    bool wakes = (request->gfp & __GFP_KSWAPD_RECLAIM) != 0 && request->home == NULL &&
                 request->object.kind != MODEL_CONTIG;
    unsigned from = given == NULL ? ZONE_MAX
                                  : view_zone_of(model->heap,
                                                 memory_pfn(memory, memory_page_at(memory, given)));

    if (memory->config->watermark_scale == 0 || !wakes || !is_certain(model, request) ||
        view_faults(model->heap, HEAP_FAULT_PAGES) != model->before.page_faults) {
        return true;
    }
    for (unsigned i = 0; i < memory->zone_count; i++) {
        bool was_used = given == NULL ? zone_may_serve(model, request, &memory->zones[i])
                                      : i == from;

        if (was_used && zone_was_short(model, request, i) &&
            !model_expect(model, memory->zones[i].wants_balance, MODEL_RULE_BALANCE_ASKED,
                          &memory->zones[i])) {
            return false;
        }
    }
    return true;
}
