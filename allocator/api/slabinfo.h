/* All caches of a heap as a table, in the form of Linux's /proc/slabinfo, version 2.1. */
#ifndef ALLOCATOR_API_SLABINFO_H
#define ALLOCATOR_API_SLABINFO_H

#include <stddef.h>
#include <stdint.h>

struct kmem_cache;
struct kmem_heap;

/* What is counted of a cache. */
struct slabinfo {
    uint64_t slabs;
    uint64_t objects;            /* in them, free or not */
    uint64_t active_objects;     /* less those that lie free on a node's partial list */
    uint64_t partial_slabs;      /* on those lists */
    uint64_t partial_objects;    /* in use in them */
    uint64_t cpu_slabs;          /* slabs that CPUs hold */
};

/* Counts a cache. O(partial slabs); takes cpu->lock, node->lock. */
struct slabinfo kmem_cache_slabinfo(struct kmem_cache *cache);

/*
 * Writes two lines of heading and one for each cache, oldest first, NUL-terminated and cut to
 * capacity. Returns the bytes that the whole text has, without the NUL.
 * O(caches + partial slabs); takes heap->registry_lock, cpu->lock, node->lock.
 */
size_t heap_slabinfo(struct kmem_heap *heap, char *bytes, size_t capacity);

#endif
