/* Bursts about how caches are made: drafts of a few ops that belong together. */
#ifndef FUZZ_BURSTS_CACHE_H
#define FUZZ_BURSTS_CACHE_H

#include "fuzz/draft.h"

/* A reader, objects of a cache that keeps freed ones for readers, and looks at them. */
void burst_reader(struct draft *draft);

/* Two caches of nearly equal wishes, objects of both, and one of the caches goes. */
void burst_siblings(struct draft *draft);

/* A cache with a window, an object of it, and copies at all edges. */
void burst_window(struct draft *draft);

#endif
