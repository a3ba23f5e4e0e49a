/*
 * Draws a slab: a line for each object with its state, its slot and where its free pointer leads.
 *
 *     slab at frame 2, order 0, of cache c0: 3 of 42 in use, freelist +0x2060, on the node's ...
 *       #0     +0x2020  live o1    |zzzzooooooooLrrr|
 *     > #1     +0x2080  free       |zzzz....!...Lrrr| -> #2
 *              ! POISON at +16: 6a, should be 6b
 *       #2..41          free
 *
 * Of a slab with many objects those that nothing can be said of share a line.
 */
#ifndef FUZZ_TRIAGE_DRAW_SLAB_H
#define FUZZ_TRIAGE_DRAW_SLAB_H

#include "fuzz/triage/palette.h"
#include "sanitizers/model.h"

struct slab;

/* focus is the object that a '>' points at; any number beyond the slab's objects for none. */
void draw_slab(const struct model *model, const struct slab *slab, uint32_t focus,
               const struct palette *palette);

#endif
