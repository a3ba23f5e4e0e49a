/* Ops on runs and ranges that are shared, cut to measure, or taken and given back by the dozen. */
#include "allocator/api/mobility.h"
#include "allocator/api/pages.h"
#include "allocator/api/pages_many.h"
#include "fuzz/execute_parts.h"
#include "sanitizers/compare_fault.h"
#include "sanitizers/compare_mobility.h"
#include "sanitizers/compare_pages.h"
#include "sanitizers/sharing.h"

static struct page *page_of(const struct execution *execution, const struct model_object *object)
{
    return heap_page_at(execution->heap, object->address);
}

enum run_op_outcome execute_pages_comp(struct execution *execution, const struct op *op)
{
    bool is_zeroed = op_pages_comp_zero(op) != 0;
    const struct compare_request request =
        compare_compound_request(execution->model, op_pages_comp_order(op), is_zeroed);

    return execute_take_run(execution, op_pages_comp_object(op),
                            is_zeroed ? GFP_KERNEL | __GFP_COMP | __GFP_ZERO
                                      : GFP_KERNEL | __GFP_COMP,
                            &request);
}

/* A live slot that holds a run, or NULL. */
static struct model_object *find_holder(struct execution *execution, uint32_t slot)
{
    struct model_object *holder = execute_live(execution, slot, MODEL_PAGES);

    return holder != NULL ? holder : execute_live(execution, slot, MODEL_REFERENCE);
}

/* The same, or a slot that holds a range, whose first page others may hold as well. */
static struct model_object *find_held(struct execution *execution, uint32_t slot)
{
    struct model_object *holder = find_holder(execution, slot);

    return holder != NULL ? holder : execute_live(execution, slot, MODEL_CONTIG);
}

enum run_op_outcome execute_get_page(struct execution *execution, const struct op *op)
{
    struct model_object *vacant = execute_vacant(execution, op_get_page_object(op));
    struct model_object *holder = find_held(execution, op_get_page_run(op));

    if (vacant == NULL || holder == NULL) {
        return RUN_OP_SKIPPED;
    }
    execute_hold(execution, vacant);
    execute_hold(execution, holder);
    execute_begin_step(execution);

    bool is_held = heap_get_page(execution->heap, page_of(execution, holder));

    execute_end_call(execution);
    execute_note_address(execution, holder->address);
    model_expect(execution->model, is_held, MODEL_RULE_RUN_IS_HELD, holder->address);
    sharing_join(execution->model, holder, op_get_page_object(op));
    sharing_compare(execution->model, holder, holder->address);
    return RUN_OP_STEP;
}

enum run_op_outcome execute_put_page(struct execution *execution, const struct op *op)
{
    struct model_object *holder = find_holder(execution, op_put_page_object(op));

    if (holder == NULL ||
        (holder->kind == MODEL_PAGES && holder->order > 0 && !holder->is_compound)) {
        return RUN_OP_SKIPPED;
    }
    execute_retire(execution, holder);

    const struct model_object *left = sharing_leave(execution->model, holder);

    execute_begin_step(execution);
    execute_note_address(execution, holder->address);
    execute_give_up(execution, holder);
    heap_put_page(execution->heap, page_of(execution, holder));
    execute_end_call(execution);
    execute_freed(execution, holder);
    sharing_compare(execution->model, left, holder->address);
    return RUN_OP_STEP;
}

/* What lies behind the first page is free, although that one is not. */
static void compare_rest_hidden(struct model *model, const struct model_object *object,
                                uint32_t size)
{
    struct model_object rest = *object;

    if (size > PAGE_SIZE && !object->is_compound) {
        rest.address += PAGE_SIZE;
        rest.size = size - PAGE_SIZE;
        compare_hidden(model, &rest);
        compare_rest_type(model, object, size);
    }
}

/* The owner of a run, or of a range, is about to leave the first page to others that hold it. */
static const struct model_object *begin_leave(struct execution *execution,
                                              struct model_object *object)
{
    execute_retire(execution, object);

    const struct model_object *left = sharing_leave(execution->model, object);

    execute_begin_step(execution);
    execute_note_address(execution, object->address);
    execute_give_up(execution, object);
    return left;
}

/* He has left; size is what he had. */
static void end_leave(struct execution *execution, struct model_object *object,
                      const struct model_object *left, uint32_t size)
{
    execute_end_call(execution);
    execute_freed(execution, object);
    compare_rest_hidden(execution->model, object, size);
    sharing_compare(execution->model, left, object->address);
}

enum run_op_outcome execute_free_pages(struct execution *execution, const struct op *op)
{
    struct model_object *object =
        execute_live(execution, op_free_pages_object(op), MODEL_PAGES);

    if (object == NULL) {
        return RUN_OP_SKIPPED;
    }

    const struct model_object *left = begin_leave(execution, object);

    heap_free_pages(execution->heap, page_of(execution, object), object->order);
    end_leave(execution, object, left, (uint32_t)PAGE_SIZE << object->order);
    if (left == NULL) {
        compare_at_hand(execution->model, object, sim_cpu(execution->sim));
    }
    return RUN_OP_STEP;
}

enum run_op_outcome execute_contig_free(struct execution *execution, const struct op *op)
{
    struct model_object *object =
        execute_live(execution, op_contig_free_object(op), MODEL_CONTIG);

    if (object == NULL) {
        return RUN_OP_SKIPPED;
    }

    const struct page_memory *memory = &execution->heap->memory;
    pfn_t first = memory_pfn(memory, page_of(execution, object));
    uint32_t size = object->size;
    const struct model_object *left = begin_leave(execution, object);

    heap_free_contig(execution->heap, first, first + size / PAGE_SIZE);
    end_leave(execution, object, left, size);
    return RUN_OP_STEP;
}

enum run_op_outcome execute_drain_pages(struct execution *execution, const struct op *op)
{
    (void)op;
    execute_begin_step(execution);
    heap_drain_pages(execution->heap);
    execute_end_call(execution);
    compare_drained(execution->model);
    return RUN_OP_STEP;
}

enum run_op_outcome execute_pages_exact(struct execution *execution, const struct op *op)
{
    uint32_t slot = op_pages_exact_object(op);
    size_t size = op_pages_exact_size(op);
    bool is_zeroed = op_pages_exact_zero(op) != 0;
    struct model_object *vacant = execute_vacant(execution, slot);

    if (vacant == NULL) {
        return RUN_OP_SKIPPED;
    }
    execute_hold(execution, vacant);

    struct compare_request request = compare_exact_request(execution->model, size, is_zeroed);

    execute_begin_step(execution);

    void *given = heap_alloc_pages_exact(execution->heap, size,
                                         is_zeroed ? GFP_KERNEL | __GFP_ZERO : GFP_KERNEL);

    execute_end_call(execution);
    execute_note_address(execution, given);
    if (compare_alloc(execution->model, slot, &request, given)) {
        compare_pages_taken(execution->model, size);
    }
    return RUN_OP_STEP;
}

enum run_op_outcome execute_free_exact(struct execution *execution, const struct op *op)
{
    struct model_object *object =
        execute_live(execution, op_free_exact_object(op), MODEL_EXACT);

    if (object == NULL) {
        return RUN_OP_SKIPPED;
    }
    execute_begin_free(execution, object);
    heap_free_pages_exact(execution->heap, object->address, object->size);
    execute_end_free(execution, object);
    compare_pages_given(execution->model, object->size);
    return RUN_OP_STEP;
}

/* Entry of an array for a slot: its page, or NULL for one that is not live; false: neither. */
static bool find_entry(struct execution *execution, uint32_t slot, struct page **entry)
{
    struct model_object *object = execute_live(execution, slot, MODEL_PAGES);

    *entry = object != NULL ? page_of(execution, object) : NULL;
    if (object == NULL) {
        object = execute_vacant(execution, slot);
    }
    return object != NULL;
}

static bool hold_entries(struct execution *execution, uint32_t first, uint32_t count,
                         struct page **entries)
{
    for (uint32_t i = 0; i < count; i++) {
        if (!find_entry(execution, first + i, &entries[i])) {
            return false;
        }
    }
    for (uint32_t i = 0; i < count; i++) {
        execute_hold(execution, model_object(execution->model, first + i));
    }
    return count > 0;
}

/* The new entries are runs of one page each. */
static void own_entries(struct execution *execution, uint32_t first,
                        const struct compare_pages_bulk *bulk)
{
    struct compare_request request = bulk->request;

    request.is_part_of_many = true;
    for (uint32_t i = 0; i < bulk->count; i++) {
        if (bulk->before[i] == NULL && bulk->after[i] != NULL) {
            void *given = heap_page_address(execution->heap, bulk->after[i]);

            execute_note_address(execution, given);
            compare_alloc(execution->model, first + i, &request, given);
        }
    }
}

static struct compare_request bulk_request(const struct execution *execution, const struct op *op)
{
    struct compare_request request = compare_pages_request(execution->model, 0, false);

    request.near_node = op_pages_bulk_near(op);
    request.is_strict = op_pages_bulk_thisnode(op) != 0;
    request.wants_dma = op_pages_bulk_dma(op) != 0;
    return request;
}

static gfp_t bulk_gfp(const struct compare_request *request)
{
    return (gfp_t)GFP_KERNEL | (request->is_strict ? __GFP_THISNODE : 0) |
           (request->wants_dma ? __GFP_DMA : 0);
}

/* Whether the pages that are asked for first are to fail; nothing is known if none are. */
static struct compare_fault begin_bulk(const struct execution *execution,
                                       const struct compare_pages_bulk *bulk)
{
    const struct compare_question question = {.gfp = bulk_gfp(&bulk->request)};
    bool has_room = false;

    for (size_t i = 0; i < bulk->count; i++) {
        has_room = has_room || bulk->before[i] == NULL;
    }
    return has_room ? compare_fault_begin(execution->model, &question) : (struct compare_fault){0};
}

static bool gave_any(const struct compare_pages_bulk *bulk)
{
    bool gave_any = false;

    for (size_t i = 0; i < bulk->count; i++) {
        gave_any = gave_any || bulk->after[i] != bulk->before[i];
    }
    return gave_any;
}

enum run_op_outcome execute_pages_bulk(struct execution *execution, const struct op *op)
{
    uint32_t first = op_pages_bulk_object(op);
    struct page *before[EXECUTE_BULK_MAX];
    struct page *after[EXECUTE_BULK_MAX];
    struct compare_pages_bulk bulk = {
        .count = op_pages_bulk_count(op),
        .before = before,
        .after = after,
        .request = bulk_request(execution, op),
    };

    if (!hold_entries(execution, first, (uint32_t)bulk.count, before)) {
        return RUN_OP_SKIPPED;
    }
    for (uint32_t i = 0; i < bulk.count; i++) {
        after[i] = before[i];
    }
    execute_begin_step(execution);

    const struct compare_fault fault = begin_bulk(execution, &bulk);

    bulk.filled =
        heap_alloc_pages_bulk_node(execution->heap, bulk_gfp(&bulk.request),
                                   (int)bulk.request.near_node - 1, bulk.count, after);
    execute_end_call(execution);
    execute_note_value(execution, (int64_t)bulk.filled);
    compare_fault_first(execution->model, &fault, gave_any(&bulk));
    if (compare_pages_bulk(execution->model, &bulk)) {
        own_entries(execution, first, &bulk);
    }
    return RUN_OP_STEP;
}

/* Live runs of one page that nobody else holds, into execution->bulk. Returns how many. */
static uint32_t collect_single_pages(struct execution *execution, uint32_t first, uint32_t count)
{
    execution->bulk_count = 0;
    for (uint32_t i = 0; i < count; i++) {
        struct model_object *object = execute_live(execution, first + i, MODEL_PAGES);

        if (object != NULL && object->order == 0 && !sharing_is_shared(object)) {
            execution->bulk_slots[execution->bulk_count] = first + i;
            execution->bulk[execution->bulk_count++] = page_of(execution, object);
            execute_retire(execution, object);
        }
    }
    return execution->bulk_count;
}

enum run_op_outcome execute_free_pages_bulk(struct execution *execution, const struct op *op)
{
    uint32_t count = collect_single_pages(execution, op_free_pages_bulk_object(op),
                                          op_free_pages_bulk_count(op));
    struct page *pages[EXECUTE_BULK_MAX];

    if (count == 0) {
        return RUN_OP_SKIPPED;
    }
    for (uint32_t i = 0; i < count; i++) {
        pages[i] = execution->bulk[i];
    }
    execute_begin_step(execution);
    execute_note_value(execution, count);
    execute_give_up_all(execution);
    heap_free_pages_bulk(execution->heap, count, pages);
    execute_end_call(execution);
    for (uint32_t i = 0; i < count; i++) {
        execute_freed(execution, model_object(execution->model, execution->bulk_slots[i]));
    }
    compare_pages_given(execution->model, (size_t)count * PAGE_SIZE);
    return RUN_OP_STEP;
}
