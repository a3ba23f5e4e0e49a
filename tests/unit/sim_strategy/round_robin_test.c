/* Round robin: each CPU its points in turn. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "sim/strategy/round_robin.h"
#include "tests/unit/sim_strategy/fake_machine.h"

static struct fake_machine run(const struct fake_program *program, uint32_t quantum)
{
    struct round_robin round_robin;

    round_robin_init(&round_robin, quantum);
    return fake_machine_run(program, &round_robin.strategy);
}

static void turns_alternate(void **state)
{
    const struct fake_program program = {{{4}, {4}}, .op_count = {1, 1}};

    (void)state;
    assert_string_equal(run(&program, 1).history, "0101010a1b");
    assert_string_equal(run(&program, 2).history, "001100a11b");
    assert_string_equal(run(&program, 3).history, "0001110a1b");
}

static void turns_go_round_all_cpus(void **state)
{
    const struct fake_program program = {
        {{2}, {2}, {2}, {2}}, .op_count = {1, 1, 1, 1}
    };

    (void)state;
    assert_string_equal(run(&program, 1).history, "01230a1b2c3d");
}

static void turn_spans_ops(void **state)
{
    const struct fake_program program = {{{2, 2, 2}, {3, 3}}, .op_count = {3, 2}};

    (void)state;
    assert_string_equal(run(&program, 3).history, "00a0111b0a00a111b");
}

static void turn_that_ends_with_an_op_is_no_preemption(void **state)
{
    const struct fake_program program = {{{3, 3}, {3, 3}}, .op_count = {2, 2}};
    struct fake_machine machine = run(&program, 3);

    (void)state;
    assert_string_equal(machine.history, "000a111b000a111b");
    assert_int_equal(machine.preemptions, 0);
}

static void cpu_without_work_loses_its_turn(void **state)
{
    const struct fake_program program = {{{1}, {2}, {0}, {3}}, .op_count = {1, 1, 0, 1}};

    (void)state;
    assert_string_equal(run(&program, 2).history, "0a11b333d");
}

static void first_turn_skips_cpus_without_work(void **state)
{
    const struct fake_program program = {{{0}, {2}, {0}, {2}}, .op_count = {0, 1, 0, 1}};

    (void)state;
    assert_string_equal(run(&program, 1).history, "131b3d");
}

static void op_that_cannot_be_preempted_uses_up_its_turn(void **state)
{
    const struct fake_program program = {
        {{4, 1}, {4}}, .op_count = {2, 1}, .is_stubborn = true, .points_before_stubborn = 1,
    };

    (void)state;
    assert_string_equal(run(&program, 2).history, "0000a110a11b");
}

static void endless_quantum_runs_each_cpu_to_its_end(void **state)
{
    const struct fake_program program = {{{2, 2}, {2, 2}}, .op_count = {2, 2}};

    (void)state;
    assert_string_equal(run(&program, STRATEGY_TO_END).history, "00a00a11b11b");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(turns_alternate),
        cmocka_unit_test(turns_go_round_all_cpus),
        cmocka_unit_test(turn_spans_ops),
        cmocka_unit_test(turn_that_ends_with_an_op_is_no_preemption),
        cmocka_unit_test(cpu_without_work_loses_its_turn),
        cmocka_unit_test(first_turn_skips_cpus_without_work),
        cmocka_unit_test(op_that_cannot_be_preempted_uses_up_its_turn),
        cmocka_unit_test(endless_quantum_runs_each_cpu_to_its_end),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
