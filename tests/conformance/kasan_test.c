/* The slab and page parts of the kernel's KASAN tests, each in a process of its own. */
#include "allocator/base/compiler.h"
#include "allocator/base/flags.h"
#include "tests/conformance/kasan_cases.h"
#include "tests/conformance/table.h"

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

static void check(void **state)
{
    const struct kasan_case *row = *state;
    struct heap_config config = heap_config_default();

    /* What is debugged is checked when it is used again, and is not held back. */
    config.debug_flags = row->has_quarantine ? 0 : SLAB_DEBUG_FLAGS;
    config.quarantine_bytes = row->has_quarantine ? QUARANTINE_BYTES : 0;
    config.page_poison = true;
    config.object_extensions = true;
    table_expect(&row->access, &config, memory_is_guarded() ? row->sanitizer : row->plain);
}

int main(void)
{
    return table_run(cases, sizeof(cases[0]), CASE_COUNT, check);
}
