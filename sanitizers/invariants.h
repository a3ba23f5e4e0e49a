/*
 * The rules by name: invariants.def as C.
 *
 * Rules are ordered as the table is: of several broken rules the one with the least id counts.
 */
#ifndef SANITIZERS_INVARIANTS_H
#define SANITIZERS_INVARIANTS_H

#include <stddef.h>

#include "sanitizers/invariants.def"

enum rule_id {
#define X(id, statement) RULE_##id,
    INVARIANTS(X)
#undef X
    RULE_COUNT    /* no rule */
};

/* "BUDDY_MERGED", and its statement. "?" and "" for RULE_COUNT. */
const char *rule_name(enum rule_id rule);
const char *rule_statement(enum rule_id rule);

/* The rule with this name, or RULE_COUNT. O(rules). */
enum rule_id rule_find(const char *name);

#endif
