/*
 * The invariant judge: is every rule of invariants.def true of this heap?
 *
 *     heap_check_begin      after heap_create()
 *     heap_check_step       after each step: what the journal says the step touched
 *     heap_check_full       everything; heap_check_step() calls it now and then by itself
 *     heap_check_instant    instead of a step, while others are in the middle of an op
 *
 * The judge is no CPU: it reads the allocator's words as they are, passes no scheduling point and
 * takes no lock. It trusts nothing: each pointer is tested before it is followed, so that a broken
 * heap gives a violation and not a crash.
 *
 * It keeps a mirror, the last seen state of each frame and cache, and what the counters should be
 * according to it. A step updates the mirror from what it touched and compares counters; short
 * freelists and lists are walked each time, long ones only after as many steps as the last long
 * walk visited items, and everything after as many steps as the last sweep visited items. So a step
 * costs O(what it touched), sweeps included.
 *
 * At an instant no lock that is held vouches for what it protects, so only what holds all the time
 * is judged, and lists and counters where their lock is free. The mirror stays what it was when all
 * was quiet; the journal holds what was touched since.
 *
 *     zone->lock free     PAGE_TAIL, PAGE_INTERIOR, PAGE_CONSERVED, PAGE_FORGOTTEN, PAGE_POISONED,
 *                         PAGE_HIDDEN, BUDDY_*, GUARD_*; SLAB_FORGOTTEN, not of a run just taken
 *     registry_lock free  REGISTRY_*, CACHE_FORGOTTEN
 *     cpu->lock free      CPU_PARTIAL, CPU_PARTIAL_COUNT; CPU_FREELIST of a CPU without a slab;
 *                         CPU_CLOSED where it depends on the slab; CPU_SLAB of a frozen slab that
 *                         no CPU names, if all are free
 *     node->lock free     NODE_PARTIAL, NODE_PARTIAL_COUNT, NODE_FULL as links of a touched slab;
 *                         the rest of the slabs of a cache with debug flags
 *     always              PAGE_STATE, PAGE_ALIGNED, other CACHE_*, LAYOUT_*, other SLAB_*,
 *                         CPU_TRANSACTION, CPU_CLOSED, CPU_DEBUG, CPU_SLAB, CPU_FREELIST,
 *                         CPU_DISJOINT, CPU_DEFERRED, PARTIAL_HAS_FREE, OBJECT_*; FULL_* of slabs
 *                         on a full list
 *     never               PAGE_LARGE_SIZE, CPU_IDLE, NODE_SLAB_COUNT, NODE_OBJECT_COUNT,
 *                         NODE_EMPTY_BOUND, STAT_*, PAGE_OWNED
 *
 * The byte rules (poison, redzones, padding, hidden bytes) concern what is free: live objects are
 * the shadow model's.
 */
#ifndef SANITIZERS_HEAP_CHECK_H
#define SANITIZERS_HEAP_CHECK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sanitizers/invariants.h"

struct heap_check;
struct journal;
struct kmem_heap;

/* What is wrong: the first broken rule in table order among those evaluated. */
struct violation {
    enum rule_id rule;
    const void *subject;     /* frame or slab descriptor, cache, object or byte concerned */
    uint64_t found;
    uint64_t expected;
};

/*
 * Says whether a user of the heap damaged some of these bytes on purpose and the allocator did not
 * repair them yet. Asked only when a byte rule or a free pointer is already found broken.
 */
typedef bool heap_check_exempt(void *context, const void *first, size_t size);

/* Says whether a user owns the object: it was given out, and its free has not begun. */
typedef bool heap_check_owned(void *context, const void *object);

/* Made once and used for any number of heaps in turn. NULL if there is no memory. */
struct heap_check *heap_check_create(void);
void heap_check_destroy(struct heap_check *check);

/*
 * Turns to a new heap. journal is that of its simulation, and covers the heap since its creation.
 * exempt may be NULL. O(frames written by the last heap).
 */
void heap_check_begin(struct heap_check *check, const struct kmem_heap *heap,
                      const struct journal *journal, heap_check_exempt *exempt, void *context);

/* Whom to ask for OBJECT_UNOWNED from now on, whatever the heap. NULL: nobody. */
void heap_check_ask_owner(struct heap_check *check, heap_check_owned *owned, void *context);

/*
 * Judges what the current step of the journal touched. True if no rule is broken; else *violation
 * says which. Once per step, when no op is in flight.
 */
bool heap_check_step(struct heap_check *check, struct violation *violation);

/*
 * The same at any instant between two accesses to shared memory, ops in flight or not. The step of
 * the journal is all that was touched since the heap was quiet, and judged. O(that).
 */
bool heap_check_instant(struct heap_check *check, struct violation *violation);

/* Judges everything. Does not depend on the mirror, and sets it right. O(heap). */
bool heap_check_full(struct heap_check *check, struct violation *violation);

/* Descriptors, words and objects looked at since heap_check_begin(). Exact and reproducible. */
uint64_t heap_check_items(const struct heap_check *check);

#endif
