#include "fuzz/forecast_schedule.h"

#include "fuzz/forecast_smp.h"

static uint32_t wrap_cpu(const struct forecast *forecast, uint32_t cpu)
{
    return cpu % forecast->config->cpu_count;
}

static bool allows_migration(const struct forecast *forecast, const struct op *op)
{
    uint32_t from = wrap_cpu(forecast, op_migrate_from(op));
    uint32_t to = wrap_cpu(forecast, op_migrate_to(op));

    /* With interrupts on top, they are off. */
    return forecast_depth(forecast, from) == 1 && forecast_depth(forecast, to) == 0 &&
           forecast_turn(forecast, to) == to;
}

bool forecast_allows_schedule(const struct forecast *forecast, const struct op *op)
{
    const struct forecast_schedule *schedule = &forecast->schedule;

    switch (op->code) {
    case OP_PARK:
        return schedule->park_is_pending == (op_park_after(op) == 0);
    case OP_IRQ:
        return !schedule->next_is_interrupt && forecast_depth(forecast, forecast->cpu) == 1;
    case OP_NMI:
        return !schedule->next_is_interrupt && forecast_depth(forecast, forecast->cpu) > 0;
    case OP_MIGRATE:
        return allows_migration(forecast, op);
    case OP_DRAIN:
        return forecast->config->store_buffers &&
               (schedule->held_back >> wrap_cpu(forecast, op_drain_cpu(op)) & 1) != 0;
    default:
        return false;
    }
}

static uint32_t slot_count(const struct op *op)
{
    switch (op->code) {
    case OP_BULK_ALLOC:
    case OP_BULK_FREE:
    case OP_KFREE_BULK:
    case OP_FREE_FRAGS:
    case OP_PAGES_BULK:
    case OP_FREE_PAGES_BULK:
        return op->a;
    case OP_FRAGS:
        return op_frags_count(op);
    default:
        return op_needs[op->code].slot != 0 ? 1 : 0;
    }
}

/* Index of the cache that an op works on; FORECAST_CACHE_COUNT: none, or none that can go. */
static uint8_t cache_index(const struct forecast *forecast, const struct op *op)
{
    const struct op_need *need = &op_needs[op->code];

    if (need->cache != CACHE_UNUSED) {
        return op->cache;
    }
    if (need->slot == 0 || (need->slot & SLOT_EMPTY) != 0 || op->object >= FORECAST_SLOT_COUNT) {
        return FORECAST_CACHE_COUNT;
    }
    return forecast->slots[op->object].cache;
}

static struct forecast_flight flight_of(const struct forecast *forecast, const struct op *op)
{
    return (struct forecast_flight){
        .object = op->object,
        .slot_count = slot_count(op),
        .holder = op->code == OP_GET_PAGE ? op->a : op->object,
        .cache = cache_index(forecast, op),
        .owns_cache = op_needs[op->code].cache == CACHE_ABSENT || op->code == OP_DESTROY,
    };
}

static bool has_slot(const struct forecast_flight *flight, uint32_t slot)
{
    return slot == flight->holder || slot - flight->object < flight->slot_count;
}

static bool flights_collide(const struct forecast_flight *flight,
                            const struct forecast_flight *other)
{
    /* Of two stretches that meet, one holds the beginning of the other. */
    bool share_slots = has_slot(flight, other->object) || has_slot(flight, other->holder) ||
                       has_slot(other, flight->object) || has_slot(other, flight->holder);

    return (share_slots && flight->slot_count > 0 && other->slot_count > 0) ||
           (flight->cache == other->cache && flight->cache != FORECAST_CACHE_COUNT &&
            (flight->owns_cache || other->owns_cache));
}

static bool collides_on_cpu(const struct forecast_cpu *cpu, const struct forecast_flight *flight)
{
    for (unsigned i = 0; i < cpu->depth; i++) {
        if (flights_collide(&cpu->flights[i], flight)) {
            return true;
        }
    }
    return false;
}

bool forecast_is_busy(const struct forecast *forecast, const struct op *op)
{
    const struct forecast_schedule *schedule = &forecast->schedule;

    if (schedule->flight_count == 0 || op_class(op) == OP_CLASS_WORLD) {
        return false;
    }

    struct forecast_flight flight = flight_of(forecast, op);

    for (uint32_t cpu = 0; cpu < forecast->config->cpu_count; cpu++) {
        /* Unless it is an interrupt, what its own CPU was doing ends first. */
        bool is_over = cpu == forecast->cpu && !schedule->next_is_interrupt;

        if (!is_over && collides_on_cpu(&schedule->cpus[cpu], &flight)) {
            return true;
        }
    }
    return false;
}

void forecast_cancel_schedule(struct forecast *forecast)
{
    forecast->schedule.park_is_pending = false;
    forecast->schedule.next_is_interrupt = false;
}

/* The top one of a CPU goes on, to its end unless it is to park again. */
static void resume(struct forecast *forecast, uint32_t cpu)
{
    struct forecast_schedule *schedule = &forecast->schedule;

    if (schedule->cpus[cpu].depth > 0 && !schedule->park_is_pending) {
        schedule->cpus[cpu].depth--;
        schedule->flight_count--;
    }
    if (schedule->cpus[cpu].depth > 0) {
        schedule->park_is_pending = false;
    }
    schedule->next_is_interrupt = false;
}

static void migrate(struct forecast_schedule *schedule, uint32_t from, uint32_t to)
{
    schedule->cpus[to] = schedule->cpus[from];
    schedule->cpus[from].depth = 0;
}

/* The CPU that has its turn; what is parked on one that is offline goes along. */
static uint32_t follow_to(struct forecast *forecast, uint32_t cpu)
{
    uint32_t named = wrap_cpu(forecast, cpu);
    uint32_t turn = forecast_turn(forecast, named);

    if (turn != named && forecast_depth(forecast, named) == 1 &&
        forecast_depth(forecast, turn) == 0) {
        migrate(&forecast->schedule, named, turn);
    }
    return turn;
}

/* A call has its turn: unless it is an interrupt, what its CPU was doing ends first. */
static void take_turn(struct forecast *forecast)
{
    struct forecast_schedule *schedule = &forecast->schedule;
    struct forecast_cpu *cpu = &schedule->cpus[forecast->cpu];

    if (!schedule->next_is_interrupt) {
        schedule->flight_count -= cpu->depth;
        cpu->depth = 0;
    }
    schedule->next_is_interrupt = false;
}

static void begin(struct forecast *forecast, const struct op *op)
{
    struct forecast_schedule *schedule = &forecast->schedule;
    struct forecast_cpu *cpu = &schedule->cpus[forecast->cpu];

    take_turn(forecast);
    if (schedule->park_is_pending && cpu->depth < FORECAST_FLIGHT_DEPTH) {
        cpu->flights[cpu->depth] = flight_of(forecast, op);
        cpu->depth++;
        schedule->flight_count++;
    }
    schedule->park_is_pending = false;
    schedule->held_back |= (uint8_t)(1u << forecast->cpu);
}

/* The user's own doing takes no time. */
static bool is_call(const struct op *op)
{
    return op->code != OP_NOP && op->code != OP_FILL && op->code != OP_VERIFY &&
           op->code != OP_CPU && op->code != OP_ONLINE && op_class(op) != OP_CLASS_SCHEDULE;
}

void forecast_skip(struct forecast *forecast, const struct op *op)
{
    if (is_call(op)) {
        take_turn(forecast);
        forecast->schedule.park_is_pending = false;
    }
}

void forecast_schedule(struct forecast *forecast, const struct op *op)
{
    struct forecast_schedule *schedule = &forecast->schedule;

    switch (op->code) {
    case OP_PARK:
        schedule->park_is_pending = op_park_after(op) != 0;
        break;
    case OP_IRQ:
    case OP_NMI:
        schedule->next_is_interrupt = true;
        break;
    case OP_MIGRATE:
        migrate(schedule, wrap_cpu(forecast, op_migrate_from(op)),
                wrap_cpu(forecast, op_migrate_to(op)));
        break;
    case OP_DRAIN:
        schedule->held_back &= (uint8_t)~(1u << wrap_cpu(forecast, op_drain_cpu(op)));
        break;
    case OP_CPU:
        resume(forecast, follow_to(forecast, op_cpu_cpu(op)));
        break;
    default:
        if (is_call(op)) {
            begin(forecast, op);
        }
        break;
    }
}
