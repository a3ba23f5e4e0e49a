/* The rules of model_rules.def by name. */
#ifndef SANITIZERS_MODEL_RULES_H
#define SANITIZERS_MODEL_RULES_H

#include "sanitizers/model_rules.def"

enum model_rule {
#define X(id, statement) MODEL_RULE_##id,
    MODEL_RULES(X)
#undef X
    MODEL_RULE_COUNT    /* no rule */
};

/* "OBJECT_INSIDE", and its statement. "?" and "" for MODEL_RULE_COUNT. */
const char *model_rule_name(enum model_rule rule);
const char *model_rule_statement(enum model_rule rule);

/* The rule with this name, or MODEL_RULE_COUNT. O(rules). */
enum model_rule model_rule_find(const char *name);

#endif
