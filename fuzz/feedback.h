/*
 * The abstract states of a run, as numbers for the engines' feedback.
 *
 * Edges of the code do not tell a cache whose last slab is on the partial list from one whose is
 * not; these states do. They name no address, no size and no count beyond a handful of buckets, so
 * there are few enough for each to be worth an input.
 */
#ifndef FUZZ_FEEDBACK_H
#define FUZZ_FEEDBACK_H

#include "fuzz/execute.h"
#include "sim/smp.h"

struct feedback {
    void (*on_state)(uint32_t slot);    /* NULL: nothing is looked at */
    unsigned place_before;              /* of the slab that the op's object lies in */
    uint32_t free_pages_before;
};

/* Before and after an op; marks what it came to. O(orders) if it moved pages, else O(1). */
void feedback_before(struct feedback *feedback, const struct execution *execution,
                     const struct op *op);
void feedback_after(const struct feedback *feedback, const struct execution *execution,
                    const struct op *op);

/* An access was made while a parked task is about to make another one. */
void feedback_meeting(const struct feedback *feedback, const struct sim_access *parked,
                      const struct sim_access *made);

/* A report was sent. */
void feedback_report(const struct feedback *feedback, const struct report *report);

#endif
