/*
 * From op to call: carries out one op on a heap, and tells the model.
 *
 * One function an op, named after it and found through a table. A function first looks whether its
 * slots are in the state it needs; if not, nothing happens. Then it begins a step, calls the
 * allocator once (a bulk is one call), and hands the result to sanitizers/compare.h.
 */
#ifndef FUZZ_EXECUTE_H
#define FUZZ_EXECUTE_H

#include "allocator/api/heap.h"
#include "allocator/cache/heap_state.h"
#include "fuzz/owed.h"
#include "fuzz/run.h"
#include "sim/sim.h"

enum { EXECUTE_BULK_MAX = 64 };

struct execution {
    struct sim *sim;
    struct kmem_heap *heap;
    struct model *model;
    struct owed *owed;
    uint64_t hash;              /* of everything noted so far */
    uint32_t freed_alone;       /* slot that the last step freed, if it freed just one, plus 1 */
    bool panic_is_due;          /* the cache being created cannot be made: SLAB_PANIC may stop us */

    /* Of this op. */
    const void *address;        /* what was returned or freed, or NULL */
    int64_t value;              /* what was returned otherwise */
    uint32_t bulk_count;
    void *bulk[EXECUTE_BULK_MAX];
    uint32_t bulk_slots[EXECUTE_BULK_MAX];
};

/* Starts on a new heap. */
void execute_start(struct execution *execution, struct kmem_heap *heap);

/*
 * Carries out an op and says what became of it. After RUN_OP_STEP the simulation's step is still
 * open. A violation is noted in the model.
 */
enum run_op_outcome execute_op(struct execution *execution, const struct op *op);

/* One more kmalloc cache gives back what it can; a step. O(slabs). */
enum run_op_outcome execute_kmalloc_shrink(struct execution *execution, unsigned index);

#endif
