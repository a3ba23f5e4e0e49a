#define _GNU_SOURCE

#include "tests/support/test_platform.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "allocator/base/bits.h"
#include "allocator/base/compiler.h"
#include "allocator/base/params.h"
#include "allocator/hardening/keyed_random.h"

static void *map(void *context, enum map_use use, size_t size, size_t alignment)
{
    struct test_platform *test = context;
    size_t slack = alignment > PAGE_SIZE ? alignment : 0;

    if (test->map_budget == 0) {
        return NULL;
    }

    unsigned char *memory = mmap(NULL, size + slack, PROT_READ | PROT_WRITE,
                                 MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (memory == MAP_FAILED) {
        return NULL;
    }
    test->map_budget--;
    test->map_count++;

    size_t before = align_up((uintptr_t)memory, alignment) - (uintptr_t)memory;
    if (before != 0) {
        munmap(memory, before);
    }
    if (slack != before) {
        munmap(memory + before + size, slack - before);
    }
    if (use == MAP_ARENA) {
        memory_hide(memory + before, size);
    }
    return memory + before;
}

static void unmap(void *context, enum map_use use, void *memory, size_t size)
{
    struct test_platform *test = context;

    (void)use;
    /* The sanitizer remembers what was hidden, and the next mapping may get the same addresses. */
    memory_show_defined(memory, size);
    munmap(memory, size);
    test->map_count--;
}

static bool set_mapped(void *context, void *first, size_t size, bool is_mapped)
{
    bool is_whole = PAGE_SIZE % (size_t)sysconf(_SC_PAGESIZE) == 0;
    bool is_done =
        is_whole && mprotect(first, size, is_mapped ? PROT_READ | PROT_WRITE : PROT_NONE) == 0;

    (void)context;
    if (is_mapped && !is_done) {
        abort();
    }
    return is_done;
}

static uint64_t random_number(void *context, enum random_purpose purpose, uint64_t id,
                              uint64_t ordinal)
{
    const struct test_platform *test = context;

    return keyed_random(test->seed, purpose, id, ordinal);
}

static void keep_report(void *context, const struct report *report)
{
    struct test_platform *test = context;

    if (test->report_count < TEST_REPORTS_KEPT) {
        test->reports[test->report_count] = *report;
    }
    test->report_count++;
}

static void keep_log(void *context, const char *text)
{
    struct test_platform *test = context;

    snprintf(test->logged, sizeof(test->logged), "%s", text);
    test->log_count++;
}

static void keep_panic(void *context, const char *cache_name, int error)
{
    struct test_platform *test = context;

    test->panic_count++;
    test->panic_name = cache_name;
    test->panic_error = error;
}

void test_platform_init(struct test_platform *test)
{
    *test = (struct test_platform){
        .platform =
            {
                .context = test,
                .map = map,
                .unmap = unmap,
                .set_mapped = set_mapped,
                .random = random_number,
                .report = keep_report,
                .log = keep_log,
                .panic = keep_panic,
            },
        .seed = 1,
        .map_budget = SIZE_MAX,
    };
}

const struct report *test_platform_report(const struct test_platform *test)
{
    size_t kept = test->report_count < TEST_REPORTS_KEPT ? test->report_count : TEST_REPORTS_KEPT;

    return &test->reports[kept - 1];
}

void test_platform_clear(struct test_platform *test)
{
    test->report_count = 0;
}
