/*
 * The caches behind kmalloc, and which of them serves what.
 *
 * There are up to thirteen sizes and, as configured, several caches of each: for devices, for what
 * can be reclaimed, for what is accounted, and random copies of the normal ones.
 */
#ifndef ALLOCATOR_API_KMALLOC_CACHES_H
#define ALLOCATOR_API_KMALLOC_CACHES_H

#include <stdbool.h>
#include <stddef.h>

#include "allocator/base/flags.h"
#include "allocator/cache/heap_state.h"

/*
 * Creates them in a heap that has no caches yet. A size that is aligned to less than the
 * configuration asks has none: the next one takes its place. One whose debug metadata would exceed
 * the largest run is left out: the page layer serves its sizes.
 */
void kmalloc_caches_create(struct kmem_heap *heap);

/* Index of the smallest size that holds size bytes; 1 <= size <= KMALLOC_CACHE_SIZE_MAX. O(1). */
unsigned kmalloc_cache_index(size_t size);

/* Size number index and the alignment of its objects, bytes; whether this heap has caches of it. */
size_t kmalloc_class_size(unsigned index);
size_t kmalloc_class_align(unsigned index);
bool kmalloc_class_exists(const struct kmem_heap *heap, unsigned index);

struct kmalloc_name {
    char text[CACHE_NAME_SIZE];
};

/* Writes prefix, separator and the size's name, "8k", one behind the other; returns the text. */
const char *kmalloc_name_class(struct kmalloc_name *name, const char *prefix,
                               const char *separator, unsigned index);

/* Whose caches serve a call site that asks with gfp. O(1). */
enum kmalloc_type kmalloc_type_at(const struct kmem_heap *heap, gfp_t gfp, uint64_t site);

#endif
