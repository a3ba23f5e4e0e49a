/* Arithmetic on sets of CPUs, one bit each. All O(1) or O(STRATEGY_CPU_COUNT). */
#ifndef SIM_STRATEGY_CPU_MASK_H
#define SIM_STRATEGY_CPU_MASK_H

#include <stdbool.h>
#include <stdint.h>

#include "sim/strategy/strategy.h"

static inline uint32_t cpu_mask_of(unsigned cpu)
{
    return UINT32_C(1) << cpu;
}

static inline bool cpu_mask_has(uint32_t mask, unsigned cpu)
{
    return (mask & cpu_mask_of(cpu)) != 0;
}

/* Whether the mask holds no CPU but this one. */
static inline bool cpu_mask_is_only(uint32_t mask, unsigned cpu)
{
    return (mask & ~cpu_mask_of(cpu)) == 0;
}

/* The lowest CPU of a mask that is not 0. */
static inline unsigned cpu_mask_lowest(uint32_t mask)
{
    return (unsigned)__builtin_ctz(mask);
}

static inline unsigned cpu_mask_count(uint32_t mask)
{
    return (unsigned)__builtin_popcount(mask);
}

/* CPU number index, from 0 and from the lowest on, of a mask that holds more than that. */
static inline unsigned cpu_mask_at(uint32_t mask, unsigned index)
{
    for (; index != 0; index--) {
        mask &= mask - 1;
    }
    return cpu_mask_lowest(mask);
}

/* The first CPU of a mask that is not 0, above cpu and then round from 0; cpu itself comes last. */
static inline unsigned cpu_mask_next(uint32_t mask, unsigned cpu)
{
    uint32_t above = mask & ~(cpu_mask_of(cpu) | (cpu_mask_of(cpu) - 1));

    return cpu_mask_lowest(above != 0 ? above : mask);
}

/*
 * The CPUs among which a strategy chooses: the ready ones, without the one that was preempted. It
 * stays if no other is ready any more: the CPU that held a lock may have been run to its end.
 */
static inline uint32_t cpu_mask_candidates(const struct strategy_situation *situation)
{
    uint32_t others = situation->ready & ~cpu_mask_of(situation->current);

    return situation->is_preempted && others != 0 ? others : situation->ready;
}

#endif
