/*
 * Exhaustive: counts against closed forms, and the very set of interleavings against one that was
 * found by trying each CPU at each point; told whenever the search is not complete.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "sim/strategy/exhaustive.h"
#include "tests/unit/sim_strategy/fake_machine.h"
#include "tests/unit/sim_strategy/outcome_set.h"

enum {UNBOUNDED = 1000};

/* Runs all schedules. Adds them to the set, unless it is NULL, and returns how many there were. */
static uint64_t search(const struct fake_program *program, unsigned preemptions_max,
                       struct outcome_set *set)
{
    struct exhaustive exhaustive;
    uint64_t runs = 0;

    exhaustive_init(&exhaustive, preemptions_max);
    while (exhaustive_next_schedule(&exhaustive)) {
        struct fake_machine machine = fake_machine_run(program, &exhaustive.strategy);

        assert_true(machine.preemptions <= preemptions_max);
        runs++;
        if (set != NULL) {
            outcome_set_add(set, &machine);
        }
    }
    assert_int_equal(exhaustive.state, EXHAUSTIVE_COVERED);
    assert_true(program->is_stubborn || exhaustive_count(&exhaustive) == runs);
    assert_false(exhaustive_next_schedule(&exhaustive));
    return exhaustive_count(&exhaustive);
}

static uint64_t factorial(unsigned number)
{
    return number == 0 ? 1 : number * factorial(number - 1);
}

static void two_ops_agree_with_the_closed_form(void **state)
{
    (void)state;
    for (uint8_t p = 1; p <= 6; p++) {
        for (uint8_t q = 1; q <= 6; q++) {
            const struct fake_program program = {{{p}, {q}}, .op_count = {1, 1}};
            uint64_t once = p - 1u + q - 1u;

            assert_int_equal(search(&program, 0, NULL), 2);
            assert_int_equal(search(&program, 1, NULL), 2 + once);
            assert_int_equal(search(&program, 2, NULL), 2 + once + 2u * (p - 1u) * (q - 1u));
        }
    }
}

static void without_preemptions_ops_are_put_in_every_order(void **state)
{
    const struct fake_program two = {{{5, 9, 7}, {8, 1, 6}}, .op_count = {3, 3}};
    const struct fake_program three = {{{5, 9}, {8, 1}, {3, 4}}, .op_count = {2, 2, 2}};

    (void)state;
    assert_int_equal(search(&two, 0, NULL), factorial(6) / (factorial(3) * factorial(3)));
    assert_int_equal(search(&three, 0, NULL), factorial(6) / 8);
}

static void without_bound_points_are_put_in_every_order(void **state)
{
    const struct fake_program two = {{{2, 3}, {1, 4}}, .op_count = {2, 2}};
    const struct fake_program three = {{{3}, {1, 2}, {3}}, .op_count = {1, 2, 1}};

    (void)state;
    assert_int_equal(search(&two, UNBOUNDED, NULL), factorial(10) / (factorial(5) * factorial(5)));
    assert_int_equal(search(&three, UNBOUNDED, NULL), factorial(9) / 216);
}

/* As many as can be, each once, and none that cannot be. */
static void assert_covers_all(const struct fake_program *program, unsigned preemptions_max)
{
    struct outcome_set possible = {0};
    struct outcome_set covered = {0};
    uint64_t count = search(program, preemptions_max, &covered);

    outcome_set_enumerate(&possible, fake_machine_init(program), preemptions_max);
    assert_int_equal(possible.count, outcome_set_finish(&possible));
    assert_int_equal(count, outcome_set_finish(&covered));
    assert_true(outcome_sets_are_equal(&possible, &covered));
    outcome_set_fini(&possible);
    outcome_set_fini(&covered);
}

static void every_interleaving_is_covered_once(void **state)
{
    const struct fake_program programs[] = {
        {{{3}, {4}}, .op_count = {1, 1}},
        {{{3, 2}, {2, 3}}, .op_count = {2, 2}},
        {{{1, 3, 1}, {4}}, .op_count = {3, 1}},
        {{{2, 2}, {3}, {2}}, .op_count = {2, 1, 1}},
        {{{2}, {2}, {2}, {2}}, .op_count = {1, 1, 1, 1}},
        {{{0}, {3}, {0}, {3}}, .op_count = {0, 1, 0, 1}},
        {{{1, 1}, {1, 1}}, .op_count = {2, 2}},
    };

    (void)state;
    for (size_t i = 0; i < sizeof programs / sizeof *programs; i++) {
        for (unsigned preemptions = 0; preemptions <= 3; preemptions++) {
            assert_covers_all(&programs[i], preemptions);
        }
        assert_covers_all(&programs[i], UNBOUNDED);
    }
}

static void op_without_points_is_placed_but_not_preempted(void **state)
{
    const struct fake_program program = {{{0, 3}, {2, 0}}, .op_count = {2, 2}};

    (void)state;
    for (unsigned preemptions = 0; preemptions <= 3; preemptions++) {
        assert_covers_all(&program, preemptions);
    }
}

static void op_whose_points_depend_on_others_is_covered(void **state)
{
    const struct fake_program two = {{{3, 2}, {2, 2}}, .op_count = {2, 2}, .retries = true};
    const struct fake_program three = {{{2}, {2}, {1, 2}}, .op_count = {1, 1, 2}, .retries = true};

    (void)state;
    for (unsigned preemptions = 0; preemptions <= 4; preemptions++) {
        assert_covers_all(&two, preemptions);
        assert_covers_all(&three, preemptions);
    }
    assert_true(search(&two, UNBOUNDED, NULL) > factorial(9) / (factorial(5) * factorial(4)));
}

static void op_that_cannot_be_preempted_is_covered(void **state)
{
    const unsigned points[] = {0, 1, 2, 4, 5};

    (void)state;
    for (size_t i = 0; i < sizeof points / sizeof *points; i++) {
        const struct fake_program program = {
            {{5, 3}, {3, 2}}, .op_count = {2, 2},
            .is_stubborn = true,
            .points_before_stubborn = points[i],
        };

        for (unsigned preemptions = 0; preemptions <= 3; preemptions++) {
            assert_covers_all(&program, preemptions);
        }
        assert_covers_all(&program, UNBOUNDED);
    }
}

static void op_that_cannot_be_preempted_is_tried_once(void **state)
{
    const struct fake_program program = {
        {{50}, {1}}, .op_count = {1, 1}, .is_stubborn = true, .points_before_stubborn = 0,
    };
    struct exhaustive exhaustive;
    unsigned runs = 0;

    (void)state;
    exhaustive_init(&exhaustive, 1);
    while (exhaustive_next_schedule(&exhaustive)) {
        fake_machine_run(&program, &exhaustive.strategy);
        runs++;
    }
    assert_int_equal(exhaustive.state, EXHAUSTIVE_COVERED);
    assert_int_equal(exhaustive_count(&exhaustive), 2);
    assert_int_equal(runs, 3);
}

static void two_cpus_with_three_ops_of_real_size_are_covered(void **state)
{
    const struct fake_program program = {{{9, 14, 5}, {12, 8, 11}}, .op_count = {3, 3}};

    (void)state;
    assert_covers_all(&program, 2);
}

static void one_cpu_has_one_schedule(void **state)
{
    const struct fake_program program = {{{0}, {5, 5}}, .op_count = {0, 2}};

    (void)state;
    assert_int_equal(search(&program, 3, NULL), 1);
}

static void empty_program_has_one_schedule(void **state)
{
    const struct fake_program program = {.op_count = {0}};

    (void)state;
    assert_int_equal(search(&program, 3, NULL), 1);
}

static void two_searches_go_the_same_way(void **state)
{
    const struct fake_program program = {{{3, 2}, {2, 3}}, .op_count = {2, 2}, .retries = true};
    struct exhaustive first;
    struct exhaustive second;

    (void)state;
    exhaustive_init(&first, 2);
    exhaustive_init(&second, 2);
    while (exhaustive_next_schedule(&first)) {
        struct fake_machine machine = fake_machine_run(&program, &first.strategy);

        assert_true(exhaustive_next_schedule(&second));
        assert_string_equal(machine.history, fake_machine_run(&program, &second.strategy).history);
    }
    assert_false(exhaustive_next_schedule(&second));
}

/* Lets CPU 0, which alone is ready, run so many ops of one point each. */
static void run_ops(struct exhaustive *exhaustive, unsigned count)
{
    const struct strategy_situation situation = {.ready = 1};

    for (unsigned i = 0; i < count; i++) {
        struct strategy_choice choice = exhaustive->strategy.choose(&exhaustive->strategy,
                                                                    &situation);
        assert_int_equal(choice.cpu, 0);
        assert_int_equal(choice.points, STRATEGY_TO_END);
        exhaustive->strategy.ran(&exhaustive->strategy, 1, true);
    }
}

static void run_that_is_too_deep_is_told(void **state)
{
    struct exhaustive exhaustive;

    (void)state;
    exhaustive_init(&exhaustive, 1);
    assert_true(exhaustive_next_schedule(&exhaustive));
    run_ops(&exhaustive, EXHAUSTIVE_DEPTH_MAX);
    assert_false(exhaustive_next_schedule(&exhaustive));
    assert_int_equal(exhaustive.state, EXHAUSTIVE_COVERED);
    assert_int_equal(exhaustive_count(&exhaustive), 1);

    exhaustive_init(&exhaustive, 1);
    assert_true(exhaustive_next_schedule(&exhaustive));
    run_ops(&exhaustive, EXHAUSTIVE_DEPTH_MAX + 2);
    assert_false(exhaustive_next_schedule(&exhaustive));
    assert_int_equal(exhaustive.state, EXHAUSTIVE_TOO_DEEP);
    assert_int_equal(exhaustive_count(&exhaustive), 0);
}

/* The second run differs from the first, which was that of the machine with two ops of 3 points. */
static void assert_diverges(const struct fake_program *second)
{
    const struct fake_program program = {{{3}, {3}}, .op_count = {1, 1}};
    struct exhaustive exhaustive;

    exhaustive_init(&exhaustive, 1);
    assert_true(exhaustive_next_schedule(&exhaustive));
    fake_machine_run(&program, &exhaustive.strategy);
    assert_true(exhaustive_next_schedule(&exhaustive));
    fake_machine_run(second, &exhaustive.strategy);
    assert_false(exhaustive_next_schedule(&exhaustive));
    assert_int_equal(exhaustive.state, EXHAUSTIVE_DIVERGED);
    assert_int_equal(exhaustive_count(&exhaustive), 1);
}

static void program_that_changes_is_told(void **state)
{
    /*
     * The first run takes CPU 0 to its end, then CPU 1. With one preemption the second is to leave
     * CPU 0 after 1 point.
     */
    const struct fake_program other_cpus = {{{3}, {3}, {3}}, .op_count = {1, 1, 1}};
    const struct fake_program ends_early = {{{1}, {3}}, .op_count = {1, 1}};
    const struct fake_program empty = {.op_count = {0}};

    (void)state;
    assert_diverges(&other_cpus);
    assert_diverges(&ends_early);
    assert_diverges(&empty);
}

static void op_that_has_other_points_than_before_is_told(void **state)
{
    const struct fake_program program = {{{3, 3}, {3}}, .op_count = {2, 1}};
    const struct fake_program other = {{{4, 3}, {3}}, .op_count = {2, 1}};
    struct exhaustive exhaustive;

    (void)state;
    exhaustive_init(&exhaustive, 1);
    assert_true(exhaustive_next_schedule(&exhaustive));
    fake_machine_run(&program, &exhaustive.strategy);
    /* The second run repeats CPU 0's first op to its end, and leaves the second one. */
    assert_true(exhaustive_next_schedule(&exhaustive));
    fake_machine_run(&other, &exhaustive.strategy);
    assert_false(exhaustive_next_schedule(&exhaustive));
    assert_int_equal(exhaustive.state, EXHAUSTIVE_DIVERGED);
}

static void rules_that_are_broken_are_told(void **state)
{
    const struct strategy_situation situation = {.ready = 3};
    struct exhaustive exhaustive;
    struct strategy *strategy = &exhaustive.strategy;

    (void)state;
    /* A choice, and not what became of it. */
    exhaustive_init(&exhaustive, 1);
    assert_true(exhaustive_next_schedule(&exhaustive));
    strategy->choose(strategy, &situation);
    assert_false(exhaustive_next_schedule(&exhaustive));
    assert_int_equal(exhaustive.state, EXHAUSTIVE_DIVERGED);

    /* Two choices in a row. */
    exhaustive_init(&exhaustive, 1);
    assert_true(exhaustive_next_schedule(&exhaustive));
    strategy->choose(strategy, &situation);
    strategy->choose(strategy, &situation);
    assert_int_equal(exhaustive.state, EXHAUSTIVE_DIVERGED);

    /* Told twice. */
    exhaustive_init(&exhaustive, 1);
    assert_true(exhaustive_next_schedule(&exhaustive));
    strategy->choose(strategy, &situation);
    strategy->ran(strategy, 1, true);
    strategy->ran(strategy, 1, true);
    assert_int_equal(exhaustive.state, EXHAUSTIVE_DIVERGED);

    /* To the end, but it did not end. */
    exhaustive_init(&exhaustive, 1);
    assert_true(exhaustive_next_schedule(&exhaustive));
    strategy->choose(strategy, &situation);
    strategy->ran(strategy, 1, false);
    assert_int_equal(exhaustive.state, EXHAUSTIVE_DIVERGED);
}

static void preempted_cpu_goes_on_if_no_other_is_ready_any_more(void **state)
{
    const struct strategy_situation both = {.ready = 3};
    const struct strategy_situation alone = {.ready = 1, .is_preempted = true};
    struct exhaustive exhaustive;
    struct strategy *strategy = &exhaustive.strategy;
    struct strategy_choice choice;

    (void)state;
    exhaustive_init(&exhaustive, 1);
    assert_true(exhaustive_next_schedule(&exhaustive));
    strategy->choose(strategy, &both);
    strategy->ran(strategy, 2, true);
    assert_true(exhaustive_next_schedule(&exhaustive));
    choice = strategy->choose(strategy, &both);
    assert_int_equal(choice.points, 1);
    strategy->ran(strategy, 1, false);
    choice = strategy->choose(strategy, &alone);
    assert_int_equal(choice.cpu, 0);
    assert_int_equal(choice.points, STRATEGY_TO_END);
    strategy->ran(strategy, 1, true);
    assert_int_equal(exhaustive.state, EXHAUSTIVE_SEARCHING);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(two_ops_agree_with_the_closed_form),
        cmocka_unit_test(without_preemptions_ops_are_put_in_every_order),
        cmocka_unit_test(without_bound_points_are_put_in_every_order),
        cmocka_unit_test(every_interleaving_is_covered_once),
        cmocka_unit_test(op_without_points_is_placed_but_not_preempted),
        cmocka_unit_test(op_whose_points_depend_on_others_is_covered),
        cmocka_unit_test(op_that_cannot_be_preempted_is_covered),
        cmocka_unit_test(op_that_cannot_be_preempted_is_tried_once),
        cmocka_unit_test(two_cpus_with_three_ops_of_real_size_are_covered),
        cmocka_unit_test(one_cpu_has_one_schedule),
        cmocka_unit_test(empty_program_has_one_schedule),
        cmocka_unit_test(two_searches_go_the_same_way),
        cmocka_unit_test(run_that_is_too_deep_is_told),
        cmocka_unit_test(program_that_changes_is_told),
        cmocka_unit_test(op_that_has_other_points_than_before_is_told),
        cmocka_unit_test(rules_that_are_broken_are_told),
        cmocka_unit_test(preempted_cpu_goes_on_if_no_other_is_ready_any_more),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
