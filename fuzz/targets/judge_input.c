#include "fuzz/targets/judge_input.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "allocator/base/compiler_fiber.h"
#include "allocator/debug/render.h"
#include "fuzz/engines/engine.h"
#include "fuzz/trace.h"
#include "sim/lock_graph.h"
#include "sim/sim.h"

enum { REPORT_SIZE_MAX = 64 * 1024 };

/* What the second look at a failing input needs to know. */
struct finding {
    const struct run *run;
    uint64_t step;    /* whose reports are shown */
};

/* Reports of the step that failed, at the moment they are sent: the damage is still there. */
static void print_report(void *context, const struct kmem_heap *heap, const struct report *report)
{
    const struct finding *finding = context;
    char *text = sim_step(run_sim(finding->run)) == finding->step ? malloc(REPORT_SIZE_MAX) : NULL;

    if (text != NULL) {
        render_report(heap, report, text, REPORT_SIZE_MAX);
        fputs(text, stderr);
        free(text);
    }
}

static void print_trace(const uint8_t *data, size_t size)
{
    size_t op_count = program_op_count(data, size);
    struct op *ops = calloc(op_count + 1, sizeof(*ops));
    struct program program;

    if (ops == NULL) {
        return;
    }
    program_decode(data, size, &program, ops, op_count);

    size_t capacity = trace_write(&program, NULL, 0) + 1;
    char *text = malloc(capacity);

    if (text != NULL) {
        trace_write(&program, text, capacity);
        fputs(text, stderr);
    }
    free(text);
    free(ops);
}

/* Who holds and wants which, if a rule of the machine is broken: most of them are about locks. */
static void print_locks(const struct run *run, const struct run_result *result)
{
    enum { LOCKS_SIZE = 4096 };
    char text[LOCKS_SIZE];

    if (strncmp(result->rule, "SIM_", 4) == 0 &&
        sim_describe_locks(run_sim(run), NULL, text, sizeof(text)) != 0) {
        fprintf(stderr, "locks:\n%s", text);
    }
}

/* The run is repeated to see its reports: runs are the same every time. */
static void print_finding(struct run *run, const uint8_t *data, size_t size, enum run_ops ops,
                          const struct run_result *result)
{
    struct finding finding = {run, result->step};
    const struct run_options options = {
        .ops = ops,
        .context = &finding,
        .on_report = print_report,
    };

    fprintf(stderr, "slubbed: found %s at op %zu, step %llu: %s\n", result->signature,
            result->op_index, (unsigned long long)result->step, result->statement);
    run_bytes(run, data, size, &options);
    print_locks(run, result);
    print_trace(data, size);
}

/* Texts of the run's first reports and traces: to tell of corruption is not to trip over it. */
struct rendering {
    unsigned left;
    unsigned traces_left;
    char text[4096];
};

enum { RENDERED_PER_RUN = 2 };

static void try_rendering(void *context, const struct kmem_heap *heap,
                          const struct report *report)
{
    struct rendering *rendering = context;

    if (rendering->left > 0) {
        rendering->left--;
        /* Whichever CPU reports, the text is the harness's. */
        compiler_acquire(rendering);
        render_report(heap, report, rendering->text, sizeof(rendering->text));
        compiler_release(rendering);
    }
}

static void try_tracing(void *context, const struct object_trace *trace)
{
    struct rendering *rendering = context;

    if (rendering->traces_left > 0) {
        rendering->traces_left--;
        compiler_acquire(rendering);
        render_trace(trace, rendering->text, sizeof(rendering->text));
        compiler_release(rendering);
    }
}

int judge_input(const uint8_t *data, size_t size, enum run_ops ops)
{
    static struct run *run;
    struct rendering rendering;
    const struct run_options options = {
        .ops = ops,
        .on_state = engine_feedback,
        .context = &rendering,
        .on_report = try_rendering,
        .on_trace = try_tracing,
    };

    if (run == NULL) {
        run = run_create(0);
    }
    rendering.left = RENDERED_PER_RUN;
    rendering.traces_left = RENDERED_PER_RUN;

    struct run_result result = run_bytes(run, data, size, &options);

    engine_count((uint32_t)result.step_count,
                 (uint32_t)(result.step_count + result.act_count + result.skipped_count));
    if (result.verdict == RUN_FAILED && engine_wants(result.signature)) {
        print_finding(run, data, size, ops, &result);
        engine_finding(result.signature);
    }
    return 0;
}
