/*
 * Real threads that use one heap at once, for as long as one likes.
 *
 * Each thread is a CPU. It takes objects from caches, from kmalloc and from the page layer, puts a
 * stamp on each, gives some to other threads to free, allocates and frees in bulk and without a
 * lock, flushes other CPUs, shrinks and validates caches, and makes and destroys caches of its own.
 * Slabs are small and few are kept, so that slow paths are taken all the time. The work goes in
 * rounds, each on a heap of its own; at the end of a round every object is freed and every page
 * must be back.
 *
 *     judge      what is wrong
 *     content    an object is not what its owner left in it: somebody else has it too
 *     report     the allocator reports a misuse that there was none of
 *     destroy    a cache whose objects are all free cannot be destroyed
 *     leak       pages are missing when all has been freed
 *     hang       a thread is in one call for CHURN_PATIENCE_SECONDS
 *     heap       there was no memory for the heap itself
 *
 * What sanitizers say of the same run, and what an INVARIANT stops, comes on top.
 */
#ifndef TESTS_STRESS_CHURN_H
#define TESTS_STRESS_CHURN_H

#include <stdint.h>

enum { CHURN_PATIENCE_SECONDS = 5 };

/* When to stop: after whichever comes first. */
struct churn_limits {
    uint64_t ops;      /* of each thread; a round is finished */
    double seconds;
};

struct churn_result {
    const char *judge;     /* NULL: nothing is wrong */
    const char *detail;    /* where or what, one word; NULL with judge */
    uint64_t ops;          /* of all threads, when nothing is wrong */
};

/*
 * Works until a limit is reached or something is wrong. Equal seeds give each thread the same
 * choices, though not the same run. When something is wrong, threads may still be inside the heap:
 * the caller ends the process.
 */
struct churn_result churn(const struct churn_limits *limits, uint64_t seed);

#endif
