/*
 * What the engines without feedback share: findings are noted, slots are remembered. Tests that run
 * a harness by themselves link it too.
 */
#ifndef FUZZ_ENGINES_STANDALONE_H
#define FUZZ_ENGINES_STANDALONE_H

#include "fuzz/engines/engine.h"

enum { SIGNATURE_MAX = 128 };

/*
 * The signature that the last input was found with, or NULL; forgets it. The text stays until the
 * next finding.
 */
const char *standalone_take_finding(void);

/*
 * Reads a whole file, whatever its kind. Sets *size; the caller frees the result. Prints one line
 * and returns NULL on failure.
 */
uint8_t *standalone_read_file(const char *path, size_t *size);

/*
 * Calls visit for each file: path itself, or if it is a folder all files below it in alphabetical
 * order, hidden ones left out. Stops at the first result that is not 0 and returns it. Prints one
 * line and returns -1 where nothing can be read.
 */
int standalone_visit_files(const char *path, int (*visit)(const char *path, void *context),
                           void *context);

#endif
