#include "fuzz/triage/explore_command.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "fuzz/explore.h"
#include "fuzz/triage/hunt.h"
#include "fuzz/triage/input.h"
#include "fuzz/triage/program_size.h"
#include "fuzz/triage/target.h"
#include "fuzz/triage/trace_output.h"

enum { PREEMPTIONS_DEFAULT = 2, RUNS_DEFAULT = 10000 };

/* Fills in the strategy; false, and one line, if there is none of this name. */
static bool find_strategy(const char *name, enum hunt_strategy *strategy)
{
    for (unsigned i = 0; i < HUNT_STRATEGY_COUNT; i++) {
        if (name == NULL || strcmp(name, hunt_strategy_names[i]) == 0) {
            *strategy = (enum hunt_strategy)i;
            return true;
        }
    }
    fprintf(stderr, "no strategy '%s'; there are:", name);
    for (unsigned i = 0; i < HUNT_STRATEGY_COUNT; i++) {
        fprintf(stderr, " %s", hunt_strategy_names[i]);
    }
    fprintf(stderr, "\n");
    return false;
}

/* False, and one line, if the CPUs have nothing to do. */
static bool has_work(const struct program *program, const char *path)
{
    if (explore_setup_count(program) != program->op_count) {
        return true;
    }
    fprintf(stderr, "%s: nothing to explore, for no `cpu` line says whose ops there are\n", path);
    return false;
}

static struct hunt_request make_request(const struct options *options,
                                        const struct program *program,
                                        enum hunt_strategy strategy)
{
    bool has_preemptions = (options->given & OPTION_PREEMPTIONS) != 0;
    uint32_t runs_default = strategy == HUNT_EXHAUSTIVE ? 0 : RUNS_DEFAULT;

    return (struct hunt_request){
        .program = program,
        .strategy = strategy,
        .preemptions_max = has_preemptions ? options->preemptions : (unsigned)PREEMPTIONS_DEFAULT,
        .run_max = options->runs != 0 ? options->runs : runs_default,
        .seed = options->seed,
        .is_every_point = options->is_every_point,
    };
}

/* "12 schedules with at most 2 preemptions", or "12 schedules by pct". */
static void put_count(FILE *stream, const struct hunt *hunt, const struct hunt_request *request)
{
    fprintf(stream, "%" PRIu64 " schedules", hunt_count(hunt));
    if (request->strategy == HUNT_EXHAUSTIVE) {
        fprintf(stream, " with at most %u preemption%s", request->preemptions_max,
                request->preemptions_max == 1 ? "" : "s");
    } else {
        fprintf(stream, " by %s", hunt_strategy_names[request->strategy]);
    }
}

static enum exit_code put_passed(const struct options *options, const struct hunt *hunt,
                                 const struct hunt_request *request)
{
    bool is_cut = hunt_end(hunt) == HUNT_ENOUGH && request->strategy == HUNT_EXHAUSTIVE;

    printf("%s: ", options->arguments[0]);
    put_count(stdout, hunt, request);
    printf(", none failed%s\n", is_cut ? "; there are more than --runs allows" : "");
    return EXIT_NOTHING_FOUND;
}

/* The trace speaks for itself: what is said of it is what replay says. */
static enum exit_code put_failed(const struct options *options, const struct trials *trials,
                                 const struct hunt *hunt)
{
    const struct program *trace = hunt_trace(hunt);
    const char *out = options->out != NULL ? options->out : "-";
    const struct target *target = target_find("slub_smp", "");
    const struct trial_request request = {
        .program = trace,
        .ops = target->ops,
        .stall_milliseconds = TRIAL_STALL_MILLISECONDS,
        .is_quiet = true,
    };
    struct trial trial;

    trial_judge(trials, &request, &trial);
    if (trial.verdict != TRIAL_FOUND) {
        fprintf(stderr, "%s: a schedule failed, and does not fail again\n", options->arguments[0]);
        return EXIT_BED_FAILED;
    }

    const struct trace_finding finding = {
        .signature = trial.result.signature,
        .statement = trial.result.statement,
        .target = target,
    };
    size_t changes = program_measure(trace).change_count;

    if (!trace_output_write(out, trace, &finding)) {
        return EXIT_BAD_INPUT;
    }
    fprintf(strcmp(out, "-") == 0 ? stderr : stdout,
            "%s: %s in schedule %" PRIu64 ", with %zu change point%s, %s\n", options->arguments[0],
            trial.result.signature, hunt_count(hunt), changes, changes == 1 ? "" : "s", out);
    return EXIT_FINDINGS;
}

static enum exit_code put_outcome(const struct options *options, const struct trials *trials,
                                  const struct hunt *hunt, const struct hunt_request *request)
{
    const char *path = options->arguments[0];

    switch (hunt_end(hunt)) {
    case HUNT_COVERED:
    case HUNT_ENOUGH:
        return put_passed(options, hunt, request);
    case HUNT_FAILED:
        return put_failed(options, trials, hunt);
    case HUNT_STOPPED:
        fprintf(stderr, "explore: interrupted after ");
        put_count(stderr, hunt, request);
        fprintf(stderr, ", none failed\n");
        return EXIT_INTERRUPTED;
    case HUNT_TOO_DEEP:
        fprintf(stderr, "%s: too long to be searched exhaustively; try --strategy pct\n", path);
        return EXIT_BAD_INPUT;
    default:
        fprintf(stderr, "%s: a schedule did different things when it was run again\n", path);
        return EXIT_BED_FAILED;
    }
}

static enum exit_code explore_program(const struct options *options,
                                      const struct hunt_request *request)
{
    enum exit_code code = EXIT_BED_FAILED;
    struct trials trials;

    child_watch_stop();
    trial_init(&trials);

    struct hunt *hunt = hunt_run(&trials, request);

    if (hunt != NULL) {
        code = put_outcome(options, &trials, hunt, request);
        hunt_destroy(hunt);
    } else {
        fprintf(stderr, "%s: no memory for a trace\n", options->arguments[0]);
    }
    trial_fini(&trials);
    return code;
}

static enum exit_code explore_files(const struct options *options)
{
    const char *path = options->arguments[0];
    enum exit_code code = EXIT_BAD_INPUT;
    enum hunt_strategy strategy;
    struct program program;

    if (!find_strategy(options->strategy, &strategy) || !input_read(path, &program)) {
        return EXIT_BAD_INPUT;
    }
    if (has_work(&program, path)) {
        const struct hunt_request request = make_request(options, &program, strategy);

        code = explore_program(options, &request);
    }
    input_release(&program);
    return code;
}

const struct command explore_command = {
    .name = "explore",
    .usage = "[--preemptions K] [--strategy S] [--runs N] [--seed X] [--every-point] [--out FILE]"
             " FILE",
    .help = "run every schedule of a program with at most K (2) preemptions, or N (10000) that S"
            " (random, pct, round_robin) chooses; write the first that fails as a trace",
    .options = OPTION_PREEMPTIONS | OPTION_STRATEGY | OPTION_RUNS | OPTION_SEED |
               OPTION_EVERY_POINT | OPTION_OUT,
    .argument_count_min = 1,
    .argument_count_max = 1,
    .run = explore_files,
};
