/* LKDTM's triggers of the heap, each in a process of its own. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "allocator/base/compiler.h"
#include "allocator/base/flags.h"
#include "tests/conformance/lkdtm_cases.h"
#include "tests/sanitizers/access.h"

struct lkdtm_case {
    struct access access;
    int sanitizer;
    int by_default;
    int checked;
    bool is_about_zero;
};

static const struct lkdtm_case cases[] = {
#define X(name, sanitizer, by_default, checked)                                                    \
    {{#name, name}, ACCESS_##sanitizer, ACCESS_##by_default, ACCESS_##checked, false},
    LKDTM_CASES(X)
#undef X
#define X(name, sanitizer, by_default, checked)                                                    \
    {{#name, name}, ACCESS_##sanitizer, ACCESS_##by_default, ACCESS_##checked, true},
    LKDTM_INIT_CASES(X)
#undef X
};

enum { CASE_COUNT = sizeof(cases) / sizeof(cases[0]) };

static void outcome_is(const struct lkdtm_case *row, const struct heap_config *config, int expected)
{
    assert_string_equal(access_outcome_name(access_run(&row->access, config)),
                        access_outcome_name(expected));
}

/* Poison and zeroing exclude each other. */
static void check(void **state)
{
    const struct lkdtm_case *row = *state;
    const struct heap_config by_default = heap_config_default();
    struct heap_config checked = by_default;

    checked.debug_flags = row->is_about_zero ? 0 : SLAB_DEBUG_FLAGS;
    checked.page_poison = !row->is_about_zero;
    checked.init_on_alloc = row->is_about_zero;
    if (memory_is_guarded()) {
        outcome_is(row, &checked, row->sanitizer);
    } else {
        outcome_is(row, &by_default, row->by_default);
        outcome_is(row, &checked, row->checked);
    }
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
