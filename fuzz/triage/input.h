/*
 * Programs from files, whatever their form: a trace (text) or raw bytes.
 *
 * A file is text if its name ends in ".trace" or it begins with "slubbed "; else it is raw, and any
 * raw bytes are a program.
 */
#ifndef FUZZ_TRIAGE_INPUT_H
#define FUZZ_TRIAGE_INPUT_H

#include "fuzz/program.h"

/*
 * Reads the program of a file, "-" being the standard input. On failure prints one line,
 * "FILE:LINE: cause" or "FILE: cause", and returns false. input_release() gives the ops back.
 */
bool input_read(const char *path, struct program *program);

void input_release(struct program *program);

#endif
