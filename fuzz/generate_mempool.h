/* Operands of the ops on mempools. Private to the generator. */
#ifndef FUZZ_GENERATE_MEMPOOL_H
#define FUZZ_GENERATE_MEMPOOL_H

#include "fuzz/generate.h"

void fill_pool_create(struct generator *generator, struct op *op);
void fill_pool_create_sized(struct generator *generator, struct op *op);
void fill_pool_alloc(struct generator *generator, struct op *op);
void fill_pool_resize(struct generator *generator, struct op *op);
void fill_pool(struct generator *generator, struct op *op);
void fill_pool_write(struct generator *generator, struct op *op);
void fill_pool_bad_free(struct generator *generator, struct op *op);

#endif
