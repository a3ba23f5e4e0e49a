#include "sanitizers/model_rules.h"

#include <string.h>

static const struct {
    const char *name;
    const char *statement;
} rules[MODEL_RULE_COUNT + 1] = {
#define X(id, statement) {#id, statement},
    MODEL_RULES(X)
#undef X
    {"?", ""},
};

const char *model_rule_name(enum model_rule rule)
{
    return rules[rule].name;
}

const char *model_rule_statement(enum model_rule rule)
{
    return rules[rule].statement;
}

enum model_rule model_rule_find(const char *name)
{
    unsigned rule = 0;

    while (rule < MODEL_RULE_COUNT && strcmp(rules[rule].name, name) != 0) {
        rule++;
    }
    return (enum model_rule)rule;
}
