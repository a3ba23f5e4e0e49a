/*
 * Calls without a lock between any two accesses of other calls, on their CPU, and other CPUs
 * between any two of theirs: nothing is handed out twice, and every count is right afterwards.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "allocator/api/heap.h"
#include "allocator/api/kmem_cache.h"
#include "allocator/base/compiler_fiber.h"
#include "allocator/cache/heap_state.h"
#include "sanitizers/heap_check.h"
#include "sim/smp.h"

enum { SIZE = 500, KEPT = 36, SPARE = 8, TAKEN = 3, POINTS_MAX = 400 };

/* What CPU 0 is at, and who comes in between. */
enum call {
    ALLOC_FAST,
    ALLOC_SLOW,
    FREE_OWN,
    FREE_FULL,
    SHRINK,
    OFFLINE,
    FLUSH,
    DRAIN,
    FREE_NOLOCK,
    CALL_COUNT
};

enum visitor { NMI, OTHER_CPU, VISITOR_COUNT };

/* One call, and a visit after so many of its accesses. */
struct trial {
    struct sim *sim;
    struct heap_check *check;
    slab_flags_t flags;
    enum call call;
    enum visitor visitor;
    uint64_t points;
    bool was_interrupted;

    struct kmem_heap *heap;
    struct kmem_cache *cache;
    void *kept[KEPT];      /* from the start; NULL: freed */
    void *spare[SPARE];    /* taken until the CPU had no more at hand */
    void *allocated;       /* by the call */
    void *taken[TAKEN];    /* by the visitor */
};

static void fail_trial(const struct trial *trial, const char *rule)
{
    fail_msg("call %d, visitor %d, %d points: %s", trial->call, trial->visitor,
             (int)trial->points, rule);
}

static void judge(const struct trial *trial)
{
    struct violation violation;
    size_t report_count;

    sim_reports(trial->sim, &report_count);
    assert_int_equal(report_count, 0);
    if (!heap_check_full(trial->check, &violation)) {
        fail_trial(trial, rule_name(violation.rule));
    }
}

static void build(struct trial *trial)
{
    struct heap_config config = heap_config_default();
    const struct cache_request request = {.name = "nmi", .size = SIZE, .flags = trial->flags};

    config.cpu_partial_slabs = 2;
    config.slab_order_max = 0;
    sim_reset(trial->sim, &config);
    trial->heap = heap_create(&config, sim_platform(trial->sim));
    heap_check_begin(trial->check, trial->heap, sim_journal(trial->sim), NULL, NULL);
    sim_begin_step(trial->sim);
    assert_int_equal(heap_cache_create(trial->heap, &request, &trial->cache), HEAP_OK);
    for (unsigned i = 0; i < KEPT; i++) {
        trial->kept[i] = kmem_cache_alloc(trial->cache, GFP_KERNEL);
        assert_non_null(trial->kept[i]);
    }
    sim_end_step(trial->sim);
    judge(trial);
}

static void free_kept(struct trial *trial, unsigned index)
{
    void *object = trial->kept[index];

    trial->kept[index] = NULL;
    kmem_cache_free(trial->cache, object);
}

static void free_kept_nolock(struct trial *trial, unsigned index)
{
    void *object = trial->kept[index];

    trial->kept[index] = NULL;
    kmem_cache_free_nolock(trial->cache, object);
}

/* What the call will be about: a CPU slab, with nothing at hand or something; frees put off. */
static void prepare(struct trial *trial)
{
    sim_begin_step(trial->sim);
    free_kept(trial, 10);
    free_kept(trial, 20);
    free_kept(trial, KEPT - 2);
    for (unsigned i = 0; i < SPARE && trial->call == ALLOC_SLOW; i++) {
        trial->spare[i] = kmem_cache_alloc_nolock(trial->cache);
    }
    for (unsigned i = 3; i < 18 && trial->call >= DRAIN; i += 3) {
        free_kept_nolock(trial, i);
    }
    sim_end_step(trial->sim);
    judge(trial);
}

static void call(void *argument)
{
    struct trial *trial = argument;

    sim_begin_step(trial->sim);
    switch (trial->call) {
    case ALLOC_FAST:
    case ALLOC_SLOW:
        trial->allocated = kmem_cache_alloc(trial->cache, GFP_KERNEL);
        assert_non_null(trial->allocated);
        break;
    case FREE_OWN:
        free_kept(trial, KEPT - 1);
        break;
    case FREE_FULL:
        free_kept(trial, 1);
        break;
    case SHRINK:
        kmem_cache_shrink(trial->cache);
        break;
    case OFFLINE:
        heap_cpu_offline(trial->heap, 1);
        break;
    case FREE_NOLOCK:
        free_kept_nolock(trial, 1);
        break;
    default:
        kmem_cache_flush_cpu(trial->cache, 0);
        break;
    }
    sim_end_step(trial->sim);
    compiler_release(trial);
}

/* What was at hand first is so again afterwards, and all that was behind it is not. */
static void interrupt(struct trial *trial)
{
    for (unsigned i = 0; i < TAKEN; i++) {
        trial->taken[i] = kmem_cache_alloc_nolock(trial->cache);
    }
    /* Of a slab that is full, and of the one that the CPU may have or be losing. */
    free_kept_nolock(trial, 2);
    free_kept_nolock(trial, KEPT - 3);
    kmem_cache_free_nolock(trial->cache, trial->taken[0]);
    trial->taken[0] = NULL;
}

/* Does what CPU 0 put off, and makes sure that it matters. */
static void clean_up(struct trial *trial)
{
    kmem_cache_flush_cpu(trial->cache, 0);
    for (unsigned i = 0; i < TAKEN; i++) {
        trial->taken[i] = kmem_cache_alloc(trial->cache, GFP_KERNEL);
    }
}

static void visit(void *argument)
{
    struct trial *trial = argument;

    sim_begin_step(trial->sim);
    if (trial->visitor == NMI) {
        interrupt(trial);
    } else {
        clean_up(trial);
    }
    sim_end_step(trial->sim);
    compiler_release(trial);
}

static void assert_all_differ(const struct trial *trial)
{
    const void *objects[KEPT + SPARE + TAKEN + 1] = {trial->allocated};
    unsigned count = sizeof(objects) / sizeof(objects[0]);

    memcpy(objects + 1, trial->kept, sizeof(trial->kept));
    memcpy(objects + 1 + KEPT, trial->spare, sizeof(trial->spare));
    memcpy(objects + 1 + KEPT + SPARE, trial->taken, sizeof(trial->taken));
    for (unsigned i = 0; i < count; i++) {
        for (unsigned j = 0; j < i; j++) {
            assert_true(objects[i] == NULL || objects[i] != objects[j]);
        }
    }
}

static void free_all(const struct trial *trial, size_t count, void *const *objects)
{
    for (size_t i = 0; i < count; i++) {
        kmem_cache_free(trial->cache, objects[i]);
    }
}

static void tear_down(const struct trial *trial)
{
    sim_begin_step(trial->sim);
    free_all(trial, KEPT, trial->kept);
    free_all(trial, SPARE, trial->spare);
    free_all(trial, TAKEN, trial->taken);
    free_all(trial, 1, &trial->allocated);
    assert_int_equal(kmem_cache_destroy(trial->cache), HEAP_OK);
    sim_end_step(trial->sim);
    judge(trial);
}

static void run_trial(void *argument)
{
    struct trial *trial = argument;

    build(trial);
    prepare(trial);
    sim_start(trial->sim, SIM_PROCESS, trial->points, call, trial);
    trial->was_interrupted = !sim_is_quiet(trial->sim);
    sim_set_cpu(trial->sim, trial->visitor == NMI ? 0 : 1);
    sim_start(trial->sim, trial->visitor == NMI ? SIM_NMI : SIM_PROCESS, SIM_TO_END, visit, trial);
    sim_set_cpu(trial->sim, 0);
    if (trial->was_interrupted) {
        sim_resume(trial->sim, 0, SIM_TO_END);
    }
    compiler_acquire(trial);
    judge(trial);
    assert_all_differ(trial);
    tear_down(trial);
}

/* Goes on until the call is over before the visit. Returns the number of places tried. */
static uint64_t visit_everywhere(const struct trial *setup)
{
    for (uint64_t points = 1; points < POINTS_MAX; points++) {
        struct trial trial = *setup;

        trial.points = points;

        struct sim_outcome outcome = sim_run(trial.sim, run_trial, &trial);

        if (outcome.end != SIM_COMPLETED) {
            fail_trial(&trial, outcome.rule);
        }
        if (!trial.was_interrupted) {
            return points - 1;
        }
    }
    fail_msg("call %d does not end", setup->call);
    return 0;
}

static void visit_every_call(enum visitor visitor)
{
    static const slab_flags_t flags[] = {0, SLAB_DEBUG_FLAGS};
    struct trial setup = {
        .sim = sim_create(0), .check = heap_check_create(), .visitor = visitor};

    for (unsigned i = 0; i < 2; i++) {
        for (enum call which = ALLOC_FAST; which < CALL_COUNT; which++) {
            setup.flags = flags[i];
            setup.call = which;
            assert_true(visit_everywhere(&setup) >= 1);
        }
    }
    heap_check_destroy(setup.check);
    sim_destroy(setup.sim);
}

static void nmi_may_come_anywhere(void **state)
{
    (void)state;
    visit_every_call(NMI);
}

static void other_cpu_may_come_anywhere(void **state)
{
    (void)state;
    visit_every_call(OTHER_CPU);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nmi_may_come_anywhere),
        cmocka_unit_test(other_cpu_may_come_anywhere),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
