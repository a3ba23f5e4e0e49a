#include "sim/lock_graph.h"

#include <assert.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "sim/state.h"
#include "sim/word_text.h"

static_assert((int)SIM_LOCKS_HELD_MAX == (int)SIM_HELD_MAX, "all that a task holds is told");

static struct sim_in_flight look_at(const struct sim *sim, const struct sim_task *task)
{
    struct sim_in_flight seen = {
        .cpu = task->cpu,
        .step = task->step,
        .context = task->context,
        .runs = task == sim->now,
        .next = task->next,
        .waits_for = task->wanted,
        .hold_count = task->held_count,
    };

    memcpy(seen.holds, task->held, sizeof(seen.holds));
    return seen;
}

size_t sim_list_in_flight(const struct sim *sim, struct sim_in_flight list[SIM_IN_FLIGHT_MAX])
{
    size_t count = 0;

    for (cpu_id_t cpu = 0; cpu < CPU_MAX; cpu++) {
        const struct sim_stack *stack = &sim->stacks[cpu];

        for (unsigned i = 0; i < stack->depth; i++) {
            list[count++] = look_at(sim, stack->tasks[i]);
        }
    }
    if (sim->direct.held_count != 0) {
        list[count++] = look_at(sim, &sim->direct);
    }
    return count;
}

static bool holds(const struct sim_in_flight *one, const struct world_lock *lock)
{
    for (unsigned i = 0; i < one->hold_count; i++) {
        if (one->holds[i] == lock) {
            return true;
        }
    }
    return false;
}

static bool is_interrupted(const struct sim_in_flight *list, size_t count, size_t index)
{
    return index + 1 < count && list[index + 1].cpu == list[index].cpu &&
           list[index + 1].context != SIM_PROCESS;
}

size_t sim_find_obstacle(const struct sim_in_flight *list, size_t count, size_t index)
{
    const struct world_lock *lock = list[index].waits_for;
    size_t holder = 0;

    if (is_interrupted(list, count, index)) {
        return index + 1;
    }
    while (holder < count && (lock == NULL || !holds(&list[holder], lock))) {
        holder++;
    }
    return holder;
}

/* A text that is being written, for some tasks of a simulation. */
struct writing {
    const struct sim *sim;
    const struct sim_namer *namer;
    const struct sim_in_flight *list;
    size_t count;
    char *text;
    size_t size;
    size_t used;
};

__attribute__((format(printf, 2, 3))) static void put(struct writing *writing, const char *format,
                                                      ...)
{
    size_t left = writing->size - writing->used;
    va_list arguments;

    va_start(arguments, format);

    int length = vsnprintf(writing->text + writing->used, left, format, arguments);

    va_end(arguments);
    if (length > 0) {
        writing->used += (size_t)length < left ? (size_t)length : left - 1;
    }
}

static void put_task(struct writing *writing, size_t index)
{
    enum { NAME_SIZE = 160 };
    const struct sim_in_flight *one = &writing->list[index];
    char name[NAME_SIZE];

    if (writing->namer != NULL) {
        writing->namer->put_name(writing->namer->context, one->step, name, sizeof(name));
    } else {
        snprintf(name, sizeof(name), "step %" PRIu64, one->step);
    }
    put(writing, "CPU %u, %s", one->cpu, name);
}

static void put_locks(struct writing *writing, const struct sim_in_flight *one)
{
    char text[WORD_TEXT_SIZE];

    for (unsigned i = 0; i < one->hold_count; i++) {
        put(writing, "%s%s", i == 0 ? ": holds " : " and ",
            word_text(writing->sim->journal.heap, one->holds[i], text));
    }
}

static void put_line(struct writing *writing, size_t index)
{
    const struct sim_in_flight *one = &writing->list[index];
    size_t obstacle = sim_find_obstacle(writing->list, writing->count, index);
    const char *joint = one->hold_count != 0 ? ", " : ": ";
    char text[WORD_TEXT_SIZE];

    put_task(writing, index);
    put_locks(writing, one);
    if (is_interrupted(writing->list, writing->count, index)) {
        put(writing, "%sinterrupted by ", joint);
        put_task(writing, obstacle);
    } else if (one->waits_for != NULL) {
        put(writing, "%swaits for %s", joint,
            word_text(writing->sim->journal.heap, one->waits_for, text));
        if (obstacle < writing->count) {
            put(writing, ", which ");
            put_task(writing, obstacle);
            put(writing, " holds");
        }
    }
    put(writing, "\n");
}

/* A task that nothing can be said of but where it is. */
static bool is_free_of_locks(const struct sim_in_flight *one)
{
    return one->hold_count == 0 && one->waits_for == NULL;
}

size_t sim_describe_locks(const struct sim *sim, const struct sim_namer *namer, char *text,
                          size_t size)
{
    struct sim_in_flight list[SIM_IN_FLIGHT_MAX];
    bool is_told[SIM_IN_FLIGHT_MAX] = {false};
    size_t count = sim_list_in_flight(sim, list);
    struct writing writing = {sim, namer, list, count, text, size, 0};
    size_t index = 0;

    while (index < count && (!list[index].runs || is_free_of_locks(&list[index]))) {
        index++;
    }
    while (index < count && !is_told[index]) {
        is_told[index] = true;
        put_line(&writing, index);
        index = sim_find_obstacle(list, count, index);
    }
    for (index = 0; index < count; index++) {
        if (!is_told[index] && !is_free_of_locks(&list[index])) {
            put_line(&writing, index);
        }
    }
    return writing.used;
}
