/* The kernel's KFENCE tests, each in a process of its own. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "allocator/base/compiler.h"
#include "tests/conformance/kfence_cases.h"
#include "tests/sanitizers/access.h"

struct kfence_case {
    struct access access;
    int sanitizer;
    int plain;
    bool wipes;
};

static const struct kfence_case cases[] = {
#define X(name, sanitizer, plain) {{#name, name}, ACCESS_##sanitizer, ACCESS_##plain, false},
    KFENCE_CASES(X)
#undef X
#define X(name, sanitizer, plain) {{#name, name}, ACCESS_##sanitizer, ACCESS_##plain, true},
    KFENCE_WIPING_CASES(X)
#undef X
};

enum { CASE_COUNT = sizeof(cases) / sizeof(cases[0]) };

static void check(void **state)
{
    const struct kfence_case *row = *state;
    struct heap_config config = heap_config_default();
    int expected = memory_is_guarded() ? row->sanitizer : row->plain;

    config.guard_pool_interval = 1;
    config.init_on_free = row->wipes;
    assert_string_equal(access_outcome_name(access_run(&row->access, &config)),
                        access_outcome_name(expected));
}

int main(void)
{
    struct CMUnitTest tests[CASE_COUNT];

    for (int i = 0; i < CASE_COUNT; i++) {
        tests[i] = (struct CMUnitTest){
            .name = cases[i].access.name,
            .test_func = check,
            .initial_state = (void *)(uintptr_t)&cases[i],
        };
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
