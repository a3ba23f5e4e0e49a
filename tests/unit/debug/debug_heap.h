/* What the tests of debug caches share: caches of any shape, damage, and what a report must say. */
#ifndef TESTS_UNIT_DEBUG_DEBUG_HEAP_H
#define TESTS_UNIT_DEBUG_DEBUG_HEAP_H

#include "allocator/base/raw.h"
#include "allocator/cache/heap_state.h"
#include "tests/support/test_heap.h"

/* Linux's letters. */
enum {
    F = SLAB_CONSISTENCY_CHECKS,
    Z = SLAB_RED_ZONE,
    P = SLAB_POISON,
    U = SLAB_STORE_USER,
};

/* A heap of the default configuration but for the debug flags of its kmalloc caches. */
void debug_heap_init(struct test_heap *fixture, slab_flags_t debug_flags);

/* A cache that must come into being; ctor may be NULL. */
struct kmem_cache *debug_heap_cache(struct test_heap *fixture, struct cache_request request);

/* The user changes a byte, allowed or not. */
void flip(void *object, ptrdiff_t offset);

/* Fails unless all bytes of a range, which may be hidden, read value. */
void assert_bytes(const void *object, ptrdiff_t offset, size_t size, unsigned char value);

/* Fails unless exactly one report was sent since the last call; returns and forgets it. */
struct report only_report(struct test_heap *fixture);

/* Fails unless exactly these kinds were reported since the last call, in this order; forgets. */
void expect_reports(struct test_heap *fixture, size_t count, const enum report_kind *kinds);

#endif
