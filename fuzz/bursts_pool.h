/* A burst about mempools: elements in reserve for when there is no memory. */
#ifndef FUZZ_BURSTS_POOL_H
#define FUZZ_BURSTS_POOL_H

#include "fuzz/draft.h"

/* A pool whose source runs dry, so that its reserve is used, filled again, and resized. */
void burst_pool(struct draft *draft);

#endif
