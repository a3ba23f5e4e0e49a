/*
 * Ends with 0 if each recorded program named can be read, is balanced, and runs under all judges to
 * its end, every op of it carried out: trace_check FILE...
 */
#include <inttypes.h>
#include <stdio.h>

#include "fuzz/run.h"
#include "fuzz/triage/input.h"
#include "tests/tooling/record/slots.h"

static bool check_program(const char *path, struct run *run, const struct program *program)
{
    struct slot_usage usage;
    struct run_result result;

    if (!slots_are_balanced(program, &usage)) {
        fprintf(stderr, "%s: op %zu does not suit its slot\n", path, usage.fault);
        return false;
    }
    result = run_program(run, program, NULL);
    if (result.verdict != RUN_PASSED) {
        fprintf(stderr, "%s: %s at op %zu\n", path, result.signature, result.op_index);
        return false;
    }
    if (result.skipped_count + result.report_count > 0) {
        fprintf(stderr, "%s: %" PRIu64 " ops skipped, %" PRIu64 " reports\n", path,
                result.skipped_count, result.report_count);
        return false;
    }
    return true;
}

static bool check_file(const char *path, struct run *run)
{
    struct program program;
    bool is_fine = false;

    if (!input_read(path, &program)) {
        return false;
    }
    is_fine = check_program(path, run, &program);
    input_release(&program);
    return is_fine;
}

int main(int argc, char **argv)
{
    struct run *run = run_create(0);
    bool is_fine = argc > 1;

    for (int i = 1; i < argc; i++) {
        is_fine = check_file(argv[i], run) && is_fine;
    }
    run_destroy(run);
    return is_fine ? 0 : 1;
}
