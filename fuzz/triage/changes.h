/*
 * What a step changed: frames, slabs, caches and the zones, before -> after.
 *
 * A copy of every descriptor's words is kept and brought up to date from the journal, so a step is
 * told in O(what it touched).
 */
#ifndef FUZZ_TRIAGE_CHANGES_H
#define FUZZ_TRIAGE_CHANGES_H

#include "allocator/cache/heap_state.h"
#include "sim/journal.h"

struct changes;

/* Copies the words of a heap. NULL if there is no memory. O(pages). */
struct changes *changes_create(const struct kmem_heap *heap);
void changes_destroy(struct changes *changes);

/*
 * Prints to stdout, a line each, what the current step of the journal changed since the last call,
 * and remembers it. heap has the configuration of the one that was copied.
 */
void changes_print(struct changes *changes, const struct kmem_heap *heap,
                   const struct journal *journal);

#endif
