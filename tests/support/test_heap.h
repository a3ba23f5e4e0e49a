/* A heap of its own for a test, on the platform that records reports. */
#ifndef TESTS_SUPPORT_TEST_HEAP_H
#define TESTS_SUPPORT_TEST_HEAP_H

#include "allocator/api/heap.h"
#include "allocator/api/kmem_cache.h"
#include "tests/support/test_platform.h"

struct test_heap {
    struct test_platform test;
    struct heap_config config;
    struct kmem_heap *heap;
};

/* Makes the heap of config; the struct must not move. Fails the test if it cannot. */
void test_heap_init(struct test_heap *fixture, const struct heap_config *config);

/* Gives the memory back. */
void test_heap_fini(struct test_heap *fixture);

/* A cache without constructor that must come into being. */
struct kmem_cache *test_heap_cache(struct test_heap *fixture, size_t size, slab_flags_t flags);

#endif
