/* What a watched cache asks of each call; slub_is_to_fail() of slub.h is part of it. */
#ifndef ALLOCATOR_SLUB_WATCH_H
#define ALLOCATOR_SLUB_WATCH_H

#include "allocator/base/report.h"
#include "allocator/cache/heap_state.h"

/*
 * A user frees what lies at this address of a slab, and the heap knows which objects are allocated:
 * from now on this one is not. False, and a report, if there is none, or it was freed before.
 */
bool watch_take_back(struct kmem_cache *cache, const struct slab *slab, const void *object,
                     uint64_t site);

/* Reports a free of an object of the slab that is not done, with what is wrong with it. */
void watch_report_refused(const struct slab *slab, enum report_kind kind, const void *object,
                          uint64_t site);

#endif
