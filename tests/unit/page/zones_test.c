/* Zones and nodes: where each lies, which one serves whom, and what goes offline. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "allocator/base/errors.h"
#include "allocator/page/contig.h"
#include "allocator/page/isolate.h"
#include "allocator/page/page_alloc.h"
#include "tests/support/test_zone.h"

static struct test_zone fixture;
static struct page_memory *const frames = &fixture.memory;

static void start(uint32_t page_count, uint32_t node_count, uint32_t skew, uint32_t dma_pages)
{
    struct heap_config config = heap_config_default();

    config.page_count = page_count;
    config.node_count = node_count;
    config.node_skew = skew;
    config.dma_pages = dma_pages;
    test_zone_init_with(&fixture, &config);
}

static void finish(void)
{
    for (uint32_t i = 0; i < frames->zone_count; i++) {
        assert_null(test_zone_find_fault(&frames->zones[i]));
    }
    test_zone_fini(&fixture);
}

static struct page *alloc_on(uint32_t node, unsigned order, gfp_t gfp)
{
    return page_alloc_node(frames, (struct page_ask){order, gfp, PAGE_RUN, node, 0});
}

static uint32_t node_of(const struct page *page)
{
    return zone_of_page(frames, page)->node;
}

static void assert_zone(uint32_t index, pfn_t first, pfn_t end, uint32_t node)
{
    assert_int_equal(frames->zones[index].first, first);
    assert_int_equal(frames->zones[index].end, end);
    assert_int_equal(frames->zones[index].node, node);
    assert_null(test_zone_find_fault(&frames->zones[index]));
}

static void one_node_has_all_frames(void **state)
{
    (void)state;
    start(100, 1, 5, 0);
    assert_int_equal(frames->zone_count, 1);
    assert_zone(0, 0, 100, 0);
    assert_false(frames->has_dma);
    finish();
}

static void nodes_share_the_arena_but_for_the_skew(void **state)
{
    (void)state;
    start(100, 3, 5, 0);
    assert_int_equal(frames->zone_count, 3);
    assert_zone(0, 0, 38, 0);
    assert_zone(1, 38, 71, 1);
    assert_zone(2, 71, 100, 2);
    finish();
}

static void every_node_has_a_page_whatever_the_skew(void **state)
{
    (void)state;
    start(8, 4, 1024, 4096);
    assert_zone(0, 0, 4, 0);
    assert_zone(1, 4, 5, 0);
    assert_zone(2, 5, 6, 1);
    assert_zone(4, 7, 8, 3);
    finish();
}

static void nodes_without_memory_have_no_zone(void **state)
{
    struct heap_config config = heap_config_default();

    (void)state;
    config.page_count = 64;
    config.node_count = 4;
    config.memoryless_nodes = 1 << 1 | 1 << 3;
    test_zone_init_with(&fixture, &config);
    assert_int_equal(frames->zone_count, 2);
    assert_zone(0, 0, 32, 0);
    assert_zone(1, 32, 64, 2);
    assert_int_equal(memory_nearest_node(frames, 1), 0);
    assert_int_equal(memory_nearest_node(frames, 3), 2);
    assert_null(alloc_on(1, 0, __GFP_THISNODE));
    assert_int_equal(memory_failure_count(frames), 1);
    finish();
}

/* Frames 6 and 7 are buddies of different zones. */
static void runs_do_not_merge_across_zones(void **state)
{
    struct page *low;
    struct page *high;

    (void)state;
    start(8, 2, 3, 0);
    assert_zone(0, 0, 7, 0);
    low = alloc_on(0, 0, __GFP_THISNODE);
    high = alloc_on(1, 0, __GFP_THISNODE);
    assert_int_equal(memory_pfn(frames, low), 6);
    assert_int_equal(memory_pfn(frames, high), 7);
    page_free(frames, low, 0, PAGE_RUN);
    page_free(frames, high, 0, PAGE_RUN);
    assert_int_equal(frames->zones[0].free_areas[0].count, 1);
    assert_int_equal(frames->zones[1].free_areas[0].count, 1);
    finish();
}

static void nearest_zone_serves_first(void **state)
{
    static const uint32_t order[] = {2, 3, 0, 1};

    (void)state;
    start(16, 4, 0, 0);
    for (uint32_t i = 0; i < 4; i++) {
        struct page *page = alloc_on(2, 2, 0);

        assert_non_null(page);
        assert_int_equal(node_of(page), order[i]);
    }
    assert_null(alloc_on(2, 0, 0));
    test_zone_fini(&fixture);
}

static void this_node_serves_or_none(void **state)
{
    (void)state;
    start(16, 2, 0, 0);
    assert_int_equal(node_of(alloc_on(1, 3, __GFP_THISNODE)), 1);
    assert_null(alloc_on(1, 0, __GFP_THISNODE));
    assert_int_equal(node_of(alloc_on(1, 3, 0)), 0);
    assert_int_equal(memory_failure_count(frames), 1);
    test_zone_fini(&fixture);
}

static void devices_get_low_pages_and_others_get_them_last(void **state)
{
    (void)state;
    start(16, 1, 0, 4);
    assert_int_equal(memory_pfn(frames, alloc_on(0, 2, __GFP_DMA)), 0);
    assert_null(alloc_on(0, 0, __GFP_DMA32));
    assert_int_equal(memory_pfn(frames, alloc_on(0, 3, 0)), 8);
    assert_int_equal(memory_pfn(frames, alloc_on(0, 2, 0)), 4);
    assert_null(alloc_on(0, 0, 0));
    test_zone_fini(&fixture);
}

static void ordered_failure_hits_every_node(void **state)
{
    (void)state;
    start(16, 2, 0, 0);
    page_fail_nth(frames, 2);
    assert_non_null(alloc_on(1, 0, 0));
    assert_null(alloc_on(1, 0, 0));
    assert_int_equal(frames->fail_countdown, 0);
    assert_non_null(alloc_on(1, 0, 0));
    assert_int_equal(memory_failure_count(frames), 1);
    test_zone_fini(&fixture);
}

/* A corrupt run of the nearest zone is kept; then the search begins with that zone again. */
static void search_starts_over_after_a_corrupt_run(void **state)
{
    (void)state;
    start(16, 2, 0, 0);
    assert_int_equal(memory_pfn(frames, alloc_on(1, 2, 0)), 8);
    memory_page(frames, 12)->client = 1;
    assert_int_equal(node_of(alloc_on(1, 1, 0)), 1);
    assert_int_equal(frames->zones[1].isolated_page_count, 2);
    test_zone_fini(&fixture);
}

static void offline_node_serves_nobody(void **state)
{
    struct page *page;

    (void)state;
    start(16, 2, 0, 0);
    page = alloc_on(1, 0, 0);
    assert_false(memory_take_offline(frames, 1));
    page_free(frames, page, 0, PAGE_RUN);
    assert_true(memory_take_offline(frames, 1));
    assert_false(memory_node_is_online(frames, 1));
    assert_int_equal(memory_nearest_node(frames, 1), 0);
    assert_false(memory_take_offline(frames, 1));
    assert_int_equal(node_of(alloc_on(1, 0, 0)), 0);
    assert_null(alloc_on(1, 0, __GFP_THISNODE));
    assert_true(memory_take_online(frames, 1));
    assert_false(memory_take_online(frames, 1));
    assert_int_equal(node_of(alloc_on(1, 0, 0)), 1);
    finish();
}

static void first_node_stays(void **state)
{
    (void)state;
    start(16, 2, 0, 0);
    assert_false(memory_take_offline(frames, 0));
    assert_false(memory_take_offline(frames, 3));
    assert_true(memory_node_is_online(frames, 0));
    finish();
}

/* 32 pages a zone: least mark 4, low 8, high 12. */
static void start_with_hole(uint32_t node_count, uint32_t first, uint32_t pages)
{
    struct heap_config config = heap_config_default();

    config.page_count = 64;
    config.node_count = node_count;
    config.pageblock_order = 3;
    config.hole_first = first;
    config.hole_pages = pages;
    test_zone_init_with(&fixture, &config);
}

static void no_run_reaches_into_a_hole(void **state)
{
    struct page *pages[57];

    (void)state;
    start_with_hole(1, 13, 7);
    assert_int_equal(frames->zones[0].free_page_count, 57);
    for (unsigned i = 0; i < 57; i++) {
        pages[i] = alloc_on(0, 0, GFP_KERNEL);
        assert_non_null(pages[i]);
        assert_false(memory_pfn(frames, pages[i]) >= 13 && memory_pfn(frames, pages[i]) < 20);
    }
    assert_null(alloc_on(0, 0, GFP_KERNEL));
    for (unsigned i = 0; i < 57; i++) {
        page_free(frames, pages[i], 0, PAGE_RUN);
    }
    assert_int_equal(page_state(memory_page(frames, 12)).order, 0);
    assert_int_equal(page_state(memory_page(frames, 20)).order, 2);
    assert_int_equal(page_state(memory_page(frames, 13)).kind, PAGE_HOLE);
    finish();
}

static void hole_without_frames_is_none(void **state)
{
    (void)state;
    start_with_hole(1, 1, 0);
    assert_int_equal(page_state(memory_page(frames, 0)).order, 6);
    finish();
}

static void ranges_keep_clear_of_a_hole(void **state)
{
    (void)state;
    start_with_hole(1, 13, 7);
    assert_int_equal(page_alloc_contig(frames, 10, 14, GFP_KERNEL), HEAP_EBUSY);
    assert_int_equal(page_alloc_contig(frames, 16, 18, GFP_KERNEL), HEAP_EBUSY);
    assert_int_equal(page_alloc_contig(frames, 10, 13, GFP_KERNEL), HEAP_OK);
    /* Of two blocks of eight pages seven frames are missing, and three are in use. */
    assert_int_equal(isolate_range(frames, 8, 24), 6);
    page_free_contig(frames, 10, 13);
    assert_int_equal(unisolate_range(frames, 8, 24), 9);
    finish();
}

static void node_may_be_all_hole(void **state)
{
    (void)state;
    start_with_hole(2, 30, 34);
    assert_int_equal(frames->zones[1].free_page_count, 0);
    assert_int_equal(zone_hole_pages(&frames->zones[0]), 2);
    assert_int_equal(zone_hole_pages(&frames->zones[1]), 32);
    assert_null(alloc_on(1, 0, __GFP_THISNODE));
    assert_true(memory_take_offline(frames, 1));
    assert_true(memory_take_online(frames, 1));
    finish();
}

/* 16 frames of the first zone are there, and 32 of the second one. */
static void shares_are_of_what_is_there(void **state)
{
    struct heap_config config = heap_config_default();

    (void)state;
    config.page_count = 64;
    config.node_count = 2;
    config.pageblock_order = 3;
    config.hole_first = 16;
    config.hole_pages = 16;
    config.min_free_pages = 12;
    config.watermark_scale = 5000;
    config.highatomic_percent = 50;
    test_zone_init_with(&fixture, &config);
    assert_int_equal(frames->zones[0].watermarks[WATERMARK_MIN], 4);
    assert_int_equal(frames->zones[1].watermarks[WATERMARK_MIN], 8);
    assert_int_equal(frames->zones[0].watermarks[WATERMARK_LOW], 4 + 8);
    assert_int_equal(frames->zones[1].watermarks[WATERMARK_LOW], 8 + 16);
    assert_int_equal(frames->zones[0].reserve_max, 8);
    assert_int_equal(frames->zones[1].reserve_max, 16);
    finish();
}

static void so_is_what_is_kept_for_devices(void **state)
{
    struct heap_config config = heap_config_default();

    (void)state;
    config.page_count = 64;
    config.dma_pages = 16;
    config.hole_first = 32;
    config.hole_pages = 24;
    config.lowmem_reserve_ratio = 4;
    test_zone_init_with(&fixture, &config);
    assert_int_equal(frames->zones[0].lowmem_reserve, 24 / 4);
    finish();
}

static void start_with_marks(uint32_t node_count)
{
    struct heap_config config = heap_config_default();

    config.page_count = 32 * node_count;
    config.node_count = node_count;
    config.min_free_pages = 4 * node_count;
    config.watermark_scale = 1250;
    test_zone_init_with(&fixture, &config);
}

static void take_pages(uint32_t node, uint32_t count, gfp_t gfp)
{
    for (uint32_t i = 0; i < count; i++) {
        assert_int_equal(node_of(alloc_on(node, 0, gfp)), node);
    }
}

static void marks_are_a_step_apart(void **state)
{
    (void)state;
    start_with_marks(2);
    for (unsigned mark = 0; mark < WATERMARK_COUNT; mark++) {
        assert_int_equal(frames->zones[1].watermarks[mark], 4 + 4 * mark);
    }
    finish();
}

static void step_is_a_quarter_of_the_least_mark_or_more(void **state)
{
    struct heap_config config = heap_config_default();

    (void)state;
    config.page_count = 100;
    config.min_free_pages = 40;
    config.watermark_scale = 1;
    test_zone_init_with(&fixture, &config);
    assert_int_equal(frames->zones[0].watermarks[WATERMARK_LOW], 50);
    assert_int_equal(frames->zones[0].watermarks[WATERMARK_HIGH], 60);
    finish();
}

/* 24 pages of node 1, then those of node 0, and when both are low those of node 1 again. */
static void zones_are_spared_below_the_low_mark(void **state)
{
    (void)state;
    start_with_marks(2);
    take_pages(1, 24, GFP_KERNEL);
    for (unsigned i = 0; i < 24; i++) {
        assert_int_equal(node_of(alloc_on(1, 0, GFP_KERNEL)), 0);
    }
    assert_false(frames->zones[0].wants_balance || frames->zones[1].wants_balance);
    take_pages(1, 4, GFP_KERNEL);
    assert_true(frames->zones[1].wants_balance);
    assert_false(frames->zones[0].wants_balance);
    assert_int_equal(node_of(alloc_on(1, 0, GFP_KERNEL)), 0);
    assert_true(frames->zones[0].wants_balance);
    assert_int_equal(node_of(alloc_on(1, 0, GFP_ATOMIC)), 1);
    finish();
}

/* Whoever may not wake anybody takes what there is, and nobody is told. */
static void balance_is_wanted_until_the_high_mark(void **state)
{
    struct page *pages[5];

    (void)state;
    start_with_marks(1);
    take_pages(0, 23, __GFP_DIRECT_RECLAIM);
    for (unsigned i = 0; i < 5; i++) {
        pages[i] = alloc_on(0, 0, i < 4 ? __GFP_DIRECT_RECLAIM : GFP_KERNEL);
        assert_int_equal(frames->zones[0].wants_balance, i == 4);
    }
    assert_null(alloc_on(0, 0, GFP_KERNEL));
    for (unsigned i = 0; i < 5; i++) {
        assert_false(memory_end_balancing(frames, 0));
        page_free(frames, pages[i], 0, PAGE_RUN);
    }
    assert_false(memory_end_balancing(frames, 0));
    page_free(frames, memory_page(frames, 0), 0, PAGE_RUN);
    page_free(frames, memory_page(frames, 1), 0, PAGE_RUN);
    page_free(frames, memory_page(frames, 2), 0, PAGE_RUN);
    assert_false(memory_end_balancing(frames, 0));
    page_free(frames, memory_page(frames, 3), 0, PAGE_RUN);
    assert_true(memory_end_balancing(frames, 0));
    assert_false(frames->zones[0].wants_balance);
    finish();
}

/* Of 40 pages for others one in 8 is kept of the first 8: 5, so that 2 are left for them. */
static void low_pages_are_kept_for_devices(void **state)
{
    struct heap_config config = heap_config_default();

    (void)state;
    config.page_count = 48;
    config.dma_pages = 8;
    config.lowmem_reserve_ratio = 8;
    test_zone_init_with(&fixture, &config);
    assert_int_equal(frames->zones[0].lowmem_reserve, 5);
    take_pages(0, 43, GFP_KERNEL);
    assert_int_equal(frames->zones[0].free_page_count, 5);
    assert_null(alloc_on(0, 0, GFP_KERNEL));
    assert_null(alloc_on(0, 0, GFP_ATOMIC));
    take_pages(0, 5, GFP_KERNEL | __GFP_DMA);
    assert_null(alloc_on(0, 0, GFP_KERNEL | __GFP_DMA));
    finish();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_node_has_all_frames),
        cmocka_unit_test(nodes_share_the_arena_but_for_the_skew),
        cmocka_unit_test(every_node_has_a_page_whatever_the_skew),
        cmocka_unit_test(nodes_without_memory_have_no_zone),
        cmocka_unit_test(runs_do_not_merge_across_zones),
        cmocka_unit_test(nearest_zone_serves_first),
        cmocka_unit_test(this_node_serves_or_none),
        cmocka_unit_test(devices_get_low_pages_and_others_get_them_last),
        cmocka_unit_test(ordered_failure_hits_every_node),
        cmocka_unit_test(search_starts_over_after_a_corrupt_run),
        cmocka_unit_test(offline_node_serves_nobody),
        cmocka_unit_test(first_node_stays),
        cmocka_unit_test(no_run_reaches_into_a_hole),
        cmocka_unit_test(hole_without_frames_is_none),
        cmocka_unit_test(ranges_keep_clear_of_a_hole),
        cmocka_unit_test(node_may_be_all_hole),
        cmocka_unit_test(shares_are_of_what_is_there),
        cmocka_unit_test(so_is_what_is_kept_for_devices),
        cmocka_unit_test(marks_are_a_step_apart),
        cmocka_unit_test(step_is_a_quarter_of_the_least_mark_or_more),
        cmocka_unit_test(zones_are_spared_below_the_low_mark),
        cmocka_unit_test(balance_is_wanted_until_the_high_mark),
        cmocka_unit_test(low_pages_are_kept_for_devices),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
