/* What the targets that run op programs share. */
#ifndef FUZZ_TARGETS_JUDGE_INPUT_H
#define FUZZ_TARGETS_JUDGE_INPUT_H

#include <stddef.h>
#include <stdint.h>

#include "fuzz/run.h"

/*
 * Runs the program that the bytes are, tells the engine what states it reached, and if anything is
 * wrong prints the finding and hands its signature to the engine. Returns 0.
 */
int judge_input(const uint8_t *data, size_t size, enum run_ops ops);

#endif
