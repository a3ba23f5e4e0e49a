#include "sim/task.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>

#include "allocator/base/compiler.h"
#include "allocator/base/compiler_fiber.h"
#include "sim/state.h"

/* Sanitizers make frames large; a page in front of each stack stops what overflows it. */
enum { STACK_SIZE = 256 << 10, GUARD_SIZE = 4096 };

static_assert(SIM_TASK_COUNT <= 32, "a task has a bit in a word");

void sim_tasks_init(struct sim *sim)
{
    size_t size = (size_t)SIM_TASK_COUNT * STACK_SIZE;
    unsigned char *stacks = mmap(NULL, size, PROT_READ | PROT_WRITE,
                                 MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

    if (stacks == MAP_FAILED) {
        fprintf(stderr, "sim: no memory for the stacks of %d tasks\n", SIM_TASK_COUNT);
        exit(3);
    }
    for (unsigned i = 0; i < SIM_TASK_COUNT; i++) {
        mprotect(stacks + (size_t)i * STACK_SIZE, GUARD_SIZE, PROT_NONE);
        sim->tasks[i].bit = UINT32_C(1) << i;
    }
    sim->fiber_stacks = stacks;
    fiber_init_main(&sim->main_fiber);
}

void sim_tasks_fini(struct sim *sim)
{
    for (unsigned i = 0; i < SIM_TASK_COUNT; i++) {
        if (sim->tasks[i].has_fiber) {
            fiber_fini(&sim->tasks[i].fiber);
        }
    }
    munmap(sim->fiber_stacks, (size_t)SIM_TASK_COUNT * STACK_SIZE);
}

void sim_tasks_reset(struct sim *sim)
{
    for (unsigned i = 0; i < SIM_TASK_COUNT; i++) {
        struct sim_task *task = &sim->tasks[i];

        if (task->body != NULL) {
            task->body = NULL;
            task->has_fiber = false;
        }
    }
    for (cpu_id_t cpu = 0; cpu < CPU_MAX; cpu++) {
        sim->stacks[cpu].depth = 0;
        sim->store_buffers[cpu].count = 0;
    }
    sim->in_flight = 0;
    sim->awaited = NULL;
    sim->is_abandoned = false;
    sim->direct = (struct sim_task){.points_to_park = SIM_TO_END, .is_alone = true};
    sim->now = &sim->direct;
    /* What the tasks of the last run did comes before all that follows. */
    compiler_acquire(&sim->in_flight);
}

/* Each access has to be told of. */
static bool is_watched(const struct sim *sim)
{
    bool has_several = (sim->in_flight & (sim->in_flight - 1)) != 0;

    return sim->watch.on_point != NULL || (sim->watch.on_meeting != NULL && has_several);
}

void sim_arm(struct sim *sim)
{
    const struct sim_task *task = sim->now;
    uint64_t left = sim_step_bound(sim) - task->points_used;
    uint64_t limit = task->points_to_park < left ? task->points_to_park : left;

    /* Who watches sees the next access, whatever comes before it. */
    sim->countdown = is_watched(sim) ? 0 : limit;
    sim->armed = sim->countdown;
}

void sim_disarm(struct sim *sim)
{
    struct sim_task *task = sim->now;
    uint64_t used = sim->armed - sim->countdown;

    task->points_used += used;
    if (task->points_to_park != SIM_TO_END) {
        task->points_to_park -= used;
    }
    sim->points_passed += used;
    sim->point_count += used;
    sim->countdown = 0;
    sim->armed = 0;
}

/* What runs makes an access while others are about to make theirs. */
static void tell_meetings(const struct sim *sim)
{
    const struct sim_task *now = sim->now;

    for (uint32_t others = sim->in_flight & ~now->bit; others != 0; others &= others - 1) {
        const struct sim_task *parked = &sim->tasks[__builtin_ctz(others)];

        sim->watch.on_meeting(sim->watch.context, &parked->next, &now->next);
    }
}

void sim_point_due(struct sim *sim, enum world_access kind, const void *address)
{
    struct sim_task *task = sim->now;

    sim_disarm(sim);
    if (task->points_used == sim_step_bound(sim)) {
        sim_abandon(sim, (struct sim_outcome){
                             .end = SIM_HANG, .rule = "SIM_STEP_BOUND", .subject = address});
    }
    task->next = (struct sim_access){
        task->cpu, kind, address, shared_place_at(sim->journal.heap, address)};
    if (task->points_to_park == 0) {
        sim_pause(sim);
    }
    if (sim->watch.on_meeting != NULL) {
        tell_meetings(sim);
    }
    if (sim->watch.on_point != NULL) {
        sim->watch.on_point(sim->watch.context, &task->next);
    }
    sim_arm(sim);
    if (is_watched(sim)) {
        /* This access is the one that counts down. */
        sim->countdown = 1;
        sim->armed = 1;
    }
}

void sim_pause(struct sim *sim)
{
    fiber_switch(&sim->now->fiber, &sim->main_fiber, false);
}

/* A fiber serves one task after the other. */
static void serve(void *argument)
{
    struct sim_task *task = argument;

    for (;;) {
        struct sim *sim = sim_current;

        compiler_acquire(sim);
        task->body(task->argument);
        task->body = NULL;
        compiler_release(&sim->in_flight);
        sim_disarm(sim);
        sim_pause(sim);
    }
}

/* Lets a task run until it is over, parks, or waits for a lock. */
static void run_task(struct sim *sim, struct sim_task *task)
{
    /* Nothing armed, so the task's next access is looked at; the points so far are not its own. */
    sim_disarm(sim);
    sim->points_passed = 0;
    sim->now = task;
    sim->stacks[task->cpu].turn_count++;
    fiber_switch(&sim->main_fiber, &task->fiber, false);
    if (sim->is_abandoned) {
        longjmp(sim->escape, 1);
    }
    sim->direct.step = task->step;
    sim->now = &sim->direct;
    sim_arm(sim);
    if (task->body == NULL) {
        sim->stacks[task->cpu].depth--;
        sim->in_flight &= ~task->bit;
    } else {
        sim->switch_count++;
    }
}

static struct sim_task *top_task(const struct sim *sim, cpu_id_t cpu)
{
    const struct sim_stack *stack = &sim->stacks[cpu];

    return stack->depth != 0 ? stack->tasks[stack->depth - 1] : NULL;
}

struct sim_task *sim_holder(struct sim *sim, const struct world_lock *lock)
{
    for (unsigned i = 0; i < SIM_TASK_COUNT; i++) {
        struct sim_task *task = &sim->tasks[i];

        for (unsigned held = 0; task->body != NULL && held < task->held_count; held++) {
            if (task->held[held] == lock) {
                return task;
            }
        }
    }
    return NULL;
}

/* Lets the holder of what a task waits for go on until it lets go; and whom that one waits for. */
static void free_lock(struct sim *sim, struct sim_task *waiter)
{
    const struct world_lock *lock = waiter->wanted;

    while (sim_lock_is_held(lock)) {
        const struct sim_task *holder = sim_holder(sim, lock);

        if (holder == NULL) {
            /* Unlocked, but the store is held back. */
            sim_drain_all(sim);
            continue;
        }

        struct sim_task *top = top_task(sim, holder->cpu);

        if (top->wanted != NULL) {
            sim->now = waiter;
            sim->outcome = (struct sim_outcome){
                .end = SIM_VIOLATED, .rule = "SIM_DEADLOCK", .subject = lock};
            longjmp(sim->escape, 1);
        }
        top->points_to_park = SIM_TO_END;
        sim->awaited = lock;
        run_task(sim, top);
        sim->awaited = NULL;
        if (top->body != NULL && top->wanted != NULL) {
            free_lock(sim, top);
        }
    }
    waiter->wanted = NULL;
}

static void go_on(struct sim *sim, struct sim_task *task, uint64_t points)
{
    uint64_t passed = 0;

    task->points_to_park = points;
    do {
        if (task->wanted != NULL) {
            free_lock(sim, task);
        }
        run_task(sim, task);
        passed += sim->points_passed;
    } while (task->body != NULL && task->wanted != NULL);
    sim->points_passed = passed;
}

unsigned sim_next_task(const struct sim *sim)
{
    /* Its CPU's own come first, so that a CPU mostly stays one thread to a race detector. */
    unsigned index = sim->cpu * SIM_TASK_DEPTH;

    while (sim->tasks[index].body != NULL) {
        index = (index + 1) % SIM_TASK_COUNT;
    }
    return index;
}

static struct sim_task *take_task(struct sim *sim)
{
    unsigned index = sim_next_task(sim);
    struct sim_task *task = &sim->tasks[index];

    if (!task->has_fiber) {
        unsigned char *stack = sim->fiber_stacks + (size_t)index * STACK_SIZE;

        fiber_prepare(&task->fiber, stack + GUARD_SIZE, STACK_SIZE - GUARD_SIZE, serve, task);
        task->has_fiber = true;
    }
    return task;
}

void sim_start(struct sim *sim, enum sim_context context, uint64_t points,
               void (*body)(void *argument), void *argument)
{
    struct sim_stack *stack = &sim->stacks[sim->cpu];
    struct sim_task *task = take_task(sim);

    task->cpu = sim->cpu;
    task->step = sim->step_count;
    task->points_used = 0;
    task->held_count = 0;
    task->irq_depth = 0;
    task->context = context;
    task->is_alone = false;
    task->has_moved = false;
    task->wanted = NULL;
    task->body = body;
    task->argument = argument;
    stack->tasks[stack->depth++] = task;
    sim->in_flight |= task->bit;
    compiler_release(sim);
    go_on(sim, task, points);
}

void sim_resume(struct sim *sim, cpu_id_t cpu, uint64_t points)
{
    go_on(sim, top_task(sim, cpu), points);
}

unsigned sim_depth(const struct sim *sim, cpu_id_t cpu)
{
    return sim->stacks[cpu].depth;
}

bool sim_irqs_are_on(const struct sim *sim, cpu_id_t cpu)
{
    const struct sim_task *top = top_task(sim, cpu);

    return top == NULL || (top->irq_depth == 0 && top->context == SIM_PROCESS);
}

bool sim_migrate(struct sim *sim, cpu_id_t from, cpu_id_t to)
{
    struct sim_stack *source = &sim->stacks[from];
    struct sim_stack *target = &sim->stacks[to];

    if (source->depth != 1 || target->depth != 0 || !sim_irqs_are_on(sim, from)) {
        return false;
    }
    sim_drain(sim, from);
    target->tasks[0] = source->tasks[0];
    target->tasks[0]->cpu = to;
    target->tasks[0]->next.cpu = to;
    target->tasks[0]->has_moved = true;
    target->depth = 1;
    source->depth = 0;
    return true;
}

bool sim_is_quiet(const struct sim *sim)
{
    return sim->in_flight == sim->now->bit;
}

uint64_t sim_turn_count(const struct sim *sim, cpu_id_t cpu)
{
    return sim->stacks[cpu].turn_count;
}

bool sim_is_alone(const struct sim *sim)
{
    return sim->now->is_alone;
}

bool sim_has_moved(const struct sim *sim)
{
    return sim->now->has_moved;
}

void sim_join(struct sim *sim)
{
    compiler_acquire(&sim->in_flight);
}

void sim_stay(struct sim *sim)
{
    sim_disarm(sim);
    sim->now->points_to_park = SIM_TO_END;
    sim_arm(sim);
}

void *sim_argument(const struct sim *sim)
{
    return sim->now->argument;
}

uint64_t sim_points_passed(const struct sim *sim)
{
    return sim->points_passed;
}

void sim_drain(struct sim *sim, cpu_id_t cpu)
{
    store_buffer_drain(&sim->store_buffers[cpu]);
}

void sim_drain_all(struct sim *sim)
{
    for (cpu_id_t cpu = 0; cpu < CPU_MAX; cpu++) {
        sim_drain(sim, cpu);
    }
}

void sim_set_watch(struct sim *sim, const struct sim_watch *watch)
{
    sim->watch = watch != NULL ? *watch : (struct sim_watch){0};
}
