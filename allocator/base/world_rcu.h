/*
 * Read-copy-update: readers that take no lock, and work that is put off until they have left.
 *
 * Whoever takes an object out of the readers' reach queues what is to become of it. A reader that
 * comes later cannot meet the object; one that was inside before may hold it until it leaves. So a
 * reader announces how many were queued when it came, and what may run is always the front of the
 * queue, up to the least number announced:
 *
 *     queued so far           0 1 2 3 4 5 6 7
 *     a reader announced 5              ^         5, 6 and 7 wait for it
 *     run                     0 1 2               3 and 4 may run
 *
 * A reader stays on its CPU, may be interrupted, and waits for nobody. Sections nest. What is
 * queued runs in the order it was queued, on whichever CPU finds that it may, under rcu->runner.
 */
#ifndef ALLOCATOR_BASE_WORLD_RCU_H
#define ALLOCATOR_BASE_WORLD_RCU_H

#include "allocator/base/params.h"
#include "allocator/base/world.h"

struct world_rcu;

/* Lies in the memory of what it is about: the first 16 bytes of an object, say. */
struct world_deferred {
    struct world_deferred *next;
    void (*run)(struct world_rcu *rcu, struct world_deferred *deferred);
};

/*
 * What a CPU's reader says of itself:
 *
 *     63 ............................ 16   15 .......... 0
 *     queued when it came                  open sections; 0, and all of the word: it is outside
 *
 * Starts a cache line: a reader writes to its own and reads a count.
 */
struct world_rcu_reader {
    _Alignas(CACHE_LINE_SIZE) struct world_word word;    /* written by its CPU, interrupts off */
};

enum { WORLD_RCU_DEPTH_BITS = 16 };

/* Sections open, of a reader's word. */
static inline uint32_t world_rcu_depth(uint64_t word)
{
    return (uint32_t)(word & ((UINT64_C(1) << WORLD_RCU_DEPTH_BITS) - 1));
}

/* Zero-filled is a domain without readers and work. */
struct world_rcu {
    struct world_lock runner;    /* held while something runs; taken before any other lock */
    struct world_word done;      /* how many have run, stored under runner */

    struct world_lock lock;      /* of the queue; taken last, interrupts off */
    struct world_deferred *first;
    struct world_deferred *final;
    struct world_word queued;    /* how many ever were, stored under lock */

    struct world_rcu_reader readers[CPU_MAX];
};

/*
 * Opens and closes a section in which nothing that the caller can reach is run for. Less than 2^16
 * are open at once on a CPU. O(1).
 */
void world_rcu_read_lock(struct world_rcu *rcu);
void world_rcu_read_unlock(struct world_rcu *rcu);

/*
 * Queues deferred->run, which the caller has set, to be called when all readers that are inside now
 * have left. Any context that may take a lock. O(1); takes rcu->lock.
 */
void world_rcu_call(struct world_rcu *rcu, struct world_deferred *deferred);

/* Runs what no reader inside may hold any more. No lock is held. O(CPU_MAX + what is run). */
void world_rcu_run(struct world_rcu *rcu);

/*
 * Returns when everything queued before the call has run, waiting for readers if need be: not to be
 * called inside a section, nor by what is run. No lock is held.
 */
void world_rcu_barrier(struct world_rcu *rcu);

/*
 * A world provides:
 *   world_rcu_poll    called in slow paths, no lock held: runs what may run, if it likes
 *   world_rcu_wait    a barrier waits for readers, and asks again afterwards
 *   world_rcu_ripe    deferred->run is about to be called
 */
void world_rcu_poll(struct world_rcu *rcu);
void world_rcu_wait(struct world_rcu *rcu);
void world_rcu_ripe(struct world_rcu *rcu, struct world_deferred *deferred);

#endif
