/*
 * Ops that meet: what a draft lets several CPUs do to one cache, or to the page layer, at once.
 *
 * A race has two CPUs, home and away, and a focus, which its ops share. Each op has a role in it;
 * which ops play which role, and how often, is a table with one row an op.
 */
#ifndef FUZZ_RACE_H
#define FUZZ_RACE_H

#include "fuzz/draft.h"

enum race_role {
    RACE_VICTIM,      /* is parked in the middle */
    RACE_FAST,        /* the same, in a fast path if there is an object at hand */
    RACE_RIVAL,       /* runs meanwhile */
    RACE_UPKEEP,      /* the same, but what is done to a cache rather than with it */
    RACE_INTERRUPT,   /* may be an interrupt */
    RACE_NMI,         /* may come even while interrupts are off */
    RACE_ROLE_COUNT
};

/* What a race is about, one bit each, so that a set of them is a mask. */
enum race_focus {
    RACE_CACHE = 1,
    RACE_KMALLOC = 2,
    RACE_PAGES = 4,
    RACE_ANYTHING = 7,
};

struct race {
    struct draft *draft;
    enum race_focus focus;
    uint8_t cache;       /* index of the cache in the forecast; FORECAST_CACHE_COUNT: pages */
    uint32_t home;       /* the CPU whose turn it is when the race begins */
    uint32_t away;       /* another one */
};

/* Chooses the focus, one of a mask, and the CPUs. False if there is one CPU, or no such cache. */
bool race_begin(struct race *race, struct draft *draft, unsigned focuses);

/*
 * Where the focus has few live objects, some come to life, on several CPUs, and some go again;
 * then it is the turn of home.
 */
void race_stock(struct race *race);

/*
 * The CPU whose turn it is takes some objects of the focus and gives some back, so that it has more
 * at hand. Only then are its next calls fast: no lock, and interrupts on.
 */
void race_warm(struct race *race);

/* The reverse: home gives back what it holds of the focus, used in part or not. */
void race_chill(struct race *race);

/*
 * Objects of the focus are freed, as far as there is room to say so: all that are known to live, or
 * one and then one more for every share of them.
 */
void race_thin(struct race *race, uint32_t share);

/*
 * Each of these appends one op: of a role; of a role, parked anywhere, early, where interrupts are
 * on, or late, in what takes long; as an interrupt; the plain allocation of the focus; the plain
 * free of an object. If there is no such op here they are false, and lines that say how it would
 * have run are dropped, lest they mean the next one.
 */
bool race_act(struct race *race, enum race_role role);
bool race_park(struct race *race, enum race_role role);
bool race_park_early(struct race *race, enum race_role role);
bool race_park_late(struct race *race, enum race_role role);
bool race_interrupt(struct race *race);
bool race_alloc(struct race *race, uint32_t *object);
bool race_free(struct race *race, uint32_t object);

/* Appends an op of a code that has a role in races. */
bool race_call(struct race *race, enum op_code code);

/* Appends first .. final ops of a role. */
void race_acts(struct race *race, enum race_role role, uint32_t first, uint32_t final);

/* Goes on on a CPU: what is parked there goes on. Sometimes held back stores come out before. */
void race_go(struct race *race, uint32_t cpu);

/* What is parked on a CPU goes on for a few accesses, and parks again. */
void race_nudge(struct race *race, uint32_t cpu);

#endif
