/* Types, isolation, contiguous ranges and reserves of the page layer. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "allocator/base/errors.h"
#include "allocator/hardening/keyed_random.h"
#include "allocator/page/contig.h"
#include "allocator/page/isolate.h"
#include "allocator/page/page_alloc.h"
#include "allocator/page/pageblock.h"
#include "tests/support/test_zone.h"

enum { NONE = UINT32_MAX };

static struct test_zone fixture;
static struct page_memory *const frames = &fixture.memory;
static struct page_zone *const zone = &fixture.memory.zones[0];

static struct heap_config typed(uint32_t page_count, uint32_t pageblock_order)
{
    struct heap_config config = heap_config_default();

    config.page_count = page_count;
    config.pageblock_order = pageblock_order;
    return config;
}

static void start(uint32_t page_count, uint32_t pageblock_order)
{
    const struct heap_config config = typed(page_count, pageblock_order);

    test_zone_init_with(&fixture, &config);
}

static void finish(void)
{
    assert_null(test_zone_find_fault(zone));
    assert_int_equal(fixture.test.report_count, 0);
    test_zone_fini(&fixture);
}

/* Frame number of the run, or NONE. */
static pfn_t take(unsigned order, gfp_t gfp)
{
    const struct page *page = page_alloc(frames, order, gfp, PAGE_RUN);

    assert_null(test_zone_find_fault(zone));
    return page != NULL ? memory_pfn(frames, page) : NONE;
}

static void give(pfn_t pfn, unsigned order)
{
    page_free(frames, memory_page(frames, pfn), order, PAGE_RUN);
    assert_null(test_zone_find_fault(zone));
}

static enum migrate_type type_of(pfn_t pfn)
{
    return pageblock_type(zone, pfn);
}

static void request_takes_the_blocks_of_the_largest_run(void **state)
{
    (void)state;
    start(24, 2);
    assert_int_equal(take(0, GFP_KERNEL), 0);
    assert_int_equal(type_of(0), MIGRATE_UNMOVABLE);
    assert_int_equal(type_of(15), MIGRATE_UNMOVABLE);
    assert_int_equal(type_of(16), MIGRATE_MOVABLE);
    assert_int_equal(take(0, GFP_KERNEL | __GFP_MOVABLE), 16);
    finish();
}

static void half_free_block_changes_sides(void **state)
{
    (void)state;
    start(8, 3);
    assert_int_equal(take(1, GFP_KERNEL | __GFP_MOVABLE), 0);
    assert_int_equal(take(0, GFP_KERNEL), 2);
    assert_int_equal(type_of(0), MIGRATE_UNMOVABLE);
    assert_int_equal(zone->type_page_counts[MIGRATE_UNMOVABLE], 5);
    finish();
}

static void fuller_block_keeps_its_type(void **state)
{
    (void)state;
    start(8, 3);
    assert_int_equal(take(2, GFP_KERNEL | __GFP_MOVABLE), 0);
    assert_int_equal(take(0, GFP_KERNEL | __GFP_MOVABLE), 4);
    assert_int_equal(take(0, GFP_KERNEL), 5);
    assert_int_equal(type_of(0), MIGRATE_MOVABLE);
    finish();
}

static void pages_asked_for_alike_count_for_a_block(void **state)
{
    (void)state;
    start(8, 3);
    assert_int_equal(take(2, GFP_KERNEL | __GFP_MOVABLE), 0);
    assert_int_equal(take(1, GFP_KERNEL | __GFP_MOVABLE), 4);
    assert_int_equal(take(0, GFP_KERNEL | __GFP_RECLAIMABLE), 6);
    assert_int_equal(type_of(0), MIGRATE_MOVABLE);
    give(0, 2);
    assert_int_equal(take(0, GFP_KERNEL | __GFP_RECLAIMABLE), 7);
    finish();
}

static void small_movable_request_takes_the_smallest_run(void **state)
{
    (void)state;
    start(32, 4);
    assert_int_equal(take(0, GFP_KERNEL), 0);
    assert_int_equal(take(3, GFP_KERNEL), 8);
    assert_int_equal(take(4, GFP_KERNEL), 16);
    assert_int_equal(take(2, GFP_KERNEL), 4);
    assert_int_equal(take(0, GFP_KERNEL | __GFP_MOVABLE), 1);
    assert_int_equal(type_of(0), MIGRATE_UNMOVABLE);
    finish();
}

static void isolated_pages_are_out_of_reach(void **state)
{
    (void)state;
    start(16, 2);
    pfn_t pfn = take(0, GFP_KERNEL);

    assert_int_equal(isolate_range(frames, 0, 5), 7);
    assert_int_equal(type_of(7), MIGRATE_ISOLATE);
    assert_int_equal(take(3, GFP_KERNEL), 8);
    assert_int_equal(take(0, GFP_KERNEL), NONE);
    give(pfn, 0);
    assert_int_equal(zone->type_page_counts[MIGRATE_ISOLATE], 8);
    assert_int_equal(unisolate_range(frames, 0, 16), 8);
    assert_int_equal(type_of(0), MIGRATE_UNMOVABLE);
    assert_int_equal(take(3, GFP_KERNEL), 0);
    finish();
}

static void isolating_twice_changes_nothing(void **state)
{
    (void)state;
    start(16, 2);
    assert_int_equal(isolate_range(frames, 8, 9), 4);
    assert_int_equal(isolate_range(frames, 0, 16), HEAP_EBUSY);
    assert_int_equal(zone->type_page_counts[MIGRATE_ISOLATE], 4);
    assert_int_equal(isolate_range(frames, 3, 3), HEAP_EINVAL);
    assert_int_equal(isolate_range(frames, 3, 17), HEAP_EINVAL);
    assert_int_equal(unisolate_range(frames, 8, 12), 4);
    finish();
}

static void range_is_cut_out_of_larger_runs(void **state)
{
    (void)state;
    start(32, 3);
    assert_int_equal(page_alloc_contig(frames, 3, 13, GFP_KERNEL), HEAP_OK);
    assert_int_equal(zone->free_page_count, 22);
    assert_null(test_zone_find_fault(zone));
    assert_int_equal(page_alloc_contig(frames, 12, 14, GFP_KERNEL), HEAP_EBUSY);
    assert_int_equal(page_alloc_contig(frames, 13, 16, GFP_KERNEL), HEAP_OK);
    assert_int_equal(page_alloc_contig(frames, 30, 33, GFP_KERNEL), HEAP_EINVAL);
    page_free_contig(frames, 3, 16);
    assert_int_equal(zone->free_areas[5].count, 1);
    finish();
}

static void isolated_range_is_not_given(void **state)
{
    (void)state;
    start(32, 3);
    assert_int_equal(isolate_range(frames, 8, 16), 8);
    assert_int_equal(page_alloc_contig(frames, 0, 9, GFP_KERNEL), HEAP_EBUSY);
    assert_int_equal(zone->type_page_counts[MIGRATE_ISOLATE], 8);
    assert_int_equal(page_alloc_contig(frames, 0, 8, GFP_KERNEL), HEAP_OK);
    finish();
}

static void run_of_several_types_comes_apart(void **state)
{
    (void)state;
    start(16, 1);
    assert_int_equal(take(3, GFP_KERNEL | __GFP_MOVABLE), 0);
    assert_int_equal(isolate_range(frames, 2, 4), 0);
    give(0, 3);
    assert_int_equal(zone->type_page_counts[MIGRATE_ISOLATE], 2);
    assert_int_equal(unisolate_range(frames, 2, 4), 2);
    assert_int_equal(zone->free_areas[4].count, 1);
    finish();
}

static void reserve_is_kept_for_who_cannot_wait(void **state)
{
    struct heap_config config = typed(16, 2);

    (void)state;
    config.highatomic_percent = 1;
    test_zone_init_with(&fixture, &config);
    assert_int_equal(take(1, GFP_ATOMIC), 0);
    assert_int_equal(type_of(0), MIGRATE_HIGHATOMIC);
    assert_int_equal(zone->reserve_pages, 4);
    assert_int_equal(take(1, GFP_ATOMIC), 2);
    give(2, 1);
    assert_int_equal(take(3, GFP_NOWAIT | __GFP_NOMEMALLOC), 8);
    assert_int_equal(take(2, GFP_NOWAIT | __GFP_NOMEMALLOC), 4);
    assert_int_equal(take(0, GFP_NOWAIT | __GFP_NOMEMALLOC), NONE);
    assert_int_equal(take(0, GFP_NOWAIT), 2);
    assert_int_equal(take(0, GFP_KERNEL), 3);
    assert_int_equal(zone->reserve_pages, 0);
    assert_int_equal(type_of(0), MIGRATE_UNMOVABLE);
    finish();
}

static void last_pages_are_for_the_urgent(void **state)
{
    struct heap_config config = typed(32, 2);

    (void)state;
    config.min_free_pages = 8;
    test_zone_init_with(&fixture, &config);
    assert_int_not_equal(take(4, GFP_KERNEL), NONE);
    assert_int_equal(take(4, GFP_KERNEL), NONE);
    assert_int_not_equal(take(2, GFP_KERNEL), NONE);
    assert_int_not_equal(take(2, GFP_KERNEL), NONE);
    assert_int_equal(zone->free_page_count, 8);
    assert_int_equal(take(0, GFP_KERNEL), NONE);
    assert_int_not_equal(take(2, GFP_KERNEL | __GFP_HIGH), NONE);
    assert_int_equal(take(0, GFP_KERNEL | __GFP_HIGH), NONE);
    assert_int_not_equal(take(0, GFP_ATOMIC), NONE);
    assert_int_equal(take(0, GFP_ATOMIC), NONE);
    assert_int_equal(take(0, GFP_KERNEL | __GFP_MEMALLOC | __GFP_NOMEMALLOC), NONE);
    assert_int_not_equal(take(0, GFP_KERNEL | __GFP_MEMALLOC), NONE);
    finish();
}

/* Runs of all types come and go while blocks are isolated and given back. */
static void random_traffic_keeps_every_rule(void **state)
{
    static const gfp_t gfps[] = {
        GFP_KERNEL, GFP_KERNEL | __GFP_MOVABLE, GFP_KERNEL | __GFP_RECLAIMABLE, GFP_ATOMIC,
    };
    struct heap_config config = typed(100, 2);
    pfn_t runs[64];
    unsigned orders[64];

    (void)state;
    config.highatomic_percent = 10;
    test_zone_init_with(&fixture, &config);
    for (unsigned i = 0; i < 64; i++) {
        runs[i] = NONE;
    }
    for (uint64_t step = 0; step < 20000; step++) {
        uint64_t random = keyed_random(7, 0, 0, step);
        unsigned slot = (unsigned)(random & 63);
        pfn_t first = (pfn_t)(random >> 16 & 127) % 100;

        if (runs[slot] != NONE) {
            give(runs[slot], orders[slot]);
            runs[slot] = NONE;
        } else if ((random >> 8 & 7) == 0) {
            isolate_range(frames, first, first + 1);
        } else if ((random >> 8 & 7) == 1) {
            unisolate_range(frames, first, first + 5 < 100 ? first + 5 : 100);
        } else {
            orders[slot] = (unsigned)(random >> 24 & 3);
            runs[slot] = take(orders[slot], gfps[random >> 32 & 3]);
        }
        assert_null(test_zone_find_fault(zone));
    }
    finish();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(request_takes_the_blocks_of_the_largest_run),
        cmocka_unit_test(half_free_block_changes_sides),
        cmocka_unit_test(fuller_block_keeps_its_type),
        cmocka_unit_test(pages_asked_for_alike_count_for_a_block),
        cmocka_unit_test(small_movable_request_takes_the_smallest_run),
        cmocka_unit_test(isolated_pages_are_out_of_reach),
        cmocka_unit_test(isolating_twice_changes_nothing),
        cmocka_unit_test(range_is_cut_out_of_larger_runs),
        cmocka_unit_test(isolated_range_is_not_given),
        cmocka_unit_test(run_of_several_types_comes_apart),
        cmocka_unit_test(reserve_is_kept_for_who_cannot_wait),
        cmocka_unit_test(last_pages_are_for_the_urgent),
        cmocka_unit_test(random_traffic_keeps_every_rule),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
