/* Files that are either written whole or left as they were. */
#ifndef FUZZ_TRIAGE_OUTPUT_H
#define FUZZ_TRIAGE_OUTPUT_H

#include <stdbool.h>
#include <stddef.h>

/*
 * Writes bytes to a temporary file beside path and renames it; "-" is the standard output, and a
 * device or pipe is written directly. On failure prints one line, "FILE: cause", leaves a file that
 * was there as it was, and returns false.
 */
bool output_write(const char *path, const void *bytes, size_t size);

#endif
