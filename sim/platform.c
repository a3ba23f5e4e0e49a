/* The outside world of a simulated heap. */
#include "allocator/base/platform.h"

#include "allocator/base/bits.h"
#include "allocator/base/compiler.h"
#include "allocator/hardening/keyed_random.h"
#include "sim/state.h"

static void *map_arena(struct sim_memory *memory, size_t size)
{
    if (size > memory->hidden_size) {
        memory_hide(memory->arena + memory->hidden_size, size - memory->hidden_size);
        memory->hidden_size = size;
    }
    memory->arena_size = size;
    return memory->arena;
}

static void *map_descriptors(struct sim *sim, size_t size)
{
    sim->memory.descriptors_size = size;
    sim->journal.heap = (const void *)sim->memory.descriptors;
    return sim->memory.descriptors;
}

/* One heap at a time: a use that is already mapped has no memory left. */
static void *map(void *context, enum map_use use, size_t size, size_t alignment)
{
    struct sim *sim = context;
    struct sim_memory *memory = &sim->memory;
    uintptr_t address = (uintptr_t)(use == MAP_ARENA ? memory->arena : memory->descriptors);
    size_t size_taken = use == MAP_ARENA ? memory->arena_size : memory->descriptors_size;

    if (size_taken != 0 || !is_aligned(address, alignment)) {
        return NULL;
    }
    return use == MAP_ARENA ? map_arena(memory, size) : map_descriptors(sim, size);
}

/* The arena is cleared by what the descriptors say, so both go when the second one does. */
static void unmap(void *context, enum map_use use, void *memory, size_t size)
{
    struct sim *sim = context;

    (void)memory;
    (void)size;
    if (use == MAP_ARENA) {
        sim->memory.arena_size = 0;
    } else {
        sim->memory.descriptors_size = 0;
    }
    if (sim->memory.arena_size == 0 && sim->memory.descriptors_size == 0) {
        sim_clear(sim);
    }
}

static uint64_t random_number(void *context, enum random_purpose purpose, uint64_t id,
                              uint64_t ordinal)
{
    const struct sim *sim = context;

    return keyed_random(sim->config.seed, purpose, id, ordinal);
}

static void take_report(void *context, const struct report *report)
{
    struct sim *sim = context;

    if (sim->report_count < SIM_REPORTS_PER_STEP) {
        sim->reports[sim->report_count] = *report;
    }
    sim->report_count++;
    if (sim->on_report != NULL) {
        sim->on_report(sim->on_report_context, report);
    }
    if (sim->config.stop_on_report) {
        sim_abandon(sim, (struct sim_outcome){.end = SIM_STOPPED});
    }
}

static void take_trace(void *context, const struct object_trace *trace)
{
    const struct sim *sim = context;

    if (sim->on_trace != NULL) {
        sim->on_trace(sim->on_trace_context, trace);
    }
}

static void panic(void *context, const char *cache_name, int error)
{
    (void)cache_name;
    (void)error;
    sim_abandon(context, (struct sim_outcome){.end = SIM_PANIC});
}

struct platform sim_make_platform(struct sim *sim)
{
    return (struct platform){
        .context = sim,
        .map = map,
        .unmap = unmap,
        .random = random_number,
        .report = take_report,
        .trace = take_trace,
        .panic = panic,
    };
}
