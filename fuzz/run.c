#include "fuzz/run.h"

#include <stdio.h>
#include <stdlib.h>

#include "fuzz/execute.h"
#include "fuzz/feedback.h"
#include "sanitizers/compare.h"
#include "sanitizers/heap_check.h"
#include "sim/sim.h"

enum { EXIT_BED_FAILED = 3 };

struct run {
    struct sim *sim;
    struct heap_check *check;
    struct model *model;
    struct owed owed;
    struct execution execution;
    struct feedback feedback;

    /* Of the present program. */
    const struct run_options *options;
    const struct heap_config *config;
    struct program_reader *reader;      /* NULL: the ops are those of program */
    const struct program *program;
    struct op op;                       /* the one that runs */
    bool is_end;                        /* the program's ops are done */
    struct violation violation;         /* of an invariant; RULE_COUNT: none */
    struct run_result result;
};

static const bool is_buddy_op[OP_CODE_COUNT] = {
    [OP_FILL] = true,      [OP_VERIFY] = true,     [OP_CPU] = true,        [OP_KMALLOC] = true,
    [OP_KZALLOC] = true,   [OP_KCALLOC] = true,    [OP_KREALLOC] = true,   [OP_KFREE] = true,
    [OP_KSIZE] = true,     [OP_KFREE_BULK] = true, [OP_KFREE_NULL] = true, [OP_PAGES] = true,
    [OP_FREE_PAGES] = true, [OP_FAIL_PAGE] = true,
};

static void *require(void *memory)
{
    if (memory == NULL) {
        fprintf(stderr, "no memory for the judges of a run\n");
        exit(EXIT_BED_FAILED);
    }
    return memory;
}

static void on_report(void *context, const struct report *report)
{
    struct run *run = context;

    feedback_report(&run->feedback, report);
    if (run->options->on_report != NULL) {
        run->options->on_report(run->options->context, run->execution.heap, report);
    }
    if (!run->options->is_unjudged) {
        owed_on_report(&run->owed, report);
    }
}

struct run *run_create(unsigned heap_index)
{
    struct run *run = require(calloc(1, sizeof(*run)));

    run->sim = sim_create(heap_index);
    run->check = require(heap_check_create());
    run->model = require(model_create());
    run->execution.sim = run->sim;
    run->execution.model = run->model;
    run->execution.owed = &run->owed;
    sim_on_report(run->sim, on_report, run);
    return run;
}

void run_destroy(struct run *run)
{
    model_destroy(run->model);
    heap_check_destroy(run->check);
    sim_destroy(run->sim);
    free(run);
}

static bool op_is_allowed(enum run_ops ops, const struct op *op)
{
    switch (ops) {
    case RUN_BUDDY:
        return is_buddy_op[op->code];
    case RUN_SEQUENCE:
        return op_class(op) != OP_CLASS_MISUSE && op_class(op) != OP_CLASS_SCHEDULE;
    case RUN_SMP:
        return op_class(op) != OP_CLASS_MISUSE;
    default:
        return true;
    }
}

/* False as soon as anything is wrong. */
static bool judge_op(struct run *run, enum run_op_outcome outcome)
{
    if (outcome == RUN_OP_STEP) {
        sim_end_step(run->sim);
        if (!run->options->is_unjudged) {
            owed_settle(&run->owed);
        }
    }
    return run->model->violation == MODEL_RULE_COUNT;
}

/* At the end only the whole heap is judged: finish_heap(). */
static bool judge_invariants(struct run *run, enum run_op_outcome outcome)
{
    if (outcome != RUN_OP_STEP || run->is_end || run->options->is_unjudged) {
        return true;
    }
    return run->options->is_thorough ? heap_check_full(run->check, &run->violation)
                                     : heap_check_step(run->check, &run->violation);
}

static void tell(const struct run *run, enum run_op_outcome outcome)
{
    const struct execution *execution = &run->execution;
    const unsigned char *arena = execution->heap->zone.arena;
    const struct run_event event = {
        .op = run->is_end ? NULL : &run->op,
        .op_index = run->result.op_index,
        .step = outcome == RUN_OP_STEP ? sim_step(run->sim) : 0,
        .outcome = outcome,
        .has_address = execution->address != NULL,
        .address = (uint64_t)((const unsigned char *)execution->address - arena),
        .value = execution->value,
    };

    if (run->options->on_event != NULL) {
        run->options->on_event(run->options->context, &event);
    }
}

static void count(struct run *run, enum run_op_outcome outcome)
{
    struct run_result *result = &run->result;

    if (run->is_end) {
        result->end_count += outcome == RUN_OP_STEP;
        return;
    }
    result->step_count += outcome == RUN_OP_STEP;
    result->act_count += outcome == RUN_OP_ACT;
    result->skipped_count += outcome == RUN_OP_SKIPPED;
}

/* What follows an op; false if the run is over. */
static bool finish_op(struct run *run, enum run_op_outcome outcome)
{
    count(run, outcome);

    bool is_sound = judge_op(run, outcome) && judge_invariants(run, outcome);

    if (outcome == RUN_OP_STEP && !run->is_end) {
        feedback_after(&run->feedback, &run->execution, &run->op);
    }
    tell(run, outcome);
    return is_sound;
}

static bool carry_out(struct run *run)
{
    if (!run->is_end) {
        feedback_before(&run->feedback, &run->execution, &run->op);
    }
    return finish_op(run, execute_op(&run->execution, &run->op));
}

static bool next_op(struct run *run, size_t index)
{
    if (run->reader != NULL) {
        return program_next(run->reader, &run->op);
    }
    if (index == run->program->op_count) {
        return false;
    }
    run->op = run->program->ops[index];
    return true;
}

static bool run_ops(struct run *run)
{
    size_t op_max = run->options->op_max != 0 ? run->options->op_max : RUN_OP_MAX_DEFAULT;

    for (size_t index = 0; index < op_max && next_op(run, index); index++) {
        run->result.op_index = index;
        if (!op_is_allowed(run->options->ops, &run->op)) {
            run->op = (struct op){.code = OP_NOP};
        }
        if (!carry_out(run)) {
            return false;
        }
        run->result.op_index = index + 1;
    }
    return true;
}

/* The op that frees what a slot holds. */
static struct op freeing_op(const struct model_object *object, uint32_t slot)
{
    static const uint8_t codes[] = {
        [MODEL_CACHE_OBJECT] = OP_FREE,
        [MODEL_KMALLOC] = OP_KFREE,
        [MODEL_PAGES] = OP_FREE_PAGES,
    };

    return (struct op){.code = codes[object->kind], .object = slot};
}

static bool free_all(struct run *run)
{
    for (uint32_t i = 0; i < run->model->used_count; i++) {
        uint32_t slot = run->model->used[i];
        const struct model_object *object = model_object(run->model, slot);

        if (model_is_live(object)) {
            run->op = freeing_op(object, slot);
            if (!carry_out(run)) {
                return false;
            }
        }
    }
    return true;
}

static bool destroy_all(struct run *run)
{
    for (unsigned slot = 0; slot < MODEL_CACHE_COUNT; slot++) {
        if (run->model->caches[slot].handle != NULL) {
            run->op = (struct op){.code = OP_DESTROY, .cache = (uint8_t)slot};
            if (!carry_out(run)) {
                return false;
            }
        }
    }
    return true;
}

static bool shrink_all(struct run *run)
{
    for (unsigned index = 0; index < KMALLOC_CACHE_COUNT; index++) {
        if (run->execution.heap->kmalloc_caches[index]->node.slab_count != 0 &&
            !finish_op(run, execute_kmalloc_shrink(&run->execution, index))) {
            return false;
        }
    }
    return true;
}

/* The loaded heap is judged as a whole before freeing it could hide what is wrong with it. */
static void finish_heap(struct run *run)
{
    run->is_end = true;
    if (!run->options->is_unjudged && !heap_check_full(run->check, &run->violation)) {
        return;
    }
    if (!free_all(run) || !destroy_all(run) || !shrink_all(run) || run->options->is_unjudged) {
        return;
    }
    if (compare_end(run->model) && heap_check_full(run->check, &run->violation)) {
        heap_destroy(run->execution.heap);
    }
}

static void body(void *argument)
{
    struct run *run = argument;
    struct kmem_heap *heap = heap_create(run->config, sim_platform(run->sim));

    execute_start(&run->execution, heap);
    model_begin(run->model, heap, !run->options->is_unjudged);
    owed_begin(&run->owed, run->model);
    heap_check_begin(run->check, heap, sim_journal(run->sim), owed_covers, &run->owed);
    if (run_ops(run) && !run->options->skips_end) {
        finish_heap(run);
    }
}

static void fail(struct run *run, const char *rule, const char *statement, const void *subject)
{
    struct run_result *result = &run->result;

    result->verdict = RUN_FAILED;
    result->rule = rule;
    result->statement = statement;
    result->subject = subject;
    result->op_name = run->is_end ? "end" : op_rows[run->op.code].name;
    result->step = sim_step(run->sim);
    snprintf(result->signature, sizeof(result->signature), "%s@%s", rule, result->op_name);
}

static void fail_model(struct run *run)
{
    enum model_rule rule = run->model->violation;
    struct run_result *result = &run->result;

    fail(run, model_rule_name(rule), model_rule_statement(rule), run->model->subject);
    if (rule == MODEL_RULE_REPORT_OWED || rule == MODEL_RULE_REPORT_NOT_OWED) {
        snprintf(result->signature, sizeof(result->signature), "%s:%s@%s", result->rule,
                 report_kind_name(run->owed.surprise), result->op_name);
    }
}

/* A panic is right where the cache could not be made, a stop where the report was owed. */
static void conclude(struct run *run, const struct sim_outcome *outcome)
{
    bool is_panic = outcome->end == SIM_PANIC && !run->execution.panic_is_due;

    if (run->model->violation != MODEL_RULE_COUNT) {
        fail_model(run);
    } else if (is_panic) {
        fail(run, model_rule_name(MODEL_RULE_CREATE_RESULT),
             model_rule_statement(MODEL_RULE_CREATE_RESULT), NULL);
    } else if (outcome->end == SIM_VIOLATED || outcome->end == SIM_HANG) {
        fail(run, outcome->rule, rule_statement(rule_find(outcome->rule)), outcome->subject);
    } else if (run->violation.rule != RULE_COUNT) {
        fail(run, rule_name(run->violation.rule), rule_statement(run->violation.rule),
             run->violation.subject);
    }
}

static struct run_result run_prepared(struct run *run, const struct run_options *options)
{
    static const struct run_options defaults = {0};

    run->options = options != NULL ? options : &defaults;
    run->feedback = (struct feedback){.on_state = run->options->on_state};
    run->is_end = false;
    run->op = (struct op){.code = OP_NOP};
    run->violation = (struct violation){.rule = RULE_COUNT};
    run->result = (struct run_result){0};
    sim_reset(run->sim, run->config);

    struct sim_outcome outcome = sim_run(run->sim, body, run);

    run->result.report_count = run->owed.report_count;
    run->result.item_count = heap_check_items(run->check);
    run->result.hash = run->execution.hash;
    conclude(run, &outcome);
    return run->result;
}

struct run_result run_bytes(struct run *run, const uint8_t *bytes, size_t size,
                            const struct run_options *options)
{
    struct program_reader reader;

    program_open(&reader, bytes, size);
    run->reader = &reader;
    run->config = &reader.config;
    return run_prepared(run, options);
}

struct run_result run_program(struct run *run, const struct program *program,
                              const struct run_options *options)
{
    run->reader = NULL;
    run->program = program;
    run->config = &program->config;
    return run_prepared(run, options);
}

const struct kmem_heap *run_heap(const struct run *run)
{
    return run->execution.heap;
}

const struct model *run_model(const struct run *run)
{
    return run->model;
}

const struct sim *run_sim(const struct run *run)
{
    return run->sim;
}
