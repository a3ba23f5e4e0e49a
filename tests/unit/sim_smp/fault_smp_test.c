/* Two CPUs that want the last failure there is, one stopped at each place where it may be. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "allocator/base/fault.h"
#include "sim/smp.h"

enum { FIRST_CPU, SECOND_CPU, POINTS_MAX = 100 };

struct trial {
    struct sim *sim;
    struct fault fault;
    uint64_t points;
    unsigned failed;
    bool was_parked;
};

static struct trial trial;

static void ask(void *argument)
{
    (void)argument;
    sim_begin_step(trial.sim);
    trial.failed += fault_is_due(&trial.fault, sim_platform(trial.sim), HEAP_FAULT_PAGES, 1);
    sim_end_step(trial.sim);
}

static void run_trial(void *argument)
{
    const struct fault_attr attr = {.probability = FAULT_PROBABILITY_MAX, .times = 1};

    (void)argument;
    trial.fault = (struct fault){0};
    trial.failed = 0;
    sim_begin_step(trial.sim);
    fault_set(&trial.fault, &attr);
    sim_end_step(trial.sim);

    sim_set_cpu(trial.sim, FIRST_CPU);
    sim_start(trial.sim, SIM_PROCESS, trial.points, ask, NULL);
    trial.was_parked = sim_depth(trial.sim, FIRST_CPU) != 0;
    sim_set_cpu(trial.sim, SECOND_CPU);
    sim_start(trial.sim, SIM_PROCESS, SIM_TO_END, ask, NULL);
    if (trial.was_parked) {
        sim_set_cpu(trial.sim, FIRST_CPU);
        sim_resume(trial.sim, FIRST_CPU, SIM_TO_END);
    }
}

static void one_failure_is_one_cpus(void **state)
{
    const struct heap_config config = heap_config_default();
    bool is_over = false;

    (void)state;
    trial.sim = sim_create(0);
    for (trial.points = 1; !is_over; trial.points++) {
        assert_true(trial.points < POINTS_MAX);
        sim_reset(trial.sim, &config);
        assert_int_equal(sim_run(trial.sim, run_trial, NULL).end, SIM_COMPLETED);
        assert_int_equal(trial.failed, 1);
        is_over = !trial.was_parked;
    }
    assert_true(trial.points > 5);
    sim_destroy(trial.sim);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(one_failure_is_one_cpus)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
