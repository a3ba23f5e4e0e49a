/* One round of a churn, as its two halves share it: who works, and what the work is. */
#ifndef TESTS_STRESS_CHURN_ROUND_H
#define TESTS_STRESS_CHURN_ROUND_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "allocator/api/heap.h"
#include "allocator/api/kmem_cache.h"
#include "tests/support/test_platform.h"

enum { CHURN_THREADS = 4, CHURN_CACHES = 4, CHURN_SLOTS = 48 };

/* Where a slot's objects come from: one of the caches, or one of these. */
enum { SOURCE_KMALLOC = CHURN_CACHES, SOURCE_PAGES, SOURCE_COUNT };

struct churn_round;

struct churn_worker {
    struct churn_round *round;
    unsigned cpu;
    uint64_t random;
    unsigned char *objects[CHURN_SLOTS];    /* NULL: none in that slot */
    _Atomic uint64_t ops;                   /* done so far */
    _Atomic bool is_done;
};

struct churn_round {
    struct test_platform test;
    struct kmem_heap *heap;
    struct kmem_cache *caches[CHURN_CACHES];
    uint64_t ops_max;                                                   /* of each worker */
    struct churn_worker workers[CHURN_THREADS];
    _Atomic(unsigned char *) parcels[CHURN_THREADS][SOURCE_COUNT];      /* for that CPU to free */
    _Atomic bool time_is_up;
    atomic_flag has_complaint;
    _Atomic bool complaint_is_complete;    /* releases the next two */
    const char *judge;
    const char *detail;
};

/* Notes what is wrong, if it is the first such thing of the round. Both are static strings. */
void churn_complain(struct churn_round *round, const char *judge, const char *detail);

/* Makes the caches of a round; false if it cannot. */
bool churn_create_caches(struct churn_round *round);

/* The work of a thread, a struct churn_worker: until its ops are done, or the time is up. */
void *churn_work(void *worker);

/* The end of a round, by one worker alone: frees everything and looks whether all is back. */
void *churn_tidy_up(void *worker);

#endif
