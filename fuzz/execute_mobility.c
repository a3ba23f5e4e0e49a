/* Ops on pages of types, isolated pageblocks and contiguous ranges. */
#include "allocator/api/mobility.h"
#include "allocator/api/pages.h"
#include "fuzz/execute_parts.h"
#include "sanitizers/compare_mobility.h"

gfp_t execute_urgency(unsigned urgency)
{
    static const gfp_t urgencies[] = {
        GFP_KERNEL,
        GFP_NOWAIT,
        GFP_ATOMIC,
        GFP_KERNEL | __GFP_HIGH,
        GFP_KERNEL | __GFP_MEMALLOC,
        GFP_KERNEL | __GFP_MEMALLOC | __GFP_NOMEMALLOC,
        GFP_ATOMIC | __GFP_NOMEMALLOC,
        GFP_NOWAIT | __GFP_NOMEMALLOC,
    };

    return urgencies[urgency];
}

static gfp_t gfp_of(const struct op *op)
{
    static const gfp_t types[] = {
        0, __GFP_MOVABLE, __GFP_RECLAIMABLE, __GFP_MOVABLE | __GFP_RECLAIMABLE,
    };

    return types[op_pages_type_type(op)] | execute_urgency(op_pages_type_urgency(op)) |
           (op_pages_type_zero(op) != 0 ? __GFP_ZERO : 0);
}

enum run_op_outcome execute_pages_type(struct execution *execution, const struct op *op)
{
    uint32_t slot = op_pages_type_object(op);
    unsigned order = op_pages_type_order(op);
    struct model_object *vacant = execute_vacant(execution, slot);

    if (vacant == NULL) {
        return RUN_OP_SKIPPED;
    }
    execute_hold(execution, vacant);

    struct compare_request request =
        compare_pages_request(execution->model, order, op_pages_type_zero(op) != 0);

    request.gfp = gfp_of(op);
    execute_begin_step(execution);

    const struct page *page = heap_alloc_pages(execution->heap, request.gfp, order);
    void *given = page != NULL ? heap_page_address(execution->heap, page) : NULL;

    execute_end_call(execution);
    execute_note_address(execution, given);
    compare_alloc(execution->model, slot, &request, given);
    return RUN_OP_STEP;
}

/* A range of frames; it may reach beyond the arena. */
static struct compare_range range_of(const struct execution *execution, uint32_t first,
                                     uint32_t pages)
{
    pfn_t start = first % execution->heap->memory.page_count;

    return (struct compare_range){.first = start, .end = start + pages};
}

enum run_op_outcome execute_isolate(struct execution *execution, const struct op *op)
{
    struct compare_range range =
        range_of(execution, op_isolate_first(op), op_isolate_pages(op));

    compare_blocks_before(execution->model);
    execute_begin_step(execution);

    int64_t result = heap_isolate_pages(execution->heap, range.first, range.end);

    execute_end_call(execution);
    execute_note_value(execution, result);
    compare_isolate(execution->model, range, result);
    return RUN_OP_STEP;
}

enum run_op_outcome execute_unisolate(struct execution *execution, const struct op *op)
{
    struct compare_range range =
        range_of(execution, op_unisolate_first(op), op_unisolate_pages(op));

    compare_blocks_before(execution->model);
    execute_begin_step(execution);

    int64_t result = heap_unisolate_pages(execution->heap, range.first, range.end);

    execute_end_call(execution);
    execute_note_value(execution, result);
    compare_unisolate(execution->model, range, result);
    return RUN_OP_STEP;
}

enum run_op_outcome execute_contig_alloc(struct execution *execution, const struct op *op)
{
    uint32_t slot = op_contig_alloc_object(op);
    bool is_zeroed = op_contig_alloc_zero(op) != 0;
    struct compare_range range =
        range_of(execution, op_contig_alloc_first(op), op_contig_alloc_pages(op));
    struct model_object *vacant = execute_vacant(execution, slot);

    if (vacant == NULL) {
        return RUN_OP_SKIPPED;
    }
    execute_hold(execution, vacant);

    struct compare_contig contig = compare_contig_request(execution->model, range, is_zeroed);
    uint32_t reports_before = execution->owed->report_count;

    compare_blocks_before(execution->model);
    execute_begin_step(execution);
    contig.result = heap_alloc_contig(execution->heap, range.first, range.end,
                                      is_zeroed ? GFP_KERNEL | __GFP_ZERO : GFP_KERNEL);
    execute_end_call(execution);
    execute_note_value(execution, contig.result);
    contig.found_damage = execution->owed->report_count != reports_before;
    compare_contig(execution->model, slot, &contig);
    return RUN_OP_STEP;
}
