#include "allocator/api/pages.h"

#include "fuzz/execute_parts.h"
#include "sanitizers/compare_pages.h"

enum run_op_outcome execute_take_run(struct execution *execution, uint32_t slot, gfp_t gfp,
                                     const struct compare_request *request)
{
    struct model_object *vacant = execute_vacant(execution, slot);

    if (vacant == NULL) {
        return RUN_OP_SKIPPED;
    }
    execute_hold(execution, vacant);
    execute_begin_step(execution);
    execute_expect_fault(execution, NULL, gfp, request->order);

    const struct page *page = heap_alloc_pages(execution->heap, gfp, request->order);
    void *given = page != NULL ? heap_page_address(execution->heap, page) : NULL;

    execute_end_call(execution);
    execute_note_address(execution, given);
    compare_alloc(execution->model, slot, request, given);
    return RUN_OP_STEP;
}

enum run_op_outcome execute_pages(struct execution *execution, const struct op *op)
{
    bool is_zeroed = op_pages_zero(op) != 0;
    const struct compare_request request =
        compare_pages_request(execution->model, op_pages_order(op), is_zeroed);

    return execute_take_run(execution, op_pages_object(op),
                            is_zeroed ? GFP_KERNEL | __GFP_ZERO : GFP_KERNEL, &request);
}

/* A live slot whose pages are runs that it allocated itself, or NULL. */
static struct model_object *find_pages(struct execution *execution, uint32_t slot)
{
    static const enum model_kind kinds[] = {MODEL_PAGES, MODEL_EXACT, MODEL_CONTIG};
    struct model_object *object = NULL;

    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]) && object == NULL; i++) {
        object = execute_live(execution, slot, kinds[i]);
    }
    return object;
}

enum run_op_outcome execute_page_owner(struct execution *execution, const struct op *op)
{
    struct model_object *object = find_pages(execution, op_page_owner_object(op));

    if (object == NULL || !execution->heap->config.page_owner) {
        return RUN_OP_SKIPPED;
    }
    execute_hold(execution, object);
    execute_begin_step(execution);

    const struct page *page = heap_page_at(execution->heap, object->address);
    const struct page_owner owner = heap_page_owner(execution->heap, page);

    execute_end_call(execution);
    execute_note_address(execution, object->address);
    compare_page_owner(execution->model, object, &owner);
    return RUN_OP_STEP;
}
