/* Conformance cases in a table of acts: a cmocka test for each row. */
#ifndef TESTS_CONFORMANCE_TABLE_H
#define TESTS_CONFORMANCE_TABLE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "tests/sanitizers/access.h"

/* What must become of an act; ACCESS_NOT_RUN: it is not tried. */
void table_expect(const struct access *access, const struct heap_config *config, int expected);

/* Runs check on each row, which begins with its struct access; what main() returns. */
int table_run(const void *rows, size_t row_size, size_t row_count, CMUnitTestFunction check);

#endif
