#include "sanitizers/invariants.h"

#include <string.h>

static const struct {
    const char *name;
    const char *statement;
} rules[RULE_COUNT + 1] = {
#define X(id, statement) {#id, statement},
    INVARIANTS(X)
#undef X
    {"?", ""},
};

const char *rule_name(enum rule_id rule)
{
    return rules[rule].name;
}

const char *rule_statement(enum rule_id rule)
{
    return rules[rule].statement;
}

enum rule_id rule_find(const char *name)
{
    size_t rule = 0;

    while (rule < RULE_COUNT && strcmp(rules[rule].name, name) != 0) {
        rule++;
    }
    return (enum rule_id)rule;
}
