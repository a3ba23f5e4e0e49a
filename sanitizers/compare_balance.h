/*
 * The comparison for balancing a node: zones that somebody asked for get pages back from caches.
 */
#ifndef SANITIZERS_COMPARE_BALANCE_H
#define SANITIZERS_COMPARE_BALANCE_H

#include "sanitizers/compare.h"

/* What balancing a node starts from, and what it came to. O(partial slabs). */
struct compare_balancing {
    unsigned node;
    unsigned wanting;       /* zones of the node that want it, a bit each */
    bool was_online;
};

struct compare_balancing compare_balancing(const struct model *model, unsigned node);
bool compare_balance(struct model *model, const struct compare_balancing *before, int result);

#endif
