#include "fuzz/triage/minimize.h"

#include <stdio.h>
#include <string.h>

#include "fuzz/triage/input.h"
#include "fuzz/triage/json.h"
#include "fuzz/triage/program_size.h"
#include "fuzz/triage/search.h"
#include "fuzz/triage/trace_output.h"

enum { SECONDS_DEFAULT = 10, PATH_SIZE = 4096 };

struct paths {
    const char *in;
    const char *out;
};

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

static void put_size(FILE *stream, struct program_size size, bool has_schedule)
{
    fprintf(stream, "%zu op%s", size.op_count, size.op_count == 1 ? "" : "s");
    if (has_schedule) {
        fprintf(stream, " and %zu change point%s", size.change_count,
                size.change_count == 1 ? "" : "s");
    }
}

/* Not on stdout if the trace went there. */
static void put_text(const struct search *search, const struct paths *paths,
                     struct program_size before, struct program_size after)
{
    const char *reason = child_stop_asked() ? " (interrupted)" : " (no time was left to try more)";
    FILE *stream = strcmp(paths->out, "-") == 0 ? stderr : stdout;

    fprintf(stream, "%s: %s, ", paths->in, search->signature);
    put_size(stream, before, before.change_count != 0);
    fprintf(stream, " -> ");
    put_size(stream, after, before.change_count != 0);
    fprintf(stream, "%s, %s\n", search_is_over(search) ? reason : "", paths->out);
}

static void put_json(const struct search *search, const struct paths *paths,
                     struct program_size before, struct program_size after)
{
    struct json json;

    json_begin(&json);
    json_put_string(&json, "file", paths->in);
    json_put_string(&json, "out", paths->out);
    json_put_string(&json, "signature", search->signature);
    json_put_number(&json, "ops", before.op_count);
    json_put_number(&json, "ops_left", after.op_count);
    json_put_number(&json, "change_points", before.change_count);
    json_put_number(&json, "change_points_left", after.change_count);
    json_end(&json);
}

/* What there is to do for a program that has no signature. */
static enum exit_code refuse(enum trial_verdict verdict, const char *path)
{
    if (verdict == TRIAL_PASSED) {
        printf("%s: nothing to minimize, it passes\n", path);
        return EXIT_NOTHING_FOUND;
    }
    fprintf(stderr, "minimize: interrupted\n");
    return EXIT_INTERRUPTED;
}

static enum exit_code minimize_program(struct search *search, const struct paths *paths,
                                       bool is_json, struct program *program)
{
    struct program_size before = program_measure(program);
    enum trial_verdict verdict = search_find_signature(search, program);

    if (verdict != TRIAL_FOUND) {
        return refuse(verdict, paths->in);
    }
    if (!search_reduce(search, program)) {
        fprintf(stderr, "%s: no memory to minimize\n", paths->in);
        return EXIT_BED_FAILED;
    }

    const struct trace_finding finding = {
        .signature = search->signature,
        .statement = search->statement,
        .target = search->target,
    };

    if (!trace_output_write(paths->out, program, &finding)) {
        return EXIT_BAD_INPUT;
    }
    (is_json ? put_json : put_text)(search, paths, before, program_measure(program));
    return EXIT_FINDINGS;
}

static enum exit_code minimize_run(const struct options *options)
{
    const char *path = options->arguments[0];
    const struct target *target = target_find(options->target, path);
    char named[PATH_SIZE];
    struct paths paths = {path, options->out != NULL ? options->out : named};
    struct search search;
    struct program program;

    if (target == NULL || !input_read(path, &program)) {
        return EXIT_BAD_INPUT;
    }
    name_output(path, named);
    child_watch_stop();
    search_init(&search, target, options->seconds != 0 ? options->seconds : SECONDS_DEFAULT);

    enum exit_code code = minimize_program(&search, &paths, options->is_json, &program);

    search_fini(&search);
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
