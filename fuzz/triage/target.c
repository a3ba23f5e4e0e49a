#include "fuzz/triage/target.h"

#include <stdio.h>
#include <string.h>

static const struct target targets[] = {
    {"slub_misuse", RUN_ALL},
    {"slub_sequence", RUN_SEQUENCE},
    {"slub_smp", RUN_SMP},
    {"buddy_sequence", RUN_BUDDY},
};

enum { TARGET_COUNT = sizeof(targets) / sizeof(targets[0]) };

static const struct target *find_name(const char *name, size_t size)
{
    for (size_t i = 0; i < TARGET_COUNT; i++) {
        if (strlen(targets[i].name) == size && memcmp(targets[i].name, name, size) == 0) {
            return &targets[i];
        }
    }
    return NULL;
}

/* Of several folders that are named for targets, the one closest to the file counts. */
static const struct target *find_folder(const char *path)
{
    const struct target *found = NULL;
    const char *slash;

    for (; (slash = strchr(path, '/')) != NULL; path = slash + 1) {
        const struct target *target = find_name(path, (size_t)(slash - path));

        found = target != NULL ? target : found;
    }
    return found != NULL ? found : &targets[0];
}

const struct target *target_find(const char *name, const char *path)
{
    if (name == NULL) {
        return find_folder(path);
    }

    const struct target *target = find_name(name, strlen(name));

    if (target == NULL) {
        fprintf(stderr, "no target '%s'; there are:", name);
        for (size_t i = 0; i < TARGET_COUNT; i++) {
            fprintf(stderr, " %s", targets[i].name);
        }
        fprintf(stderr, "\n");
    }
    return target;
}

bool target_is_evident(const struct target *target, const char *path)
{
    return find_folder(path) == target;
}
