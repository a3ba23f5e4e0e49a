/* Ops that make allocations fail. */
#include "fuzz/execute_parts.h"

#include <stdio.h>

#include "allocator/api/fault.h"

enum { OPTION_MAX = 64, TIMES_UNLIMITED = 63, BAD_OPTION_COUNT = 5 };

/* Boot options that are none: each has one thing wrong with it. */
static const char *const bad_options[BAD_OPTION_COUNT] = {
    "1,101,0,-1", "1,50,0", "1,50,0,-2", ",50,0,1", "1,50,0,1,",
};

/* What the ops that set attributes have in common, in the same places. */
static struct fault_attr attr_of(const struct op *op)
{
    uint32_t times = op_failslab_times(op);

    return (struct fault_attr){
        .probability = op_failslab_probability(op),
        .interval = op_failslab_interval(op),
        .times = times == TIMES_UNLIMITED ? FAULT_TIMES_UNLIMITED : (int32_t)times,
        .space = op_failslab_space(op),
    };
}

static enum run_op_outcome set_fault(struct execution *execution, enum heap_fault kind,
                                     const struct fault_attr *attr)
{
    execute_begin_step(execution);

    int result = heap_fault_set(execution->heap, kind, attr);

    execute_end_call(execution);
    execute_note_value(execution, result);
    compare_fault_result(execution->model, result, attr->probability <= FAULT_PROBABILITY_MAX);
    return RUN_OP_STEP;
}

enum run_op_outcome execute_failslab(struct execution *execution, const struct op *op)
{
    struct fault_attr attr = attr_of(op);

    attr.includes_wait = op_failslab_wait(op) != 0;
    attr.is_filtered = op_failslab_filter(op) != 0;
    return set_fault(execution, HEAP_FAULT_SLAB, &attr);
}

enum run_op_outcome execute_fail_pages(struct execution *execution, const struct op *op)
{
    struct fault_attr attr = attr_of(op);

    attr.includes_wait = op_fail_pages_wait(op) != 0;
    attr.order_min = op_fail_pages_order_min(op);
    return set_fault(execution, HEAP_FAULT_PAGES, &attr);
}

static enum heap_fault kind_of(uint32_t is_pages)
{
    return is_pages != 0 ? HEAP_FAULT_PAGES : HEAP_FAULT_SLAB;
}

enum run_op_outcome execute_fail_nth(struct execution *execution, const struct op *op)
{
    execute_begin_step(execution);

    int result = heap_fault_nth(execution->heap, kind_of(op_fail_nth_pages(op)),
                                op_fail_nth_nth(op));

    execute_end_call(execution);
    execute_note_value(execution, result);
    compare_fault_result(execution->model, result, true);
    return RUN_OP_STEP;
}

/* A value that is out of range stands for an option that is malformed. */
enum run_op_outcome execute_fail_boot(struct execution *execution, const struct op *op)
{
    const struct fault_attr attr = attr_of(op);
    bool is_valid = attr.probability <= FAULT_PROBABILITY_MAX;
    char option[OPTION_MAX];
    const char *cause;

    snprintf(option, sizeof(option), "%u,%u,%u,%d", (unsigned)attr.interval,
             (unsigned)attr.probability, (unsigned)attr.space, (int)attr.times);
    execute_begin_step(execution);

    int result = heap_fault_boot(execution->heap, kind_of(op_fail_boot_pages(op)),
                                 is_valid ? option : bad_options[attr.space % BAD_OPTION_COUNT],
                                 &cause);

    execute_end_call(execution);
    execute_note_value(execution, result);
    compare_fault_result(execution->model, result, is_valid);
    model_expect(execution->model, (cause == NULL) == is_valid, MODEL_RULE_FAULT_RESULT, NULL);
    return RUN_OP_STEP;
}

enum run_op_outcome execute_mark_failing(struct execution *execution, const struct op *op)
{
    struct model_cache *cache = execute_cache(execution, op_mark_failing_cache(op));

    if (cache == NULL) {
        return RUN_OP_SKIPPED;
    }
    execute_hold_cache(execution, cache);
    execute_begin_step(execution);
    kmem_cache_mark_failing(cache->handle, op_mark_failing_on(op) != 0);
    execute_end_call(execution);
    return RUN_OP_STEP;
}
