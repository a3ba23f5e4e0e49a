/* Ops that only make sense with several CPUs: they come and go, read, and free what is read. */
#include "allocator/api/kmem_cache.h"
#include "allocator/api/rcu.h"
#include "fuzz/execute_parts.h"
#include "fuzz/misuse.h"
#include "sanitizers/peek.h"
#include "sim/smp.h"

/* Sections open at once on a CPU; no more are of any use. */
enum { SECTIONS_MAX = 255 };

static unsigned cpu_count(const struct execution *execution)
{
    return execution->heap->config.cpu_count;
}

cpu_id_t execute_turn(struct execution *execution, cpu_id_t cpu)
{
    cpu_id_t online = schedule_turn(execution->schedule, cpu, cpu_count(execution));

    if (online != cpu) {
        sim_migrate(execution->sim, cpu, online);
    }
    return online;
}

/* Sections open on a CPU. */
static uint32_t depth_of(const struct execution *execution, cpu_id_t cpu)
{
    return world_rcu_depth(view_word(&execution->heap->rcu.readers[cpu].word));
}

enum run_op_outcome execute_offline(struct execution *execution, const struct op *op)
{
    struct schedule *schedule = execution->schedule;
    struct sim *sim = execution->sim;
    cpu_id_t cpu = op_offline_cpu(op) % cpu_count(execution);

    if (cpu == sim_cpu(sim) || schedule_is_offline(schedule, cpu) || !sim_irqs_are_on(sim, cpu) ||
        depth_of(execution, cpu) != 0) {
        return RUN_OP_SKIPPED;
    }
    schedule->offline |= 1u << cpu;
    schedule->leaving |= 1u << cpu;
    execute_begin_step(execution);

    uint64_t turns = sim_turn_count(sim, cpu);

    heap_cpu_offline(execution->heap, cpu);
    execute_end_call(execution);
    schedule->leaving &= ~(1u << cpu);
    if (sim_turn_count(sim, cpu) == turns) {
        compare_offline(execution->model, cpu);
    }
    return RUN_OP_STEP;
}

enum run_op_outcome execute_online(struct execution *execution, const struct op *op)
{
    struct schedule *schedule = execution->schedule;
    uint32_t cpu = 1u << op_online_cpu(op) % cpu_count(execution);

    if ((schedule->offline & ~schedule->leaving & cpu) == 0) {
        return RUN_OP_SKIPPED;
    }
    schedule->offline &= ~cpu;
    return RUN_OP_ACT;
}

enum run_op_outcome execute_alloc_nolock(struct execution *execution, const struct op *op)
{
    uint32_t slot = op_alloc_nolock_object(op);
    struct model_cache *cache = execute_cache(execution, op_alloc_nolock_cache(op));
    struct model_object *vacant = execute_vacant(execution, slot);

    if (cache == NULL || vacant == NULL) {
        return RUN_OP_SKIPPED;
    }
    execute_hold(execution, vacant);
    execute_hold_cache(execution, cache);

    struct compare_request request =
        compare_free_of_charge_request(execution->model, op_alloc_nolock_cache(op));

    execute_begin_step(execution);

    void *given = kmem_cache_alloc_nolock(cache->handle);

    execute_end_call(execution);
    execute_note_address(execution, given);
    if (given != NULL) {
        compare_alloc(execution->model, slot, &request, given);
    }
    return RUN_OP_STEP;
}

/* A debug cache is not validated while an object of it is freed without a lock. */
static bool may_free_nolock(struct execution *execution, struct model_cache *cache)
{
    return (cache->flags & SLAB_DEBUG_PATH_FLAGS) == 0 || execute_close_cache(execution, cache);
}

enum run_op_outcome execute_free_nolock(struct execution *execution, const struct op *op)
{
    struct model_object *object =
        execute_live(execution, op_free_nolock_object(op), MODEL_CACHE_OBJECT);
    struct model_cache *cache =
        object != NULL ? model_cache_of(execution->model, object) : NULL;

    if (object == NULL || !execute_may_defer(execution, object) ||
        !may_free_nolock(execution, cache)) {
        return RUN_OP_SKIPPED;
    }
    execute_begin_free(execution, object);
    kmem_cache_free_nolock(cache->handle, object->address);
    execute_end_free(execution, object);
    return RUN_OP_STEP;
}

enum run_op_outcome execute_free_twice_nolock(struct execution *execution, const struct op *op)
{
    struct model_object *object =
        execute_live(execution, op_free_twice_nolock_object(op), MODEL_CACHE_OBJECT);

    if (object == NULL || !execute_may_defer(execution, object)) {
        return RUN_OP_SKIPPED;
    }

    bool is_guarded = guarded_contains(&execution->heap->guarded, object->address);
    const struct misuse_row *row =
        misuse_find(OP_FREE_TWICE_NOLOCK, is_guarded ? MISUSE_IF_NOT_GUARDED
                                                     : misuse_of_live(execution->model, object));
    struct model_cache *cache = model_cache_of(execution->model, object);

    if (row == NULL || !may_free_nolock(execution, cache)) {
        return RUN_OP_SKIPPED;
    }
    execute_begin_free(execution, object);
    owed_now(execution->owed, row->kind, object->address);
    kmem_cache_free_nolock(cache->handle, object->address);
    kmem_cache_free_nolock(cache->handle, object->address);
    execute_end_call(execution);
    /* Only the second free was refused. */
    model_release(execution->model, object, sim_cpu(execution->sim));
    compare_hidden(execution->model, object);
    return RUN_OP_STEP;
}

/* A reader does not leave its CPU, neither when it comes nor when it goes: so it is not parked. */
enum run_op_outcome execute_rcu_lock(struct execution *execution, const struct op *op)
{
    cpu_id_t cpu = sim_cpu(execution->sim);

    (void)op;
    if (depth_of(execution, cpu) == SECTIONS_MAX) {
        return RUN_OP_SKIPPED;
    }
    sim_stay(execution->sim);
    execute_begin_step(execution);
    heap_rcu_read_lock(execution->heap);
    execute_end_call(execution);
    if (depth_of(execution, cpu) == 1) {
        waiting_enter(execution->waiting, cpu);
    }
    return RUN_OP_STEP;
}

enum run_op_outcome execute_rcu_unlock(struct execution *execution, const struct op *op)
{
    cpu_id_t cpu = sim_cpu(execution->sim);

    (void)op;
    if (depth_of(execution, cpu) == 0) {
        return RUN_OP_SKIPPED;
    }
    sim_stay(execution->sim);
    waiting_read(execution->waiting);
    if (depth_of(execution, cpu) == 1) {
        waiting_leave(execution->waiting, cpu);
    }
    execute_begin_step(execution);
    heap_rcu_read_unlock(execution->heap);
    execute_end_call(execution);
    return RUN_OP_STEP;
}

/* Frees wait for readers, or slabs do. */
static bool somebody_waits(const struct execution *execution)
{
    const struct world_rcu *rcu = &execution->heap->rcu;

    return execution->waiting->count != 0 || view_word(&rcu->queued) != view_word(&rcu->done);
}

enum run_op_outcome execute_grace(struct execution *execution, const struct op *op)
{
    (void)op;
    if (!somebody_waits(execution)) {
        return RUN_OP_SKIPPED;
    }
    execute_begin_step(execution);
    heap_rcu_run(execution->heap);
    execute_end_call(execution);
    return RUN_OP_STEP;
}

/* Of a cache that keeps freed objects for readers, and found by this one before it was freed. */
static const struct model_object *find_read(struct execution *execution, uint32_t slot)
{
    if (slot >= MODEL_OBJECT_COUNT) {
        return NULL;
    }

    const struct model_object *object = model_object(execution->model, slot);
    const struct model_cache *cache = model_find_cache(execution->model, object);
    bool is_kept = cache != NULL && (cache->flags & SLAB_TYPESAFE_BY_RCU) != 0 &&
                   !cache->is_closed && object->state == MODEL_STALE && !object->is_busy;

    return is_kept && waiting_may_read(execution->waiting, object, sim_cpu(execution->sim))
               ? object
               : NULL;
}

enum run_op_outcome execute_read_freed(struct execution *execution, const struct op *op)
{
    const struct model_object *object = find_read(execution, op_read_freed_object(op));

    if (object == NULL) {
        return RUN_OP_SKIPPED;
    }
    execution->address = object->address;
    compare_read(execution->model, object, sim_is_quiet(execution->sim));
    return RUN_OP_ACT;
}

/* Live, big enough, and not to be left as a constructor wants it; or NULL. */
static struct model_object *find_readable(struct execution *execution, uint32_t slot)
{
    struct model_object *object = execute_live(execution, slot, MODEL_CACHE_OBJECT);

    if (object == NULL) {
        object = execute_live(execution, slot, MODEL_KMALLOC);
    }
    if (object == NULL || object->size < RCU_OBJECT_SIZE_MIN) {
        return NULL;
    }

    const struct model_cache *cache = model_cache_of(execution->model, object);

    return object->ctor_size == 0 && (cache == NULL || cache->ctor_size == 0) ? object : NULL;
}

/* The cache is held, so that it is not destroyed before the free waits. */
enum run_op_outcome execute_free_rcu(struct execution *execution, const struct op *op)
{
    struct model_object *object = find_readable(execution, op_free_rcu_object(op));

    if (object == NULL || execution->waiting->count == WAITING_MAX ||
        !execute_may_defer(execution, object)) {
        return RUN_OP_SKIPPED;
    }

    struct model_cache *cache = model_cache_of(execution->model, object);

    if (cache != NULL) {
        execute_hold_cache(execution, cache);
    }
    waiting_add(execution->waiting, object);
    execute_begin_step(execution);
    execute_note_address(execution, object->address);
    heap_free_rcu(execution->heap, object->address);
    execute_end_call(execution);
    return RUN_OP_STEP;
}

enum run_op_outcome execute_barrier(struct execution *execution)
{
    if (!somebody_waits(execution)) {
        return RUN_OP_SKIPPED;
    }
    execute_begin_step(execution);
    heap_rcu_barrier(execution->heap);
    execute_end_call(execution);
    waiting_compare_none(execution->waiting);
    return RUN_OP_STEP;
}

bool execute_may_defer(struct execution *execution, const struct model_object *object)
{
    const struct kmem_cache *home = peek_home(execution->heap, object->address);

    return home == NULL || (!owed_concerns(execution->owed, home) &&
                            !owed_concerns_object(execution->owed, object->address));
}

/* Frees to the guard pool that were put off. */
static bool pool_is_settled(const struct execution *execution, const void *address)
{
    const struct kmem_heap *heap = execution->heap;

    return peek_guarded(heap, address) == NULL || view_word(&heap->guarded.deferred) == 0;
}

bool execute_is_settled(struct execution *execution, const void *address)
{
    const struct kmem_cache *home = peek_home(execution->heap, address);

    if (home == NULL || !pool_is_settled(execution, address)) {
        return home == NULL;
    }
    for (cpu_id_t cpu = 0; cpu < cpu_count(execution); cpu++) {
        if (view_word(&home->cpus[cpu].deferred) != 0) {
            return false;
        }
    }
    return waiting_count_of(execution->waiting, home) == 0;
}
