/* Ops that look at a cache: what is told of it, as text and numbers. */
#include "allocator/api/attributes.h"
#include "allocator/api/describe.h"
#include "allocator/api/slabinfo.h"
#include "allocator/api/traces.h"
#include "fuzz/execute_parts.h"
#include "sanitizers/compare_described.h"
#include "sanitizers/compare_seen.h"
#include "sanitizers/view.h"

/* Bytes of a text, by an operand of which 0 is all there are. */
static size_t room_of(uint32_t operand)
{
    return operand == 0 || operand > EXECUTE_TEXT_MAX ? (size_t)EXECUTE_TEXT_MAX : operand;
}

/* No object was damaged or kept, so that each one is accounted for. */
static bool is_exact(const struct execution *execution)
{
    return execution->owed->report_count == 0 && execution->owed->debt_count == 0;
}

enum run_op_outcome execute_slabinfo(struct execution *execution, const struct op *op)
{
    struct model_cache *cache = execute_cache(execution, op_slabinfo_cache(op));
    size_t room = room_of(op_slabinfo_room(op));

    if (cache == NULL) {
        return RUN_OP_SKIPPED;
    }
    execute_hold_cache(execution, cache);
    seen_prepare(execution->text, room);
    execute_begin_step(execution);

    size_t size = heap_slabinfo(execution->heap, execution->text, room);

    execute_end_call(execution);
    execute_note_value(execution, (int64_t)size);
    if (compare_text(execution->model, execution->text, room, size) && seen_is_whole(room, size)) {
        compare_slabinfo(execution->model, cache->handle, execution->text);
    }
    compare_in_use(execution->model, cache->handle, is_exact(execution));
    return RUN_OP_STEP;
}

/* Reads to the end, or a line beyond what there can be; returns the number of lines. */
static uint64_t read_traces(struct cache_traces *traces, struct text *text, uint64_t line_max)
{
    uint64_t count = 0;

    while (count <= line_max && kmem_cache_traces_next(traces, text)) {
        count++;
    }
    return count;
}

static void judge_traces(struct execution *execution, const struct kmem_cache *cache,
                         const struct text *text, int result)
{
    struct model *model = execution->model;
    bool has_failed = view_failure_count(model->heap) > execution->before.failure_count;
    bool is_due = (cache->flags & SLAB_STORE_USER) == 0;

    model_expect(model, is_due == (result == HEAP_EINVAL), MODEL_RULE_SITES_AGREE, cache);
    model_expect(model, result != HEAP_ENOMEM || has_failed, MODEL_RULE_NULL_HAS_CAUSE, cache);
    if (compare_text(model, text->bytes, text->capacity, text->size) && result == HEAP_OK &&
        seen_is_whole(text->capacity, text->size)) {
        compare_sites(model, cache, text->bytes, is_exact(execution));
    }
}

enum run_op_outcome execute_traces(struct execution *execution, const struct op *op)
{
    struct model_cache *cache = execute_cache(execution, op_traces_cache(op));
    size_t room = room_of(op_traces_room(op));
    enum track_kind kind = op_traces_frees(op) != 0 ? TRACK_FREE : TRACK_ALLOC;
    struct cache_traces *traces = NULL;
    uint64_t line_count = 0;

    if (cache == NULL) {
        return RUN_OP_SKIPPED;
    }
    execute_hold_cache(execution, cache);
    seen_prepare(execution->text, room);

    struct text text = text_begin(execution->text, room);

    execute_begin_step(execution);

    int result = kmem_cache_traces_open(cache->handle, kind, &traces);

    if (result == HEAP_OK) {
        line_count = read_traces(traces, &text, seen_lines_max(cache->handle));
        kmem_cache_traces_close(traces);
    }
    execute_end_call(execution);
    execute_note_value(execution, result == HEAP_OK ? (int64_t)text.size : result);
    compare_line_count(execution->model, cache->handle, line_count);
    judge_traces(execution, cache->handle, &text, result);
    return RUN_OP_STEP;
}

enum run_op_outcome execute_attribute(struct execution *execution, const struct op *op)
{
    struct model_cache *cache = execute_cache(execution, op_attribute_cache(op));
    enum cache_attribute attribute = (enum cache_attribute)op_attribute_which(op);
    size_t room = room_of(op_attribute_room(op));

    if (cache == NULL || attribute >= CACHE_ATTRIBUTE_COUNT) {
        return RUN_OP_SKIPPED;
    }
    execute_hold_cache(execution, cache);
    seen_prepare(execution->text, room);

    struct text text = text_begin(execution->text, room);

    execute_begin_step(execution);
    kmem_cache_show(cache->handle, attribute, &text);
    execute_end_call(execution);
    execute_note_value(execution, (int64_t)text.size);
    if (compare_text(execution->model, text.bytes, room, text.size) &&
        seen_is_whole(room, text.size)) {
        compare_attribute(execution->model, cache->handle, attribute, text.bytes);
    }
    return RUN_OP_STEP;
}

enum run_op_outcome execute_store(struct execution *execution, const struct op *op)
{
    struct model_cache *cache = execute_cache(execution, op_store_cache(op));
    enum cache_attribute attribute = (enum cache_attribute)op_store_which(op);
    unsigned long number = op_store_number(op);

    if (cache == NULL || attribute >= CACHE_ATTRIBUTE_COUNT) {
        return RUN_OP_SKIPPED;
    }
    execute_hold_cache(execution, cache);
    execute_begin_step(execution);
    if (attribute == CACHE_ATTRIBUTE_validate && number == 1) {
        execution->owed->validated = cache->handle;
    }

    int result = kmem_cache_store(cache->handle, attribute, number);

    execute_end_call(execution);
    execute_note_value(execution, result);
    compare_store(execution->model, cache->handle, attribute, number, result);
    return RUN_OP_STEP;
}

/*
 * A slot that has, or had, an address. What is stale may be anybody's by now: it is asked about
 * only while nobody else is in the heap.
 */
static struct model_object *find_described(struct execution *execution, uint32_t slot)
{
    if (slot >= MODEL_OBJECT_COUNT) {
        return NULL;
    }

    struct model_object *object = model_object(execution->model, slot);
    bool is_stale = object->state == MODEL_STALE;

    if (object->is_busy || (!is_stale && !model_is_live(object))) {
        return NULL;
    }
    if (!is_stale) {
        return object;
    }
    if (!execute_alone(execution)) {
        return NULL;
    }
    /* Whoever has the place now never handed it over. */
    sim_join(execution->sim);
    return object;
}

enum run_op_outcome execute_describe(struct execution *execution, const struct op *op)
{
    struct model_object *object = find_described(execution, op_describe_object(op));
    size_t room = room_of(op_describe_room(op));

    if (object == NULL) {
        return RUN_OP_SKIPPED;
    }

    size_t offset = object->size != 0 ? op_describe_offset(op) % object->size : 0;

    execute_hold(execution, object);
    seen_prepare(execution->text, room);
    execute_begin_step(execution);

    struct description described = heap_describe(execution->heap, object->address + offset);
    size_t size = heap_describe_text(&described, execution->text, room);

    execute_end_call(execution);
    execute_note_value(execution, described.kind);
    compare_described(execution->model, object, offset, &described);
    compare_text(execution->model, execution->text, room, size);
    return RUN_OP_STEP;
}
