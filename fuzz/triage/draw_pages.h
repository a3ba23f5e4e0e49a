/*
 * Draws the page layer: the free lists, and each frame as a letter.
 *
 *     free lists: order 0: 2 (frames 5, 7), order 3: 1 (frame 8); 10 of 16 pages free, 0 isolated
 *     frame    0  SsL.....^...
 */
#ifndef FUZZ_TRIAGE_DRAW_PAGES_H
#define FUZZ_TRIAGE_DRAW_PAGES_H

#include "allocator/cache/heap_state.h"
#include "fuzz/triage/palette.h"

/* focus: the frame that is marked, or any number beyond the arena for none. */
void draw_pages(const struct kmem_heap *heap, uint64_t focus, const struct palette *palette);

/* The free lists alone: a line a zone. */
void draw_free_lists(const struct kmem_heap *heap);

#endif
