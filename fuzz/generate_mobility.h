/* Operands of ops on page types and ranges of frames. Private to the generator. */
#ifndef FUZZ_GENERATE_MOBILITY_H
#define FUZZ_GENERATE_MOBILITY_H

#include "fuzz/generate.h"

void fill_pages_type(struct generator *generator, struct op *op);
void fill_isolate(struct generator *generator, struct op *op);
void fill_contig(struct generator *generator, struct op *op);

#endif
