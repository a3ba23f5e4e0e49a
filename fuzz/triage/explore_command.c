#include "fuzz/triage/explore_command.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "fuzz/explore_all.h"
#include "fuzz/trace.h"
#include "fuzz/triage/child.h"
#include "fuzz/triage/input.h"
#include "fuzz/triage/output.h"
#include "sim/strategy/pct.h"
#include "sim/strategy/random.h"
#include "sim/strategy/round_robin.h"

enum {
    PREEMPTIONS_DEFAULT = 2,
    RUNS_DEFAULT = 1000,
    STALL_MILLISECONDS = 20000,
    PROGRESS_SECONDS = 5,
};

/* What the child leaves for its parent, which may outlive it. */
struct shared {
    struct child_note note;
    struct explore_all_result result;
    struct program trace;
    struct op ops[];
};

struct exploration {
    const struct options *options;
    const char *path;
    unsigned preemptions;
    struct program program;
    struct shared *shared;
    struct explore *explore;
    struct run *run;
    time_t told;                  /* when progress was told last */
};

static bool is_exhaustive(const struct exploration *exploration)
{
    const char *name = exploration->options->strategy;

    return name == NULL || strcmp(name, "exhaustive") == 0;
}

static void tell_progress(struct exploration *exploration, uint64_t count)
{
    time_t now = time(NULL);

    exploration->shared->note.beat++;
    if (now - exploration->told >= PROGRESS_SECONDS) {
        exploration->told = now;
        fprintf(stderr, "%s: %" PRIu64 " schedules so far, none failed\n", exploration->path,
                count);
    }
}

static bool on_run(void *context)
{
    struct exploration *exploration = context;

    tell_progress(exploration, ++exploration->shared->result.run_count);
    return true;
}

/* Any strategy that makes one schedule after the other, by a number. */
union sampler {
    struct random random;
    struct pct pct;
    struct round_robin round_robin;
};

/* False if there is no such strategy, or none with so many preemptions. */
static bool begin_sample(union sampler *sampler, const char *name, unsigned preemptions,
                         uint32_t number, uint32_t points)
{
    if (strcmp(name, "random") == 0) {
        random_init(&sampler->random, number, preemptions, points);
        return true;
    }
    if (strcmp(name, "pct") == 0) {
        return pct_init(&sampler->pct, number, preemptions + 1, points);
    }
    round_robin_init(&sampler->round_robin, 1 + number);
    return strcmp(name, "round_robin") == 0;
}

static struct strategy *strategy_of(union sampler *sampler)
{
    return &sampler->random.strategy;
}

/* Runs under one strategy, seeded with one number after the other. */
static void sample(struct exploration *exploration)
{
    const struct options *options = exploration->options;
    struct explore_all_result *result = &exploration->shared->result;
    uint32_t run_count = options->runs != 0 ? options->runs : RUNS_DEFAULT;
    uint32_t points = 64;
    union sampler sampler;

    for (uint32_t i = 0; i < run_count; i++) {
        begin_sample(&sampler, options->strategy, exploration->preemptions, options->seed + i,
                     points);
        result->failure = explore_run(exploration->explore, exploration->run,
                                      strategy_of(&sampler), NULL);
        if (result->failure.verdict == RUN_FAILED) {
            result->end = EXPLORE_FAILED;
            return;
        }
        points = (uint32_t)explore_point_count(exploration->explore) + 1;
        result->schedule_count++;
        tell_progress(exploration, result->schedule_count);
    }
    result->end = EXPLORE_COVERED;
}

static void search(struct exploration *exploration)
{
    const struct explore_all request = {
        .explore = exploration->explore,
        .run = exploration->run,
        .preemptions_max = exploration->preemptions,
        .on_run = on_run,
        .context = exploration,
    };

    exploration->shared->result = explore_all(&request);
}

static void work(void *context)
{
    struct exploration *exploration = context;
    struct shared *shared = exploration->shared;

    shared->trace = (struct program){.ops = shared->ops};
    exploration->run = run_create(0);
    exploration->explore =
        explore_create(&exploration->program, explore_setup_count(&exploration->program),
                       &shared->trace);
    if (is_exhaustive(exploration)) {
        search(exploration);
    } else {
        sample(exploration);
    }
    explore_destroy(exploration->explore);
    run_destroy(exploration->run);
}

/* Where the trace of a failing schedule goes: to a file, or to stdout. */
static enum exit_code put_failure(const struct exploration *exploration, const char *signature)
{
    const char *out = exploration->options->out != NULL ? exploration->options->out : "-";
    const struct program *trace = &exploration->shared->trace;
    size_t size = trace_write(trace, NULL, 0);
    char *text = malloc(size + 1);

    if (text == NULL) {
        fprintf(stderr, "%s: no memory for its trace\n", exploration->path);
        return EXIT_BED_FAILED;
    }
    fprintf(strcmp(out, "-") == 0 ? stderr : stdout, "%s: a schedule fails, %s: %s\n",
            exploration->path, signature, strcmp(out, "-") == 0 ? "its trace follows" : out);
    trace_write(trace, text, size + 1);

    bool is_written = output_write(out, text, size);

    free(text);
    return is_written ? EXIT_FINDINGS : EXIT_BAD_INPUT;
}

static enum exit_code put_covered(const struct exploration *exploration)
{
    const struct explore_all_result *result = &exploration->shared->result;

    if (is_exhaustive(exploration)) {
        printf("%s: %" PRIu64 " schedules with at most %u preemptions, none failed\n",
               exploration->path, result->schedule_count, exploration->preemptions);
    } else {
        printf("%s: %" PRIu64 " schedules by %s, none failed\n", exploration->path,
               result->schedule_count, exploration->options->strategy);
    }
    return EXIT_NOTHING_FOUND;
}

static enum exit_code put_result(const struct exploration *exploration, enum child_end end)
{
    const struct explore_all_result *result = &exploration->shared->result;

    if (end == CHILD_DIED || end == CHILD_HUNG) {
        return put_failure(exploration,
                           end == CHILD_HUNG ? "HANG" : exploration->shared->note.cause);
    }
    if (end == CHILD_STOPPED) {
        printf("%s: interrupted after %" PRIu64 " runs, none failed\n", exploration->path,
               result->run_count + result->schedule_count);
        return EXIT_NOTHING_FOUND;
    }
    if (end == CHILD_FAILED) {
        return EXIT_BED_FAILED;
    }
    switch (result->end) {
    case EXPLORE_COVERED:
        return put_covered(exploration);
    case EXPLORE_FAILED:
        return put_failure(exploration, result->failure.signature);
    case EXPLORE_TOO_DEEP:
        fprintf(stderr, "%s: too long to search it all; try --strategy random\n",
                exploration->path);
        return EXIT_BAD_INPUT;
    default:
        fprintf(stderr, "%s: a schedule did not do the same again\n", exploration->path);
        return EXIT_BED_FAILED;
    }
}

/* One line, and false, if there is no such strategy or it cannot be had so. */
static bool options_are_legal(const struct exploration *exploration)
{
    const struct options *options = exploration->options;
    union sampler sampler;

    if (is_exhaustive(exploration) ||
        begin_sample(&sampler, options->strategy, exploration->preemptions, 0, 1)) {
        return true;
    }
    fprintf(stderr,
            "explore: no strategy '%s' with %u preemptions; there are: exhaustive random pct"
            " round_robin\n",
            options->strategy, exploration->preemptions);
    return false;
}

static enum exit_code explore_run_command(const struct options *options)
{
    struct exploration exploration = {
        .options = options,
        .path = options->arguments[0],
        .preemptions = options->preemptions != 0 ? options->preemptions - 1
                                                 : (unsigned)PREEMPTIONS_DEFAULT,
        .told = time(NULL),
    };

    if (!options_are_legal(&exploration) || !input_read(exploration.path, &exploration.program)) {
        return EXIT_BAD_INPUT;
    }

    size_t size = sizeof(struct shared) +
                  explore_trace_capacity(&exploration.program) * sizeof(struct op);

    exploration.shared = child_share(size);
    if (exploration.shared == NULL) {
        fprintf(stderr, "%s: no memory to explore it\n", exploration.path);
        return EXIT_BED_FAILED;
    }
    child_watch_stop();

    const struct child_work child = {
        .work = work,
        .context = &exploration,
        .note = &exploration.shared->note,
        .stall_milliseconds = STALL_MILLISECONDS,
    };
    enum exit_code code = put_result(&exploration, child_run(&child));

    child_unshare(exploration.shared, size);
    input_release(&exploration.program);
    return code;
}

const struct command explore_command = {
    .name = "explore",
    .usage = "[--preemptions K] [--strategy S] [--runs N] [--seed X] [--out FILE] FILE",
    .help = "try all schedules of a program with at most K (2) preemptions, or N (1000) by a"
            " strategy: random, pct, round_robin",
    .options = OPTION_PREEMPTIONS | OPTION_STRATEGY | OPTION_RUNS | OPTION_SEED | OPTION_OUT,
    .argument_count_min = 1,
    .argument_count_max = 1,
    .run = explore_run_command,
};
