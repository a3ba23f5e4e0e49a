/*
 * What tools and tests may ask about a heap without changing it. Slow; nobody may be inside the
 * heap. The judges of sanitizers/ read the structures themselves instead.
 */
#ifndef ALLOCATOR_API_HEAP_VIEW_H
#define ALLOCATOR_API_HEAP_VIEW_H

#include <stdint.h>

struct kmem_heap;

struct heap_pages_view {
    uint32_t total;       /* pages of the arena */
    uint32_t free;        /* on the free lists */
    uint32_t isolated;    /* out of circulation for good */
};

struct heap_pages_view heap_view_pages(const struct kmem_heap *heap);

#endif
