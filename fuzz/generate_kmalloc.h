/* Operands of the ops on kmalloc and what is built on it. Private to the generator. */
#ifndef FUZZ_GENERATE_KMALLOC_H
#define FUZZ_GENERATE_KMALLOC_H

#include "fuzz/generate.h"

void fill_kmalloc_gfp(struct generator *generator, struct op *op);
void fill_kvmalloc(struct generator *generator, struct op *op);
void fill_kvrealloc(struct generator *generator, struct op *op);
void fill_kvmalloc_array(struct generator *generator, struct op *op);
void fill_kmalloc_nolock(struct generator *generator, struct op *op);
void fill_set(struct generator *generator, struct op *op);
void fill_buckets_create(struct generator *generator, struct op *op);
void fill_buckets_alloc(struct generator *generator, struct op *op);
void fill_krealloc_array(struct generator *generator, struct op *op);
void fill_krealloc_align(struct generator *generator, struct op *op);
void fill_account(struct generator *generator, struct op *op);
void fill_account_limit(struct generator *generator, struct op *op);
void fill_accounting(struct generator *generator, struct op *op);
void fill_size_roundup(struct generator *generator, struct op *op);

#endif
