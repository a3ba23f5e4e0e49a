/*
 * The judged run: an op program is executed on a fresh heap, and every step is judged.
 *
 *     op -> call (execute.h) -> reports owed (owed.h) -> model (compare.h) -> invariants
 *        -> hash, feedback
 *
 * A step is one op that called the allocator. An op whose slots are not in the state it needs
 * decodes to nothing and is skipped. At the end everything that lives is verified and freed, caches
 * are destroyed, and no page may be missing; those calls are judged, but are no steps.
 *
 * The same program gives the same result, hash included, in any process and build. A run stops at
 * the first thing that is wrong. Its signature names rule and op, never an address, a step or a
 * value.
 */
#ifndef FUZZ_RUN_H
#define FUZZ_RUN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "allocator/base/report.h"
#include "fuzz/program.h"

struct heap_check;
struct kmem_cache;
struct kmem_heap;
struct object_trace;
struct model;
struct run;
struct sim;
struct sim_access;

enum {
    RUN_SIGNATURE_SIZE = 96,
    RUN_STATE_COUNT = 26366,    /* abstract states are numbered below this */
};

/* Which ops are carried out; others are skipped. */
enum run_ops {
    RUN_ALL,         /* every op */
    RUN_SEQUENCE,    /* no misuse, and no schedule: one op after the other */
    RUN_SMP,         /* no misuse */
    RUN_BUDDY,       /* pages, sizes, page failures: nothing that needs a cache slot, no misuse */
};

enum run_verdict {
    RUN_PASSED,
    RUN_FAILED,
};

/* What became of one op. */
enum run_op_outcome {
    RUN_OP_SKIPPED,    /* decoded to nothing */
    RUN_OP_ACT,        /* changed the machine, or bytes, without a call */
    RUN_OP_STEP,
};

/* One op, just carried out and judged. */
struct run_event {
    const struct op *op;           /* NULL: the call is one of the end's */
    size_t op_index;               /* of the program; its op count at the end */
    uint64_t step;                 /* number of the step, 0 for one that was none */
    enum run_op_outcome outcome;
    bool has_address;
    uint64_t address;              /* what was returned or freed: offset in the arena */
    int64_t value;                 /* what was returned otherwise */
};

/* All fields may be 0. Callbacks get context, and must not touch the run. */
struct run_options {
    enum run_ops ops;
    bool is_unjudged;              /* only execute, to measure judging; not with misuse */
    bool is_thorough;              /* judge the whole heap after each step */
    bool skips_end;                /* stop behind the last op: for those who look for it earlier */
    size_t op_max;                 /* ops beyond are not read; 0: RUN_OP_MAX_DEFAULT */
    void (*on_state)(uint32_t slot);    /* abstract states reached, for engine_feedback() */
    void *context;
    void (*on_event)(void *context, const struct run_event *event);
    void (*on_report)(void *context, const struct kmem_heap *heap, const struct report *report);
    void (*on_trace)(void *context, const struct object_trace *trace);

    /*
     * Each cache, oldest first, once the last op is over: a user more, in a step of its own, which
     * may call what kmem_cache.h and the like offer and is not judged.
     */
    void (*on_cache)(void *context, struct kmem_cache *cache);

    /* Each access to shared memory, right before it is made, and the op that makes it. */
    void (*on_access)(void *context, size_t op_index, const struct sim_access *access);
};

enum { RUN_OP_MAX_DEFAULT = 1 << 20 };

struct run_result {
    enum run_verdict verdict;

    /* Of a run that failed. */
    char signature[RUN_SIGNATURE_SIZE];    /* "OBJECT_OWNED_ONCE@alloc"; "" if it passed */
    const char *rule;                      /* id in invariants.def or model_rules.def */
    const char *statement;                 /* of the rule */
    const char *op_name;                   /* "end" at the end */
    size_t op_index;                       /* the program's op count at the end */
    uint64_t step;
    const void *subject;                   /* object, descriptor or byte concerned, or NULL */

    uint64_t step_count;                   /* of the program */
    uint64_t act_count;                    /* ops that did something without a call */
    uint64_t skipped_count;                /* ops that decoded to nothing */
    uint64_t end_count;                    /* calls at the end */
    uint64_t report_count;                 /* reports that the allocator sent */
    uint64_t item_count;                   /* visited by the invariant judge */
    uint64_t hash;                         /* of all steps and their results */
};

/*
 * Made once a process and used for one program after the other; heap_index as for sim_create().
 * Exits with code 3 and one line on stderr if the machine lacks address space.
 */
struct run *run_create(unsigned heap_index);
void run_destroy(struct run *run);

/*
 * Runs the program that bytes are (fuzz/program.h). options may be NULL. O(steps), not counting the
 * memory that the ops ask to be written.
 */
struct run_result run_bytes(struct run *run, const uint8_t *bytes, size_t size,
                            const struct run_options *options);

/* The same for a decoded program. */
struct run_result run_program(struct run *run, const struct program *program,
                              const struct run_options *options);

/*
 * The same for ops that somebody decides on one by one, when the one before has ended or is parked.
 * next() is called inside the run, and must not end it; false: there are no more ops. An op is
 * canonical.
 */
struct run_source {
    void *context;
    bool (*next)(void *context, struct op *op);
};

struct run_result run_source(struct run *run, const struct heap_config *config,
                             const struct run_source *source, const struct run_options *options);

/* The CPU that `cpu` with this one names now: another one while it is away. For next(). */
unsigned run_turn(const struct run *run, unsigned cpu);

/*
 * What the last run left, for whoever explains it; valid until the next one. The heap is as it was
 * when the run stopped, NULL if there was none. Nothing of it may be changed.
 */
const struct kmem_heap *run_heap(const struct run *run);
const struct model *run_model(const struct run *run);
const struct sim *run_sim(const struct run *run);

#endif
