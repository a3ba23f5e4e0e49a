/* The fuzz targets by name: which ops each of them carries out. */
#ifndef FUZZ_TRIAGE_TARGET_H
#define FUZZ_TRIAGE_TARGET_H

#include <stdbool.h>

#include "fuzz/run.h"

struct target {
    const char *name;
    enum run_ops ops;
};

/*
 * The target with this name; for NULL the one that a folder of the path is named for, or
 * slub_misuse, which carries out every op. Prints one line and returns NULL for an unknown name.
 */
const struct target *target_find(const char *name, const char *path);

/* True if path alone leads to the target: nobody has to name it. */
bool target_is_evident(const struct target *target, const char *path);

#endif
