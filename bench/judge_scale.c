/*
 * Does judging a step cost the same in a heap of 100 objects and in one of 100,000? Counted, not
 * timed: items that the judges visit for each step of churn, full sweeps included.
 *
 * The ratio compares the same churn in both heaps: the 100 objects allocated last. The spread ratio
 * churns over all objects; the larger heap then changes more at each step, since most of its frees
 * go to a slab that was full.
 *
 * Prints one JSON object.
 */
#include <stdio.h>
#include <stdlib.h>

#include "fuzz/run.h"

enum { OBJECT_SIZE = 64, CHURN_STEPS = 400000, FEW = 100, MANY = 100000, PAGE_COUNT = 1 << 14 };

static struct op make_op(uint8_t code, uint32_t object)
{
    return (struct op){.code = code, .object = object};
}

struct workload {
    uint32_t live_count;
    uint32_t churned_count;    /* of the live objects, the last ones */
};

/* A cache, live objects, and then churn that frees and allocates some of them in turn. */
static size_t write_ops(struct op *ops, struct workload load, size_t churn_count)
{
    size_t count = 0;

    ops[count++] = (struct op){.code = OP_CREATE, .a = OBJECT_SIZE};
    for (uint32_t i = 0; i < load.live_count; i++) {
        ops[count++] = make_op(OP_ALLOC, i);
    }
    for (size_t i = 0; i < churn_count / 2; i++) {
        uint32_t object = load.live_count - 1 - (uint32_t)(i * 7919 % load.churned_count);

        ops[count++] = make_op(OP_FREE, object);
        ops[count++] = make_op(OP_ALLOC, object);
    }
    return count;
}

static uint64_t visited_items(struct run *run, struct op *ops, struct workload load,
                              size_t churn_count)
{
    struct program program = {.config = heap_config_default(), .wide = true, .ops = ops};

    program.config.page_count = PAGE_COUNT;
    program.op_count = write_ops(ops, load, churn_count);

    struct run_result result = run_program(run, &program, NULL);

    if (result.verdict != RUN_PASSED || result.skipped_count != 0) {
        fprintf(stderr, "the churn did not run as it should: %s\n", result.signature);
        exit(3);
    }
    return result.item_count;
}

/* What the churn alone made the judges visit: set-up and the sweep at the end cancel out. */
static double items_per_step(struct run *run, struct op *ops, struct workload load)
{
    uint64_t without = visited_items(run, ops, load, 0);
    uint64_t with = visited_items(run, ops, load, CHURN_STEPS);

    return (double)(with - without) / CHURN_STEPS;
}

int main(void)
{
    struct run *run = run_create(0);
    struct op *ops = malloc((MANY + CHURN_STEPS + 1) * sizeof(*ops));

    if (ops == NULL) {
        fprintf(stderr, "no memory\n");
        return 3;
    }

    double few = items_per_step(run, ops, (struct workload){FEW, FEW});
    double many = items_per_step(run, ops, (struct workload){MANY, FEW});
    double spread = items_per_step(run, ops, (struct workload){MANY, MANY});

    printf("{\"items_at_%d\": %.3f, \"items_at_%d\": %.3f, \"ratio\": %.4f, "
           "\"spread_ratio\": %.4f}\n",
           FEW, few, MANY, many, many / few, spread / few);
    free(ops);
    run_destroy(run);
    return 0;
}
