/* Free pages that are not mapped: who touches one is stopped. */
#include "allocator/page/page_map.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "allocator/base/bits.h"
#include "allocator/base/raw.h"
#include "allocator/page/contig.h"
#include "allocator/page/page_alloc.h"
#include "allocator/page/page_ref.h"
#include "allocator/page/pcp.h"
#include "tests/support/test_zone.h"

enum { PAGES = 32, TOUCHED = 42 };

static struct test_zone fixture;
static struct page_memory *const memory = &fixture.memory;

static struct heap_config config_of_this(void)
{
    struct heap_config config = heap_config_default();

    config.page_count = PAGES;
    config.page_poison = true;
    config.debug_pagealloc = true;
    return config;
}

static void start(void)
{
    const struct heap_config config = config_of_this();

    test_zone_init_with(&fixture, &config);
}

/* A child that reads a byte there and says so. */
static bool may_touch(const struct page *page)
{
    const unsigned char *byte = memory_address(memory, page);
    int status = 0;
    pid_t child = fork();

    assert_true(child >= 0);
    if (child == 0) {
        signal(SIGSEGV, SIG_DFL);
        (void)raw_load_byte(byte);
        _exit(TOUCHED);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    return WIFEXITED(status) && WEXITSTATUS(status) == TOUCHED;
}

/* Frames that say that they are mapped. */
static uint32_t count_mapped(void)
{
    uint32_t count = 0;

    for (pfn_t pfn = 0; pfn < PAGES; pfn++) {
        count += memory_page(memory, pfn)->mapped;
    }
    return count;
}

static void finish(void)
{
    assert_int_equal(count_mapped(), 0);
    assert_int_equal(fixture.test.report_count, 0);
    test_zone_fini(&fixture);
}

static void only_what_was_taken_can_be_touched(void **state)
{
    (void)state;
    start();

    struct page *page = page_alloc(memory, 1, GFP_KERNEL, PAGE_RUN);

    assert_true(may_touch(page));
    assert_true(may_touch(page + 1));
    assert_false(may_touch(page + 2));
    assert_int_equal(count_mapped(), 2);
    page_free(memory, page, 1, PAGE_RUN);
    assert_false(may_touch(page));
    finish();
}

static void pages_keep_their_poison(void **state)
{
    (void)state;
    start();

    struct page *page = page_alloc(memory, 0, GFP_KERNEL, PAGE_RUN);

    page_free(memory, page, 0, PAGE_RUN);
    page = page_alloc(memory, 0, GFP_KERNEL | __GFP_ZERO, PAGE_RUN);
    assert_int_equal(raw_find_other(memory_address(memory, page), PAGE_SIZE, 0), PAGE_SIZE);
    page_free(memory, page, 0, PAGE_RUN);
    finish();
}

static void pages_of_a_run_that_is_cut_go_one_by_one(void **state)
{
    (void)state;
    start();

    struct page *page = page_alloc(memory, 2, GFP_KERNEL, PAGE_RUN);

    assert_true(page_get(page));
    page_release(memory, page, 2);
    assert_true(may_touch(page));
    assert_false(may_touch(page + 1));
    assert_int_equal(count_mapped(), 1);
    page_put(memory, page);
    finish();
}

static void pages_at_hand_are_not_mapped(void **state)
{
    struct heap_config config = config_of_this();

    (void)state;
    config.pcp_high = 8;
    test_zone_init_with(&fixture, &config);

    struct page *page = page_alloc(memory, 0, GFP_KERNEL, PAGE_RUN);

    assert_int_equal(count_mapped(), 1);
    page_free(memory, page, 0, PAGE_RUN);
    assert_int_equal(page_state(page).kind, PAGE_CACHED);
    assert_false(may_touch(page));
    pcp_drain_all(memory);
    finish();
}

static void ranges_are_mapped_too(void **state)
{
    struct heap_config config = config_of_this();

    (void)state;
    config.pageblock_order = 2;
    test_zone_init_with(&fixture, &config);
    assert_int_equal(page_alloc_contig(memory, 5, 11, GFP_KERNEL), 0);
    assert_int_equal(count_mapped(), 6);
    assert_false(may_touch(memory_page(memory, 4)));
    assert_true(may_touch(memory_page(memory, 10)));
    page_free_contig(memory, 5, 11);
    finish();
}

static void bad_page_is_kept_unmapped(void **state)
{
    (void)state;
    start();

    struct page *page = page_alloc(memory, 0, GFP_KERNEL, PAGE_RUN);

    page->client = 1;
    page_free(memory, page, 0, PAGE_RUN);
    assert_int_equal(fixture.test.report_count, 1);
    assert_int_equal(page_state(page).kind, PAGE_ISOLATED);
    assert_false(may_touch(page));
    test_platform_clear(&fixture.test);
    finish();
}

static bool refuse(void *context, void *first, size_t size, bool is_mapped)
{
    (void)context;
    (void)first;
    (void)size;
    return is_mapped;
}

static void platform_may_refuse(void **state)
{
    struct heap_config config = config_of_this();

    (void)state;
    start();

    struct platform platform = fixture.test.platform;

    platform.set_mapped = refuse;
    assert_false(page_map_init(&config, &platform, memory->arena));
    config.debug_pagealloc = false;
    assert_true(page_map_init(&config, &platform, memory->arena));
    finish();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(only_what_was_taken_can_be_touched),
        cmocka_unit_test(pages_keep_their_poison),
        cmocka_unit_test(pages_of_a_run_that_is_cut_go_one_by_one),
        cmocka_unit_test(pages_at_hand_are_not_mapped),
        cmocka_unit_test(ranges_are_mapped_too),
        cmocka_unit_test(bad_page_is_kept_unmapped),
        cmocka_unit_test(platform_may_refuse),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
