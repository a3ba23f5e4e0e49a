/*
 * A machine that strategies can schedule: CPUs with ops that only have a number of points. It notes
 * who passed which point, and fails the test if a strategy breaks a rule of struct strategy.
 *
 * A plain value: a copy is a machine of its own, so a test can try what else could have happened.
 */
#ifndef TESTS_UNIT_SIM_STRATEGY_FAKE_MACHINE_H
#define TESTS_UNIT_SIM_STRATEGY_FAKE_MACHINE_H

#include <stdbool.h>
#include <stdint.h>

#include "sim/strategy/strategy.h"

enum { FAKE_CPUS = 4, FAKE_OPS = 8, FAKE_HISTORY_SIZE = 256, FAKE_RETRIES_MAX = 2 };

struct fake_program {
    uint8_t points[FAKE_CPUS][FAKE_OPS];    /* of each op */
    unsigned op_count[FAKE_CPUS];
    bool retries;       /* an op that another CPU came between has another point, twice at most */
    bool is_stubborn;   /* CPU 0 cannot be preempted beyond so many points of an op */
    unsigned points_before_stubborn;
};

struct fake_cpu {
    unsigned ops_ended;
    bool is_mid_op;
    unsigned points_done;       /* of the op that it is in the middle of */
    unsigned points_left;
    unsigned retries;
    uint32_t foreign_points;    /* passed by other CPUs when the op began, or last began again */
};

struct fake_machine {
    const struct fake_program *program;
    struct fake_cpu cpus[FAKE_CPUS];
    unsigned current;
    uint32_t points_passed[FAKE_CPUS];
    unsigned parks;             /* choices that ended in the middle of an op */
    unsigned preemptions;       /* times that a CPU was left in the middle of an op */
    unsigned length;
    char history[FAKE_HISTORY_SIZE];    /* a digit for each point, a letter for the end of an op */
};

struct fake_machine fake_machine_init(const struct fake_program *program);

/* Bit per CPU that has an op to begin or to go on with. */
uint32_t fake_machine_ready(const struct fake_machine *machine);

/* Whether the CPU that ran last has to go on, as its op can be neither ended nor preempted here. */
bool fake_machine_must_go_on(const struct fake_machine *machine);

/*
 * Lets a ready CPU pass one point, or none if it begins an op that has none. Returns whether the op
 * has ended.
 */
bool fake_machine_step(struct fake_machine *machine, unsigned cpu);

/* Runs the program under the strategy to its end. */
struct fake_machine fake_machine_run(const struct fake_program *program,
                                     struct strategy *strategy);

#endif
