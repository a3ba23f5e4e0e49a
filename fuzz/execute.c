#include "fuzz/execute.h"

#include <assert.h>

#include "allocator/base/compiler_fiber.h"
#include "allocator/cache/heap_state.h"
#include "fuzz/execute_parts.h"
#include "sim/smp.h"

static_assert((int)OP_CACHE_SLOT_COUNT == (int)MODEL_CACHE_COUNT, "slots of ops and of the model");
static_assert((int)EXECUTE_BULK_MAX <= (int)OWED_KEPT_MAX, "a bulk of damaged objects");

static enum run_op_outcome (*const handlers[OP_CODE_COUNT])(struct execution *execution,
                                                            const struct op *op) = {
#define X(code, NAME, name, class, operands, why) [code] = execute_##name,
    OPS(X, )
#undef X
};

static const uint64_t HASH_OF_NOTHING = UINT64_C(0xcbf29ce484222325);

static uint64_t mixed(uint64_t hash, uint64_t value)
{
    hash = (hash ^ value) * UINT64_C(0x100000001b3);
    return hash ^ hash >> 29;
}

static void mix(struct execution *execution, uint64_t value)
{
    execution->hash = mixed(execution->hash, value);
}

void execute_start(struct execution *execution, struct kmem_heap *heap)
{
    execution->heap = heap;
    execution->hash = HASH_OF_NOTHING;
    execution->freed_alone = 0;
    execution->panic_is_due = false;
    for (uint32_t i = 0; i < execution->held_count; i++) {
        execution->held[i]->is_busy = false;
    }
    execution->held_count = 0;
    execution->held_cache = NULL;
}

void execute_take_hash(struct execution *execution, uint64_t *all)
{
    *all = mixed(*all, execution->hash);
    execution->hash = HASH_OF_NOTHING;
}

/* Where an op may run, besides in a process. */
enum {
    IN_INTERRUPT = 1,
    IN_NMI = 2,
    IS_ACT = 4,
};

static const uint8_t traits[OP_CODE_COUNT] = {
    [OP_NOP] = IS_ACT,
    [OP_CPU] = IS_ACT,
    [OP_FILL] = IS_ACT,
    [OP_VERIFY] = IS_ACT,
    [OP_ALLOC] = IN_INTERRUPT,
    [OP_ZALLOC] = IN_INTERRUPT,
    [OP_FREE] = IN_INTERRUPT,
    [OP_BULK_ALLOC] = IN_INTERRUPT,
    [OP_BULK_FREE] = IN_INTERRUPT,
    [OP_KMALLOC] = IN_INTERRUPT,
    [OP_KZALLOC] = IN_INTERRUPT,
    [OP_KCALLOC] = IN_INTERRUPT,
    [OP_KREALLOC] = IN_INTERRUPT,
    [OP_KFREE] = IN_INTERRUPT,
    [OP_KSIZE] = IN_INTERRUPT,
    [OP_KFREE_BULK] = IN_INTERRUPT,
    [OP_PAGES] = IN_INTERRUPT,
    [OP_FREE_PAGES] = IN_INTERRUPT,
    [OP_PAGES_COMP] = IN_INTERRUPT,
    [OP_GET_PAGE] = IN_INTERRUPT,
    [OP_PUT_PAGE] = IN_INTERRUPT,
    [OP_PAGES_EXACT] = IN_INTERRUPT,
    [OP_FREE_EXACT] = IN_INTERRUPT,
    [OP_PAGES_BULK] = IN_INTERRUPT,
    [OP_FREE_PAGES_BULK] = IN_INTERRUPT,
    [OP_PAGE_OWNER] = IN_INTERRUPT,
    [OP_FRAGS] = IN_INTERRUPT,
    [OP_FREE_FRAGS] = IN_INTERRUPT,
    [OP_DRAIN_FRAGS] = IN_INTERRUPT,
    [OP_CACHE_SIZE] = IN_INTERRUPT | IN_NMI,
    [OP_ONLINE] = IS_ACT,
    [OP_ALLOC_NOLOCK] = IN_INTERRUPT | IN_NMI,
    [OP_FREE_NOLOCK] = IN_INTERRUPT | IN_NMI,
    [OP_FREE_RCU] = IN_INTERRUPT,
    [OP_POOL_ALLOC] = IN_INTERRUPT,
    [OP_POOL_FREE] = IN_INTERRUPT,
    [OP_KMALLOC_GFP] = IN_INTERRUPT,
    [OP_KREALLOC_ARRAY] = IN_INTERRUPT,
    [OP_KREALLOC_ALIGN] = IN_INTERRUPT,
    [OP_KFREE_SENSITIVE] = IN_INTERRUPT,
    [OP_SIZE_ROUNDUP] = IN_INTERRUPT | IN_NMI,
    [OP_CHARGE] = IN_INTERRUPT,
    [OP_BUCKETS_ALLOC] = IN_INTERRUPT,
    [OP_KVMALLOC] = IN_INTERRUPT,
    [OP_KVMALLOC_ARRAY] = IN_INTERRUPT,
    [OP_KVREALLOC] = IN_INTERRUPT,
    [OP_KVFREE] = IN_INTERRUPT,
    [OP_KMALLOC_NOLOCK] = IN_INTERRUPT | IN_NMI,
    [OP_KFREE_NOLOCK] = IN_INTERRUPT | IN_NMI,
    [OP_ALLOC_ACCOUNT] = IN_INTERRUPT,
    [OP_PAGES_TYPE] = IN_INTERRUPT,
    [OP_MARK_FAILING] = IN_INTERRUPT | IN_NMI,
    [OP_STAT_CLEAR] = IN_INTERRUPT | IN_NMI,
    [OP_STAT_READ] = IN_INTERRUPT | IN_NMI,
    [OP_DESCRIBE] = IN_INTERRUPT | IN_NMI,
    [OP_ALLOC_NODE] = IN_INTERRUPT,
    [OP_KMALLOC_NODE] = IN_INTERRUPT,
    [OP_PAGES_NODE] = IN_INTERRUPT,
    [OP_READ_FREED] = IS_ACT,
    [OP_USERCOPY_CHECK] = IN_INTERRUPT | IN_NMI,
};

bool execute_is_act(const struct op *op)
{
    return (traits[op->code] & IS_ACT) != 0;
}

bool execute_may_interrupt(const struct op *op)
{
    return (traits[op->code] & IN_INTERRUPT) != 0;
}

bool execute_takes_no_lock(const struct op *op)
{
    return (traits[op->code] & IN_NMI) != 0;
}

void execute_hold(struct execution *execution, struct model_object *object)
{
    if (execution->is_task && !object->is_busy) {
        object->is_busy = true;
        execution->held[execution->held_count++] = object;
        compiler_acquire(object);
    }
}

/* Its creator comes before everybody, everybody before whoever destroys it. */
void execute_hold_cache(struct execution *execution, struct model_cache *cache)
{
    if (execution->is_task) {
        cache->busy_count++;
        execution->held_cache = cache;
        compiler_acquire(&cache->handle);
    }
}

bool execute_close_cache(struct execution *execution, struct model_cache *cache)
{
    if (cache->busy_count != 0) {
        return false;
    }
    execute_hold_cache(execution, cache);
    if (execution->is_task) {
        cache->is_closed = true;
        compiler_acquire(&cache->busy_count);
    }
    return true;
}

static void let_go(struct execution *execution)
{
    struct model_cache *cache = execution->held_cache;

    for (uint32_t i = 0; i < execution->held_count; i++) {
        execution->held[i]->is_busy = false;
        compiler_release(execution->held[i]);
    }
    execution->held_count = 0;
    if (execution->is_task) {
        compiler_release(&execution->model->used_count);
    }
    if (cache != NULL) {
        compiler_release(cache->is_closed ? (void *)&cache->handle : (void *)&cache->busy_count);
        cache->busy_count--;
        /* A free of one of its objects may end before the op that closed it. */
        cache->is_closed = cache->is_closed && cache->busy_count > 0;
    }
    execution->held_cache = NULL;
}

bool execute_alone(struct execution *execution)
{
    if (!sim_is_quiet(execution->sim)) {
        return false;
    }
    sim_stay(execution->sim);
    return true;
}

static void clear_outcome(struct execution *execution)
{
    execution->address = NULL;
    execution->value = 0;
}

enum run_op_outcome execute_op(struct execution *execution, const struct op *op)
{
    clear_outcome(execution);
    if (execution->is_task) {
        compiler_acquire(&execution->model->cache_total);
    }

    enum run_op_outcome outcome = handlers[op->code](execution, op);

    let_go(execution);
    if (outcome != RUN_OP_SKIPPED) {
        mix(execution, op->code);
    }
    return outcome;
}

/* A task may be moved to another CPU before it asks. */
static uint8_t present_account(const struct execution *execution)
{
    return execution->is_task ? CHARGES_ANY
                              : execution->model->charges.cpu_accounts[sim_cpu(execution->sim)];
}

void execute_begin_step(struct execution *execution)
{
    sim_begin_step(execution->sim);
    compare_begin_step(execution->model, (uint32_t)sim_step(execution->sim));
    execution->before = execution->model->before;
    execution->account = present_account(execution);
    owed_begin_step(execution->owed);
    execution->freed_alone = 0;
    execution->fault.is_known = false;
}

void execute_expect_fault(struct execution *execution, const struct kmem_cache *cache, gfp_t gfp,
                          unsigned order)
{
    const struct compare_question question = {.cache = cache, .gfp = gfp, .order = order};

    /* What an object is charged to may have to be allocated, too. */
    if (cache == NULL || !cache->extends_objects) {
        execution->fault = compare_fault_begin(execution->model, &question);
    }
}

void execute_end_call(struct execution *execution)
{
    struct sim *sim = execution->sim;

    sim_end_step(sim);
    execution->model->charges.present = execution->account;
    compare_end_call(execution->model, (uint32_t)sim_step(sim), &execution->before,
                     !sim_is_alone(sim) || sim_has_moved(sim));
    compare_fault(execution->model, &execution->fault);
}

/* NULL and ZERO_SIZE_PTR are no offsets: they wrap to numbers beyond any arena. */
void execute_note_address(struct execution *execution, const void *address)
{
    uintptr_t arena = (uintptr_t)execution->heap->memory.arena;

    execution->address = address;
    mix(execution, (uint64_t)((uintptr_t)address - arena));
}

void execute_note_value(struct execution *execution, int64_t value)
{
    execution->value = value;
    mix(execution, (uint64_t)value);
}

struct model_object *execute_live(struct execution *execution, uint32_t slot,
                                  enum model_kind kind)
{
    if (slot >= MODEL_OBJECT_COUNT) {
        return NULL;
    }

    struct model_object *object = model_object(execution->model, slot);

    return model_is_live(object) && object->kind == kind && !object->is_busy ? object : NULL;
}

struct model_object *execute_vacant(struct execution *execution, uint32_t slot)
{
    if (slot >= MODEL_OBJECT_COUNT) {
        return NULL;
    }

    struct model_object *object = model_object(execution->model, slot);

    bool is_vacant = object->state == MODEL_EMPTY || object->state == MODEL_STALE;

    return is_vacant && !object->is_busy ? object : NULL;
}

struct model_cache *execute_cache(struct execution *execution, unsigned slot)
{
    struct model_cache *cache = &execution->model->caches[slot];

    return cache->handle != NULL && !cache->is_closed ? cache : NULL;
}

void execute_retire(struct execution *execution, struct model_object *object)
{
    struct model *model = execution->model;
    struct model_cache *cache = model_cache_of(model, object);

    execute_hold(execution, object);
    if (cache != NULL && execution->held_cache == NULL) {
        execute_hold_cache(execution, cache);
    }
    compare_content(model, object);
    if (cache != NULL && cache->ctor_size != 0) {
        content_construct(object->address, cache->ctor_size);
    }
    content_construct(object->address, object->ctor_size);
}

void execute_give_up(struct execution *execution, struct model_object *object)
{
    if (execution->is_task) {
        model_release(execution->model, object, sim_cpu(execution->sim));
    }
}

void execute_give_up_all(struct execution *execution)
{
    for (uint32_t i = 0; i < execution->bulk_count; i++) {
        execute_give_up(execution, model_object(execution->model, execution->bulk_slots[i]));
    }
}

void execute_freed(struct execution *execution, struct model_object *object)
{
    unsigned cpu = sim_cpu(execution->sim);

    if (execution->is_task) {
        if (object->size != 0) {
            compare_hidden(execution->model, object);
        }
        return;
    }
    if (owed_was_kept(execution->owed, object->address)) {
        model_isolate(execution->model, object, cpu);
        return;
    }
    model_release(execution->model, object, cpu);
    if (object->size != 0) {
        compare_hidden(execution->model, object);
    }
}

void execute_begin_free(struct execution *execution, struct model_object *object)
{
    execute_retire(execution, object);
    execute_begin_step(execution);
    execute_note_address(execution, object->address);
    execute_give_up(execution, object);
}

void execute_end_free(struct execution *execution, struct model_object *object)
{
    execute_end_call(execution);
    execute_freed(execution, object);
}

static const struct kmem_cache *handle_of(const struct execution *execution,
                                          const struct model_object *object)
{
    const struct model_cache *cache = model_find_cache(execution->model, object);

    return cache != NULL ? cache->handle : NULL;
}

uint32_t execute_collect(struct execution *execution, uint32_t first, uint32_t count,
                         enum model_kind kind, const struct model_cache *cache)
{
    execution->bulk_count = 0;
    for (uint32_t i = 0; i < count; i++) {
        struct model_object *object = execute_live(execution, first + i, kind);

        if (object != NULL && (cache == NULL || handle_of(execution, object) == cache->handle)) {
            execution->bulk_slots[execution->bulk_count] = first + i;
            execution->bulk[execution->bulk_count++] = object->address;
        }
    }
    return execution->bulk_count;
}

/* Ops that concern no cache and no size: the machine, and what users do among themselves. */

enum run_op_outcome execute_nop(struct execution *execution, const struct op *op)
{
    (void)execution;
    (void)op;
    return RUN_OP_SKIPPED;
}

enum run_op_outcome execute_fail_page(struct execution *execution, const struct op *op)
{
    execute_begin_step(execution);
    heap_fail_page_alloc(execution->heap, op_fail_page_nth(op));
    execute_end_call(execution);
    execute_note_value(execution, (int64_t)heap_page_failures(execution->heap));
    return RUN_OP_STEP;
}

/* The object, of any kind, if it is live and has bytes; else NULL. */
static struct model_object *find_touchable(struct execution *execution, uint32_t slot)
{
    if (slot >= MODEL_OBJECT_COUNT) {
        return NULL;
    }

    struct model_object *object = model_object(execution->model, slot);

    return model_is_live(object) && object->size != 0 && !object->is_busy ? object : NULL;
}

enum run_op_outcome execute_fill(struct execution *execution, const struct op *op)
{
    struct model_object *object = find_touchable(execution, op_fill_object(op));

    if (object == NULL) {
        return RUN_OP_SKIPPED;
    }
    model_fill(execution->model, object, op_fill_pattern(op));
    return RUN_OP_ACT;
}

enum run_op_outcome execute_verify(struct execution *execution, const struct op *op)
{
    const struct model_object *object = find_touchable(execution, op_verify_object(op));

    if (object == NULL) {
        return RUN_OP_SKIPPED;
    }
    compare_content(execution->model, object);
    return RUN_OP_ACT;
}
