/* The slab and page parts of the kernel's KASAN tests, each in a process of its own. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "allocator/base/compiler.h"
#include "allocator/base/flags.h"
#include "tests/conformance/kasan_cases.h"
#include "tests/sanitizers/access.h"

struct kasan_case {
    struct access access;
    int sanitizer;
    int plain;
    bool has_quarantine;
};

static const struct kasan_case cases[] = {
#define X(name, sanitizer, plain) {{#name, name}, ACCESS_##sanitizer, ACCESS_##plain, false},
    KASAN_OUT_OF_BOUNDS(X)
    KASAN_AFTER_FREE(X)
    KASAN_MEMPOOL(X)
#undef X
#define X(name, sanitizer, plain) {{#name, name}, ACCESS_##sanitizer, ACCESS_##plain, true},
    KASAN_QUARANTINE(X)
#undef X
};

enum { CASE_COUNT = sizeof(cases) / sizeof(cases[0]), QUARANTINE_BYTES = 4096 };

static void outcome_is(const struct kasan_case *row, const struct heap_config *config, int expected)
{
    if (expected != ACCESS_NOT_RUN) {
        assert_string_equal(access_outcome_name(access_run(&row->access, config)),
                            access_outcome_name(expected));
    }
}

static void check(void **state)
{
    const struct kasan_case *row = *state;
    struct heap_config config = heap_config_default();

    /* What is debugged is checked when it is used again, and is not held back. */
    config.debug_flags = row->has_quarantine ? 0 : SLAB_DEBUG_FLAGS;
    config.quarantine_bytes = row->has_quarantine ? QUARANTINE_BYTES : 0;
    config.page_poison = true;
    config.object_extensions = true;
    outcome_is(row, &config, memory_is_guarded() ? row->sanitizer : row->plain);
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
