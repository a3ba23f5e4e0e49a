/* What splits leave over becomes guards, and comes back. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "allocator/page/buddy.h"
#include "allocator/page/page_alloc.h"
#include "tests/support/test_zone.h"

static struct test_zone fixture;
static struct page_memory *const memory = &fixture.memory;
static struct page_zone *const zone = &fixture.memory.zones[0];

static void start(uint32_t page_count, uint32_t guard_order, uint32_t pageblock_order)
{
    struct heap_config config = heap_config_default();

    config.page_count = page_count;
    config.guard_order = guard_order;
    config.pageblock_order = pageblock_order;
    config.page_poison = true;
    test_zone_init_with(&fixture, &config);
}

static void finish(void)
{
    assert_null(test_zone_find_fault(zone));
    assert_int_equal(zone->guard_page_count, 0);
    assert_int_equal(zone->free_page_count, memory->page_count);
    assert_int_equal(fixture.test.report_count, 0);
    test_zone_fini(&fixture);
}

static struct page *take(unsigned order)
{
    struct page *page = page_alloc(memory, order, GFP_KERNEL, PAGE_RUN);

    assert_null(test_zone_find_fault(zone));
    return page;
}

static void give(struct page *page, unsigned order)
{
    page_free(memory, page, order, PAGE_RUN);
    assert_null(test_zone_find_fault(zone));
}

static void small_remainders_are_guards(void **state)
{
    (void)state;
    start(16, 2, 0);

    struct page *page = take(0);

    assert_int_equal(zone->guard_page_count, 3);
    assert_int_equal(zone->free_page_count, 12);
    assert_int_equal(page_state(page + 1).kind, PAGE_GUARD);
    assert_int_equal(page_state(page + 2).kind, PAGE_GUARD);
    assert_int_equal(page_state(page + 2).order, 1);
    assert_int_equal(page_state(page + 4).kind, PAGE_FREE);
    give(page, 0);
    finish();
}

static void guards_are_given_to_nobody(void **state)
{
    struct page *pages[8];

    (void)state;
    start(16, 1, 0);
    for (unsigned i = 0; i < 8; i++) {
        pages[i] = take(0);
        assert_non_null(pages[i]);
    }
    assert_null(take(0));
    assert_int_equal(zone->guard_page_count, 8);
    for (unsigned i = 0; i < 8; i++) {
        give(pages[i], 0);
    }

    struct page *all = take(4);

    assert_non_null(all);
    give(all, 4);
    finish();
}

static void guards_stay_in_their_pageblock(void **state)
{
    (void)state;
    start(16, 5, 1);

    struct page *page = take(0);

    assert_int_equal(zone->guard_page_count, 1);
    assert_int_equal(zone->free_page_count, 14);
    give(page, 0);
    finish();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(small_remainders_are_guards),
        cmocka_unit_test(guards_are_given_to_nobody),
        cmocka_unit_test(guards_stay_in_their_pageblock),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
