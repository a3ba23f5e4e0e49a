/* Traces from files and programs from a seed, run under all judges. */
#ifndef TESTS_MODEL_REPLAY_H
#define TESTS_MODEL_REPLAY_H

#include "fuzz/mutate.h"
#include "fuzz/run.h"

/* The program of a trace; prints one line and exits with 1 if it cannot be read. Never freed. */
struct program replay_read(const char *path);

/* What a profile's programs may do. */
enum run_ops replay_ops(enum mutate_profile profile);

/* The same by the name of a profile: sequence, smp, misuse or buddy. Any other ends the program. */
enum run_ops replay_ops_of(const char *name);

/* A program grown from nothing by the mutator, as bytes: size of them in bytes[capacity]. */
size_t replay_grow(enum mutate_profile profile, uint64_t seed, uint8_t *bytes, size_t capacity);

#endif
