/* What ops that allocate and resize by size share; for fuzz/execute*.c alone. */
#ifndef FUZZ_EXECUTE_KMALLOC_H
#define FUZZ_EXECUTE_KMALLOC_H

#include "fuzz/execute.h"
#include "sanitizers/kmalloc_rules.h"

/* Holds a slot that is not live; false if it is. */
bool execute_hold_vacant(struct execution *execution, uint32_t slot);

/*
 * The call that asked for memory gave this: ends the call, judges, and the held slot owns it. A
 * site of 0 is that of this step.
 */
void execute_take_kmalloc(struct execution *execution, uint32_t slot, struct kmalloc_ask ask,
                          void *given);

/* The same for a kvmalloc of this step. */
void execute_take_kv(struct execution *execution, uint32_t slot, struct kmalloc_ask ask,
                     void *given);

/* The slot's object if kvfree() may be told to free it, else NULL. */
struct model_object *execute_live_kv(struct execution *execution, uint32_t slot);

/* What a krealloc asks for. */
struct resize_ask {
    size_t size;
    size_t align;    /* 1 or any other power of two: krealloc_node_align */
    size_t count;    /* elements, of which size is a multiple: krealloc_array; 0: it is none */
    gfp_t gfp;
    bool is_kv;      /* kvrealloc */
};

/* A whole op: resizes the live object of a slot, or makes one where the slot is empty. */
enum run_op_outcome execute_resize(struct execution *execution, uint32_t slot,
                                   const struct resize_ask *ask);

#endif
