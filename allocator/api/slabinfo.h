/* All caches of a heap as a table, in the form of Linux's /proc/slabinfo, version 2.1. */
#ifndef ALLOCATOR_API_SLABINFO_H
#define ALLOCATOR_API_SLABINFO_H

#include <stddef.h>

struct kmem_heap;

/*
 * Writes two lines of heading and one for each cache, oldest first, NUL-terminated and cut to
 * capacity. Returns the bytes that the whole text has, without the NUL. Active objects are all but
 * those that lie free on a node's partial list; each is counted, however many there are.
 * O(caches + partial slabs); takes heap->registry_lock, cpu->lock, node->lock.
 */
size_t heap_slabinfo(struct kmem_heap *heap, char *bytes, size_t capacity);

#endif
