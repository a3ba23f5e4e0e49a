/*
 * What the SCHEDULE ops of a program have said about the op that comes next.
 *
 * The order of a program is the order of time: an op runs to its end unless `park` cuts it, and
 * what it left undone goes on when `cpu` names its CPU again. So a schedule needs no other form
 * than these lines, and each of them can be left out.
 */
#ifndef FUZZ_SCHEDULE_H
#define FUZZ_SCHEDULE_H

#include <stdbool.h>
#include <stdint.h>

#include "sim/smp.h"

struct schedule {
    uint32_t park_after;         /* points that what runs next has; 0: all it wants */
    enum sim_context context;    /* of the op that comes next */
    bool resumes;                /* what is parked on the CPU whose turn it is goes on */
    uint32_t offline;            /* CPUs that went away, one bit each */
    uint32_t leaving;            /* those whose going is not over */
};

static inline bool schedule_is_offline(const struct schedule *schedule, unsigned cpu)
{
    return (schedule->offline >> cpu & 1) != 0;
}

/* The CPU itself, or the next one that is there. One always is. */
static inline unsigned schedule_turn(const struct schedule *schedule, unsigned cpu,
                                     unsigned cpu_count)
{
    while (schedule_is_offline(schedule, cpu)) {
        cpu = (cpu + 1) % cpu_count;
    }
    return cpu;
}

#endif
