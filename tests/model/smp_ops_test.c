/* Ops of several CPUs: which of them are steps, and when a slot can be used again. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "fuzz/run.h"
#include "fuzz/trace.h"

enum { OPS_MAX = 32 };

/* A trace without its first line, and what becomes of each op: step, act, or - for nothing. */
static const struct {
    const char *name;
    const char *lines;
    const char *outcomes;
} rows[] = {
    {"a run that ends while an op is parked",
     "create c0 size=64\n"
     "park after=1\n"
     "alloc c0 o5\n"
     "cpu cpu=1\n"
     "create c1 size=0 flags=PANIC\n",
     "sa"},
    {"leaves nothing to the next", "kmalloc o5 size=8\nkfree o5\n", "ss"},
    {"no CPU sends itself away, and the last one stays",
     "heap cpu_count=2\n"
     "offline cpu=0\n"
     "offline cpu=1\n"
     "cpu cpu=1\n"
     "offline cpu=0\n"
     "kmalloc o0 size=8\n",
     "-sa-s"},
    {"a CPU goes once, and comes back once",
     "heap cpu_count=2\n"
     "online cpu=1\n"
     "offline cpu=1\n"
     "offline cpu=1\n"
     "online cpu=1\n"
     "online cpu=1\n",
     "-s-a-"},
    {"a CPU with interrupts off does not go",
     "heap cpu_count=2\n"
     "create c0 size=64\n"
     "cpu cpu=1\n"
     "park after=8\n"
     "alloc c0 o0\n"
     "cpu cpu=0\n"
     "offline cpu=1\n"
     "cpu cpu=1\n"
     "cpu cpu=0\n"
     "offline cpu=1\n",
     "saasa-aas"},
    {"a CPU that reads does not go",
     "heap cpu_count=2\n"
     "cpu cpu=1\n"
     "rcu_lock\n"
     "cpu cpu=0\n"
     "offline cpu=1\n"
     "cpu cpu=1\n"
     "rcu_unlock\n"
     "cpu cpu=0\n"
     "offline cpu=1\n",
     "asa-asas"},
    {"what is parked on a CPU that goes is done elsewhere",
     "heap cpu_count=3\n"
     "create c0 size=64\n"
     "cpu cpu=1\n"
     "park after=1\n"
     "alloc c0 o0\n"
     "cpu cpu=0\n"
     "offline cpu=1\n"
     "free o0\n"
     "cpu cpu=1\n"
     "free o0\n",
     "saasas-as"},
    {"there may be nothing at hand",
     "create c0 size=64\n"
     "alloc_nolock c0 o0\n"
     "free_nolock o0\n"
     "alloc c0 o0\n"
     "alloc_nolock c0 o0\n"
     "alloc_nolock c0 o1\n"
     "free_nolock o1\n"
     "free_nolock o1\n",
     "ss-s-ss-"},
    {"what can wait for readers",
     "create c0 size=64 ctor=1\n"
     "alloc c0 o0\n"
     "free_rcu o0\n"
     "kmalloc o1 size=15\n"
     "free_rcu o1\n"
     "kmalloc o2 size=16\n"
     "free_rcu o2\n"
     "kmalloc o3 size=0\n"
     "free_rcu o3\n"
     "pages o4 order=0\n"
     "free_rcu o4\n",
     "ss-s-sss-s-"},
    {"a slot that waits is of no use until its free happened",
     "kmalloc o0 size=100\n"
     "free_rcu o0\n"
     "free_rcu o0\n"
     "kfree o0\n"
     "verify o0\n"
     "kmalloc o0 size=8\n"
     "grace\n"
     "grace\n"
     "kmalloc o0 size=8\n",
     "ss----s-s"},
    {"readers of another CPU hold it back",
     "heap cpu_count=2\n"
     "kmalloc o0 size=100\n"
     "cpu cpu=1\n"
     "rcu_lock\n"
     "rcu_lock\n"
     "cpu cpu=0\n"
     "free_rcu o0\n"
     "grace\n"
     "kmalloc o0 size=8\n"
     "rcu_unlock\n"
     "cpu cpu=1\n"
     "rcu_unlock\n"
     "grace\n"
     "kmalloc o0 size=8\n"
     "rcu_unlock\n"
     "grace\n"
     "kmalloc o0 size=8\n",
     "sassass--ass-sss"},
    {"readers that come later do not",
     "kmalloc o0 size=100\n"
     "free_rcu o0\n"
     "rcu_lock\n"
     "grace\n"
     "kmalloc o0 size=8\n",
     "sssss"},
    {"destroying a cache makes them leave",
     "create c0 size=100\n"
     "alloc c0 o0\n"
     "rcu_lock\n"
     "free_rcu o0\n"
     "destroy c0\n"
     "rcu_unlock\n"
     "grace\n"
     "kmalloc o0 size=8\n",
     "sssss--s"},
    {"damage is not done where frees are put off, nor the other way round",
     "create c0 size=100 flags=RED_ZONE|CONSISTENCY_CHECKS\n"
     "bulk_alloc c0 o0 count=4\n"
     "free_nolock o0\n"
     "overflow o1 offset=0 xor=0x01\n"
     "flush c0 cpu=0\n"
     "free_rcu o1\n"
     "overflow o2 offset=0 xor=0x01\n"
     "grace\n"
     "overflow o2 offset=0 xor=0x01\n"
     "free_nolock o3\n"
     "free_rcu o3\n"
     "validate c0\n"
     "free_rcu o3\n",
     "sss-ss-sa--ss"},
};

static void note(void *context, const struct run_event *event)
{
    static const char letters[] = {
        [RUN_OP_SKIPPED] = '-', [RUN_OP_ACT] = 'a', [RUN_OP_STEP] = 's'};
    char *outcomes = context;

    if (event->op != NULL) {
        outcomes[event->op_index] = letters[event->outcome];
    }
}

static void assert_row(struct run *run, size_t row)
{
    static struct op ops[OPS_MAX];
    char text[2048];
    char outcomes[OPS_MAX + 1] = "";
    struct program program = {.ops = ops};
    const struct run_options options = {
        .is_thorough = true, .context = outcomes, .on_event = note};
    struct trace_error error;
    int size = snprintf(text, sizeof(text), "slubbed trace 1\n%s", rows[row].lines);

    assert_true(trace_read(text, (size_t)size, &program, OPS_MAX, &error));

    struct run_result result = run_program(run, &program, &options);

    if (result.verdict != RUN_PASSED || strcmp(outcomes, rows[row].outcomes) != 0) {
        fail_msg("%s: %s, not %s %s", rows[row].name, outcomes, rows[row].outcomes,
                 result.signature);
    }
}

static void ops_become_what_the_table_says(void **state)
{
    struct run *run = run_create(0);

    (void)state;
    for (size_t row = 0; row < sizeof(rows) / sizeof(rows[0]); row++) {
        assert_row(run, row);
    }
    run_destroy(run);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ops_become_what_the_table_says),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
