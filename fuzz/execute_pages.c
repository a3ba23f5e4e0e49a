#include "allocator/api/pages.h"

#include "fuzz/execute_parts.h"

enum run_op_outcome execute_take_run(struct execution *execution, uint32_t slot, gfp_t gfp,
                                     const struct compare_request *request)
{
    struct model_object *vacant = execute_vacant(execution, slot);

    if (vacant == NULL) {
        return RUN_OP_SKIPPED;
    }
    execute_hold(execution, vacant);
    execute_begin_step(execution);
    execute_expect_fault(execution, NULL, request->order);

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
