#include "fuzz/explore.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

#include "sim/smp.h"

enum {
    EXIT_BED_FAILED = 3,
    OPS_PER_CHOICE = 3,        /* cpu, park, and an op that begins */
    PARK_AFTER_MAX = 65535,
};

static_assert((int)CPU_MAX <= (int)STRATEGY_CPU_COUNT, "CPUs that a strategy can speak of");

/* Whoever does the ops of one CPU, elsewhere while that is away. */
struct worker {
    size_t next;          /* op to begin next */
    size_t begun;         /* place in the trace of the last one that was begun */
    bool is_parked;       /* it is in the middle of that */
    cpu_id_t place;       /* CPU where it was last */
};

struct explore {
    size_t setup_count;                /* first ops of each trace */
    struct op *work;                   /* the other ops, CPU by CPU */
    size_t work_first[CPU_MAX + 1];    /* of each CPU's ops; where the last CPU's end */
    size_t offline_end[CPU_MAX];       /* behind the last `offline` of each CPU; 0: none */
    cpu_id_t setup_cpu;                /* where the set-up ends */
    struct program *trace;

    /* Of the present run. */
    const struct run *run;
    const struct sim *sim;
    struct strategy *strategy;
    size_t read_count;                 /* ops of the trace that the run has been given */
    struct worker workers[CPU_MAX];
    unsigned preemption_count;
    struct strategy_choice choice;     /* the last one: of a worker */
    bool is_chosen;                    /* it was made, and what it came to is not told yet */
    bool park_is_unspent;              /* a `park` of that choice waits for what comes next */
    bool was_quiet;                    /* when that choice was made */
    uint64_t points_before;
    uint64_t point_count;              /* of the work so far */
};

size_t explore_setup_count(const struct program *program)
{
    size_t count = 0;

    while (count < program->op_count && program->ops[count].code != OP_CPU) {
        count++;
    }
    return count;
}

size_t explore_trace_capacity(const struct program *program)
{
    return OPS_PER_CHOICE * (program->op_count + EXPLORE_PREEMPTIONS_MAX);
}

static bool is_work(const struct op *op)
{
    return op_class(op) != OP_CLASS_SCHEDULE && op_class(op) != OP_CLASS_MISUSE &&
           op->code != OP_NOP;
}

static void add_to_trace(struct explore *explore, struct op op)
{
    explore->trace->ops[explore->trace->op_count++] = op;
}

static void take_setup(struct explore *explore, const struct program *program, size_t count)
{
    explore->trace->op_count = 0;
    for (size_t i = 0; i < count; i++) {
        const struct op *op = &program->ops[i];

        if (op->code == OP_CPU) {
            explore->setup_cpu = op_cpu_cpu(op) % program->config.cpu_count;
        }
        if (is_work(op)) {
            add_to_trace(explore, *op);
        }
    }
    explore->setup_count = explore->trace->op_count;
}

/* The ops of one CPU behind the set-up. */
static size_t take_work(struct explore *explore, const struct program *program, size_t first,
                        cpu_id_t cpu, size_t work_count)
{
    cpu_id_t now = explore->setup_cpu;

    for (size_t i = first; i < program->op_count; i++) {
        const struct op *op = &program->ops[i];

        if (op->code == OP_CPU) {
            now = op_cpu_cpu(op) % program->config.cpu_count;
        } else if (now == cpu && is_work(op)) {
            explore->work[work_count++] = *op;
            explore->offline_end[cpu] = op->code == OP_OFFLINE ? work_count
                                                               : explore->offline_end[cpu];
        }
    }
    return work_count;
}

struct explore *explore_create(const struct program *program, size_t setup_count,
                               struct program *trace)
{
    struct explore *explore = calloc(1, sizeof(*explore));
    struct op *work = calloc(program->op_count + 1, sizeof(*work));

    if (explore == NULL || work == NULL) {
        fprintf(stderr, "explore: no memory for %zu ops\n", program->op_count);
        exit(EXIT_BED_FAILED);
    }
    trace->config = program->config;
    trace->wide = program->wide;
    explore->trace = trace;
    explore->work = work;
    take_setup(explore, program, setup_count);
    for (cpu_id_t cpu = 0; cpu < CPU_MAX; cpu++) {
        explore->work_first[cpu + 1] =
            take_work(explore, program, setup_count, cpu, explore->work_first[cpu]);
    }
    return explore;
}

void explore_destroy(struct explore *explore)
{
    free(explore->work);
    free(explore);
}

const struct heap_config *explore_config(const struct explore *explore)
{
    return &explore->trace->config;
}

size_t explore_work_count(const struct explore *explore)
{
    return explore->work_first[CPU_MAX];
}

unsigned explore_worker(const struct explore *explore, size_t op_index)
{
    unsigned cpu = 0;

    while (cpu + 1 < CPU_MAX && explore->workers[cpu].begun != op_index) {
        cpu++;
    }
    return cpu;
}

/* A worker has not yet done all that makes CPUs go away. */
static bool has_offline(const struct explore *explore, cpu_id_t cpu)
{
    const struct worker *worker = &explore->workers[cpu];
    size_t end = explore->offline_end[cpu];

    return worker->next < end || (worker->next == end && worker->is_parked);
}

bool explore_may_move(const struct explore *explore, unsigned worker)
{
    for (cpu_id_t cpu = 0; cpu < CPU_MAX; cpu++) {
        if (cpu != worker && has_offline(explore, cpu)) {
            return true;
        }
    }
    return false;
}

/* What the last choice came to. */
static void tell_outcome(struct explore *explore)
{
    const struct sim *sim = explore->sim;
    struct worker *worker = &explore->workers[explore->choice.cpu];
    uint64_t points = explore->was_quiet ? sim_points(sim) - explore->points_before
                                         : sim_points_passed(sim);

    worker->is_parked = sim_depth(sim, worker->place) != 0;
    explore->preemption_count += worker->is_parked;
    explore->park_is_unspent = explore->choice.points != STRATEGY_TO_END && points == 0;
    explore->is_chosen = false;
    explore->point_count += points;
    explore->strategy->ran(explore->strategy, (uint32_t)points, !worker->is_parked);
}

static cpu_id_t find_place(const struct explore *explore, cpu_id_t cpu)
{
    const struct worker *worker = &explore->workers[cpu];

    return run_turn(explore->run, worker->is_parked ? worker->place : cpu);
}

/* A worker needs a CPU on which no other one is in the middle of something. */
static bool is_ready(const struct explore *explore, cpu_id_t cpu)
{
    const struct worker *worker = &explore->workers[cpu];
    cpu_id_t place = find_place(explore, cpu);
    bool is_there = worker->is_parked && worker->place == place;
    bool has_op = worker->is_parked || worker->next != explore->work_first[cpu + 1];

    return has_op && (is_there || sim_depth(explore->sim, place) == 0);
}

static uint32_t find_ready(const struct explore *explore)
{
    uint32_t ready = 0;

    for (cpu_id_t cpu = 0; cpu < explore->trace->config.cpu_count; cpu++) {
        if (is_ready(explore, cpu)) {
            ready |= UINT32_C(1) << cpu;
        }
    }
    return ready;
}

/* The line that says where what runs next stops; an act has no points, and spends none. */
static void add_park(struct explore *explore)
{
    uint32_t points = explore->choice.points;

    if (points != STRATEGY_TO_END) {
        uint32_t after = points < PARK_AFTER_MAX ? points : PARK_AFTER_MAX;

        add_to_trace(explore, (struct op){.code = OP_PARK, .a = after});
    } else if (explore->park_is_unspent) {
        add_to_trace(explore, (struct op){.code = OP_PARK});
    }
}

static void add_turn(struct explore *explore, cpu_id_t cpu)
{
    add_to_trace(explore, (struct op){.code = OP_CPU, .a = cpu});
}

/* Lets what a worker has begun go on; `cpu` does that, and takes it along if its CPU is away. */
static void resume_op(struct explore *explore, struct worker *worker)
{
    add_park(explore);
    add_turn(explore, worker->place);
}

static void begin_op(struct explore *explore, struct worker *worker, cpu_id_t place)
{
    if (place != sim_cpu(explore->sim)) {
        add_turn(explore, place);
    }
    add_park(explore);
    worker->begun = explore->trace->op_count;
    add_to_trace(explore, explore->work[worker->next++]);
}

/* Writes the lines that carry out the choice. */
static void carry_out(struct explore *explore)
{
    struct worker *worker = &explore->workers[explore->choice.cpu];
    cpu_id_t place = find_place(explore, explore->choice.cpu);

    if (worker->is_parked) {
        resume_op(explore, worker);
    } else {
        begin_op(explore, worker, place);
    }
    worker->place = place;
}

static void choose(struct explore *explore, uint32_t ready)
{
    const struct strategy_situation situation = {
        .ready = ready,
        .current = explore->choice.cpu,
        .is_preempted = explore->workers[explore->choice.cpu].is_parked,
    };

    explore->choice = explore->strategy->choose(explore->strategy, &situation);
    if (explore->preemption_count == EXPLORE_PREEMPTIONS_MAX) {
        explore->choice.points = STRATEGY_TO_END;
    }
    explore->is_chosen = true;
    explore->was_quiet = sim_is_quiet(explore->sim);
    explore->points_before = sim_points(explore->sim);
    carry_out(explore);
}

static bool next_op(void *context, struct op *op)
{
    struct explore *explore = context;

    if (explore->read_count == explore->trace->op_count) {
        if (explore->is_chosen) {
            tell_outcome(explore);
        }

        uint32_t ready = find_ready(explore);

        if (ready == 0) {
            return false;
        }
        choose(explore, ready);
    }
    *op = explore->trace->ops[explore->read_count++];
    return true;
}

static void begin_run(struct explore *explore, const struct run *run, struct strategy *strategy)
{
    explore->run = run;
    explore->sim = run_sim(run);
    explore->strategy = strategy;
    explore->trace->op_count = explore->setup_count;
    explore->read_count = 0;
    for (cpu_id_t cpu = 0; cpu < CPU_MAX; cpu++) {
        explore->workers[cpu] = (struct worker){
            .next = explore->work_first[cpu],
            .begun = SIZE_MAX,
        };
    }
    explore->preemption_count = 0;
    explore->choice = (struct strategy_choice){.cpu = explore->setup_cpu};
    explore->is_chosen = false;
    explore->park_is_unspent = false;
    explore->point_count = 0;
}

struct run_result explore_run(struct explore *explore, struct run *run, struct strategy *strategy,
                              const struct run_options *options)
{
    const struct run_source source = {.context = explore, .next = next_op};
    struct run_options chosen = options != NULL ? *options : (struct run_options){0};

    chosen.ops = RUN_SMP;
    chosen.op_max = SIZE_MAX;
    begin_run(explore, run, strategy);
    return run_source(run, &explore->trace->config, &source, &chosen);
}

uint64_t explore_point_count(const struct explore *explore)
{
    return explore->point_count;
}
