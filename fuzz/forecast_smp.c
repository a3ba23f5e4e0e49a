#include "fuzz/forecast_smp.h"

#include "allocator/base/flags.h"
#include "fuzz/forecast_memory.h"

enum { READABLE_SIZE_MIN = 16 };

static bool is_offline(const struct forecast *forecast, uint32_t cpu)
{
    return (forecast->readers.offline >> cpu & 1) != 0;
}

uint32_t forecast_turn(const struct forecast *forecast, uint32_t cpu)
{
    cpu %= forecast->config->cpu_count;
    while (is_offline(forecast, cpu)) {
        cpu = (cpu + 1) % forecast->config->cpu_count;
    }
    return cpu;
}

static bool allows_offline(const struct forecast *forecast, const struct op *op)
{
    uint32_t cpu = op_offline_cpu(op) % forecast->config->cpu_count;

    return cpu != forecast->cpu && !is_offline(forecast, cpu) &&
           forecast->readers.depths[cpu] == 0 && forecast_depth(forecast, cpu) <= 1;
}

static bool allows_free_rcu(const struct forecast *forecast, uint32_t index)
{
    if (index >= FORECAST_SLOT_COUNT) {
        return true;
    }

    const struct forecast_slot *slot = &forecast->slots[index];
    bool is_constructed =
        slot->content == SLOT_OBJECT && forecast->caches[slot->cache].has_ctor;

    return slot->size >= READABLE_SIZE_MIN && !is_constructed &&
           forecast->readers.waiting_count < FORECAST_WAITING_MAX;
}

static bool allows_read_freed(const struct forecast *forecast, uint32_t index)
{
    return index < FORECAST_SLOT_COUNT && forecast->readers.depths[forecast->cpu] > 0 &&
           (forecast->caches[forecast->slots[index].cache].flags & SLAB_TYPESAFE_BY_RCU) != 0;
}

bool forecast_allows_smp(const struct forecast *forecast, const struct op *op)
{
    switch (op->code) {
    case OP_OFFLINE:
        return allows_offline(forecast, op);
    case OP_ONLINE:
        return is_offline(forecast, op_online_cpu(op) % forecast->config->cpu_count);
    case OP_RCU_UNLOCK:
        return forecast->readers.depths[forecast->cpu] > 0;
    case OP_GRACE:
        return forecast->readers.waiting_count > 0;
    case OP_ACCOUNT:
    case OP_ACCOUNT_LIMIT:
    case OP_ACCOUNTING:
        return forecast->config->object_extensions && forecast->schedule.flight_count == 0;
    case OP_BUCKETS_CREATE:
    case OP_BUCKETS_DESTROY:
        return forecast->schedule.flight_count == 0 &&
               (forecast->bucket_sets >> op->a & 1) == (op->code == OP_BUCKETS_DESTROY);
    case OP_BUCKETS_ALLOC:
        return (forecast->bucket_sets >> op_buckets_alloc_set(op) & 1) != 0;
    case OP_KFREE_NOLOCK:
        return op->object >= FORECAST_SLOT_COUNT ||
               forecast->slots[op->object].size <= KMALLOC_CACHE_SIZE_MAX;
    case OP_CHARGE:
        return forecast->config->object_extensions;
    case OP_FREE_RCU:
        return allows_free_rcu(forecast, op->object);
    case OP_READ_FREED:
        return allows_read_freed(forecast, op->object);
    default:
        return true;
    }
}

static bool somebody_reads(const struct forecast *forecast)
{
    for (uint32_t cpu = 0; cpu < forecast->config->cpu_count; cpu++) {
        if (forecast->readers.depths[cpu] > 0) {
            return true;
        }
    }
    return false;
}

static void free_waiting(struct forecast *forecast)
{
    for (uint32_t i = 0; i < forecast->slot_end; i++) {
        struct forecast_slot *slot = &forecast->slots[i];

        if (slot->content == SLOT_WAITING) {
            slot->content = slot->cache < OP_CACHE_SLOT_COUNT ? SLOT_OBJECT : SLOT_KMALLOC;
            forecast_free_slot(forecast, i);
        }
    }
    forecast->readers.waiting_count = 0;
}

/* Whoever waits for readers makes them leave. */
static void wait_for_readers(struct forecast *forecast)
{
    if (forecast->readers.waiting_count > 0) {
        for (uint32_t cpu = 0; cpu < CPU_MAX; cpu++) {
            forecast->readers.depths[cpu] = 0;
        }
        free_waiting(forecast);
    }
}

static void start_waiting(struct forecast *forecast, uint32_t index)
{
    if (index < FORECAST_SLOT_COUNT) {
        forecast->slots[index].content = SLOT_WAITING;
        forecast->readers.waiting_count++;
    }
}

void forecast_smp(struct forecast *forecast, const struct op *op)
{
    struct forecast_readers *readers = &forecast->readers;

    switch (op->code) {
    case OP_CPU:
        forecast->cpu = forecast_turn(forecast, op_cpu_cpu(op));
        break;
    case OP_OFFLINE:
        readers->offline |= (uint8_t)(1u << op_offline_cpu(op) % forecast->config->cpu_count);
        forecast_flush(forecast, 0, FORECAST_CACHE_COUNT - 1, op_offline_cpu(op));
        break;
    case OP_ONLINE:
        readers->offline &= (uint8_t)~(1u << op_online_cpu(op) % forecast->config->cpu_count);
        break;
    case OP_BUCKETS_CREATE:
    case OP_BUCKETS_DESTROY:
        forecast->bucket_sets ^= (uint8_t)(1u << op->a);
        break;
    case OP_RCU_LOCK:
        readers->depths[forecast->cpu]++;
        break;
    case OP_RCU_UNLOCK:
        readers->depths[forecast->cpu]--;
        break;
    case OP_FREE_RCU:
        start_waiting(forecast, op->object);
        break;
    case OP_GRACE:
        if (!somebody_reads(forecast)) {
            free_waiting(forecast);
        }
        break;
    case OP_DESTROY:
        wait_for_readers(forecast);
        break;
    default:
        break;
    }
}
