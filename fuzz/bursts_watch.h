/* Bursts about calls that are watched: refused on purpose, marked, or made without a lock. */
#ifndef FUZZ_BURSTS_WATCH_H
#define FUZZ_BURSTS_WATCH_H

#include "fuzz/draft.h"

/* Objects of one size, of which the first few pass and the next ones are refused. */
void burst_refusal(struct draft *draft);

/* Objects of one cache, allocated and freed with locks and without. */
void burst_lockless(struct draft *draft);

#endif
