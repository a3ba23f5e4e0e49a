/*
 * From op to call: carries out one op on a heap, and tells the model.
 *
 * One function an op, named after it and found through a table. A function first looks whether its
 * slots are in the state it needs; if not, nothing happens. Then it holds them, begins a step,
 * calls the allocator once (a bulk is one call), and hands the result to sanitizers/compare.h.
 *
 * The call of a task may be interrupted anywhere, by functions of other executions; what stands
 * before and behind it is never. Each op in flight has an execution of its own.
 */
#ifndef FUZZ_EXECUTE_H
#define FUZZ_EXECUTE_H

#include "allocator/api/heap.h"
#include "allocator/cache/heap_state.h"
#include "fuzz/owed.h"
#include "fuzz/run.h"
#include "fuzz/schedule.h"
#include "sanitizers/compare_fault.h"
#include "sanitizers/compare_seen.h"
#include "sanitizers/model.h"
#include "sanitizers/waiting.h"
#include "sim/sim.h"

enum {
    EXECUTE_BULK_MAX = 64,
    EXECUTE_TEXT_MAX = 16 * 1024,    /* bytes of what is told of a heap */
};

struct execution {
    struct sim *sim;
    struct kmem_heap *heap;
    struct model *model;
    struct owed *owed;
    struct schedule *schedule;
    struct waiting *waiting;
    bool is_task;               /* others may run during the call */
    uint64_t hash;              /* of everything noted since it was taken */
    uint32_t freed_alone;       /* slot that the last step freed, if it freed just one, plus 1 */
    bool panic_is_due;          /* the cache being created cannot be made: SLAB_PANIC may stop us */

    /* Of this op. */
    struct model_moment before;
    uint8_t account;            /* that pays for what the call allocates; CHARGES_ANY: not known */
    struct compare_fault fault; /* what is expected of the call: is it to fail? */
    struct model_object *held[EXECUTE_BULK_MAX];
    uint32_t held_count;
    struct model_cache *held_cache;     /* NULL: none */
    const void *address;        /* what was returned or freed, or NULL */
    int64_t value;              /* what was returned otherwise */
    uint32_t bulk_count;
    void *bulk[EXECUTE_BULK_MAX];
    uint32_t bulk_slots[EXECUTE_BULK_MAX];
    char text[EXECUTE_TEXT_MAX + SEEN_GUARD_SIZE];
};

/* Starts on a new heap. What an op held whose run was abandoned in its middle is let go. */
void execute_start(struct execution *execution, struct kmem_heap *heap);

/* What was noted becomes part of the hash of all, and the next op's notes begin. */
void execute_take_hash(struct execution *execution, uint64_t *all);

/* True for ops that change bytes or the machine without a call: nothing can come between. */
bool execute_is_act(const struct op *op);

/* True for ops that an interrupt handler may do, and for those an NMI may do. */
bool execute_may_interrupt(const struct op *op);
bool execute_takes_no_lock(const struct op *op);

/*
 * Carries out an op and says what became of it. After RUN_OP_STEP the simulation's step is still
 * open. A violation is noted in the model.
 */
enum run_op_outcome execute_op(struct execution *execution, const struct op *op);

/* Everything that waits for readers is waited for; a step if there is anything. */
enum run_op_outcome execute_barrier(struct execution *execution);

/* A cache gives back what it can; a step. O(slabs). */
enum run_op_outcome execute_shrink_cache(struct execution *execution, struct kmem_cache *cache);

#endif
