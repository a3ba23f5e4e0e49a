/* The heap that the microbenchmarks work on: native world, default configuration. */
#ifndef BENCH_PAIR_HEAP_H
#define BENCH_PAIR_HEAP_H

#include <stddef.h>

struct kmem_cache;

/* A cache of objects of size bytes with these SLAB_ flags. Exits with code 3 if there is none. */
struct kmem_cache *pair_cache(size_t size, unsigned flags);

/* One object allocated and freed; the same count times; and count objects allocated, then freed. */
void pair_run(struct kmem_cache *cache);
void pair_repeat(struct kmem_cache *cache, unsigned long count);
void pair_run_many(struct kmem_cache *cache, void **objects, size_t count);

#endif
