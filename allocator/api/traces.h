/*
 * Who allocated the objects of a cache that are in use, and who freed what lay there before: one
 * line for each site, the one with most objects first.
 *
 *     open -> next, next, ... -> false -> close
 *
 *         63 site 12 waste=252/4 age=3/17/41 cpus=0-1 nodes=0
 *          2 <not-available> age=44 nodes=0
 *
 * The count, the site, bytes that nobody asked for of all and of each, the least, average and
 * largest age, and which CPUs and nodes. A cache without objects has the line "No data".
 */
#ifndef ALLOCATOR_API_TRACES_H
#define ALLOCATOR_API_TRACES_H

#include <stdbool.h>

#include "allocator/debug/text.h"
#include "allocator/debug/track.h"

struct cache_traces;

/*
 * Collects the sites of this moment, in pages of the heap that close gives back.
 * HEAP_EINVAL, for a cache that stores no users, and HEAP_ENOMEM: *traces is NULL and nothing
 * changed. O(objects); takes node->lock, zone->lock.
 */
int kmem_cache_traces_open(struct kmem_cache *cache, enum track_kind kind,
                           struct cache_traces **traces);

/* Appends the next line; false, and nothing appended, behind the last one. O(sites). */
bool kmem_cache_traces_next(struct cache_traces *traces, struct text *text);

void kmem_cache_traces_close(struct cache_traces *traces);

#endif
