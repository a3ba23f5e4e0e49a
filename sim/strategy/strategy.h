/*
 * Who runs next: the interface of all scheduling strategies.
 *
 *     choose -> the chosen CPU runs -> ran -> choose -> ...
 *
 * A strategy knows CPUs and scheduling points, no ops and no heap. It is asked at the start, when
 * an op has ended, and when the points it granted are used up in the middle of one. What it says
 * becomes `cpu` and `park` lines of a trace, so any schedule replays without it. Same seed, same
 * answers.
 *
 *     round_robin.h    each CPU a fixed number of points in turn
 *     random.h         any CPU, any number of points
 *     pct.h            priorities, and a few points at which the running CPU loses its own
 *     exhaustive.h     every schedule with at most so many preemptions, one after the other
 *
 * To go on with another CPU after an op has ended is free; in the middle of an op it is a
 * preemption. After one, a strategy chooses another CPU whenever another is ready.
 *
 * A struct of a strategy holds no pointers into itself and owns nothing: it is the caller's, may be
 * copied, and needs no end.
 */
#ifndef SIM_STRATEGY_STRATEGY_H
#define SIM_STRATEGY_STRATEGY_H

#include <stdbool.h>
#include <stdint.h>

/* Points of a choice that lets the op run to its end. */
static const uint32_t STRATEGY_TO_END = UINT32_MAX;

/* CPUs that a situation can speak of: 0 .. 31. */
enum { STRATEGY_CPU_COUNT = 32 };

struct strategy_situation {
    uint32_t ready;         /* bit per CPU that has an op to begin or to go on with; not 0 */
    unsigned current;       /* CPU that ran last; 0 at the start */
    bool is_preempted;      /* the points of the last choice ended in the middle of current's op */
};

struct strategy_choice {
    unsigned cpu;           /* one of the ready ones */
    uint32_t points;        /* scheduling points it may pass before the next choice, 1 .. TO_END;
                               the end of its op comes first if that is nearer, or as near, or if
                               the op cannot be preempted from there on */
};

struct strategy {
    struct strategy_choice (*choose)(struct strategy *strategy,
                                     const struct strategy_situation *situation);

    /* What the last choice came to, told once: points passed, and whether the op ended. */
    void (*ran)(struct strategy *strategy, uint32_t points, bool op_ended);
};

#endif
