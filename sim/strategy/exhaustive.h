/*
 * Every schedule with at most so many preemptions, one run after the other.
 *
 *     exhaustive_init(&exhaustive, 2);
 *     while (exhaustive_next_schedule(&exhaustive)) {
 *         run the same program from the same start, with &exhaustive.strategy
 *     }
 *     exhaustive.state says whether all were covered, exhaustive_count() how many there were
 *
 * The search goes depth first over a stack of decisions, one for each choice of a run:
 *
 *     CPU         at the end of an op any ready one, after a preemption any ready one but that
 *     points      to the end of the op; then, while preemptions are left and another CPU is ready,
 *                 1, 2, .. up to one less than the points that the op turned out to have
 *
 * A run repeats the decisions on the stack and then takes the first of each kind: the lowest CPU,
 * to the end. Afterwards the topmost decision that has an alternative left takes it, and those
 * above are forgotten. No two runs interleave the points alike, but for one thing: that an op
 * cannot be preempted, or not any more, is learnt by trying. A run in which that was tried repeats
 * an earlier one and is not counted.
 *
 * Nothing is kept but the stack, so a program that does different things when it is run again
 * cannot be searched; it is told.
 *
 * Bounding preemptions, not depth, is what makes this worth while: with k preemptions and n points
 * there are about n^k schedules for each order of the ops, and most races need k = 1 or 2. To be
 * shown the failure with the fewest preemptions, search with 0, then 1, then 2.
 *
 * Reference: Musuvathi, Qadeer, "Iterative context bounding for systematic testing of multithreaded
 * programs", PLDI 2007.
 */
#ifndef SIM_STRATEGY_EXHAUSTIVE_H
#define SIM_STRATEGY_EXHAUSTIVE_H

#include <stdbool.h>
#include <stdint.h>

#include "sim/strategy/strategy.h"

/* Choices in one run: its ops, and its preemptions. */
enum { EXHAUSTIVE_DEPTH_MAX = 1024 };

enum exhaustive_state {
    EXHAUSTIVE_NEW,             /* no run was asked for */
    EXHAUSTIVE_SEARCHING,       /* a run is under way */
    EXHAUSTIVE_COVERED,         /* there are no other schedules */
    EXHAUSTIVE_TOO_DEEP,        /* the last run had more than EXHAUSTIVE_DEPTH_MAX choices */
    EXHAUSTIVE_DIVERGED,        /* the last run did not repeat what an earlier one did, or broke the
                                   rules of struct strategy */
};

struct exhaustive_decision {
    uint32_t ready;             /* CPUs, when the choice was asked for */
    uint32_t untried;           /* CPUs to be chosen later */
    uint32_t points;            /* granted */
    uint32_t points_limit;      /* too late for a preemption: the op ends there, or does not stop
                                   there; STRATEGY_TO_END if not known yet */
    unsigned cpu;
};

struct exhaustive {
    struct strategy strategy;
    enum exhaustive_state state;
    unsigned preemptions_max;
    bool is_running;            /* a choice was made and what it came to is not told yet */
    bool is_repeat;             /* this run turned out to go like an earlier one */
    uint64_t count;
    unsigned position;          /* choices made in this run */
    unsigned depth;             /* decisions on the stack */
    struct exhaustive_decision decisions[EXHAUSTIVE_DEPTH_MAX];
};

/* Some 20 KiB are initialised; preemptions_max is that of one run. */
void exhaustive_init(struct exhaustive *exhaustive, unsigned preemptions_max);

/*
 * Ends the run before, if any, and prepares the next one. Returns false if there is none: `state`
 * then says why, and only COVERED means that nothing was left out.
 */
bool exhaustive_next_schedule(struct exhaustive *exhaustive);

/* Different schedules whose runs exhaustive_next_schedule() ended and which went as they should. */
uint64_t exhaustive_count(const struct exhaustive *exhaustive);

#endif
