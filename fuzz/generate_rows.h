/*
 * How often each profile has each op, and how its operands are chosen: one row an op. Private to
 * the generator.
 */
#ifndef FUZZ_GENERATE_ROWS_H
#define FUZZ_GENERATE_ROWS_H

#include "fuzz/generate.h"

/* Sets the operands of an op whose code and slots are chosen. */
typedef void fill_function(struct generator *generator, struct op *op);

struct generate_row {
    uint8_t weights[MUTATE_PROFILE_COUNT];
    bool is_essential;          /* never left out of a swarm */
    fill_function *fill;        /* NULL: there is nothing but slots */
};

extern const struct generate_row generate_rows[OP_CODE_COUNT];

#endif
