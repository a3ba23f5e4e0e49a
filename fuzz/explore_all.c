#include "fuzz/explore_all.h"

#include <stdio.h>
#include <stdlib.h>

#include "fuzz/sieve.h"
#include "sim/smp.h"
#include "sim/strategy/exhaustive.h"

enum { EXIT_BED_FAILED = 3 };

struct search {
    const struct explore_all *request;
    bool is_sieved;
    struct exhaustive exhaustive;
    struct sieve sieve;
    struct explore_all_result result;
};

static void on_access(void *context, size_t op_index, const struct sim_access *access)
{
    struct search *search = context;
    const struct explore *explore = search->request->explore;
    cpu_id_t worker = explore_worker(explore, op_index);

    sieve_on_access(&search->sieve, worker, explore_may_move(explore, worker), access->kind,
                    access->address);
}

/* Runs the schedule that exhaustive has prepared. False if the search is over. */
static bool run_schedule(struct search *search)
{
    const struct explore_all *request = search->request;
    const struct run_options options = {
        .context = search,
        .on_access = search->is_sieved ? on_access : NULL,
    };
    struct strategy *strategy =
        search->is_sieved ? &search->sieve.strategy : &search->exhaustive.strategy;

    sieve_begin_run(&search->sieve);
    search->result.failure = explore_run(request->explore, request->run, strategy, &options);
    search->result.run_count++;
    if (search->result.failure.verdict == RUN_FAILED) {
        search->result.end = EXPLORE_FAILED;
        return false;
    }
    if (request->on_run != NULL && !request->on_run(request->context)) {
        search->result.end = EXPLORE_STOPPED;
        return false;
    }
    return true;
}

static enum explore_end end_of(enum exhaustive_state state)
{
    switch (state) {
    case EXHAUSTIVE_COVERED:
        return EXPLORE_COVERED;
    case EXHAUSTIVE_TOO_DEEP:
        return EXPLORE_TOO_DEEP;
    default:
        return EXPLORE_DIVERGED;
    }
}

/* One round under one bound. False if the search is over. */
static bool run_round(struct search *search, unsigned preemptions_max)
{
    bool goes_on = true;

    exhaustive_init(&search->exhaustive, preemptions_max);
    sieve_begin_round(&search->sieve);
    while (goes_on && exhaustive_next_schedule(&search->exhaustive)) {
        goes_on = run_schedule(search);
    }
    search->result.schedule_count = exhaustive_count(&search->exhaustive);
    if (goes_on) {
        search->result.end = end_of(search->exhaustive.state);
    }
    return search->result.end == EXPLORE_COVERED;
}

/*
 * Under a low bound it is enough to have a look; under the last one a round counts only if it has
 * shown nothing that was not known when it began.
 */
static void run_rounds(struct search *search)
{
    unsigned last = search->request->preemptions_max;

    for (unsigned bound = 0; bound < last; bound++) {
        if (!run_round(search, bound)) {
            return;
        }
    }
    while (run_round(search, last) && search->is_sieved && sieve_has_learnt(&search->sieve)) {
    }
}

struct explore_all_result explore_all(const struct explore_all *request)
{
    struct search *search = calloc(1, sizeof(*search));

    if (search == NULL) {
        fprintf(stderr, "explore: no memory for a search\n");
        exit(EXIT_BED_FAILED);
    }
    search->request = request;
    search->is_sieved =
        !request->is_unsieved && !explore_config(request->explore)->store_buffers;
    sieve_init(&search->sieve, &search->exhaustive.strategy);
    run_rounds(search);

    struct explore_all_result result = search->result;

    sieve_fini(&search->sieve);
    free(search);
    return result;
}
