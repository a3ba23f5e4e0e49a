/*
 * Frees that wait for readers: what users gave to heap_free_rcu(), and who was reading then.
 *
 * The object stays its slot's, and busy, until the allocator is about to free it. Its first bytes
 * are the allocator's meanwhile; the others stay as they are, for the readers to read.
 */
#ifndef SANITIZERS_WAITING_H
#define SANITIZERS_WAITING_H

#include "allocator/base/params.h"
#include "sanitizers/model.h"

enum { WAITING_MAX = 64 };    /* frees that may wait at one time */

struct waiting_free {
    struct model_object *object;
    uint32_t sections[CPU_MAX];    /* of each CPU that was inside one: its number; else 0 */
};

struct waiting {
    struct model *model;
    uint32_t section_counts[CPU_MAX];    /* sections that a CPU has opened so far */
    bool is_inside[CPU_MAX];
    uint32_t came[CPU_MAX];              /* step in which a CPU opened its section */
    uint32_t count;
    struct waiting_free frees[WAITING_MAX];
};

/* Turns to a new heap, that of the model. */
void waiting_begin(struct waiting *waiting, struct model *model);

/* A CPU is inside a section now; is about to leave it. */
void waiting_enter(struct waiting *waiting, unsigned cpu);
void waiting_leave(struct waiting *waiting, unsigned cpu);

/* True if a CPU is inside a section that it opened before the object was freed. */
bool waiting_may_read(const struct waiting *waiting, const struct model_object *object,
                      unsigned cpu);

/* A live object is about to be given to heap_free_rcu(). count is less than WAITING_MAX. */
void waiting_add(struct waiting *waiting, struct model_object *object);

/* Readers look once more at all that waits. */
void waiting_read(struct waiting *waiting);

/* The allocator is about to free what lies at this address, on a CPU: judges, and gives it up. */
void waiting_end(struct waiting *waiting, const void *address, unsigned cpu);

/* Everything that waited has been waited for. */
void waiting_compare_none(const struct waiting *waiting);

/* How many objects of a cache wait. O(count). */
uint32_t waiting_count_of(const struct waiting *waiting, const struct kmem_cache *cache);

#endif
