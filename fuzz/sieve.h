/*
 * Leaves out the preemptions that cannot make a difference, for an exhaustive search.
 *
 *     exhaustive <-> sieve <-> explore_run()
 *
 * A preemption comes right before an access. If that access, and all that the op does up to its
 * next one, commutes with whatever the other CPUs can do meanwhile, then to preempt the op before
 * its next access, or to let it end first, comes to the same. So it is worth while to stop before
 * an access only if an op of another CPU, not yet over, touches the same word, one of the two
 * writes, and no lock that both hold keeps them apart. To let go of a lock never is: whoever waits
 * for it lets the holder go on. To the strategy behind the sieve an op has those stops only: its
 * points are counted anew.
 *
 * What the others touch is learnt from runs. A search is over when a round of it, under what was
 * known when it began, shows nothing new: were anything left out that matters, then the first
 * access by which it does would be part of a run that was not left out.
 *
 * This takes for granted that stores are seen at once, and that shared memory which is no word is
 * touched under a lock or by its owner alone: the latter is what a race detector shows, and a
 * search that does not want to rely on it leaves out the sieve. Nor does it care for ops that
 * decode to nothing because another one holds their slot.
 *
 * References: Flanagan, Godefroid, "Dynamic partial-order reduction for model checking software",
 * POPL 2005; under a bound: Coons, Musuvathi, McKinley, "Bounded partial-order reduction", OOPSLA
 * 2013, whose difficulty (that which stands for others may need more preemptions) does not arise
 * here: a preemption only ever moves to a later access of its op, or to the end, where it is free.
 */
#ifndef FUZZ_SIEVE_H
#define FUZZ_SIEVE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "fuzz/footprint.h"
#include "sim/strategy/exhaustive.h"
#include "sim/strategy/strategy.h"

struct sieve {
    struct strategy strategy;    /* for explore_run() */
    struct strategy *inner;      /* an exhaustive one: lets each op run to its end first */
    struct footprint footprint;

    /* Points of the choices so far that are worth stopping at, choice by choice. */
    uint32_t *stops;
    size_t stops_capacity;
    size_t stops_first[EXHAUSTIVE_DEPTH_MAX + 1];

    /* Of the present run. */
    unsigned position;           /* of the present choice */
    struct strategy_choice choice;
    size_t stops_end;            /* of the present choice's stops */
    uint32_t points;             /* that its CPU has passed */
    bool is_running;
    uint32_t ended[CPU_MAX];     /* ops of each CPU that are over */
    uint64_t held[CPU_MAX];      /* locks of each CPU, see footprint_lock() */
};

/* inner must outlive the sieve. Exits with code 3 and one line on stderr without memory. */
void sieve_init(struct sieve *sieve, struct strategy *inner);
void sieve_fini(struct sieve *sieve);

/* Begins a round of the search, under all that was learnt so far. */
void sieve_begin_round(struct sieve *sieve);

/* Begins a run. */
void sieve_begin_run(struct sieve *sieve);

/*
 * To be told each access of the run, right before it is made. may_move: where the op is then
 * matters by itself, for its CPU may go away.
 */
void sieve_on_access(struct sieve *sieve, cpu_id_t cpu, bool may_move, enum world_access kind,
                     const void *address);

/* True if this round has shown what was not known when it began. */
bool sieve_has_learnt(const struct sieve *sieve);

#endif
