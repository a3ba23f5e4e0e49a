#include "fuzz/triage/search.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "fuzz/triage/reduce.h"

static double now(void)
{
    struct timespec time;

    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec * 1e-9;
}

bool search_is_over(const struct search *search)
{
    return child_stop_asked() || now() >= search->deadline;
}

static bool is_over(void *context)
{
    return search_is_over(context);
}

static bool has_signature(void *context, const struct program *candidate)
{
    const struct search *search = context;
    struct trial_request request = {
        .program = candidate,
        .ops = search->target->ops,
        .stall_milliseconds = search->stall_milliseconds,
        .is_quiet = true,
        .is_thorough = search->is_thorough,
        .skips_end = search->skips_end,
    };
    struct trial trial;

    if (search->is_exact) {
        trial_judge(&search->trials, &request, &trial);
    } else {
        trial_run(&search->trials, &request, &trial);
    }
    return trial.verdict == TRIAL_FOUND && strcmp(trial.result.signature, search->signature) == 0;
}

void search_init(struct search *search, const struct target *target, double seconds)
{
    *search = (struct search){
        .target = target,
        .deadline = now() + seconds,
        .stall_milliseconds = TRIAL_STALL_MILLISECONDS,
    };
    trial_init(&search->trials);
}

void search_fini(struct search *search)
{
    trial_fini(&search->trials);
}

/*
 * No step of a shorter program takes longer than all of the first one did, so that is the measure;
 * of a program that hangs itself there is none.
 */
static unsigned choose_stall(const struct trial *trial, double seconds)
{
    enum { HANG_MILLISECONDS = 60, LEAST = 40 };
    double enough = 4 * seconds * 1000;

    if (trial_is_hung(trial)) {
        return HANG_MILLISECONDS;
    }
    if (enough > TRIAL_STALL_MILLISECONDS) {
        return TRIAL_STALL_MILLISECONDS;
    }
    return enough < LEAST ? LEAST : (unsigned)enough;
}

enum trial_verdict search_find_signature(struct search *search, const struct program *program)
{
    struct trial_request request = {
        .program = program,
        .ops = search->target->ops,
        .stall_milliseconds = TRIAL_STALL_MILLISECONDS,
        .is_quiet = true,
    };
    double start = now();
    struct trial trial;

    trial_judge(&search->trials, &request, &trial);
    if (trial.verdict == TRIAL_FOUND) {
        memcpy(search->signature, trial.result.signature, sizeof(search->signature));
        snprintf(search->statement, sizeof(search->statement), "%s", trial.result.statement);
        search->stall_milliseconds = choose_stall(&trial, now() - start);
        search->is_thorough = trial.is_thorough;
        search->skips_end = trial.result.op_index < program->op_count;
    }
    return trial.verdict;
}

/* Once more from the start, with candidates run as everybody runs them. */
static bool reduce_exactly(struct search *search, struct program *program,
                           const struct program *first, const struct reduce_test *test)
{
    struct op *ops = program->ops;

    *program = *first;
    program->ops = ops;
    memcpy(ops, first->ops, first->op_count * sizeof(*ops));
    search->is_exact = true;
    search->is_thorough = false;
    search->skips_end = false;
    return reduce_program(program, test);
}

/* The result is what it is said to be, given all the time that anybody gives it. */
static bool is_good(const struct search *search, const struct program *program)
{
    struct search exact = *search;

    exact.stall_milliseconds = TRIAL_STALL_MILLISECONDS;
    exact.is_exact = true;
    exact.is_thorough = false;
    exact.skips_end = false;
    return has_signature(&exact, program);
}

bool search_reduce(struct search *search, struct program *program)
{
    struct reduce_test test = {has_signature, is_over, search};
    struct program first = *program;

    first.ops = malloc((program->op_count + 1) * sizeof(*first.ops));
    if (first.ops == NULL) {
        return false;
    }
    memcpy(first.ops, program->ops, program->op_count * sizeof(*first.ops));

    bool is_done = reduce_program(program, &test);

    if (is_done && !child_stop_asked() && !is_good(search, program)) {
        is_done = reduce_exactly(search, program, &first, &test);
    }
    free(first.ops);
    return is_done;
}
