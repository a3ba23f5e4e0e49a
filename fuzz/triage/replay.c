#include "fuzz/triage/replay.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "fuzz/engines/standalone.h"
#include "fuzz/trace.h"
#include "fuzz/triage/input.h"
#include "fuzz/triage/json.h"
#include "fuzz/triage/narrate.h"
#include "fuzz/triage/program_size.h"
#include "fuzz/triage/target.h"
#include "fuzz/triage/trial.h"

/* All files of one call. */
struct replay {
    const struct options *options;
    struct trials trials;
    size_t finding_count;
    size_t unreadable_count;
};

static void put_json(const char *path, const struct program *program, const struct trial *trial)
{
    const struct run_result *result = &trial->result;
    bool is_found = trial->verdict == TRIAL_FOUND;
    struct program_size size = program_measure(program);
    struct json json;

    json_begin(&json);
    json_put_string(&json, "file", path);
    json_put_string(&json, "verdict", is_found ? "fail" : "pass");
    json_put_string(&json, "signature", is_found ? result->signature : NULL);
    json_put_string(&json, "rule", is_found ? result->rule : NULL);
    json_put_string(&json, "op", is_found ? result->op_name : NULL);
    json_put_number(&json, "steps", result->step_count);
    json_put_number(&json, "skipped", result->skipped_count);
    if (trial->is_complete) {
        json_put_hex(&json, "hash", result->hash);
    } else {
        json_put_string(&json, "hash", NULL);
    }
    json_put_number(&json, "ops", size.op_count);
    json_put_number(&json, "change_points", size.change_count);
    json_end(&json);
}

/* " at op 3 of 7, free o1", or at the end. */
static void put_place(const struct program *program, const struct run_result *result)
{
    char text[TRACE_OP_SIZE];

    if (result->op_index >= program->op_count) {
        printf(" at the end");
        return;
    }
    trace_write_op(&program->ops[result->op_index], text, sizeof(text));
    printf(" at op %zu of %zu, %s", result->op_index + 1, program->op_count, text);
}

static void put_line(const char *path, const struct program *program, const struct trial *trial)
{
    const struct run_result *result = &trial->result;

    printf("%s: ", path);
    if (trial->verdict == TRIAL_FOUND) {
        printf("FAIL %s", result->signature);
        put_place(program, result);
    } else {
        printf("PASS");
    }
    printf(", %" PRIu64 " steps, %" PRIu64 " ops skipped", result->step_count,
           result->skipped_count);
    if (trial->is_complete) {
        printf(", hash %016" PRIx64, result->hash);
    }
    printf("\n");
}

/* The same run again, looked at. */
static void tell(const struct replay *replay, struct trial_request *request)
{
    struct narration narration;
    struct trial_observer observer;
    struct trial trial;

    if (!narrate(&narration, request->program, &observer)) {
        fprintf(stderr, "replay: no memory to tell a run\n");
        return;
    }
    request->is_quiet = false;
    request->observer = &observer;
    trial_run(&replay->trials, request, &trial);
    narrate_release(&narration);
}

static void replay_program(struct replay *replay, const char *path, const struct program *program,
                           const struct target *target)
{
    struct trial_request request = {
        .program = program,
        .ops = target->ops,
        .stall_milliseconds = TRIAL_STALL_MILLISECONDS,
        .is_quiet = true,
        .progress_name = path,
    };
    struct trial trial;

    trial_judge(&replay->trials, &request, &trial);
    if (trial.verdict == TRIAL_STOPPED) {
        return;
    }
    if (replay->options->is_verbose) {
        request.is_thorough = trial.is_thorough;
        request.progress_name = NULL;
        tell(replay, &request);
    }
    replay->finding_count += trial.verdict == TRIAL_FOUND;
    if (replay->options->is_json) {
        put_json(path, program, &trial);
    } else {
        put_line(path, program, &trial);
    }
    fflush(stdout);
}

/* A file that cannot be read is told of and left behind: the others have their own say. */
static int replay_file(const char *path, void *context)
{
    struct replay *replay = context;
    const struct target *target = target_find(replay->options->target, path);
    struct program program;

    if (child_stop_asked()) {
        return 1;
    }
    if (!input_read(path, &program)) {
        replay->unreadable_count++;
        return 0;
    }
    replay_program(replay, path, &program, target);
    input_release(&program);
    return 0;
}

static void replay_path(struct replay *replay, const char *path)
{
    if (strcmp(path, "-") == 0) {
        replay_file(path, replay);
    } else if (standalone_visit_files(path, replay_file, replay) < 0) {
        replay->unreadable_count++;
    }
}

static enum exit_code summarize(const struct replay *replay)
{
    if (child_stop_asked()) {
        fprintf(stderr, "replay: interrupted\n");
    }
    if (replay->finding_count > 0) {
        return EXIT_FINDINGS;
    }
    if (child_stop_asked()) {
        return EXIT_INTERRUPTED;
    }
    return replay->unreadable_count > 0 ? EXIT_BAD_INPUT : EXIT_NOTHING_FOUND;
}

static enum exit_code replay_run(const struct options *options)
{
    struct replay replay = {.options = options};

    if (target_find(options->target, "") == NULL) {
        return EXIT_BAD_INPUT;
    }
    child_watch_stop();
    trial_init(&replay.trials);
    for (size_t i = 0; i < options->argument_count && !child_stop_asked(); i++) {
        replay_path(&replay, options->arguments[i]);
    }
    trial_fini(&replay.trials);
    return summarize(&replay);
}

const struct command replay_command = {
    .name = "replay",
    .usage = "[--target T] [--verbose] [--json] FILE|FOLDER...",
    .help = "run programs and judge every step; --verbose tells each step and what it changed",
    .options = OPTION_TARGET | OPTION_VERBOSE | OPTION_JSON,
    .argument_count_min = 1,
    .argument_count_max = SIZE_MAX,
    .run = replay_run,
};
