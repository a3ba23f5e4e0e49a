/*
 * How the random engine changes an input. A target is linked with one of two implementations:
 * random_edit_program.c knows op programs, random_edit_bytes.c knows nothing.
 */
#ifndef FUZZ_ENGINES_RANDOM_EDIT_H
#define FUZZ_ENGINES_RANDOM_EDIT_H

#include <stddef.h>
#include <stdint.h>

/*
 * Makes one edit that depends on seed alone. data holds size bytes and has room for max_size, at
 * least 1. Returns the new size.
 */
size_t random_edit(uint8_t *data, size_t size, size_t max_size, uint64_t seed);

/*
 * Joins a part of a with a part of b in out, which has room for max_size bytes. Returns its size.
 */
size_t random_cross(const uint8_t *a, size_t a_size, const uint8_t *b, size_t b_size, uint8_t *out,
                    size_t max_size, uint64_t seed);

#endif
