/*
 * Failures on purpose: which of the calls that might fail does.
 *
 *     call -> nth? -> probability or times 0? -> space left? -> not its turn? -> chance -> fail
 *
 * The decision is keyed: call number n of a fault gets the same random number in every run. All is
 * words, changed by CAS, so that a decision takes no lock and may be asked for in any context.
 */
#ifndef ALLOCATOR_BASE_FAULT_H
#define ALLOCATOR_BASE_FAULT_H

#include <stdbool.h>
#include <stdint.h>

#include "allocator/base/platform.h"
#include "allocator/base/world.h"

enum { FAULT_TIMES_UNLIMITED = -1, FAULT_PROBABILITY_MAX = 100, FAULT_ORDER_MAX = 15 };

/* What can be made to fail. The number is the key of the decisions. */
enum heap_fault {
    HEAP_FAULT_SLAB,     /* allocating an object: failslab */
    HEAP_FAULT_PAGES,    /* allocating a run of pages: fail_page_alloc */
};

struct fault_attr {
    uint32_t interval;       /* of the calls asked, every so many-th may fail; 0 and 1: each */
    uint32_t probability;    /* percent of those that do */
    uint32_t space;          /* size that passes before any fails: bytes, or pages */
    int32_t times;           /* failures at most; FAULT_TIMES_UNLIMITED: any number */
    bool includes_wait;      /* also calls that might reclaim memory */
    bool is_filtered;        /* only caches that are marked */
    uint32_t order_min;      /* only runs of this order and above; at most FAULT_ORDER_MAX */
};

/* The state of one kind of failure; zero-filled: nothing fails. */
struct fault {
    struct world_word settings;    /* interval, probability and the three filters, packed */
    struct world_word space;       /* still to pass */
    struct world_word times;       /* failures to come; UINT64_MAX: any number */
    struct world_word nth;         /* calls until one fails whatever the settings; 0: none */
    struct world_word turn;        /* calls that the interval has counted since it was set */
    struct world_word calls;       /* decisions by chance so far: the next one's number */
    struct world_word failures;    /* since the heap was made */
};

/* Two packed fields of settings are asked before a call counts. */
static inline bool fault_includes_wait(const struct fault *fault)
{
    return (world_load(&fault->settings) >> 40 & 1) != 0;
}

static inline bool fault_is_filtered(const struct fault *fault)
{
    return (world_load(&fault->settings) >> 41 & 1) != 0;
}

static inline uint32_t fault_order_min(const struct fault *fault)
{
    return (uint32_t)(world_load(&fault->settings) >> 42 & FAULT_ORDER_MAX);
}

/* True if probability, times and order are in range: fault_set() may follow. */
bool fault_attr_is_valid(const struct fault_attr *attr);

/* From here on calls fail as attr says. Whoever is in the middle of a call may go by either. */
void fault_set(struct fault *fault, const struct fault_attr *attr);

/* The nth call from here on fails, once, whatever the settings; 0 takes that back. */
void fault_set_nth(struct fault *fault, uint64_t nth);

/* True if this call, of a size, is to fail. O(1). */
bool fault_is_due(struct fault *fault, const struct platform *platform, enum heap_fault kind,
                  uint64_t size);

/*
 * Reads "interval,probability,space,times", four decimal numbers without blanks, of which times
 * alone may be negative. NULL, and those fields of attr set, if it is that; else what is wrong, and
 * attr is as it was.
 */
const char *fault_attr_parse(const char *text, struct fault_attr *attr);

#endif
