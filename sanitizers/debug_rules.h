/*
 * What the slab_debug= options that a configuration can name say of a cache, told once more: each
 * option as a table, without the grammar of base/slab_debug.c.
 */
#ifndef SANITIZERS_DEBUG_RULES_H
#define SANITIZERS_DEBUG_RULES_H

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#include "allocator/base/config.h"
#include "allocator/base/flags.h"

enum {
    DEBUG_RULE_METADATA = SLAB_RED_ZONE | SLAB_POISON | SLAB_STORE_USER,
    DEBUG_RULE_ALL = DEBUG_RULE_METADATA | SLAB_CONSISTENCY_CHECKS,
    DEBUG_RULE_LIMITING = 4,    /* the option that keeps orders as they are */
};

/* A name, or what it begins with; NULL: none. flags[i] are of names[i], others of all others. */
struct debug_rule {
    const char *names[2];
    bool is_beginning[2];
    slab_flags_t flags[2];
    slab_flags_t others;
};

static inline bool debug_rule_names(const struct debug_rule *rule, unsigned index,
                                    const char *name)
{
    const char *pattern = rule->names[index];

    if (pattern == NULL) {
        return false;
    }
    return rule->is_beginning[index] ? strncmp(name, pattern, strlen(pattern)) == 0
                                     : strcmp(name, pattern) == 0;
}

/* Flags that the heap adds to those that a creator asked for. */
static inline slab_flags_t debug_rule_added(const struct heap_config *config, const char *name,
                                            slab_flags_t asked)
{
    static const struct debug_rule rules[] = {
        [1] = {{"c1"}, {true}, {SLAB_CONSISTENCY_CHECKS | SLAB_RED_ZONE}, 0},
        [2] = {.others = DEBUG_RULE_ALL},
        [3] = {{"c2"}, {false}, {0}, SLAB_POISON},
        [4] = {.others = DEBUG_RULE_METADATA},
        [5] = {{"c3", "c"}, {true, true}, {DEBUG_RULE_ALL, SLAB_STORE_USER}, 0},
        [6] = {{"c4", "c5"},
               {false, false},
               {SLAB_CONSISTENCY_CHECKS | SLAB_FAILSLAB, SLAB_CONSISTENCY_CHECKS | SLAB_FAILSLAB},
               SLAB_TRACE},
        [7] = {.others = SLAB_STORE_USER},
    };
    const struct debug_rule *rule = &rules[config->slab_debug];

    if ((asked & SLAB_NO_USER_FLAGS) != 0) {
        return 0;
    }
    for (unsigned i = 0; i < 2; i++) {
        if (debug_rule_names(rule, i, name)) {
            return config->debug_flags | rule->flags[i];
        }
    }

    bool spares_users = (asked & SLAB_NOLEAKTRACE) != 0;

    return config->debug_flags |
           (spares_users ? rule->others & ~(slab_flags_t)SLAB_STORE_USER : rule->others);
}

#endif
