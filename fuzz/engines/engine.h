/*
 * What a harness and an engine promise each other. An engine is what calls the harness with one
 * input after another: replay, random, libFuzzer or AFL++. Which one a binary has is decided when
 * it is linked (//tools/settings:engine); no code outside this folder can tell.
 *
 *   harness  defines LLVMFuzzerTestOneInput(), which must forget everything when it returns, and
 *            calls engine_feedback(), engine_count(), engine_wants() and engine_finding()
 *   engine   defines the rest, and main()
 */
#ifndef FUZZ_ENGINES_ENGINE_H
#define FUZZ_ENGINES_ENGINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { FEEDBACK_SLOTS = 16384 };

/*
 * Runs one input of size bytes; any bytes are valid. Returns 0. The engine keeps data.
 */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/*
 * Optional: called once before the first input, and may take arguments out of argv. Returns 0.
 */
__attribute__((weak)) int LLVMFuzzerInitialize(int *argc, char ***argv);

/*
 * Marks an abstract state as reached by the present input, beside the code edges that the compiler
 * reports: an input that reaches a new slot is worth keeping. How often does not matter.
 *
 * slot    any number, taken modulo FEEDBACK_SLOTS
 */
void engine_feedback(uint32_t slot);

/*
 * Tells whoever watches the run what the present input came to. Once for each input.
 *
 * step_count  ops that called the allocator
 * op_count    ops read
 */
void engine_count(uint32_t step_count, uint32_t op_count);

/*
 * True if a finding with this signature is worth reporting. False if whoever watches the run has
 * seen enough of it: the input is then to be treated like any other.
 */
bool engine_wants(const char *signature);

/*
 * Says that the present input found something. The report is printed by then, and the run is over.
 * A fuzzing engine keeps the input and does not return; replay and random note it and return.
 *
 * signature  what was found, without address, step or value; copied
 */
void engine_finding(const char *signature);

#endif
