#include "sanitizers/compare_mobility.h"

#include <string.h>

#include "allocator/base/bits.h"
#include "allocator/base/errors.h"
#include "allocator/page/pageblock.h"
#include "sanitizers/peek.h"

static const struct page_zone *any_zone(const struct kmem_heap *heap)
{
    return &heap->memory.zones[0];
}

static uint32_t block_of(const struct kmem_heap *heap, uint32_t pfn)
{
    return pfn >> any_zone(heap)->block_order;
}

static uint32_t count_blocks(const struct kmem_heap *heap)
{
    return pageblock_total(any_zone(heap));
}

static bool block_is_isolated(const struct kmem_heap *heap, uint32_t pfn)
{
    return (any_zone(heap)->blocks[block_of(heap, pfn)] & PAGEBLOCK_ISOLATED) != 0;
}

bool compare_is_isolated(const struct kmem_heap *heap, const void *byte)
{
    return block_is_isolated(heap,
                             memory_pfn(&heap->memory, memory_page_at(&heap->memory, byte)));
}

bool compare_is_range(const struct kmem_heap *heap, const void *first, size_t size)
{
    const struct page *pages = memory_page_at(&heap->memory, first);
    bool is_range = true;

    for (size_t i = 0; i < size >> PAGE_SHIFT; i++) {
        struct page_state state = peek_page_state(&pages[i]);

        is_range = is_range && state.kind == PAGE_RUN && state.order == 0;
    }
    return is_range;
}

/* Who asks for both, or neither, asks for nothing that moves. */
static enum migrate_type type_of(const struct kmem_heap *heap, gfp_t gfp)
{
    bool is_movable = (gfp & __GFP_MOVABLE) != 0;
    bool is_reclaimable = (gfp & __GFP_RECLAIMABLE) != 0;

    if (heap->config.pageblock_order == 0) {
        return MIGRATE_MOVABLE;
    }
    return is_movable == is_reclaimable ? MIGRATE_UNMOVABLE
           : is_movable                 ? MIGRATE_MOVABLE
                                        : MIGRATE_RECLAIMABLE;
}

bool compare_is_of_type(const struct kmem_heap *heap, const void *first, size_t size, gfp_t gfp)
{
    const struct page *pages = memory_page_at(&heap->memory, first);
    bool is_of_type = true;

    for (size_t i = 0; i << PAGE_SHIFT < size; i++) {
        bool is_head = peek_page_state(&pages[i]).kind != PAGE_TAIL;

        is_of_type = is_of_type && (!is_head || pages[i].asked_type == type_of(heap, gfp));
    }
    return is_of_type;
}

bool compare_rest_type(struct model *model, const struct model_object *object, size_t size)
{
    const struct page *head = memory_page_at(&model->heap->memory, object->address);
    bool is_of_type = true;

    for (size_t i = 1; i << PAGE_SHIFT < size; i++) {
        struct page_state state = peek_page_state(&head[i]);

        is_of_type = is_of_type && (state.kind != PAGE_CACHED || state.type == head->asked_type);
    }
    return model_expect(model, model->is_shared || is_of_type, MODEL_RULE_TYPE_IS_ASKED,
                        object->address);
}

void compare_blocks_before(struct model *model)
{
    model->had_pages_at_hand = view_cached_pages(model->heap) != 0;
    memcpy(model->blocks_before, any_zone(model->heap)->blocks, count_blocks(model->heap));
}

/* Free blocks that merged are of one type, whichever it was. */
static bool block_has_merged(const struct kmem_heap *heap, uint32_t block)
{
    unsigned block_order = any_zone(heap)->block_order;

    for (unsigned order = block_order + 1; order <= ORDER_MAX; order++) {
        pfn_t head = (block << block_order) & ~(order_pages(order) - 1);
        struct page_state state = view_page(heap, head);

        if (state.kind == PAGE_FREE && state.order == order) {
            return state.type <= MIGRATE_RECLAIMABLE;
        }
    }
    return false;
}

/* Runs that come back from the CPUs may merge, and be taken apart again before anybody looks. */
static bool type_may_differ(const struct model *model, uint32_t block, unsigned expected,
                            unsigned found)
{
    const unsigned mask = ~(unsigned)PAGEBLOCK_ISOLATED;
    bool is_flag_right = ((expected ^ found) & PAGEBLOCK_ISOLATED) == 0;
    bool can_be_asked_for = (expected & mask) < MIGRATE_REQUEST_COUNT &&
                            (found & mask) < MIGRATE_REQUEST_COUNT;

    return (expected <= MIGRATE_RECLAIMABLE && block_has_merged(model->heap, block)) ||
           (model->had_pages_at_hand && is_flag_right && can_be_asked_for);
}

/* True if no byte of a block differs from what it was, but for bits that changed in a range. */
static bool blocks_are_as_before(const struct model *model, struct compare_range range,
                                 unsigned set, unsigned cleared)
{
    const unsigned char *blocks = any_zone(model->heap)->blocks;
    uint32_t count = count_blocks(model->heap);

    for (uint32_t block = 0; block < count; block++) {
        bool is_inside = block >= block_of(model->heap, range.first) &&
                         block <= block_of(model->heap, range.end - 1);
        unsigned before = model->blocks_before[block];
        unsigned expected = is_inside ? (before | set) & ~cleared : before;

        if (blocks[block] != expected &&
            !type_may_differ(model, block, expected, blocks[block])) {
            return false;
        }
    }
    return true;
}

/* Frames of the blocks that a range touches. */
static struct compare_range widen(const struct kmem_heap *heap, struct compare_range range)
{
    uint32_t mask = order_pages(any_zone(heap)->block_order) - 1;
    uint32_t end = (range.end + mask) & ~mask;

    return (struct compare_range){
        .first = range.first & ~mask,
        .end = end < heap->memory.page_count ? end : heap->memory.page_count,
    };
}

/* A range of whole blocks, each in one zone. */
static bool range_is_legal(const struct kmem_heap *heap, struct compare_range range)
{
    if (range.first >= range.end || range.end > heap->memory.page_count) {
        return false;
    }
    range = widen(heap, range);
    for (uint32_t pfn = range.first + 1; pfn < range.end; pfn++) {
        if (block_of(heap, pfn) == block_of(heap, pfn - 1) &&
            view_zone_of(heap, pfn) != view_zone_of(heap, pfn - 1)) {
            return false;
        }
    }
    return true;
}

static bool frame_is_free(const struct kmem_heap *heap, uint32_t pfn)
{
    struct page_state state = view_page(heap, pfn);
    enum page_kind kind = state.kind == PAGE_TAIL ? view_page(heap, state.head).kind : state.kind;

    return kind == PAGE_FREE || kind == PAGE_INTERIOR || kind == PAGE_CACHED;
}

/*
 * Draining the CPUs frees it, or leaves it free: guards go, too, where all of their buddies comes
 * back. What is of a guard of this order or a larger one stays.
 */
static bool frame_comes_free(const struct kmem_heap *heap, uint32_t pfn, unsigned order)
{
    struct page_state state = view_page(heap, pfn);
    uint32_t head = state.kind == PAGE_TAIL ? (uint32_t)state.head : pfn;

    state = view_page(heap, head);
    if (state.kind != PAGE_GUARD) {
        return frame_is_free(heap, pfn);
    }

    uint32_t buddy = head ^ order_pages(state.order);
    uint32_t end = buddy + order_pages(state.order);
    bool comes_free = state.order < order && end <= heap->memory.page_count;

    for (uint32_t i = buddy; comes_free && i < end; i++) {
        comes_free = frame_comes_free(heap, i, state.order);
    }
    return comes_free;
}

static bool was_isolated(const struct model *model, uint32_t pfn)
{
    return (model->blocks_before[block_of(model->heap, pfn)] & PAGEBLOCK_ISOLATED) != 0;
}

/* Free frames of the range's blocks that were isolated before, or that were not. */
static int64_t count_free(const struct model *model, struct compare_range range, bool isolated)
{
    int64_t count = 0;

    range = widen(model->heap, range);
    for (uint32_t pfn = range.first; pfn < range.end; pfn++) {
        count += was_isolated(model, pfn) == isolated && frame_is_free(model->heap, pfn);
    }
    return count;
}

static bool any_was_isolated(const struct model *model, struct compare_range range)
{
    range = widen(model->heap, range);
    for (uint32_t pfn = range.first; pfn < range.end; pfn++) {
        if (was_isolated(model, pfn)) {
            return true;
        }
    }
    return false;
}

/* What a change of isolation deserves, and which bits of the blocks it sets or clears. */
struct expected_change {
    int64_t result;
    unsigned set;
    unsigned cleared;
};

/* Where others ran meanwhile, only what no state could grant is certain. */
static bool judge_change(struct model *model, struct compare_range range, int64_t result,
                         struct expected_change expected)
{
    const void *blocks = any_zone(model->heap)->blocks;
    unsigned set = result < 0 ? 0 : expected.set;
    unsigned cleared = result < 0 ? 0 : expected.cleared;

    if (model->is_shared) {
        return model_expect(model, result != HEAP_EINVAL, MODEL_RULE_ISOLATION_RESULT, blocks);
    }
    return model_expect(model, result == expected.result, MODEL_RULE_ISOLATION_RESULT, blocks) &&
           model_expect(model, blocks_are_as_before(model, range, set, cleared),
                        MODEL_RULE_ISOLATION_RESULT, blocks);
}

bool compare_isolate(struct model *model, struct compare_range range, int64_t result)
{
    struct expected_change expected = {.result = HEAP_EBUSY, .set = PAGEBLOCK_ISOLATED};

    if (!range_is_legal(model->heap, range)) {
        return model_expect(model, result == HEAP_EINVAL, MODEL_RULE_ISOLATION_RESULT, NULL);
    }
    if (!any_was_isolated(model, range)) {
        expected.result = count_free(model, range, false);
    }
    return judge_change(model, range, result, expected);
}

bool compare_unisolate(struct model *model, struct compare_range range, int64_t result)
{
    struct expected_change expected = {.cleared = PAGEBLOCK_ISOLATED};

    if (!range_is_legal(model->heap, range)) {
        return model_expect(model, result == HEAP_EINVAL, MODEL_RULE_ISOLATION_RESULT, NULL);
    }
    expected.result = count_free(model, range, true);
    return judge_change(model, range, result, expected);
}

static int expected_contig(const struct kmem_heap *heap, struct compare_range range)
{
    if (!range_is_legal(heap, range) ||
        view_zone_of(heap, range.first) != view_zone_of(heap, range.end - 1)) {
        return HEAP_EINVAL;
    }
    if (heap->memory.zones[view_zone_of(heap, range.first)].is_offline) {
        return HEAP_EBUSY;
    }
    for (uint32_t pfn = range.first; pfn < range.end; pfn++) {
        if (!frame_comes_free(heap, pfn, ORDER_MAX + 1)) {
            return HEAP_EBUSY;
        }
    }
    range = widen(heap, range);
    for (uint32_t pfn = range.first; pfn < range.end; pfn++) {
        if (block_is_isolated(heap, pfn)) {
            return HEAP_EBUSY;
        }
    }
    return HEAP_OK;
}

struct compare_contig compare_contig_request(const struct model *model, struct compare_range range,
                                             bool is_zeroed)
{
    struct compare_contig contig = {
        .range = range,
        .request = compare_pages_request(model, 0, is_zeroed),
        .expected = expected_contig(model->heap, range),
    };

    contig.request.object.kind = MODEL_CONTIG;
    contig.request.object.size = (range.end - range.first) << PAGE_SHIFT;
    contig.request.object.usable = contig.request.object.size;
    return contig;
}

static bool result_is_right(const struct model *model, const struct compare_contig *contig)
{
    if (contig->expected == HEAP_EINVAL || contig->result == HEAP_EINVAL) {
        return contig->expected == contig->result;
    }
    if (model->is_shared) {
        return contig->result == HEAP_OK || contig->result == HEAP_EBUSY;
    }
    return contig->result == (contig->found_damage ? HEAP_EBUSY : contig->expected);
}

bool compare_contig(struct model *model, uint32_t slot, const struct compare_contig *contig)
{
    const struct page_memory *memory = &model->heap->memory;
    const void *blocks = any_zone(model->heap)->blocks;

    if (!model_expect(model, result_is_right(model, contig), MODEL_RULE_CONTIG_RESULT, blocks) ||
        contig->result == HEAP_EINVAL) {
        return false;
    }
    if (!model->is_shared &&
        !model_expect(model, blocks_are_as_before(model, contig->range, 0, 0),
                      MODEL_RULE_CONTIG_RESULT, blocks)) {
        return false;
    }
    return contig->result == HEAP_OK &&
           compare_alloc(model, slot, &contig->request,
                         memory_address(memory, memory_page(memory, contig->range.first)));
}
