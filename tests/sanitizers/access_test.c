/* The table of accesses, as one tool sees it: "asan", "msan" or "memcheck" is the argument. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "tests/sanitizers/access.h"
#include "tests/sanitizers/access_cases.h"

enum { ASAN, MSAN, MEMCHECK, TOOL_COUNT };

struct access_case {
    struct access access;
    int outcomes[TOOL_COUNT];
};

static const struct access_case bad_cases[] = {
#define X(name, asan, msan, memcheck, what)                                                        \
    {{#name, name}, {ACCESS_##asan, ACCESS_##msan, ACCESS_##memcheck}},
    ACCESS_CASES(X)
#undef X
};

static const struct access_case correct_cases[] = {
#define X(name) {{#name, name}, {0}},
    CORRECT_CASES(X)
#undef X
};

enum {
    BAD_COUNT = sizeof(bad_cases) / sizeof(bad_cases[0]),
    CORRECT_COUNT = sizeof(correct_cases) / sizeof(correct_cases[0]),
    CASE_COUNT = BAD_COUNT + CORRECT_COUNT,
};

static int outcome_of(const struct access_case *row, unsigned debug_flags)
{
    struct heap_config config = heap_config_default();

    config.debug_flags = debug_flags;
    config.guard_order = 1;
    return access_run(&row->access, &config);
}

static void fail_case(const struct access_case *row, unsigned debug_flags, int outcome)
{
    fail_msg("%s with debug flags %u: %s", row->access.name, debug_flags,
             access_outcome_name(outcome));
}

/* What the tool stops does not depend on what the allocator checks, and may report. */
static void check_bad(void **state, int tool)
{
    const struct access_case *row = *state;

    for (unsigned flags = 0; flags < 16; flags += 5) {
        int outcome = outcome_of(row, flags);

        if ((outcome == ACCESS_STOPPED) != (row->outcomes[tool] == ACCESS_STOPPED)) {
            fail_case(row, flags, outcome);
        }
    }
}

static void correct_under_any(void **state)
{
    const struct access_case *row = *state;

    for (unsigned flags = 0; flags < 16; flags++) {
        int outcome = outcome_of(row, flags);

        if (outcome != ACCESS_SILENT) {
            fail_case(row, flags, outcome);
        }
    }
}

static void bad_under_asan(void **state)
{
    check_bad(state, ASAN);
}

static void bad_under_msan(void **state)
{
    check_bad(state, MSAN);
}

static void bad_under_memcheck(void **state)
{
    check_bad(state, MEMCHECK);
}

static const struct {
    const char *name;
    CMUnitTestFunction test;
} tools[TOOL_COUNT] = {
    {"asan", bad_under_asan},
    {"msan", bad_under_msan},
    {"memcheck", bad_under_memcheck},
};

static struct CMUnitTest case_test(const struct access_case *row, CMUnitTestFunction test)
{
    return (struct CMUnitTest){
        .name = row->access.name,
        .test_func = test,
        .initial_state = (void *)(uintptr_t)row,
    };
}

int main(int argc, char **argv)
{
    struct CMUnitTest tests[CASE_COUNT];
    CMUnitTestFunction bad = NULL;

    for (int i = 0; i < TOOL_COUNT; i++) {
        if (argc == 2 && strcmp(argv[1], tools[i].name) == 0) {
            bad = tools[i].test;
        }
    }
    if (bad == NULL) {
        fprintf(stderr, "usage: access_test asan|msan|memcheck\n");
        return 2;
    }
    for (int i = 0; i < BAD_COUNT; i++) {
        tests[i] = case_test(&bad_cases[i], bad);
    }
    for (int i = 0; i < CORRECT_COUNT; i++) {
        tests[BAD_COUNT + i] = case_test(&correct_cases[i], correct_under_any);
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
