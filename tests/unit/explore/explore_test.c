/* A strategy decides who runs, and the trace that it leaves says it all again. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "sim/strategy/exhaustive.h"
#include "sim/strategy/pct.h"
#include "sim/strategy/random.h"
#include "sim/strategy/round_robin.h"
#include "tests/unit/explore/support.h"

enum { SCHEDULES = 300, POINTS_EXPECTED = 100 };

static const char small_slabs[] =
    "page_count=32 slab_order_max=0 cpu_partial_slabs=1 partial_floor=0";

/* Locks that others wait for, acts between steps, and an op that runs alone or not at all. */
static const char *const programs[] = {
    "create c0 size=2048\n"
    "alloc c0 o0\nalloc c0 o1\nalloc c0 o2\nalloc c0 o3\n"
    "cpu cpu=0\nfree o0\nfree o1\nalloc c0 o4\n"
    "cpu cpu=1\nfree o2\nshrink c0\nfree o3\n",
    "create c0 size=100 flags=RED_ZONE|STORE_USER\n"
    "cpu cpu=1\nalloc c0 o0\nfill o0 pattern=3\nfree o0\nverify o0\n"
    "cpu cpu=0\nfill o1 pattern=1\nalloc c0 o1\nfill o1 pattern=2\nverify o1\n",
    "cpu cpu=0\npages o0 order=0\nkfree_null\nfree_pages o0\n"
    "cpu cpu=1\npages o1 order=2\nfail_page nth=1\nkmalloc o2 size=3000\n",
    "create c0 size=2048\nalloc c0 o0\nalloc c0 o1\n"
    "cpu cpu=0\noffline cpu=1\nfree_rcu o0\nonline cpu=1\nrcu_lock\noffline cpu=1\n"
    "cpu cpu=1\nalloc c0 o2\nrcu_lock\nrcu_unlock\ngrace\nfree_nolock o1\n",
    "heap cpu_count=3\ncreate c0 size=2048\n"
    "cpu cpu=0\noffline cpu=1\noffline cpu=2\n"
    "cpu cpu=1\nshrink c0\nalloc c0 o1\ncpu cpu=2\nalloc c0 o2\nalloc_nolock c0 o3\n",
    "heap cpu_count=4\ncreate c0 size=64\n"
    "cpu cpu=3\nalloc c0 o0\nfree o0\ncpu cpu=2\nalloc c0 o1\nflush c0 cpu=3\n"
    "cpu cpu=1\nbulk_alloc c0 o5 count=9\ncpu cpu=3\nbulk_free c0 o5 count=9\n",
};

enum { PROGRAM_COUNT = sizeof(programs) / sizeof(programs[0]) };

static void setup_ends_at_the_first_cpu_line(void **state)
{
    struct exploration it;

    (void)state;
    exploration_init(&it, small_slabs,
                     "create c0 size=8\nalloc c0 o1\ncpu cpu=1\nfree o1\ncpu cpu=0\n");
    assert_int_equal(explore_setup_count(&it.program), 2);
    assert_int_equal(explore_work_count(it.explore), 1);
    exploration_fini(&it);
}

static void each_cpu_does_its_own_ops_in_their_order(void **state)
{
    struct exploration it;
    struct round_robin in_turn;

    (void)state;
    exploration_init(&it, small_slabs,
                     "create c0 size=8\n"
                     "cpu cpu=1\npark after=3\nalloc c0 o1\ncpu cpu=0\nirq\nalloc c0 o2\n"
                     "drain cpu=0\nnop\ncpu cpu=3\nfree o1\ndouble_free o1\n");
    round_robin_init(&in_turn, STRATEGY_TO_END);
    explore_run(it.explore, it.run, &in_turn.strategy, NULL);

    char *text = exploration_text(&it);

    assert_string_equal(text, "create c0 size=8 align_log2=0 flags=0 ctor=0\n"
                              "alloc c0 o2\n"
                              "cpu cpu=1\n"
                              "alloc c0 o1\n"
                              "free o1\n");
    free(text);
    exploration_fini(&it);
}

/* Whoever begins is told how far it may go behind its `cpu`, whoever goes on before it. */
static void preemption_becomes_park_and_cpu(void **state)
{
    static const char beginning[] = "create c0 size=8 align_log2=0 flags=0 ctor=0\n"
                                    "park after=2\nshrink c0\n"
                                    "cpu cpu=1\npark after=2\nshrink c0\n"
                                    "park after=2\ncpu cpu=0\n"
                                    "park after=2\ncpu cpu=1\n";
    struct exploration it;
    struct round_robin by_twos;

    (void)state;
    exploration_init(&it, small_slabs,
                     "create c0 size=8\ncpu cpu=0\nshrink c0\ncpu cpu=1\nshrink c0\n");
    round_robin_init(&by_twos, 2);
    explore_run(it.explore, it.run, &by_twos.strategy, NULL);

    char *text = exploration_text(&it);

    assert_memory_equal(text, beginning, strlen(beginning));
    free(text);
    exploration_fini(&it);
}

/* An act has no points. What was granted to it must not stop the op behind. */
static void park_of_an_act_is_taken_back(void **state)
{
    struct exploration it;
    struct round_robin by_fifties;

    (void)state;
    exploration_init(&it, small_slabs,
                     "create c0 size=8\nalloc c0 o1\n"
                     "cpu cpu=0\nfill o1 pattern=1\ncpu cpu=1\nalloc c0 o2\n");
    round_robin_init(&by_fifties, 50);

    struct run_result result = explore_run(it.explore, it.run, &by_fifties.strategy, NULL);
    char *text = exploration_text(&it);

    assert_non_null(strstr(text, "park after=50\nfill o1 pattern=1\n"
                                 "cpu cpu=1\npark after=0\nalloc c0 o2\n"));
    exploration_check_replay(&it, &result);
    free(text);
    exploration_fini(&it);
}

static void check_round_robin(const struct exploration *it)
{
    for (uint32_t quantum = 1; quantum <= POINTS_EXPECTED; quantum++) {
        struct round_robin round_robin;

        round_robin_init(&round_robin, quantum);

        struct run_result result = explore_run(it->explore, it->run, &round_robin.strategy, NULL);

        assert_int_equal(result.verdict, RUN_PASSED);
        exploration_check_replay(it, &result);
    }
}

static void check_random(const struct exploration *it)
{
    for (uint32_t seed = 0; seed < SCHEDULES; seed++) {
        struct random random;

        random_init(&random, seed, seed % 10, POINTS_EXPECTED);

        struct run_result result = explore_run(it->explore, it->run, &random.strategy, NULL);

        assert_int_equal(result.verdict, RUN_PASSED);
        exploration_check_replay(it, &result);
    }
}

static void check_pct(const struct exploration *it)
{
    for (uint32_t seed = 0; seed < SCHEDULES; seed++) {
        struct pct pct;

        assert_true(pct_init(&pct, seed, 1 + seed % 5, POINTS_EXPECTED));

        struct run_result result = explore_run(it->explore, it->run, &pct.strategy, NULL);

        assert_int_equal(result.verdict, RUN_PASSED);
        exploration_check_replay(it, &result);
    }
}

static void check_exhaustive(const struct exploration *it)
{
    struct exhaustive exhaustive;

    exhaustive_init(&exhaustive, 2);
    for (unsigned i = 0; i < 10 * SCHEDULES && exhaustive_next_schedule(&exhaustive); i++) {
        struct run_result result = explore_run(it->explore, it->run, &exhaustive.strategy, NULL);

        assert_int_equal(result.verdict, RUN_PASSED);
        exploration_check_replay(it, &result);
    }
    assert_true(exhaustive.state == EXHAUSTIVE_SEARCHING || exhaustive.state == EXHAUSTIVE_COVERED);
}

static void trace_replays_without_the_strategy(void **state)
{
    (void)state;
    for (unsigned i = 0; i < PROGRAM_COUNT; i++) {
        struct exploration it;

        exploration_init(&it, small_slabs, programs[i]);
        check_round_robin(&it);
        check_random(&it);
        check_pct(&it);
        check_exhaustive(&it);
        exploration_fini(&it);
    }
}

static void same_seed_gives_the_same_trace(void **state)
{
    struct exploration it;
    char *texts[2];

    (void)state;
    exploration_init(&it, small_slabs, programs[0]);
    for (unsigned i = 0; i < 2; i++) {
        struct random random;

        random_init(&random, 7, 3, POINTS_EXPECTED);
        explore_run(it.explore, it.run, &random.strategy, NULL);
        texts[i] = exploration_text(&it);
    }
    assert_string_equal(texts[0], texts[1]);
    free(texts[0]);
    free(texts[1]);
    exploration_fini(&it);
}

/* An op of a CPU that went away goes on where somebody stands in, once nobody works there. */
static void op_goes_on_elsewhere_when_its_cpu_is_away(void **state)
{
    struct exploration it;
    struct round_robin by_ones;

    (void)state;
    exploration_init(&it, small_slabs,
                     "create c0 size=8\nalloc c0 o1\n"
                     "cpu cpu=0\nalloc c0 o2\ncpu cpu=1\noffline cpu=0\n");
    round_robin_init(&by_ones, 1);

    struct run_result result = explore_run(it.explore, it.run, &by_ones.strategy, NULL);
    char *text = exploration_text(&it);

    assert_string_equal(text, "create c0 size=8 align_log2=0 flags=0 ctor=0\n"
                              "alloc c0 o1\n"
                              "park after=1\n"
                              "alloc c0 o2\n"
                              "cpu cpu=1\n"
                              "park after=1\n"
                              "offline cpu=0\n"
                              "cpu cpu=1\n"
                              "cpu cpu=0\n");
    assert_int_equal(result.step_count, 4);
    free(text);
    exploration_fini(&it);
}

/* A program with more points than preemptions that are carried out. */
static char *make_long_program(void)
{
    enum { OPS = 1000, LINE = 16 };
    char *text = calloc(OPS + 3, LINE);

    assert_non_null(text);
    strcat(text, "create c0 size=8\n");
    for (unsigned i = 0; i < OPS; i++) {
        strcat(text, i == 0 ? "cpu cpu=1\n" : i == OPS / 2 ? "cpu cpu=0\n" : "shrink c0\n");
    }
    return text;
}

static void trace_has_room_for_the_most_preemptions(void **state)
{
    char *text = make_long_program();
    struct exploration it;
    struct round_robin by_ones;
    unsigned parks = 0;

    (void)state;
    exploration_init(&it, small_slabs, text);
    round_robin_init(&by_ones, 1);

    struct run_result result = explore_run(it.explore, it.run, &by_ones.strategy, NULL);

    assert_int_equal(result.verdict, RUN_PASSED);
    assert_true(it.trace.op_count <= explore_trace_capacity(&it.program));
    for (size_t i = 0; i < it.trace.op_count; i++) {
        parks += it.trace.ops[i].code == OP_PARK && it.trace.ops[i].a != 0;
    }
    assert_true(parks >= EXPLORE_PREEMPTIONS_MAX);
    exploration_check_replay(&it, &result);
    exploration_fini(&it);
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(setup_ends_at_the_first_cpu_line),
        cmocka_unit_test(each_cpu_does_its_own_ops_in_their_order),
        cmocka_unit_test(preemption_becomes_park_and_cpu),
        cmocka_unit_test(park_of_an_act_is_taken_back),
        cmocka_unit_test(trace_replays_without_the_strategy),
        cmocka_unit_test(same_seed_gives_the_same_trace),
        cmocka_unit_test(op_goes_on_elsewhere_when_its_cpu_is_away),
        cmocka_unit_test(trace_has_room_for_the_most_preemptions),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
