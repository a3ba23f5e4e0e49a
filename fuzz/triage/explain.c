#include "fuzz/triage/explain.h"

#include <inttypes.h>
#include <stdio.h>

#include "fuzz/triage/input.h"
#include "fuzz/triage/story.h"
#include "fuzz/triage/target.h"

/* What is found, as a headline and the sentence of its rule. */
static void put_headline(const char *path, const struct program *program,
                         const struct run_result *result)
{
    printf("%s: %s\n%s: %s\n", path, result->signature, result->rule, result->statement);
    if (result->op_index < program->op_count) {
        printf("broken in step %" PRIu64 ", by op %zu of %zu\n", result->step,
               result->op_index + 1, program->op_count);
    } else {
        printf("broken in step %" PRIu64 ", behind the last of %zu ops\n", result->step,
               program->op_count);
    }
}

/* Runs the program once more, this time with the story told. */
static enum exit_code tell(const struct trials *trials, struct trial_request *request,
                           const struct trial *trial)
{
    struct story story;
    struct trial_observer observer;
    struct trial again;

    if (!story_begin(&story, request->program, trial, &observer)) {
        fprintf(stderr, "no memory to explain\n");
        return EXIT_BED_FAILED;
    }
    request->observer = &observer;
    request->is_thorough = trial->is_thorough;
    request->is_quiet = false;
    fflush(stdout);
    trial_run(trials, request, &again);
    story_release(&story);
    return EXIT_FINDINGS;
}

static enum exit_code explain_program(const struct trials *trials, const char *path,
                                      const struct program *program, enum run_ops ops)
{
    struct trial trial;
    struct trial_request request = {
        .program = program,
        .ops = ops,
        .stall_milliseconds = TRIAL_STALL_MILLISECONDS,
        .is_quiet = true,
    };

    trial_judge(trials, &request, &trial);
    if (trial.verdict == TRIAL_STOPPED) {
        fprintf(stderr, "explain: interrupted\n");
        return EXIT_INTERRUPTED;
    }
    if (trial.verdict == TRIAL_PASSED) {
        printf("%s: passes, %" PRIu64 " steps, hash %016" PRIx64 "; there is nothing to explain\n",
               path, trial.result.step_count, trial.result.hash);
        return EXIT_NOTHING_FOUND;
    }
    put_headline(path, program, &trial.result);
    return tell(trials, &request, &trial);
}

static enum exit_code explain_run(const struct options *options)
{
    const char *path = options->arguments[0];
    const struct target *target = target_find(options->target, path);
    struct trials trials;
    struct program program;

    if (target == NULL || !input_read(path, &program)) {
        return EXIT_BAD_INPUT;
    }
    child_watch_stop();
    trial_init(&trials);

    enum exit_code code = explain_program(&trials, path, &program, target->ops);

    trial_fini(&trials);
    input_release(&program);
    return code;
}

const struct command explain_command = {
    .name = "explain",
    .usage = "[--target T] FILE",
    .help = "tell in words and a picture what is wrong with a program",
    .options = OPTION_TARGET,
    .argument_count_min = 1,
    .argument_count_max = 1,
    .run = explain_run,
};
