/* What the ops about the making of caches say: how a generated one is filled in. */
#ifndef FUZZ_GENERATE_CACHE_H
#define FUZZ_GENERATE_CACHE_H

#include "fuzz/generate.h"

void generate_create_args(struct generator *generator, struct op *op);
void generate_create_usercopy(struct generator *generator, struct op *op);
void generate_usercopy_check(struct generator *generator, struct op *op);

#endif
