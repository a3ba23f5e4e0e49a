#include "fuzz/triage/reduce.h"

#include <stdlib.h>
#include <string.h>

#include "fuzz/triage/reduction.h"

static void copy_program(struct program *target, const struct program *source)
{
    struct op *ops = target->ops;

    *target = *source;
    target->ops = ops;
    memcpy(ops, source->ops, source->op_count * sizeof(*ops));
}

void reduction_begin(struct reduction *reduction)
{
    copy_program(&reduction->candidate, &reduction->best);
}

bool reduction_try(struct reduction *reduction)
{
    const struct reduce_test *test = reduction->test;

    if (reduction_is_over(reduction) || !test->holds(test->context, &reduction->candidate)) {
        return false;
    }
    copy_program(&reduction->best, &reduction->candidate);
    return true;
}

/* First what makes each further run quicker: a heap of usual size, then fewer ops. */
static bool (*const passes[])(struct reduction *reduction) = {
    reduce_config, reduce_change_points, reduce_ops,   reduce_cpus,  reduce_bulk, reduce_kinds,
    reduce_parks,  reduce_operands,      reduce_slots, reduce_pairs, reduce_heap,
    reduce_with_parks_moved,
};

enum { PASS_COUNT = sizeof(passes) / sizeof(passes[0]) };

bool reduce_program(struct program *program, const struct reduce_test *test)
{
    struct reduction reduction = {
        .best = *program,
        .candidate = {.ops = calloc(program->op_count + 1, sizeof(struct op))},
        .test = test,
    };
    bool has_changed = true;

    if (reduction.candidate.ops == NULL) {
        return false;
    }
    while (has_changed) {
        has_changed = false;
        for (size_t i = 0; i < PASS_COUNT && !reduction_is_over(&reduction); i++) {
            has_changed |= passes[i](&reduction);
        }
    }
    *program = reduction.best;
    free(reduction.candidate.ops);
    return true;
}
