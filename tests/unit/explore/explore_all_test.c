/*
 * The exhaustive search covers what it says, and leaves out nothing that makes a difference.
 *
 * With the sieve and without it, the schedules of a program come to the same things.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "fuzz/explore_all.h"
#include "sim/strategy/exhaustive.h"
#include "tests/unit/explore/support.h"

enum { OUTCOMES_MAX = 1 << 20 };

/* Slabs of few objects that come and go. */
static const char small_slabs[] =
    "page_count=16 slab_order_max=0 cpu_partial_slabs=1 partial_floor=0";

/* Together they have each kind of word conflict: of CPU, node, zone and registry. */
static const char *const programs[] = {
    /* Three frees into two full slabs, from two CPUs. */
    "create c0 size=2048\n"
    "alloc c0 o0\nalloc c0 o1\nalloc c0 o2\nalloc c0 o3\nalloc c0 o4\n"
    "cpu cpu=0\nfree o0\nfree o2\n"
    "cpu cpu=1\nfree o1\nfree o3\n",
    /* A CPU's slab is taken away while it allocates. */
    "create c0 size=1024\nalloc c0 o0\nalloc c0 o1\nfree o0\n"
    "cpu cpu=0\nalloc c0 o3\nalloc c0 o4\n"
    "cpu cpu=1\nflush c0 cpu=0\nalloc c0 o5\n",
    "create c0 size=2048\nalloc c0 o0\nalloc c0 o1\nalloc c0 o2\n"
    "cpu cpu=0\nshrink c0\nalloc c0 o3\n"
    "cpu cpu=1\nfree o0\nfree o1\n",
    "cpu cpu=0\npages o0 order=0\npages o1 order=1\nfree_pages o0\n"
    "cpu cpu=1\npages o2 order=1\npages o3 order=0\nfree_pages o2\n",
    "cpu cpu=0\ncreate c0 size=2048\nalloc c0 o0\n"
    "cpu cpu=1\ncreate c1 size=2048\nalloc c1 o1\n",
    "create c0 size=1500 flags=POISON|STORE_USER\n"
    "cpu cpu=0\nalloc c0 o0\nfree o0\n"
    "cpu cpu=1\nalloc c0 o1\nvalidate c0\n",
    "kmalloc o0 size=1000\n"
    "cpu cpu=0\nfail_page nth=1\nkrealloc o0 size=2000\n"
    "cpu cpu=1\nkmalloc o1 size=2000\nkmalloc o2 size=2000\n",
    /* A CPU goes away in the middle of what it does, and comes back. */
    "create c0 size=2048\nalloc c0 o0\nalloc c0 o1\n"
    "cpu cpu=0\noffline cpu=1\nonline cpu=1\n"
    "cpu cpu=1\nalloc c0 o2\nfree o0\n",
    /* It does not where interrupts are off, which no word tells. */
    "cpu cpu=0\noffline cpu=1\n"
    "cpu cpu=1\npages o0 order=0\npages o1 order=0\n",
    /* Readers, and frees that wait for them. */
    "create c0 size=2048\nalloc c0 o0\nalloc c0 o1\nfree_rcu o0\n"
    "cpu cpu=0\nrcu_lock\nrcu_unlock\n"
    "cpu cpu=1\nfree_rcu o1\ngrace\n",
    /* Three CPUs. */
    "heap cpu_count=3\ncreate c0 size=2048\nalloc c0 o0\nalloc c0 o1\n"
    "cpu cpu=0\nalloc c0 o2\ncpu cpu=1\nfree o0\ncpu cpu=2\nfree o1\n",
};

enum { PROGRAM_COUNT = sizeof(programs) / sizeof(programs[0]) };

struct outcomes {
    const struct exploration *exploration;
    uint64_t *values;
    size_t count;
};

static bool note_outcome(void *context)
{
    struct outcomes *outcomes = context;

    assert_true(outcomes->count < OUTCOMES_MAX);
    outcomes->values[outcomes->count++] = exploration_outcome(outcomes->exploration);
    return true;
}

static int compare(const void *left, const void *right)
{
    uint64_t a = *(const uint64_t *)left;
    uint64_t b = *(const uint64_t *)right;

    return (a > b) - (a < b);
}

static void sort(struct outcomes *outcomes)
{
    size_t kept = 0;

    qsort(outcomes->values, outcomes->count, sizeof(*outcomes->values), compare);
    for (size_t i = 0; i < outcomes->count; i++) {
        if (kept == 0 || outcomes->values[kept - 1] != outcomes->values[i]) {
            outcomes->values[kept++] = outcomes->values[i];
        }
    }
    outcomes->count = kept;
}

/* All outcomes of a program; returns how many schedules there were. */
static uint64_t explore(const struct exploration *it, unsigned preemptions_max, bool is_unsieved,
                        struct outcomes *outcomes)
{
    const struct explore_all request = {
        .explore = it->explore,
        .run = it->run,
        .preemptions_max = preemptions_max,
        .is_unsieved = is_unsieved,
        .on_run = note_outcome,
        .context = outcomes,
    };
    struct explore_all_result result;

    outcomes->exploration = it;
    outcomes->count = 0;
    result = explore_all(&request);
    assert_int_equal(result.end, EXPLORE_COVERED);
    assert_true(result.run_count >= result.schedule_count);
    sort(outcomes);
    return result.schedule_count;
}

static void compare_searches(const struct exploration *it, unsigned preemptions_max,
                             struct outcomes *sieved, struct outcomes *all)
{
    uint64_t sieved_count = explore(it, preemptions_max, false, sieved);
    uint64_t all_count = explore(it, preemptions_max, true, all);

    print_message("%u preemptions: %llu of %llu schedules, %zu outcomes\n", preemptions_max,
                  (unsigned long long)sieved_count, (unsigned long long)all_count, all->count);
    assert_true(sieved_count <= all_count);
    assert_int_equal(sieved->count, all->count);
    assert_memory_equal(sieved->values, all->values, all->count * sizeof(*all->values));
}

static void sieve_leaves_out_nothing_that_matters(void **state)
{
    struct outcomes sieved = {.values = calloc(OUTCOMES_MAX, sizeof(uint64_t))};
    struct outcomes all = {.values = calloc(OUTCOMES_MAX, sizeof(uint64_t))};

    (void)state;
    assert_non_null(sieved.values);
    assert_non_null(all.values);
    for (unsigned i = 0; i < PROGRAM_COUNT; i++) {
        struct exploration it;

        exploration_init(&it, small_slabs, programs[i]);
        print_message("%s", programs[i]);
        for (unsigned preemptions_max = 0; preemptions_max <= 2; preemptions_max++) {
            compare_searches(&it, preemptions_max, &sieved, &all);
        }
        exploration_fini(&it);
    }
    free(sieved.values);
    free(all.values);
}

static struct explore_all_result search(const struct exploration *it, unsigned preemptions_max,
                                        bool (*on_run)(void *context), void *context)
{
    const struct explore_all request = {
        .explore = it->explore,
        .run = it->run,
        .preemptions_max = preemptions_max,
        .on_run = on_run,
        .context = context,
    };

    return explore_all(&request);
}

/* Ops that touch nothing in common: what is left is the order of the ops, 6 over 3. */
static void each_order_of_the_ops_is_covered(void **state)
{
    struct exploration it;

    (void)state;
    exploration_init(&it, small_slabs,
                     "create c0 size=8\n"
                     "cpu cpu=0\ncache_size c0\ncache_size c0\ncache_size c0\n"
                     "cpu cpu=1\ncache_size c0\ncache_size c0\ncache_size c0\n");
    for (unsigned preemptions_max = 0; preemptions_max <= 3; preemptions_max++) {
        assert_int_equal(search(&it, preemptions_max, NULL, NULL).schedule_count, 20);
    }
    exploration_fini(&it);
}

static bool count_down(void *context)
{
    unsigned *left = context;

    return --*left != 0;
}

static void caller_may_stop_the_search(void **state)
{
    struct exploration it;
    unsigned left = 7;

    (void)state;
    exploration_init(&it, small_slabs, programs[0]);

    struct explore_all_result result = search(&it, 2, count_down, &left);

    assert_int_equal(result.end, EXPLORE_STOPPED);
    assert_int_equal(result.run_count, 7);
    exploration_fini(&it);
}

static void long_program_is_too_deep(void **state)
{
    enum { OPS = EXHAUSTIVE_DEPTH_MAX + 1, LINE = 16 };
    char *text = calloc(OPS + 3, LINE);
    struct exploration it;

    (void)state;
    assert_non_null(text);
    strcat(text, "create c0 size=8\ncpu cpu=0\n");
    for (unsigned i = 0; i < OPS; i++) {
        strcat(text, "cache_size c0\n");
    }
    exploration_init(&it, small_slabs, text);
    assert_int_equal(search(&it, 1, NULL, NULL).end, EXPLORE_TOO_DEEP);
    exploration_fini(&it);
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sieve_leaves_out_nothing_that_matters),
        cmocka_unit_test(each_order_of_the_ops_is_covered),
        cmocka_unit_test(caller_may_stop_the_search),
        cmocka_unit_test(long_program_is_too_deep),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
