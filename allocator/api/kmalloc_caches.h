/* The thirteen caches behind kmalloc, and which of them serves a size. */
#ifndef ALLOCATOR_API_KMALLOC_CACHES_H
#define ALLOCATOR_API_KMALLOC_CACHES_H

#include <stddef.h>

#include "allocator/cache/heap_state.h"

/*
 * Creates them in a heap that has no caches yet. One whose debug metadata would exceed the largest
 * run is left out: the page layer serves its sizes.
 */
void kmalloc_caches_create(struct kmem_heap *heap);

/* Index of the smallest cache that holds size bytes; 1 <= size <= KMALLOC_CACHE_SIZE_MAX. O(1). */
unsigned kmalloc_cache_index(size_t size);

#endif
