/*
 * The comparison of failures on purpose: is what fails exactly what the attributes say?
 *
 * The rules of base/fault.h are stated a second time, for calls that ask one question each.
 */
#ifndef SANITIZERS_COMPARE_FAULT_H
#define SANITIZERS_COMPARE_FAULT_H

#include "allocator/base/flags.h"
#include "allocator/cache/heap_state.h"
#include "sanitizers/model.h"

/* An allocation that is about to be made: of an object of a cache, or of pages. */
struct compare_question {
    const struct kmem_cache *cache;    /* NULL: pages */
    gfp_t gfp;
    unsigned order;
};

/* What is to become of it. */
struct compare_fault {
    bool is_known;         /* false: nothing is expected */
    enum heap_fault kind;
    uint64_t due;          /* failures that it adds: 0 or 1 */
    uint64_t before;       /* failures so far */
    uint64_t times;        /* failures to come when it is over */
};

struct compare_fault compare_fault_begin(const struct model *model,
                                         const struct compare_question *question);
bool compare_fault(struct model *model, const struct compare_fault *fault);

/* The same for a call that may ask more questions, of which the first decides if it gives any. */
bool compare_fault_first(struct model *model, const struct compare_fault *fault, bool gave_any);

/* The fault as a whole was to be set: result is HEAP_OK exactly if it should be. */
bool compare_fault_result(struct model *model, int result, bool is_valid);

#endif
