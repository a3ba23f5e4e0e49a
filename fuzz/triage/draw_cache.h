/* Tells a cache: its flags, its counters, what its CPUs hold, and where its slabs are. */
#ifndef FUZZ_TRIAGE_DRAW_CACHE_H
#define FUZZ_TRIAGE_DRAW_CACHE_H

#include "allocator/cache/cache.h"

void draw_cache(const struct kmem_cache *cache);

#endif
