/*
 * Random legal use of a simulated heap: caches come and go, objects, kmalloc memory and runs of
 * pages are allocated, resized and freed from every CPU, page allocations fail now and then.
 *
 * What happens depends on the seed alone, and on the results of the calls.
 */
#ifndef TESTS_SUPPORT_TRAFFIC_H
#define TESTS_SUPPORT_TRAFFIC_H

#include <stdint.h>

#include "allocator/base/config.h"
#include "sim/sim.h"

struct kmem_cache;
struct kmem_heap;

enum { TRAFFIC_CACHES = 6, TRAFFIC_SLOTS = 256 };

/* What a slot holds: how it was allocated, and from what. */
enum traffic_kind { TRAFFIC_NOTHING, TRAFFIC_OBJECT, TRAFFIC_KMALLOC, TRAFFIC_PAGES };

struct traffic_slot {
    enum traffic_kind kind;
    void *address;       /* of the object, or the descriptor of the run */
    unsigned detail;     /* cache of the object, or order of the run */
};

struct traffic {
    struct sim *sim;
    struct kmem_heap *heap;
    uint32_t cpu_count;
    uint64_t random;
    struct kmem_cache *caches[TRAFFIC_CACHES];
    struct traffic_slot slots[TRAFFIC_SLOTS];
    uint64_t hash;       /* of the addresses that were returned */
};

/* A configuration that belongs to the seed: a small arena, any debugging and hardening. */
struct heap_config traffic_config(uint64_t seed);

/* Begins to use a heap without live objects. */
void traffic_begin(struct traffic *traffic, struct sim *sim, struct kmem_heap *heap,
                   const struct heap_config *config, uint64_t seed);

/* One step of the simulation. Only inside sim_run(). */
void traffic_step(struct traffic *traffic);

#endif
