/*
 * A heap: an arena of pages, the caches cut from it, and nothing outside it.
 *
 * A heap is made from a configuration (base/config.def) and a platform (base/platform.h) and shares
 * nothing with any other heap. The calling thread must own a CPU slot of its world (base/world.h).
 */
#ifndef ALLOCATOR_API_HEAP_H
#define ALLOCATOR_API_HEAP_H

#include <stdint.h>

#include "allocator/base/config.h"
#include "allocator/base/errors.h"
#include "allocator/base/platform.h"

struct kmem_heap;

/*
 * Makes a heap, with its kmalloc caches. Copies config and platform. NULL, and nothing kept, if the
 * configuration is invalid or the platform has no memory. O(pages / 1024 + caches).
 */
struct kmem_heap *heap_create(const struct heap_config *config, const struct platform *platform);

/*
 * Gives the heap's memory back to the platform, whatever still lives in it: a heap is the unit of
 * abandoning work. Nobody may be inside the heap. O(1).
 */
void heap_destroy(struct kmem_heap *heap);

/*
 * Sets the slab_debug= option (base/slab_debug.h), in place of the one that the configuration
 * names; NULL: none. The text is the caller's and has to outlive the heap. It is for caches that
 * are made from now on: to be called before others use the heap. The caches of kmalloc and of
 * buckets follow the configuration's debug_flags alone. Returns a letter of the option that is
 * not known, and was skipped, or 0.
 */
char heap_slab_debug(struct kmem_heap *heap, const char *option);

/*
 * A CPU went offline, having left every call: what it held of each cache goes back to the nodes,
 * for the other CPUs to use. It may come back at any time, which need not be told. Called on
 * another CPU, not in a handler. O(caches + slabs held); takes registry_lock, cpu->lock,
 * node->lock.
 */
void heap_cpu_offline(struct kmem_heap *heap, unsigned cpu);

/*
 * Gives back to the zones what CPUs have of pages at hand (page/pcp.h), waiting for whoever is in
 * the middle of taking some. Not in a handler. O(pages held); takes pcp->lock, zone->lock.
 */
void heap_drain_pages(struct kmem_heap *heap);

/* Fails the nth page allocation from now on, once; 0 takes that back. Takes a zone's lock. */
void heap_fail_page_alloc(struct kmem_heap *heap, uint64_t nth);

/* Page allocations that returned NULL since the heap was made. Takes each zone's lock. */
uint64_t heap_page_failures(struct kmem_heap *heap);

#endif
