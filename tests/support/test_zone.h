/*
 * A zone of its own for a test: arena, descriptors, configuration and platform in one place, and an
 * independent count of what its frames are.
 */
#ifndef TESTS_SUPPORT_TEST_ZONE_H
#define TESTS_SUPPORT_TEST_ZONE_H

#include "allocator/page/memory.h"
#include "tests/support/test_platform.h"

struct test_zone {
    struct test_platform test;
    struct heap_config config;
    struct page_memory memory;    /* of one zone */
};

/* Makes a zone of page_count free pages, any number from 1 on. The struct must not move. */
void test_zone_init(struct test_zone *fixture, uint32_t page_count);

/* The same with all of the configuration chosen. */
void test_zone_init_with(struct test_zone *fixture, const struct heap_config *config);

/* Gives the memory back. */
void test_zone_fini(struct test_zone *fixture);

/*
 * The first thing that is wrong with the buddy layer of a zone, in words, or NULL. Looks at every
 * frame and every list; written from the rules alone, sharing no code with the allocator but the
 * descriptor's accessors. No memory but the stack: page_count <= TEST_ZONE_CHECK_MAX.
 */
const char *test_zone_find_fault(const struct page_zone *zone);

enum { TEST_ZONE_CHECK_MAX = 16384 };

#endif
