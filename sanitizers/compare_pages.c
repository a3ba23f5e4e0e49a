#include "sanitizers/compare_pages.h"

#include "allocator/base/bits.h"
#include "sanitizers/peek.h"

struct compare_request compare_compound_request(const struct model *model, unsigned order,
                                                bool is_zeroed)
{
    struct compare_request request = compare_pages_request(model, order, is_zeroed);

    request.object.is_compound = order > 0;
    return request;
}

struct compare_request compare_exact_request(const struct model *model, size_t size,
                                             bool is_zeroed)
{
    bool is_possible = size > 0 && size <= KMALLOC_SIZE_MAX;
    unsigned order = is_possible ? order_for_size(size) : ORDER_MAX + 1;
    struct compare_request request = compare_pages_request(model, order, is_zeroed);

    request.object.kind = MODEL_EXACT;
    request.object.size = (uint32_t)size;
    request.object.usable = (uint32_t)size;
    request.object.order = 0;
    return request;
}

static uint32_t pages_for(size_t size)
{
    return (uint32_t)(align_up(size, PAGE_SIZE) / PAGE_SIZE);
}

bool compare_pages_taken(struct model *model, size_t size)
{
    return model->is_shared ||
           model_expect(model,
                        view_idle_pages(model->heap) + pages_for(size) == model->before.page_count,
                        MODEL_RULE_PAGES_ARE_EXACT, NULL);
}

bool compare_pages_given(struct model *model, size_t size)
{
    return model->is_shared ||
           model_expect(model,
                        view_idle_pages(model->heap) == model->before.page_count + pages_for(size),
                        MODEL_RULE_PAGES_ARE_EXACT, NULL);
}

/* It goes to the zone at once, lest somebody gets it whom the reserve is not for. */
static bool is_kept_apart(const struct kmem_heap *heap, pfn_t pfn)
{
    return view_page(heap, pfn).kind != PAGE_CACHED ||
           view_block_type(heap, pfn) != MIGRATE_HIGHATOMIC;
}

bool compare_at_hand(struct model *model, const struct model_object *object, unsigned cpu)
{
    const struct page_memory *memory = &model->heap->memory;
    pfn_t pfn = memory_pfn(memory, memory_page_at(memory, object->address));
    const struct page_pcp *pcp = &memory->zones[view_zone_of(model->heap, pfn)].pcps[cpu];
    /* What is reserved does not go there, however many there are. */
    bool is_few = pcp->count < memory->config->pcp_high ||
                  view_block_type(model->heap, pfn) == MIGRATE_HIGHATOMIC;

    return model->is_shared || memory->config->pcp_high == 0 || object->order >= PCP_ORDER_COUNT ||
           (model_expect(model, is_few, MODEL_RULE_FREE_LEAVES_FEW, pcp) &&
            model_expect(model, is_kept_apart(model->heap, pfn), MODEL_RULE_RESERVE_KEPT_APART,
                         object->address));
}

bool compare_page_owner(struct model *model, const struct model_object *object,
                        const struct page_owner *owner)
{
    unsigned order = object->kind == MODEL_PAGES ? object->order : 0;
    bool is_order_right = owner->is_allocated && owner->alloc.order == order;

    return model_expect(model,
                        is_order_right && owner->alloc.time <= object->alloc_step &&
                            owner->alloc.cpu < model->heap->config.cpu_count,
                        MODEL_RULE_OWNER_AGREES, object->address);
}

bool compare_drained(struct model *model)
{
    return model->is_shared ||
           model_expect(model, view_cached_pages(model->heap) == 0, MODEL_RULE_DRAIN_LEAVES_NOTHING,
                        NULL);
}

static size_t count_filled(struct page *const *pages, size_t count)
{
    size_t filled = 0;

    while (filled < count && pages[filled] != NULL) {
        filled++;
    }
    return filled;
}

/* Nothing was replaced, and nothing filled behind an entry that was not. */
static bool entries_are_kept(const struct compare_pages_bulk *bulk, size_t filled)
{
    for (size_t i = 0; i < bulk->count; i++) {
        bool is_kept = bulk->after[i] == bulk->before[i];

        if (!is_kept && (bulk->before[i] != NULL || i > filled)) {
            return false;
        }
    }
    return true;
}

bool compare_pages_bulk(struct model *model, const struct compare_pages_bulk *bulk)
{
    size_t filled = count_filled(bulk->after, bulk->count);

    if (!model_expect(model, bulk->filled == filled, MODEL_RULE_BULK_PAGES_RESULT, bulk->after) ||
        !model_expect(model, entries_are_kept(bulk, filled), MODEL_RULE_BULK_PAGES_RESULT,
                      bulk->after)) {
        return false;
    }

    bool is_progress = filled == bulk->count || filled > count_filled(bulk->before, bulk->count);

    return is_progress || compare_null(model, &bulk->request);
}
