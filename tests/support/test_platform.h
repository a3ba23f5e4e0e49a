/*
 * A platform for tests: memory from mmap, keyed random numbers, and reports kept for inspection.
 *
 * A test that expects no report asserts report_count == 0 at its end. Every report is counted, the
 * first TEST_REPORTS_KEPT are kept.
 */
#ifndef TESTS_SUPPORT_TEST_PLATFORM_H
#define TESTS_SUPPORT_TEST_PLATFORM_H

#include "allocator/base/platform.h"

enum { TEST_REPORTS_KEPT = 16, TEST_LOG_SIZE = 512 };

struct test_platform {
    struct platform platform;    /* to be given to what is tested; context is this struct */
    uint64_t seed;
    size_t map_count;            /* mappings that were not unmapped yet */
    size_t map_budget;           /* mappings that still succeed; SIZE_MAX at first */
    size_t report_count;
    struct report reports[TEST_REPORTS_KEPT];
    size_t log_count;
    char logged[TEST_LOG_SIZE];  /* the latest text, cut to that */
    size_t panic_count;
    const char *panic_name;      /* cache of the latest panic, or NULL */
    int panic_error;
};

/* The struct must not move afterwards. */
void test_platform_init(struct test_platform *test);

/* The latest of the kept reports; there is one. */
const struct report *test_platform_report(const struct test_platform *test);

/* Forgets the reports so far. */
void test_platform_clear(struct test_platform *test);

#endif
