/* The parts of a run, for fuzz/run.c, flight.c and schedule.c alone. */
#ifndef FUZZ_RUN_STATE_H
#define FUZZ_RUN_STATE_H

#include "fuzz/execute.h"
#include "fuzz/feedback.h"
#include "fuzz/run.h"
#include "fuzz/schedule.h"
#include "sanitizers/heap_check.h"
#include "sim/smp.h"

/* An op on its way: the one that runs to its end at once, or one that others may interrupt. */
struct flight {
    struct run *run;
    struct execution execution;
    struct feedback feedback;
    struct op op;
    size_t op_index;
};

struct run {
    struct sim *sim;
    struct heap_check *check;
    struct model *model;
    struct owed owed;
    struct schedule schedule;
    struct waiting waiting;
    struct flight direct;
    struct flight tasks[SIM_TASK_COUNT];       /* by the number of the task */

    /* Of the present program. */
    const struct run_options *options;
    const struct heap_config *config;
    struct program_reader *reader;      /* where the ops come from; the other two are NULL */
    const struct program *program;
    const struct run_source *source;
    bool is_end;                        /* the program's ops are done */
    struct violation violation;         /* of an invariant; RULE_COUNT: none */
    struct run_result result;
};

/* Carries out an op on the thread's own stack, to its end. False if the run is over. */
bool flight_run(struct run *run);

/*
 * Carries out run->direct.op as a task, as far as the points go. A run that is over is abandoned.
 */
void flight_start(struct run *run, enum sim_context context, uint64_t points);

/* The op that runs, or ran last: what went wrong happened in it. */
const struct flight *flight_now(const struct run *run);

/* What follows a call that is no op of the program; false if the run is over. */
bool flight_finish(struct flight *flight, enum run_op_outcome outcome);

/*
 * Carries out run->direct.op where and as the schedule says. False if the run is over.
 * schedule_finish() lets everything that is parked run to its end.
 */
bool schedule_carry_out(struct run *run);
void schedule_finish(struct run *run);

#endif
