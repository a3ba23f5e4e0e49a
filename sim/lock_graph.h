/*
 * Who is in the middle of what: the tasks in flight, and what keeps each of them from going on.
 *
 * For those who tell of a run while it goes on, or when it was abandoned: all is as it was then
 * until sim_reset().
 *
 *     CPU 0:  step 7 --interrupted by--> step 9 --waits for a lock of--> CPU 1:  step 8
 *
 * A cycle of these arrows is a deadlock.
 */
#ifndef SIM_LOCK_GRAPH_H
#define SIM_LOCK_GRAPH_H

#include "sim/smp.h"

enum {
    SIM_IN_FLIGHT_MAX = SIM_TASK_COUNT + 1,    /* and an op on the thread's own stack */
    SIM_LOCKS_HELD_MAX = 8,                    /* by one of them */
};

struct sim_in_flight {
    cpu_id_t cpu;
    uint64_t step;                            /* of its op */
    enum sim_context context;
    bool runs;                                /* or ran when the run ended */
    struct sim_access next;                   /* parked: is about to do it; else did it last */
    const struct world_lock *waits_for;       /* NULL: for no lock */
    const struct world_lock *holds[SIM_LOCKS_HELD_MAX];    /* in the order they were taken */
    unsigned hold_count;
};

/*
 * Fills list with all that is in flight, CPU by CPU, what interrupts others behind them; returns
 * how many there are. An op on the thread's own stack is among them if it holds a lock.
 */
size_t sim_list_in_flight(const struct sim *sim, struct sim_in_flight list[SIM_IN_FLIGHT_MAX]);

/*
 * Index of what keeps number index of such a list from going on: an interrupt on top of it, else
 * the holder of the lock it waits for. count if there is neither.
 */
size_t sim_find_obstacle(const struct sim_in_flight *list, size_t count, size_t index);

/* How a task is called: "op 7 free o1". Writes at most size bytes, the final NUL included. */
struct sim_namer {
    void *context;
    void (*put_name)(void *context, uint64_t step, char *text, size_t size);
};

/*
 * The locks in words, a line for each task that holds one or waits: first the one that ran last and
 * round the cycle, if that is one, then the others. namer NULL: "step 7". Returns the number of
 * bytes written, not counting the final NUL; 0 if no lock is taken. What does not fit is left out.
 */
size_t sim_describe_locks(const struct sim *sim, const struct sim_namer *namer, char *text,
                          size_t size);

#endif
