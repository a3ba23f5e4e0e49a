/* Writing the journal: for the files of sim/ alone. */
#ifndef SIM_JOURNAL_WRITE_H
#define SIM_JOURNAL_WRITE_H

#include "allocator/cache/heap_state.h"
#include "sim/journal.h"

/* False if there is no memory; journal_fini() is due in any case. */
bool journal_init(struct journal *journal);
void journal_fini(struct journal *journal);

/* Forgets the step and begins the next. */
void journal_begin_step(struct journal *journal);

/* Forgets everything, the heap included. O(frames written). */
void journal_clear(struct journal *journal);

/* A word of shared memory is about to be written. Addresses outside the heap are ignored. */
void journal_note(struct journal *journal, const void *address);

#endif
