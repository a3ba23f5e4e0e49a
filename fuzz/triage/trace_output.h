/* Traces of findings, as files that say what they show. */
#ifndef FUZZ_TRIAGE_TRACE_OUTPUT_H
#define FUZZ_TRIAGE_TRACE_OUTPUT_H

#include <stdbool.h>

#include "fuzz/program.h"
#include "fuzz/triage/target.h"

struct trace_finding {
    const char *signature;
    const char *statement;           /* of its rule */
    const struct target *target;     /* that carries out its ops */
};

/*
 * Writes the trace of a program to a file, or the standard output for "-", with comments behind its
 * first line: what it shows, and how to replay it. On failure prints one line and returns false;
 * what was there stays.
 */
bool trace_output_write(const char *path, const struct program *program,
                        const struct trace_finding *finding);

#endif
