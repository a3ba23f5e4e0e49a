/*
 * Draws where the slabs of a cache are: with CPUs, on lists, or on none.
 *
 *     CPU 0   slab 12[######..] with 2 free at hand; partial 14[#.......] -> 16[##......]
 *     node    partial 20[####....] -> 22[37/64]; full 24 -> 26
 *     nowhere 30 31 isolated
 *
 * A slab is the frame it begins at and what is in use of it. Links are followed as far as they lead
 * from slab to slab.
 */
#ifndef FUZZ_TRIAGE_DRAW_LISTS_H
#define FUZZ_TRIAGE_DRAW_LISTS_H

#include "allocator/cache/heap_state.h"

/* A line for each CPU and node that has a slab of the cache, and one for those that nobody has. */
void draw_lists(const struct kmem_cache *cache);

/* All caches that have slabs, each with a line in front, and the free lists of the page layer. */
void draw_heap(const struct kmem_heap *heap);

#endif
