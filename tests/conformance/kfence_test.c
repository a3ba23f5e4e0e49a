/* The kernel's KFENCE tests, each in a process of its own. */
#include "allocator/base/compiler.h"
#include "tests/conformance/kfence_cases.h"
#include "tests/conformance/table.h"

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

    config.guard_pool_interval = 1;
    config.init_on_free = row->wipes;
    table_expect(&row->access, &config, memory_is_guarded() ? row->sanitizer : row->plain);
}

int main(void)
{
    return table_run(cases, sizeof(cases[0]), CASE_COUNT, check);
}
