/* Each row of misuse.def, each check it names: the allocator reports as the table says. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "fuzz/misuse.h"
#include "fuzz/run.h"
#include "fuzz/trace.h"
#include "tests/model/misuse_scenarios.def"

static const struct scenario {
    const char *why;              /* of the row */
    enum misuse_check check;
    enum report_kind kind;
    enum report_stage stage;
    const char *text;             /* the trace without its first line */
} scenarios[] = {
#define X(why, check, kind, stage, text)                                                           \
    {why, MISUSE_DUE_##check, REPORT_##kind, STAGE_##stage, text},
    SCENARIOS(X, "flags=CONSISTENCY_CHECKS|RED_ZONE|POISON|STORE_USER")
#undef X
};

enum { SCENARIO_COUNT = sizeof(scenarios) / sizeof(scenarios[0]), OPS_MAX = 32 };

/* Acts that the heap, as it is, would not contain. */
static const char *const uncontained[] = {
    "create c0 size=60\nalloc c0 o0\noverflow o0 offset=0 xor=0x01\n",
    "create c0 size=60 flags=CONSISTENCY_CHECKS|STORE_USER\nalloc c0 o0\n"
    "overflow o0 offset=0 xor=0x01\n",
    "create c0 size=60 flags=POISON\nalloc c0 o0\nunderflow o0 offset=0 xor=0x01\n",
    "heap debug_flags=CONSISTENCY_CHECKS|RED_ZONE|POISON\n"
    "kmalloc o0 size=18\noverflow o0 offset=0 xor=0x01\n",
    "create c0 size=60 flags=RED_ZONE\nalloc c0 o0\nunderflow o0 offset=8 xor=0x01\n",
    "create c0 size=60 flags=RED_ZONE\nalloc c0 o0\noverflow o0 offset=0 xor=0x00\n",
    "create c0 size=60 flags=CONSISTENCY_CHECKS\nalloc c0 o0\nfree o0\n"
    "write_after_free o0 offset=0 xor=0x01\n",
    "create c0 size=60 flags=POISON ctor=1\nalloc c0 o0\nfree o0\n"
    "write_after_free o0 offset=0 xor=0x01\n",
    "create c0 size=60 flags=POISON\nalloc c0 o0\nfree o0\nalloc c0 o1\n"
    "write_after_free o0 offset=0 xor=0x01\n",
    "pages o0 order=0 zero=0\nfree_pages o0\nwrite_after_free o0 offset=0 xor=0x01\n",
    "create c0 size=60\nalloc c0 o0\nalloc c0 o1\nfree o0\nfree o1\ndouble_free o0\n",
    "heap double_free_check=0\ncreate c0 size=60\nalloc c0 o0\nfree o0\ndouble_free o0\n",
    "create c0 size=60\nalloc c0 o0\nfree o0\nalloc c0 o1\ndouble_free o0\n",
    "create c0 size=60\nalloc c0 o0\nfree o0\ndestroy c0\ndouble_free o0\n",
    "kmalloc o0 size=0\nkfree o0\ndouble_free o0\n",
    "heap owner_check=0\ncreate c0 size=60\ncreate c1 size=60\nalloc c0 o0\nwrong_cache c1 o0\n",
    "create c0 size=60\nalloc c0 o0\nwrong_cache c0 o0\n",
    "create c0 size=60\nalloc c0 o0\nfree_interior o0 offset=8\n",
    "create c0 size=60 flags=CONSISTENCY_CHECKS\nalloc c0 o0\nfree_interior o0 offset=60\n",
    "pages o0 order=1 zero=0\nfree_interior o0 offset=100\n",
    "create c0 size=60 flags=RED_ZONE|POISON\nalloc c0 o0\nfree o0\nfree_pointer o0 xor=0x02\n",
    "create c0 size=60 flags=CONSISTENCY_CHECKS\nalloc c0 o0\nfree_pointer o0 xor=0x02\n",
    "pages o0 order=1 zero=0\nfree_pages_order o0 order=1\n",
    "create c0 size=900 flags=RED_ZONE\nalloc c0 o0\nslab_padding o0 offset=0 xor=0x01\n",
    "create c0 size=4096 flags=POISON\nkmalloc o0 size=20000\nslab_padding o0 offset=0 xor=0x01\n",
};

enum { UNCONTAINED_COUNT = sizeof(uncontained) / sizeof(uncontained[0]) };

/* What a run showed of its final misuse and of one report. */
struct observed {
    enum report_kind kind;
    enum report_stage stage;
    bool was_reported;
    enum op_code act;
    enum run_op_outcome outcome;
};

static struct run *judge;

static int set_up(void **state)
{
    (void)state;
    judge = run_create(0);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    run_destroy(judge);
    return 0;
}

static void on_report(void *context, const struct kmem_heap *heap, const struct report *report)
{
    struct observed *observed = context;

    (void)heap;
    observed->was_reported |=
        report->kind == observed->kind && report->stage == observed->stage;
}

static void on_event(void *context, const struct run_event *event)
{
    struct observed *observed = context;

    if (event->op != NULL && op_class(event->op) == OP_CLASS_MISUSE) {
        observed->act = (enum op_code)event->op->code;
        observed->outcome = event->outcome;
    }
}

static struct run_result run_text(const char *text, struct observed *observed)
{
    char trace[1024];
    struct op ops[OPS_MAX];
    struct program program = {.ops = ops};
    struct trace_error error;
    const struct run_options options = {
        .context = observed,
        .on_report = on_report,
        .on_event = on_event,
    };
    int size = snprintf(trace, sizeof(trace), "slubbed trace 1\n%s", text);

    if (!trace_read(trace, (size_t)size, &program, OPS_MAX, &error)) {
        fail_msg("%s: line %zu: %s", text, error.line, error.cause);
    }
    return run_program(judge, &program, &options);
}

static const struct misuse_row *find_row(const char *why)
{
    for (unsigned i = 0; i < MISUSE_ROW_COUNT; i++) {
        if (strcmp(misuse_rows[i].why, why) == 0) {
            return &misuse_rows[i];
        }
    }
    fail_msg("no row: %s", why);
    return NULL;
}

static void each_check_reports_what_it_owes(void **state)
{
    (void)state;
    for (unsigned i = 0; i < SCENARIO_COUNT; i++) {
        const struct scenario *scenario = &scenarios[i];
        struct observed observed = {.kind = scenario->kind, .stage = scenario->stage};
        struct run_result result = run_text(scenario->text, &observed);

        if (result.verdict != RUN_PASSED || !observed.was_reported ||
            observed.outcome == RUN_OP_SKIPPED ||
            observed.act != find_row(scenario->why)->act) {
            fail_msg("%s, %s: %s", scenario->why, report_kind_name(scenario->kind),
                     result.verdict == RUN_PASSED ? "not reported" : result.signature);
        }
    }
}

/* FOR_GOOD is no check. */
static void each_check_of_each_row_has_a_scenario(void **state)
{
    (void)state;
    for (unsigned row = 0; row < MISUSE_ROW_COUNT; row++) {
        uint32_t checks = misuse_rows[row].checks & ~(uint32_t)MISUSE_DUE_FOR_GOOD;

        for (unsigned i = 0; i < SCENARIO_COUNT; i++) {
            if (find_row(scenarios[i].why) == &misuse_rows[row]) {
                checks &= ~(uint32_t)scenarios[i].check;
            }
        }
        if (checks != 0) {
            fail_msg("row \"%s\" lacks scenarios for checks %#x", misuse_rows[row].why, checks);
        }
    }
}

static void what_is_not_contained_decodes_to_nothing(void **state)
{
    (void)state;
    for (unsigned i = 0; i < UNCONTAINED_COUNT; i++) {
        struct observed observed = {.kind = REPORT_KIND_COUNT};
        struct run_result result = run_text(uncontained[i], &observed);

        if (result.verdict != RUN_PASSED || observed.act == OP_NOP ||
            observed.outcome != RUN_OP_SKIPPED) {
            fail_msg("%s%s", uncontained[i], result.signature);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_check_reports_what_it_owes),
        cmocka_unit_test(each_check_of_each_row_has_a_scenario),
        cmocka_unit_test(what_is_not_contained_decodes_to_nothing),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
