/* Who runs: carries out each op of a program where and when the SCHEDULE ops want it. */
#include "fuzz/schedule.h"

#include "allocator/base/compiler_fiber.h"
#include "fuzz/execute_parts.h"
#include "fuzz/run_state.h"

/* Damage that a report is owed for is judged op by op: nothing is cut then. */
static bool is_possible(const struct execution *execution)
{
    return execution->owed->debt_count == 0;
}

enum run_op_outcome execute_park(struct execution *execution, const struct op *op)
{
    if (!is_possible(execution)) {
        return RUN_OP_SKIPPED;
    }
    execution->schedule->park_after = op_park_after(op);
    return RUN_OP_ACT;
}

static enum run_op_outcome interrupt(struct execution *execution, enum sim_context context)
{
    if (!is_possible(execution)) {
        return RUN_OP_SKIPPED;
    }
    execution->schedule->context = context;
    return RUN_OP_ACT;
}

enum run_op_outcome execute_irq(struct execution *execution, const struct op *op)
{
    (void)op;
    return interrupt(execution, SIM_IRQ);
}

enum run_op_outcome execute_nmi(struct execution *execution, const struct op *op)
{
    (void)op;
    return interrupt(execution, SIM_NMI);
}

enum run_op_outcome execute_cpu(struct execution *execution, const struct op *op)
{
    cpu_id_t cpu = execute_turn(execution, op_cpu_cpu(op) % execution->heap->config.cpu_count);

    sim_set_cpu(execution->sim, cpu);
    execution->schedule->resumes = sim_depth(execution->sim, cpu) != 0;
    return RUN_OP_ACT;
}

enum run_op_outcome execute_migrate(struct execution *execution, const struct op *op)
{
    uint32_t cpu_count = execution->heap->config.cpu_count;
    cpu_id_t from = op_migrate_from(op) % cpu_count;
    cpu_id_t to = op_migrate_to(op) % cpu_count;

    return !schedule_is_offline(execution->schedule, to) && sim_migrate(execution->sim, from, to)
               ? RUN_OP_ACT
               : RUN_OP_SKIPPED;
}

enum run_op_outcome execute_drain(struct execution *execution, const struct op *op)
{
    if (!execution->heap->config.store_buffers) {
        return RUN_OP_SKIPPED;
    }
    sim_drain(execution->sim, op_drain_cpu(op) % execution->heap->config.cpu_count);
    return RUN_OP_ACT;
}

/* The points of what runs next, which the last `park` said. */
static uint64_t take_points(struct run *run)
{
    uint32_t points = run->schedule.park_after;

    run->schedule.park_after = 0;
    return points != 0 ? points : SIM_TO_END;
}

/* The turn of a CPU lets the top of what it has parked go on. */
static void resume(struct run *run)
{
    if (run->schedule.resumes) {
        run->schedule.resumes = false;
        sim_resume(run->sim, sim_cpu(run->sim), take_points(run));
    }
}

static void finish_cpu(struct run *run, cpu_id_t cpu)
{
    while (sim_depth(run->sim, cpu) != 0) {
        sim_resume(run->sim, cpu, SIM_TO_END);
    }
}

/* CPUs that went away are back: what is parked on them goes on there. */
void schedule_finish(struct run *run)
{
    run->schedule.offline = 0;
    for (cpu_id_t cpu = 0; cpu < run->config->cpu_count; cpu++) {
        finish_cpu(run, cpu);
    }
    run->schedule = (struct schedule){0};
}

/* Whether an op may run here as what `irq` or `nmi` made of it. */
static bool may_run(const struct run *run, const struct op *op, enum sim_context context)
{
    cpu_id_t cpu = sim_cpu(run->sim);

    switch (context) {
    case SIM_IRQ:
        return execute_may_interrupt(op) && sim_irqs_are_on(run->sim, cpu);
    case SIM_NMI:
        return execute_takes_no_lock(op) && sim_depth(run->sim, cpu) < SIM_TASK_DEPTH;
    default:
        return op_class(op) != OP_CLASS_MISUSE || sim_is_quiet(run->sim);
    }
}

/* Fibers cost little, but most ops run where nobody comes between. */
static bool wants_fiber(const struct run *run, enum sim_context context, uint64_t points)
{
    bool is_legal = op_class(&run->direct.op) != OP_CLASS_MISUSE && run->owed.debt_count == 0;

    return !sim_is_quiet(run->sim) || context != SIM_PROCESS || points != SIM_TO_END ||
           (compiler_finds_races() && is_legal);
}

static bool carry_out_call(struct run *run)
{
    enum sim_context context = run->schedule.context;

    run->schedule.context = SIM_PROCESS;
    if (context == SIM_PROCESS) {
        finish_cpu(run, sim_cpu(run->sim));
    }
    if (!may_run(run, &run->direct.op, context)) {
        return flight_finish(&run->direct, RUN_OP_SKIPPED);
    }

    uint64_t points = take_points(run);

    if (!wants_fiber(run, context, points)) {
        return flight_run(run);
    }
    flight_start(run, context, points);
    return true;
}

bool schedule_carry_out(struct run *run)
{
    enum op_class class = op_class(&run->direct.op);

    if (class != OP_CLASS_SCHEDULE && !execute_is_act(&run->direct.op)) {
        return carry_out_call(run);
    }
    if (!flight_run(run)) {
        return false;
    }
    resume(run);
    return true;
}
