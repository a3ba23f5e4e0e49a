/* The heap that the microbenchmarks work on: native world, default configuration. */
#ifndef BENCH_PAIR_HEAP_H
#define BENCH_PAIR_HEAP_H

#include <stddef.h>

#include "allocator/base/config.h"
#include "allocator/base/platform.h"

struct kmem_heap;
struct kmem_cache;

/* Memory that is never given back; whatever is reported ends the program with code 3. */
struct platform pair_platform(void);

/* A heap of config, but for its size. Exits with code 3 if there is none, as those below do. */
struct kmem_heap *pair_heap(const struct heap_config *config, const struct platform *platform);
struct kmem_cache *pair_cache_of(struct kmem_heap *heap, const char *name, size_t size,
                                 unsigned flags);

/* A cache of objects of size bytes with these SLAB_ flags. Exits with code 3 if there is none. */
struct kmem_cache *pair_cache(size_t size, unsigned flags);

/* One object allocated and freed; the same count times; and count objects allocated, then freed. */
void pair_run(struct kmem_cache *cache);
void pair_repeat(struct kmem_cache *cache, unsigned long count);
void pair_run_many(struct kmem_cache *cache, void **objects, size_t count);

#endif
