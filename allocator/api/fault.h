/*
 * Allocations that fail on purpose: Linux's failslab and fail_page_alloc.
 *
 * Only heaps with config->fault_injection have that: there each allocation passes a place where it
 * can be made to fail. Whoever asks with __GFP_NOFAIL, or takes no lock, is never refused; whoever
 * might reclaim memory only if the attributes say so. An allocation that fails so returns NULL and
 * changes nothing.
 */
#ifndef ALLOCATOR_API_FAULT_H
#define ALLOCATOR_API_FAULT_H

#include <stdint.h>

#include "allocator/base/fault.h"

struct kmem_cache;
struct kmem_heap;

/*
 * How allocations of a kind fail from here on; the second form reads the first four attributes from
 * a boot option, "interval,probability,space,times", and sets *cause to what is wrong with it, or
 * NULL. HEAP_EINVAL, and nothing changed, if something is, or the heap has no such failures. O(1).
 */
int heap_fault_set(struct kmem_heap *heap, enum heap_fault kind, const struct fault_attr *attr);
int heap_fault_boot(struct kmem_heap *heap, enum heap_fault kind, const char *option,
                    const char **cause);

/* The nth allocation of a kind that may fail does, once; 0 takes that back. The same error. */
int heap_fault_nth(struct kmem_heap *heap, enum heap_fault kind, uint64_t nth);

/* Marks a cache, or takes that back: with attr->is_filtered only objects of marked ones fail. */
void kmem_cache_mark_failing(struct kmem_cache *cache, bool is_marked);

/* Allocations of a kind that failed on purpose since the heap was made. */
uint64_t heap_fault_count(const struct kmem_heap *heap, enum heap_fault kind);

#endif
