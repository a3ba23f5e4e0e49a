/*
 * Over an allocator whose locks keep nobody out (lockless.c): every strategy that preempts finds a
 * race, the exhaustive search with as few preemptions as it takes, and the trace shows it again.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "fuzz/explore_all.h"
#include "sim/strategy/pct.h"
#include "sim/strategy/random.h"
#include "sim/strategy/round_robin.h"
#include "tests/unit/explore/support.h"

enum { RUNS_MAX = 2000 };

/* Two CPUs in the page layer at once. */
static const char few_pages[] = "page_count=16";
static const char racy[] = "cpu cpu=0\npages o0 order=0\npages o1 order=0\nfree_pages o0\n"
                           "cpu cpu=1\npages o2 order=0\nfree_pages o2\npages o3 order=1\n";

static unsigned count_parks(const struct program *program)
{
    unsigned count = 0;

    for (size_t i = 0; i < program->op_count; i++) {
        count += program->ops[i].code == OP_PARK;
    }
    return count;
}

static void check_finding(const struct exploration *it, const struct run_result *result)
{
    assert_int_equal(result->verdict, RUN_FAILED);
    exploration_check_replay(it, result);
}

static void one_cpu_after_the_other_passes(void **state)
{
    struct exploration it;
    struct round_robin in_turn;

    (void)state;
    exploration_init(&it, few_pages, racy);
    round_robin_init(&in_turn, STRATEGY_TO_END);
    assert_int_equal(explore_run(it.explore, it.run, &in_turn.strategy, NULL).verdict, RUN_PASSED);
    exploration_fini(&it);
}

static void search_finds_it_with_one_preemption(void **state)
{
    (void)state;
    for (unsigned is_unsieved = 0; is_unsieved < 2; is_unsieved++) {
        struct exploration it;

        exploration_init(&it, few_pages, racy);

        const struct explore_all request = {
            .explore = it.explore,
            .run = it.run,
            .preemptions_max = 3,
            .is_unsieved = is_unsieved != 0,
        };
        struct explore_all_result result = explore_all(&request);

        assert_int_equal(result.end, EXPLORE_FAILED);
        assert_int_equal(count_parks(&it.trace), 1);
        check_finding(&it, &result.failure);
        exploration_fini(&it);
    }
}

static void random_finds_it(void **state)
{
    struct run_result result = {.verdict = RUN_PASSED};
    struct exploration it;

    (void)state;
    exploration_init(&it, few_pages, racy);
    for (uint32_t seed = 0; result.verdict == RUN_PASSED && seed < RUNS_MAX; seed++) {
        struct random random;

        random_init(&random, seed, 2, 100);
        result = explore_run(it.explore, it.run, &random.strategy, NULL);
    }
    check_finding(&it, &result);
    exploration_fini(&it);
}

static void pct_finds_it(void **state)
{
    struct run_result result = {.verdict = RUN_PASSED};
    struct exploration it;

    (void)state;
    exploration_init(&it, few_pages, racy);
    for (uint32_t seed = 0; result.verdict == RUN_PASSED && seed < RUNS_MAX; seed++) {
        struct pct pct;

        assert_true(pct_init(&pct, seed, 2, 100));
        result = explore_run(it.explore, it.run, &pct.strategy, NULL);
    }
    check_finding(&it, &result);
    exploration_fini(&it);
}

static void round_robin_finds_it(void **state)
{
    struct run_result result = {.verdict = RUN_PASSED};
    struct exploration it;

    (void)state;
    exploration_init(&it, few_pages, racy);
    for (uint32_t quantum = 1; result.verdict == RUN_PASSED && quantum < RUNS_MAX; quantum++) {
        struct round_robin round_robin;

        round_robin_init(&round_robin, quantum);
        result = explore_run(it.explore, it.run, &round_robin.strategy, NULL);
    }
    check_finding(&it, &result);
    exploration_fini(&it);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_cpu_after_the_other_passes),
        cmocka_unit_test(search_finds_it_with_one_preemption),
        cmocka_unit_test(random_finds_it),
        cmocka_unit_test(pct_finds_it),
        cmocka_unit_test(round_robin_finds_it),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
