#include "tests/unit/sim_strategy/fake_machine.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

struct fake_machine fake_machine_init(const struct fake_program *program)
{
    return (struct fake_machine){.program = program};
}

uint32_t fake_machine_ready(const struct fake_machine *machine)
{
    uint32_t ready = 0;

    for (unsigned cpu = 0; cpu < FAKE_CPUS; cpu++) {
        if (machine->cpus[cpu].ops_ended < machine->program->op_count[cpu]) {
            ready |= UINT32_C(1) << cpu;
        }
    }
    return ready;
}

bool fake_machine_must_go_on(const struct fake_machine *machine)
{
    const struct fake_program *program = machine->program;
    const struct fake_cpu *cpu = &machine->cpus[0];

    return program->is_stubborn && machine->current == 0 && cpu->is_mid_op &&
           cpu->points_done > program->points_before_stubborn;
}

static void note(struct fake_machine *machine, char letter, unsigned cpu)
{
    assert_true(machine->length + 1 < FAKE_HISTORY_SIZE);
    machine->history[machine->length++] = (char)(letter + (char)cpu);
}

static uint32_t foreign_points(const struct fake_machine *machine, unsigned cpu)
{
    uint32_t points = 0;

    for (unsigned other = 0; other < FAKE_CPUS; other++) {
        points += other == cpu ? 0 : machine->points_passed[other];
    }
    return points;
}

static void begin_op(struct fake_machine *machine, unsigned index)
{
    struct fake_cpu *cpu = &machine->cpus[index];

    cpu->is_mid_op = true;
    cpu->points_done = 0;
    cpu->points_left = machine->program->points[index][cpu->ops_ended];
    cpu->retries = 0;
    cpu->foreign_points = foreign_points(machine, index);
}

static bool begin_again(struct fake_machine *machine, unsigned index)
{
    struct fake_cpu *cpu = &machine->cpus[index];
    uint32_t points = foreign_points(machine, index);

    if (!machine->program->retries || points == cpu->foreign_points ||
        cpu->retries == FAKE_RETRIES_MAX) {
        return false;
    }
    cpu->foreign_points = points;
    cpu->retries++;
    cpu->points_left = 1;
    return true;
}

bool fake_machine_step(struct fake_machine *machine, unsigned index)
{
    struct fake_cpu *cpu = &machine->cpus[index];

    if (index != machine->current && machine->cpus[machine->current].is_mid_op) {
        machine->preemptions++;
    }
    machine->current = index;
    if (!cpu->is_mid_op) {
        begin_op(machine, index);
    }
    if (cpu->points_left != 0) {
        cpu->points_left--;
        cpu->points_done++;
        machine->points_passed[index]++;
        note(machine, '0', index);
    }
    if (cpu->points_left != 0 || begin_again(machine, index)) {
        return false;
    }
    cpu->is_mid_op = false;
    cpu->ops_ended++;
    note(machine, 'a', index);
    return true;
}

static struct strategy_choice legal_choice(const struct fake_machine *machine, uint32_t ready,
                                           struct strategy *strategy)
{
    bool is_preempted = machine->cpus[machine->current].is_mid_op;
    const struct strategy_situation situation = {
        .ready = ready,
        .current = machine->current,
        .is_preempted = is_preempted,
    };
    struct strategy_choice choice = strategy->choose(strategy, &situation);

    assert_true(choice.cpu < STRATEGY_CPU_COUNT);
    assert_true((ready >> choice.cpu & 1) != 0);
    assert_true(choice.points >= 1);
    if (is_preempted) {
        assert_int_not_equal(choice.cpu, machine->current);
    }
    return choice;
}

struct fake_machine fake_machine_run(const struct fake_program *program,
                                     struct strategy *strategy)
{
    struct fake_machine machine = fake_machine_init(program);

    for (uint32_t ready = fake_machine_ready(&machine); ready != 0;
         ready = fake_machine_ready(&machine)) {
        struct strategy_choice choice = legal_choice(&machine, ready, strategy);
        uint32_t before = machine.points_passed[choice.cpu];
        uint32_t points;
        bool op_ended;

        do {
            op_ended = fake_machine_step(&machine, choice.cpu);
            points = machine.points_passed[choice.cpu] - before;
        } while (!op_ended && (points < choice.points || fake_machine_must_go_on(&machine)));
        machine.parks += !op_ended;
        strategy->ran(strategy, points, op_ended);
    }
    /* No CPU was stopped for nothing: it could never have been replaced. */
    assert_int_equal(machine.parks, machine.preemptions);
    return machine;
}
