/* LKDTM's triggers of the heap, each in a process of its own. */
#include "allocator/base/compiler.h"
#include "allocator/base/flags.h"
#include "tests/conformance/lkdtm_cases.h"
#include "tests/conformance/table.h"

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
        table_expect(&row->access, &checked, row->sanitizer);
    } else {
        table_expect(&row->access, &by_default, row->by_default);
        table_expect(&row->access, &checked, row->checked);
    }
}

int main(void)
{
    return table_run(cases, sizeof(cases[0]), CASE_COUNT, check);
}
