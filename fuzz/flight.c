/* One op from its call to its judgement, whether others come between or not. */
#include "fuzz/run_state.h"
#include "sanitizers/compare_stats.h"

static void tell(const struct flight *flight, enum run_op_outcome outcome)
{
    const struct run *run = flight->run;
    const struct execution *execution = &flight->execution;

    if (run->options->on_event == NULL) {
        return;
    }

    const unsigned char *arena = execution->heap->memory.arena;
    const struct run_event event = {
        .op = run->is_end ? NULL : &flight->op,
        .op_index = flight->op_index,
        .step = outcome == RUN_OP_STEP ? sim_step(run->sim) : 0,
        .outcome = outcome,
        .has_address = execution->address != NULL,
        .address = (uint64_t)((const unsigned char *)execution->address - arena),
        .value = execution->value,
    };

    run->options->on_event(run->options->context, &event);
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

/* False as soon as anything is wrong. */
static bool judge_op(struct run *run, enum run_op_outcome outcome)
{
    if (outcome == RUN_OP_STEP && !run->options->is_unjudged && sim_is_quiet(run->sim)) {
        owed_settle(&run->owed);
        charges_compare(run->model);
    }
    return run->model->violation == MODEL_RULE_COUNT;
}

/*
 * While others are in the middle of theirs only what holds at every instant is asked. At the end
 * only the whole heap is judged: finish_heap().
 */
static bool judge_invariants(struct run *run, enum run_op_outcome outcome)
{
    if (outcome != RUN_OP_STEP || run->is_end || run->options->is_unjudged) {
        return true;
    }
    if (!sim_is_quiet(run->sim)) {
        return heap_check_instant(run->check, &run->violation);
    }
    return run->options->is_thorough ? heap_check_full(run->check, &run->violation)
                                     : heap_check_step(run->check, &run->violation);
}

/* What was counted and told, once the lists that this relies on are known to be sound. */
static bool judge_counts(struct run *run, enum run_op_outcome outcome)
{
    if (outcome != RUN_OP_STEP || run->is_end || run->options->is_unjudged ||
        !sim_is_quiet(run->sim)) {
        return true;
    }
    return (!run->config->stats || compare_stats(run->model)) && compare_traced(run->model);
}

bool flight_finish(struct flight *flight, enum run_op_outcome outcome)
{
    struct run *run = flight->run;

    count(run, outcome);

    bool is_sound = judge_op(run, outcome) && judge_invariants(run, outcome) &&
                    judge_counts(run, outcome);

    if (outcome == RUN_OP_STEP && !run->is_end) {
        feedback_after(&flight->feedback, &flight->execution, &flight->op);
    }
    tell(flight, outcome);
    return is_sound;
}

static bool carry_out(struct flight *flight)
{
    if (!flight->run->is_end) {
        feedback_before(&flight->feedback, &flight->execution, &flight->op);
    }
    return flight_finish(flight, execute_op(&flight->execution, &flight->op));
}

bool flight_run(struct run *run)
{
    bool is_sound = carry_out(&run->direct);

    execute_take_hash(&run->direct.execution, &run->result.hash);
    return is_sound;
}

/* The body of a task. */
static void fly(void *argument)
{
    struct flight *flight = argument;
    struct run *run = flight->run;

    if (!carry_out(flight)) {
        sim_abandon(run->sim, (struct sim_outcome){.end = SIM_COMPLETED});
    }
    execute_take_hash(&flight->execution, &run->result.hash);
}

void flight_start(struct run *run, enum sim_context context, uint64_t points)
{
    struct flight *flight = &run->tasks[sim_next_task(run->sim)];

    execute_start(&flight->execution, run->direct.execution.heap);
    flight->feedback = run->direct.feedback;
    flight->op = run->direct.op;
    flight->op_index = run->direct.op_index;
    run->direct.execution.freed_alone = 0;
    sim_start(run->sim, context, points, fly, flight);
}

const struct flight *flight_now(const struct run *run)
{
    const struct flight *flight = sim_argument(run->sim);

    return flight != NULL ? flight : &run->direct;
}
