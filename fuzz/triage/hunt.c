#include "fuzz/triage/hunt.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "fuzz/explore_all.h"
#include "fuzz/triage/exit_code.h"
#include "sim/strategy/pct.h"
#include "sim/strategy/random.h"
#include "sim/strategy/round_robin.h"

enum { PROGRESS_SECONDS = 2, STALL_MILLISECONDS = 20000 };

const char *const hunt_strategy_names[HUNT_STRATEGY_COUNT] = {
    [HUNT_EXHAUSTIVE] = "exhaustive",
    [HUNT_RANDOM] = "random",
    [HUNT_PCT] = "pct",
    [HUNT_ROUND_ROBIN] = "round_robin",
};

/* Shared with the child, which writes it. */
struct hunt {
    struct child_note child;
    size_t size;                       /* of all this */
    enum hunt_end end;
    volatile uint64_t run_count;
    volatile uint64_t schedule_count;
    struct program trace;
    struct op ops[];                   /* of the trace */
};

/* What the child alone has. */
struct hunter {
    const struct trials *trials;
    const struct hunt_request *request;
    struct hunt *hunt;
    struct explore *explore;
    struct timespec begun;
    double told;                       /* seconds after the beginning */
};

static double seconds_since(const struct timespec *begun)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)(now.tv_sec - begun->tv_sec) + (double)(now.tv_nsec - begun->tv_nsec) * 1e-9;
}

static void tell_progress(struct hunter *hunter)
{
    double seconds = seconds_since(&hunter->begun);
    uint64_t count = hunter->hunt->run_count;

    if (seconds - hunter->told >= PROGRESS_SECONDS) {
        hunter->told = seconds;
        fprintf(stderr, "explore: %" PRIu64 " schedules so far, %.0f per second\n", count,
                (double)count / seconds);
    }
}

/* False if that was enough. */
static bool note_run(void *context)
{
    struct hunter *hunter = context;
    struct hunt *hunt = hunter->hunt;

    hunt->child.beat++;
    hunt->run_count++;
    tell_progress(hunter);
    return hunt->run_count != hunter->request->run_max;
}

static void search(struct hunter *hunter)
{
    static const enum hunt_end ends[] = {
        [EXPLORE_COVERED] = HUNT_COVERED,   [EXPLORE_FAILED] = HUNT_FAILED,
        [EXPLORE_STOPPED] = HUNT_ENOUGH,    [EXPLORE_TOO_DEEP] = HUNT_TOO_DEEP,
        [EXPLORE_DIVERGED] = HUNT_DIVERGED,
    };
    const struct explore_all request = {
        .explore = hunter->explore,
        .run = hunter->trials->run,
        .preemptions_max = hunter->request->preemptions_max,
        .is_unsieved = hunter->request->is_every_point,
        .on_run = note_run,
        .context = hunter,
    };
    struct explore_all_result result = explore_all(&request);

    hunter->hunt->schedule_count = result.schedule_count;
    hunter->hunt->end = ends[result.end];
}

/* A strategy for one run; each begins with its struct strategy. */
union sampler {
    struct strategy strategy;
    struct random random;
    struct pct pct;
    struct round_robin round_robin;
};

static void prepare(union sampler *sampler, const struct hunt_request *request, uint32_t run,
                    uint32_t point_count)
{
    uint64_t seed = (uint64_t)request->seed << 32 | run;

    switch (request->strategy) {
    case HUNT_RANDOM:
        random_init(&sampler->random, seed, request->preemptions_max, point_count);
        break;
    case HUNT_PCT:
        pct_init(&sampler->pct, seed, request->preemptions_max + 1, point_count);
        break;
    default:
        round_robin_init(&sampler->round_robin, run);
        break;
    }
}

/* The first run lets each CPU have its turn undisturbed, and shows how many points there are. */
static void sample(struct hunter *hunter)
{
    union sampler sampler;
    struct run_result result;
    uint32_t run = 0;

    round_robin_init(&sampler.round_robin, STRATEGY_TO_END);
    do {
        result = explore_run(hunter->explore, hunter->trials->run, &sampler.strategy, NULL);
        prepare(&sampler, hunter->request, ++run,
                (uint32_t)explore_point_count(hunter->explore) + 1);
    } while (result.verdict == RUN_PASSED && note_run(hunter));
    hunter->hunt->schedule_count = run;
    hunter->hunt->end = result.verdict == RUN_PASSED ? HUNT_ENOUGH : HUNT_FAILED;
}

static void work(void *context)
{
    struct hunter *hunter = context;
    const struct program *program = hunter->request->program;

    clock_gettime(CLOCK_MONOTONIC, &hunter->begun);
    hunter->explore =
        explore_create(program, explore_setup_count(program), &hunter->hunt->trace);
    if (hunter->request->strategy == HUNT_EXHAUSTIVE) {
        search(hunter);
    } else {
        sample(hunter);
    }
    explore_destroy(hunter->explore);
}

static void conclude(struct hunt *hunt, enum child_end end)
{
    switch (end) {
    case CHILD_DONE:
        break;
    case CHILD_DIED:
    case CHILD_HUNG:
        hunt->end = HUNT_FAILED;
        break;
    case CHILD_STOPPED:
        hunt->end = HUNT_STOPPED;
        break;
    default:
        fprintf(stderr, "no process to explore in: %s\n", strerror(errno));
        exit(EXIT_BED_FAILED);
    }
}

struct hunt *hunt_run(const struct trials *trials, const struct hunt_request *request)
{
    size_t op_count = explore_trace_capacity(request->program);
    size_t size = sizeof(struct hunt) + op_count * sizeof(struct op);
    struct hunt *hunt = child_share(size);
    struct hunter hunter = {.trials = trials, .request = request, .hunt = hunt};

    if (hunt == NULL) {
        return NULL;
    }
    hunt->size = size;
    hunt->trace.ops = hunt->ops;
    conclude(hunt, child_run(&(struct child_work){
                       .work = work,
                       .context = &hunter,
                       .note = &hunt->child,
                       .stall_milliseconds = STALL_MILLISECONDS,
                   }));
    return hunt;
}

void hunt_destroy(struct hunt *hunt)
{
    child_unshare(hunt, hunt->size);
}

enum hunt_end hunt_end(const struct hunt *hunt)
{
    return hunt->end;
}

uint64_t hunt_count(const struct hunt *hunt)
{
    return hunt->schedule_count != 0 ? hunt->schedule_count : hunt->run_count;
}

const struct program *hunt_trace(const struct hunt *hunt)
{
    return &hunt->trace;
}
