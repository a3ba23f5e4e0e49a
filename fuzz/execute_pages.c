#include "allocator/api/pages.h"

#include "fuzz/execute_parts.h"

enum run_op_outcome execute_pages(struct execution *execution, const struct op *op)
{
    uint32_t slot = op_pages_object(op);
    unsigned order = op_pages_order(op);
    bool is_zeroed = op_pages_zero(op) != 0;
    gfp_t gfp = is_zeroed ? GFP_KERNEL | __GFP_ZERO : GFP_KERNEL;

    struct model_object *vacant = execute_vacant(execution, slot);

    if (vacant == NULL) {
        return RUN_OP_SKIPPED;
    }
    execute_hold(execution, vacant);

    struct compare_request request = compare_pages_request(execution->model, order, is_zeroed);

    execute_begin_step(execution);

    const struct page *page = heap_alloc_pages(execution->heap, gfp, order);
    void *given = page != NULL ? heap_page_address(execution->heap, page) : NULL;

    execute_end_call(execution);
    execute_note_address(execution, given);
    compare_alloc(execution->model, slot, &request, given);
    return RUN_OP_STEP;
}

enum run_op_outcome execute_free_pages(struct execution *execution, const struct op *op)
{
    struct model_object *object =
        execute_live(execution, op_free_pages_object(op), MODEL_PAGES);

    if (object == NULL) {
        return RUN_OP_SKIPPED;
    }
    execute_retire(execution, object);
    execute_begin_step(execution);
    execute_note_address(execution, object->address);
    execute_give_up(execution, object);
    heap_free_pages(execution->heap, heap_page_at(execution->heap, object->address),
                    object->order);
    execute_end_call(execution);
    execute_freed(execution, object);
    return RUN_OP_STEP;
}
