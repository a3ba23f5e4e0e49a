/* What the parts of the executor share; for fuzz/execute*.c alone. */
#ifndef FUZZ_EXECUTE_PARTS_H
#define FUZZ_EXECUTE_PARTS_H

#include "fuzz/execute.h"
#include "sanitizers/compare.h"

/* The function of each op: execute_alloc(), ... */
#define X(code, NAME, name, class, operands, why)                                                  \
    enum run_op_outcome execute_##name(struct execution *execution, const struct op *op);
OPS(X, )
#undef X

/*
 * The slot, or the cache, is this op's until the op is over: others on it decode to nothing.
 * Closing a cache keeps everybody else out of it; false if somebody is in it.
 */
void execute_hold(struct execution *execution, struct model_object *object);
void execute_hold_cache(struct execution *execution, struct model_cache *cache);
bool execute_close_cache(struct execution *execution, struct model_cache *cache);

/*
 * True if nothing else is in flight, and from now on nothing will be before this op is over: ops
 * that owe reports, or are owed any, run alone or not at all.
 */
bool execute_alone(struct execution *execution);

/* Begins the step of this op; to be called right before the allocator is. */
/* How urgent a request is, by the operand of that name. */
gfp_t execute_urgency(unsigned urgency);

void execute_begin_step(struct execution *execution);

/* The call is about to ask for one object of a cache, or, if that is NULL, one run; no more. */
void execute_expect_fault(struct execution *execution, const struct kmem_cache *cache, gfp_t gfp,
                          unsigned order);

/* The call is over; to be called right behind it. */
void execute_end_call(struct execution *execution);

/*
 * The CPU whose turn it is when this one is named: the next one that is online, and what is parked
 * on the one that is not goes along, if there is room.
 */
cpu_id_t execute_turn(struct execution *execution, cpu_id_t cpu);

/*
 * Damage that a report is owed for and frees that are done later exclude each other, cache by
 * cache: the free of an object may be put off; damage may be done to one at this address.
 */
bool execute_may_defer(struct execution *execution, const struct model_object *object);
bool execute_is_settled(struct execution *execution, const void *address);

/* Notes what a call returned or was about, for the hash and whoever watches. */
void execute_note_address(struct execution *execution, const void *address);
void execute_note_value(struct execution *execution, int64_t value);

/* The slot's object if it is live and of the kind, else NULL. */
struct model_object *execute_live(struct execution *execution, uint32_t slot,
                                  enum model_kind kind);

/* The slot's object if it can be used again: empty or stale; else NULL. */
struct model_object *execute_vacant(struct execution *execution, uint32_t slot);

/* The cache in a slot, or NULL if that is empty. */
struct model_cache *execute_cache(struct execution *execution, unsigned slot);

/*
 * The user is done with a live object: it is held, verified, and left as its constructor wants it.
 */
void execute_retire(struct execution *execution, struct model_object *object);

/* The call that frees the object begins: from here on its bytes may be anybody's. */
void execute_give_up(struct execution *execution, struct model_object *object);

/* The same for all of execution->bulk. */
void execute_give_up_all(struct execution *execution);

/* The call that frees the object is over. */
void execute_freed(struct execution *execution, struct model_object *object);

/* All that comes before and behind the call of a step that frees one object and does no more. */
void execute_begin_free(struct execution *execution, struct model_object *object);
void execute_end_free(struct execution *execution, struct model_object *object);

/* Allocates the run that a request is for into a slot: an op as a whole. */
enum run_op_outcome execute_take_run(struct execution *execution, uint32_t slot, gfp_t gfp,
                                     const struct compare_request *request);

/*
 * Collects the live objects of a kind, and of a cache if that is not NULL, among count slots into
 * execution->bulk. Returns how many.
 */
uint32_t execute_collect(struct execution *execution, uint32_t first, uint32_t count,
                         enum model_kind kind, const struct model_cache *cache);

#endif
