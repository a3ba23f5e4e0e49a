/* Ops on page fragments. */
#include "allocator/base/compiler_fiber.h"
#include "fuzz/execute_parts.h"
#include "fuzz/misuse.h"
#include "sanitizers/fragments.h"

static struct page_frag_cache *cache_of(struct execution *execution, unsigned set)
{
    return &execution->model->fragments.caches[set];
}

/* A cache is one op's until that gives it back. False, and nothing taken, if another one has it. */
static bool take_cache(struct execution *execution, unsigned set)
{
    struct fragments *fragments = &execution->model->fragments;

    if (fragments->is_busy[set]) {
        return false;
    }
    fragments->caches[set].heap = execution->heap;
    if (execution->is_task) {
        fragments->is_busy[set] = true;
        compiler_acquire(&fragments->caches[set]);
    }
    return true;
}

static void give_cache(struct execution *execution, unsigned set)
{
    struct fragments *fragments = &execution->model->fragments;

    if (execution->is_task) {
        compiler_release(&fragments->caches[set]);
        fragments->is_busy[set] = false;
    }
}

static bool slots_are_vacant(struct execution *execution, uint32_t first, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        if (execute_vacant(execution, first + i) == NULL) {
            return false;
        }
    }
    return count > 0;
}

/* As many as there are, up to the first that there is not. */
static void cut(struct execution *execution, struct fragments_call *call)
{
    struct page_frag_cache *cache = cache_of(execution, call->set);
    void *fragment = cache;

    while (call->taken < call->count && fragment != NULL) {
        fragment = page_frag_alloc_align(cache, call->size, call->gfp, call->align);
        execution->bulk[call->taken] = fragment;
        call->taken += fragment != NULL;
    }
}

static void judge_cut(struct execution *execution, uint32_t first, struct fragments_call *call)
{
    struct model *model = execution->model;
    const struct compare_request request = fragments_request(model, call);

    for (uint32_t i = 0; i < call->taken; i++) {
        call->last = execution->bulk[i];
        execute_note_address(execution, call->last);
        if (compare_alloc(model, first + i, &request, execution->bulk[i])) {
            fragments_join(model, model_object(model, first + i));
        }
    }
    if (call->taken < call->count) {
        execute_note_address(execution, NULL);
        compare_null(model, &request);
    }
    fragments_compare(model, call);
}

enum run_op_outcome execute_frags(struct execution *execution, const struct op *op)
{
    uint32_t first = op_frags_object(op);
    unsigned set = op_frags_set(op);
    struct fragments_call call = {
        .set = set,
        .before = *cache_of(execution, set),
        .size = op_frags_size(op),
        .align = (size_t)1 << op_frags_align_log2(op) % (PAGE_SHIFT + 1),
        .gfp = GFP_KERNEL | (op_frags_urgent(op) != 0 ? __GFP_MEMALLOC : 0) |
               (op_frags_zero(op) != 0 ? __GFP_ZERO : 0),
        .count = op_frags_count(op),
    };

    if (!slots_are_vacant(execution, first, call.count) || !take_cache(execution, set)) {
        return RUN_OP_SKIPPED;
    }
    for (uint32_t i = 0; i < call.count; i++) {
        execute_hold(execution, model_object(execution->model, first + i));
    }
    execute_begin_step(execution);
    cut(execution, &call);
    execute_end_call(execution);
    give_cache(execution, set);
    judge_cut(execution, first, &call);
    return RUN_OP_STEP;
}

static void retire_all(struct execution *execution, void *runs[])
{
    struct model *model = execution->model;

    for (uint32_t i = 0; i < execution->bulk_count; i++) {
        struct model_object *object = model_object(model, execution->bulk_slots[i]);

        execute_retire(execution, object);
        runs[i] = memory_address(&execution->heap->memory,
                                 memory_page(&execution->heap->memory, object->run - 1));
        fragments_leave(model, object);
    }
}

enum run_op_outcome execute_free_frags(struct execution *execution, const struct op *op)
{
    uint32_t count = execute_collect(execution, op_free_frags_object(op), op_free_frags_count(op),
                                     MODEL_FRAGMENT, NULL);
    struct model *model = execution->model;
    void *runs[EXECUTE_BULK_MAX];

    if (count == 0) {
        return RUN_OP_SKIPPED;
    }
    retire_all(execution, runs);
    execute_begin_step(execution);
    execute_note_value(execution, count);
    execute_give_up_all(execution);
    for (uint32_t i = 0; i < count; i++) {
        heap_page_frag_free(execution->heap, execution->bulk[i]);
    }
    execute_end_call(execution);
    for (uint32_t i = 0; i < count; i++) {
        if (!execution->is_task) {
            struct model_object *object = model_object(model, execution->bulk_slots[i]);

            model_release(model, object, sim_cpu(execution->sim));
        }
        fragments_compare_run(model, runs[i]);
    }
    return RUN_OP_STEP;
}

enum run_op_outcome execute_drain_frags(struct execution *execution, const struct op *op)
{
    unsigned set = op_drain_frags_set(op);
    struct page_frag_cache *cache = cache_of(execution, set);

    if (cache->head == NULL || !take_cache(execution, set)) {
        return RUN_OP_SKIPPED;
    }

    void *run = memory_address(&execution->heap->memory, cache->head);

    execute_begin_step(execution);
    execute_note_address(execution, run);
    page_frag_cache_drain(cache);
    execute_end_call(execution);
    give_cache(execution, set);
    fragments_compare_run(execution->model, run);
    return RUN_OP_STEP;
}

/* The cache that cuts the run of a fragment, if it is left alone with it when that is freed. */
static struct page_frag_cache *sole_cutter(struct execution *execution,
                                           const struct model_object *object)
{
    struct fragments *fragments = &execution->model->fragments;

    for (unsigned set = 0; set < FRAGMENT_CACHE_COUNT; set++) {
        struct page_frag_cache *cache = &fragments->caches[set];

        if (cache->head != NULL && fragments->live[object->run - 1] == 1 &&
            memory_pfn(&execution->heap->memory, cache->head) == object->run - 1) {
            return cache;
        }
    }
    return NULL;
}

/* A cache with a single reference left loses its run; else it keeps it from everybody. */
enum run_op_outcome execute_free_frag_twice(struct execution *execution, const struct op *op)
{
    struct model *model = execution->model;
    struct model_object *object =
        execute_live(execution, op_free_frag_twice_object(op), MODEL_FRAGMENT);
    struct page_frag_cache *cache = object != NULL ? sole_cutter(execution, object) : NULL;
    const struct misuse_row *row =
        misuse_find(OP_FREE_FRAG_TWICE, MISUSE_IF_LIVE | MISUSE_IF_BY_ORDER);

    if (cache == NULL || row == NULL || !model_can_isolate(model, OWED_DEBT_MAX)) {
        return RUN_OP_SKIPPED;
    }

    void *run = memory_address(&execution->heap->memory, cache->head);
    bool is_kept = cache->references > 1;
    size_t size = cache->size;

    execute_retire(execution, object);
    fragments_leave(model, object);
    execute_begin_step(execution);
    execute_note_address(execution, run);
    owed_now(execution->owed, row->kind, run);
    heap_page_frag_free(execution->heap, object->address);
    heap_page_frag_free(execution->heap, object->address);
    page_frag_cache_drain(cache);
    execute_end_call(execution);
    model_release(model, object, sim_cpu(execution->sim));
    if (is_kept) {
        model_keep(model, NULL, run, size);
    }
    return RUN_OP_STEP;
}
