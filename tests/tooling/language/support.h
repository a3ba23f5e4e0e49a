/* What the tests of the op language share: chance, programs made by it, and extreme operands. */
#ifndef TESTS_TOOLING_LANGUAGE_SUPPORT_H
#define TESTS_TOOLING_LANGUAGE_SUPPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "fuzz/program.h"

/* The next number of a sequence; *state is its seed before the first call, any value. */
uint32_t test_random(uint64_t *state);

/* Random bytes; most of the op codes among them are assigned. */
void test_random_bytes(uint64_t *state, uint8_t *bytes, size_t size);

/* A valid program of up to capacity canonical ops, with any configuration. */
void test_random_program(uint64_t *state, struct program *program, struct op *ops, size_t capacity);

/*
 * Calls visit with each assigned op and each combination of the operands' least and largest two
 * values, object slots no larger than object_max.
 */
void test_each_op(uint32_t object_max, void (*visit)(const struct op *op, void *context),
                  void *context);

/* Fails the running test unless the ops of a program are canonical and its configuration valid. */
void test_assert_valid(const struct program *program);

#endif
