#include "fuzz/triage/minimize.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "fuzz/trace.h"
#include "fuzz/triage/input.h"
#include "fuzz/triage/json.h"
#include "fuzz/triage/output.h"
#include "fuzz/triage/reduce.h"
#include "fuzz/triage/target.h"
#include "fuzz/triage/trial.h"

enum { SECONDS_DEFAULT = 10, PATH_SIZE = 4096, STATEMENT_SIZE = 256,
       HEADER_SIZE = PATH_SIZE + 1024 };

struct paths {
    const char *in;
    const char *out;
};

/* What a shorter program must still show, and until when it is looked for. */
struct search {
    const struct target *target;
    struct trials trials;
    char signature[RUN_SIGNATURE_SIZE];
    char statement[STATEMENT_SIZE];
    double deadline;                      /* of now() */
    unsigned stall_milliseconds;          /* after which a candidate hangs */
    bool skips_end;                       /* the finding comes before it */
    bool is_json;
};

static double now(void)
{
    struct timespec time;

    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec * 1e-9;
}

static void try_program(const struct search *search, const struct program *program,
                        struct trial *trial)
{
    struct trial_request request = {
        .program = program,
        .ops = search->target->ops,
        .stall_milliseconds = search->stall_milliseconds,
        .is_quiet = true,
        .skips_end = search->skips_end,
    };

    trial_run(&search->trials, &request, trial);
}

static bool has_signature(void *context, const struct program *candidate)
{
    const struct search *search = context;
    struct trial trial;

    try_program(search, candidate, &trial);
    return trial.verdict == TRIAL_FOUND && strcmp(trial.result.signature, search->signature) == 0;
}

static bool is_over(const struct search *search)
{
    return child_stop_asked() || now() >= search->deadline;
}

static bool search_is_over(void *context)
{
    return is_over(context);
}

/*
 * "corpus/crash-1" and "corpus/crash-1.trace" become "corpus/crash-1.min.trace"; what came from the
 * standard input goes to the standard output.
 */
static void name_output(const char *path, char *out)
{
    static const char suffix[] = ".trace";
    size_t size = strlen(path);
    size_t suffix_size = sizeof(suffix) - 1;

    if (strcmp(path, "-") == 0) {
        snprintf(out, PATH_SIZE, "-");
        return;
    }
    if (size >= suffix_size && strcmp(path + size - suffix_size, suffix) == 0) {
        size -= suffix_size;
    }
    snprintf(out, PATH_SIZE, "%.*s.min.trace", (int)size, path);
}

/* How to replay it, without a path that is good on one machine only. */
static void write_header(const struct search *search, const char *out, char *header)
{
    const char *slash = strrchr(out, '/');
    const char *path = out[0] == '/' ? slash + 1 : out;
    bool is_evident = target_is_evident(search->target, path);

    snprintf(header, HEADER_SIZE, "# %s: %s\n# ./slubbed replay %s%s%s%s%s\n", search->signature,
             search->statement, child_is_under_asan() ? "--asan " : "",
             is_evident ? "" : "--target ", is_evident ? "" : search->target->name,
             is_evident ? "" : " ", strcmp(path, "-") == 0 ? "FILE" : path);
}

/* The trace with a header behind its first line. */
static bool write_trace(const struct search *search, const struct program *program, const char *out)
{
    char header[HEADER_SIZE];
    size_t trace_size = trace_write(program, NULL, 0);

    write_header(search, out, header);

    size_t header_size = strlen(header);
    char *text = malloc(trace_size + 1 + header_size);

    if (text == NULL) {
        fprintf(stderr, "%s: no memory for %zu bytes\n", out, trace_size + header_size);
        return false;
    }
    trace_write(program, text, trace_size + 1);

    size_t first_line = strcspn(text, "\n") + 1;

    memmove(text + first_line + header_size, text + first_line, trace_size - first_line);
    memcpy(text + first_line, header, header_size);

    bool is_written = output_write(out, text, trace_size + header_size);

    free(text);
    return is_written;
}

/*
 * Most candidates of a program that fails by an endless loop loop, too. No step of a shorter program
 * takes longer than all of the first one did, so that is the measure; of a program that hangs itself
 * there is none.
 */
static unsigned choose_stall(const struct trial *trial, double seconds)
{
    enum { HANG_MILLISECONDS = 200, LEAST = 40 };
    double enough = 4 * seconds * 1000;

    if (!trial->is_complete && strcmp(trial->cause, "HANG") == 0) {
        return HANG_MILLISECONDS;
    }
    if (enough > TRIAL_STALL_MILLISECONDS) {
        return TRIAL_STALL_MILLISECONDS;
    }
    return enough < LEAST ? LEAST : (unsigned)enough;
}

/* Ops behind the one that fails cannot matter; what was tried first decides what to look for. */
static bool find_signature(struct search *search, const char *path, struct program *program)
{
    double start = now();
    struct trial trial;

    try_program(search, program, &trial);
    if (trial.verdict == TRIAL_PASSED) {
        printf("%s: nothing to minimize, it passes\n", path);
    }
    if (trial.verdict != TRIAL_FOUND) {
        return false;
    }
    snprintf(search->signature, sizeof(search->signature), "%s", trial.result.signature);
    snprintf(search->statement, sizeof(search->statement), "%s", trial.result.statement);
    search->stall_milliseconds = choose_stall(&trial, now() - start);
    if (trial.result.op_index < program->op_count) {
        program->op_count = trial.result.op_index + 1;
        search->skips_end = true;
    }
    return true;
}

/* Not on stdout if the trace went there. */
static void put_result(const struct search *search, const struct paths *paths, size_t op_count,
                       const struct program *program)
{
    bool is_early = is_over(search);

    if (search->is_json) {
        struct json json;

        json_begin(&json);
        json_put_string(&json, "file", paths->in);
        json_put_string(&json, "out", paths->out);
        json_put_string(&json, "signature", search->signature);
        json_put_number(&json, "ops", op_count);
        json_put_number(&json, "ops_left", program->op_count);
        json_end(&json);
        return;
    }
    fprintf(strcmp(paths->out, "-") == 0 ? stderr : stdout, "%s: %s, %zu ops -> %zu ops%s, %s\n",
            paths->in, search->signature, op_count, program->op_count,
            is_early ? " (no time was left to try more)" : "", paths->out);
}

static enum exit_code minimize_program(struct search *search, const struct paths *paths,
                                       struct program *program)
{
    struct reduce_test test = {has_signature, search_is_over, search};
    size_t op_count = program->op_count;

    if (!find_signature(search, paths->in, program)) {
        return child_stop_asked() ? EXIT_BED_FAILED : EXIT_NOTHING_FOUND;
    }
    if (!reduce_program(program, &test)) {
        fprintf(stderr, "%s: no memory to minimize\n", paths->in);
        return EXIT_BED_FAILED;
    }
    if (!write_trace(search, program, paths->out)) {
        return EXIT_BAD_INPUT;
    }
    put_result(search, paths, op_count, program);
    return EXIT_FINDINGS;
}

static enum exit_code minimize_run(const struct options *options)
{
    const char *path = options->arguments[0];
    double seconds = options->seconds != 0 ? options->seconds : SECONDS_DEFAULT;
    struct search search = {
        .target = target_find(options->target, path),
        .deadline = now() + seconds,
        .stall_milliseconds = TRIAL_STALL_MILLISECONDS,
        .is_json = options->is_json,
    };
    char named[PATH_SIZE];
    struct paths paths = {path, options->out != NULL ? options->out : named};
    struct program program;

    if (search.target == NULL || !input_read(path, &program)) {
        return EXIT_BAD_INPUT;
    }
    name_output(path, named);
    child_watch_stop();
    trial_init(&search.trials);

    enum exit_code code = minimize_program(&search, &paths, &program);

    input_release(&program);
    return code;
}

const struct command minimize_command = {
    .name = "minimize",
    .usage = "[--target T] [--out FILE] [--seconds S] [--json] FILE",
    .help = "write the shortest program with the same signature that is found in S (10) seconds",
    .options = OPTION_TARGET | OPTION_OUT | OPTION_SECONDS | OPTION_JSON,
    .argument_count_min = 1,
    .argument_count_max = 1,
    .run = minimize_run,
};
