/* Bursts about nodes that come and go, and about memory that runs low on them. */
#ifndef FUZZ_BURSTS_NODE_H
#define FUZZ_BURSTS_NODE_H

#include "fuzz/draft.h"

/* A node goes away, is asked for all the same, and comes back. */
void burst_node_away(struct draft *draft);

#endif
