/*
 * Free pages that are not mapped: with config->debug_pagealloc whoever touches one is stopped by
 * the machine, at once and in any build.
 *
 *     taken from zone or CPU -> mapped -> poison verified, zeroed -> handed out
 *     checked, filled -> not mapped -> given back to CPU or zone
 *
 * Each frame knows whether it is mapped (struct page), and the platform does it, where it has
 * set_mapped(). Both happen while the run is the caller's, outside all locks. What is at hand, a
 * guard, kept out of circulation or was never used is not mapped either; so nothing but who has a
 * run may look at its bytes. A link that the fast path would read from an object that somebody else
 * may just be freeing with its slab is such a look: no list is open to it here, and lists are taken
 * from under their lock only.
 *
 * A platform maps whole pages of its machine. If PAGE_SIZE is no multiple of those it must refuse,
 * and there is no such heap.
 */
#ifndef ALLOCATOR_PAGE_PAGE_MAP_H
#define ALLOCATOR_PAGE_PAGE_MAP_H

#include "allocator/page/memory.h"

/* Unmaps an arena, all of which is free. False, and nothing done, if the platform refuses. */
bool page_map_init(const struct heap_config *config, const struct platform *platform,
                   unsigned char *arena);

/* Maps the run that the caller has taken; unmaps the one that he is about to give back. */
void page_map(struct page_memory *memory, struct page *head, unsigned order);
void page_unmap(struct page_memory *memory, struct page *head, unsigned order);

#endif
