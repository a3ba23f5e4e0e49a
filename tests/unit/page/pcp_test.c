/* Pages that CPUs have at hand: who gets them, when they go back, and when there are none. */
#include "allocator/page/pcp.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "allocator/base/errors.h"
#include "allocator/page/contig.h"
#include "allocator/page/isolate.h"
#include "allocator/page/page_alloc.h"
#include "allocator/page/page_ref.h"
#include "tests/support/test_zone.h"

enum { PAGES = 64 };

static struct test_zone fixture;
static struct page_memory *const frames = &fixture.memory;
static struct page_zone *const zone = &fixture.memory.zones[0];

static void start_with(struct heap_config config, uint32_t high, uint32_t batch)
{
    config.page_count = PAGES;
    config.pcp_high = high;
    config.pcp_batch = batch;
    test_zone_init_with(&fixture, &config);
    world_native_enter(0);
}

static void start(uint32_t high, uint32_t batch)
{
    start_with(heap_config_default(), high, batch);
}

/* Blocks of four pages, and lists by type. */
static struct heap_config typed_config(void)
{
    struct heap_config config = heap_config_default();

    config.pageblock_order = 2;
    config.pcp_types = true;
    return config;
}

static void finish(void)
{
    pcp_drain_all(frames);
    assert_int_equal(zone->free_page_count, PAGES);
    assert_int_equal(fixture.test.report_count, 0);
    test_zone_fini(&fixture);
}

static struct page *take(unsigned order)
{
    struct page *head = page_alloc(frames, order, 0, PAGE_RUN);

    assert_non_null(head);
    assert_int_equal(page_state(head).kind, PAGE_RUN);
    return head;
}

static void give(struct page *head, unsigned order)
{
    page_free(frames, head, order, PAGE_RUN);
}

static void what_was_freed_last_comes_back_first(void **state)
{
    (void)state;
    start(16, 4);

    struct page *first = take(1);
    struct page *second = take(1);

    give(first, 1);
    give(second, 1);
    assert_int_equal(page_state(second).kind, PAGE_CACHED);
    assert_ptr_equal(take(1), second);
    assert_ptr_equal(take(1), first);
    give(first, 1);
    give(second, 1);
    finish();
}

static void empty_list_is_refilled_by_a_batch(void **state)
{
    (void)state;
    start(16, 4);

    struct page *page = take(0);

    assert_int_equal(zone->pcps[0].count, 3);
    assert_int_equal(zone->free_page_count, PAGES - 4);
    give(page, 0);
    /* Of a larger order a batch is one run. */
    page = take(3);
    assert_int_equal(zone->pcps[0].count, 4);
    give(page, 3);
    finish();
}

static void too_many_go_back_by_a_batch(void **state)
{
    struct page *pages[8];

    (void)state;
    start(6, 2);
    for (unsigned i = 0; i < 8; i++) {
        pages[i] = take(0);
    }
    for (unsigned i = 0; i < 8; i++) {
        give(pages[i], 0);
        assert_in_range(zone->pcps[0].count, 1, 5);
    }
    finish();
}

static void larger_runs_are_the_zones(void **state)
{
    (void)state;
    start(64, 4);
    give(take(4), 4);
    assert_int_equal(zone->pcps[0].count, 0);
    finish();
}

static void others_get_what_a_cpu_has_when_nothing_else_is_left(void **state)
{
    struct page *pages[PAGES];

    (void)state;
    start(100, 1);
    for (unsigned i = 0; i < PAGES; i++) {
        pages[i] = take(0);
    }
    for (unsigned i = 0; i < PAGES; i++) {
        give(pages[i], 0);
    }
    assert_int_equal(zone->pcps[0].count, PAGES);
    world_native_enter(1);
    give(take(6), 6);
    assert_int_equal(zone->failure_count, 0);
    finish();
}

static void isolation_leaves_nothing_at_hand(void **state)
{
    (void)state;
    start(16, 4);
    give(take(0), 0);
    assert_int_equal(isolate_range(frames, 0, 8), PAGES);
    assert_int_equal(zone->pcps[0].count, 0);
    assert_null(page_alloc(frames, 0, 0, PAGE_RUN));
    assert_int_equal(unisolate_range(frames, 0, 8), PAGES);
    give(take(0), 0);
    assert_int_not_equal(zone->pcps[0].count, 0);
    finish();
}

static void page_returns_to_the_lists_of_its_zone(void **state)
{
    struct heap_config config = heap_config_default();

    (void)state;
    config.node_count = 2;
    start_with(config, 16, 1);

    struct page *near = take(0);
    struct page *far = page_alloc_node(frames, (struct page_ask){.kind = PAGE_RUN, .node = 1});

    assert_true(zone_has_frame(&frames->zones[1], memory_pfn(frames, far)));
    give(near, 0);
    give(far, 0);
    assert_int_equal(frames->zones[0].pcps[0].count, 1);
    assert_int_equal(frames->zones[1].pcps[0].count, 1);
    assert_ptr_equal(take(0), near);
    assert_ptr_equal(page_alloc_node(frames, (struct page_ask){.kind = PAGE_RUN, .node = 1}), far);
    give(near, 0);
    give(far, 0);
    pcp_drain_all(frames);
    assert_int_equal(frames->zones[0].free_page_count, PAGES / 2);
    assert_int_equal(frames->zones[1].free_page_count, PAGES / 2);
    test_zone_fini(&fixture);
}

static void what_is_kept_is_not_at_hand_of_anybody(void **state)
{
    struct heap_config config = heap_config_default();
    struct page *pages[PAGES];
    unsigned count = 0;

    (void)state;
    config.min_free_pages = 8;
    start_with(config, 16, 4);
    while ((pages[count] = page_alloc(frames, 0, GFP_KERNEL, PAGE_RUN)) != NULL) {
        count++;
    }
    assert_int_equal(count, PAGES - 8);
    assert_int_equal(zone->pcps[0].count, 0);
    /* One that is freed is at hand, and what is kept is all that is free. */
    give(pages[0], 0);
    assert_int_equal(zone->pcps[0].count, 1);
    pages[0] = page_alloc(frames, 0, GFP_ATOMIC, PAGE_RUN);
    assert_non_null(pages[0]);
    assert_int_equal(zone->pcps[0].count, 0);
    for (unsigned i = 0; i < count; i++) {
        give(pages[i], 0);
    }
    finish();
}

static struct page *take_of(gfp_t gfp)
{
    struct page *head = page_alloc(frames, 0, gfp, PAGE_RUN);

    assert_non_null(head);
    return head;
}

static void each_type_has_a_list(void **state)
{
    (void)state;
    start_with(typed_config(), 16, 1);

    struct page *movable = take_of(__GFP_MOVABLE);
    struct page *fixed = take_of(0);

    give(movable, 0);
    give(fixed, 0);
    assert_int_equal(page_state(movable).type, MIGRATE_MOVABLE);
    assert_int_equal(page_state(fixed).type, MIGRATE_UNMOVABLE);
    assert_ptr_equal(take_of(__GFP_MOVABLE), movable);
    assert_ptr_equal(take_of(0), fixed);
    give(movable, 0);
    give(fixed, 0);
    finish();
}

/* The first four frames, once allocated as of another type one by one, are free again. */
static void leave_traces(gfp_t gfp)
{
    struct page *pages[4];

    for (unsigned i = 0; i < 4; i++) {
        pages[i] = take_of(gfp);
        assert_int_equal(memory_pfn(frames, pages[i]), i);
    }
    for (unsigned i = 0; i < 4; i++) {
        give(pages[i], 0);
    }
    pcp_drain_all(frames);
}

static void assert_cached(pfn_t pfn, enum migrate_type type)
{
    struct page_state state = page_state(memory_page(frames, pfn));

    assert_int_equal(state.kind, PAGE_CACHED);
    assert_int_equal(state.type, type);
}

static void parts_of_a_run_are_of_its_type(void **state)
{
    (void)state;
    start_with(typed_config(), 16, 1);
    leave_traces(__GFP_RECLAIMABLE);

    struct page *run = page_alloc(frames, 2, 0, PAGE_RUN);

    assert_int_equal(memory_pfn(frames, run), 0);
    assert_true(page_split(frames, run, 2));
    for (pfn_t pfn = 0; pfn < 4; pfn++) {
        give(memory_page(frames, pfn), 0);
        assert_cached(pfn, MIGRATE_UNMOVABLE);
    }
    finish();
}

static void what_a_holder_leaves_is_of_the_type_of_the_run(void **state)
{
    (void)state;
    start_with(typed_config(), 16, 1);
    leave_traces(__GFP_RECLAIMABLE);

    struct page *run = page_alloc(frames, 2, __GFP_MOVABLE, PAGE_RUN);

    assert_int_equal(memory_pfn(frames, run), 0);
    assert_true(page_get(run));
    page_release(frames, run, 2);
    assert_cached(1, MIGRATE_MOVABLE);
    assert_cached(2, MIGRATE_MOVABLE);
    page_put(frames, run);
    assert_cached(0, MIGRATE_MOVABLE);
    finish();
}

static void range_is_of_the_type_it_was_asked_for(void **state)
{
    (void)state;
    start_with(typed_config(), 16, 1);
    leave_traces(__GFP_RECLAIMABLE);
    assert_int_equal(page_alloc_contig(frames, 0, 2, GFP_KERNEL), HEAP_OK);
    assert_int_equal(page_alloc_contig(frames, 2, 3, GFP_KERNEL | __GFP_MOVABLE), HEAP_OK);
    page_free_contig(frames, 0, 3);
    assert_cached(0, MIGRATE_UNMOVABLE);
    assert_cached(1, MIGRATE_UNMOVABLE);
    assert_cached(2, MIGRATE_MOVABLE);
    finish();
}

static void without_lists_by_type_blocks_have_none(void **state)
{
    struct heap_config config = typed_config();

    (void)state;
    config.pcp_types = false;
    start_with(config, 16, 4);
    give(take(0), 0);
    assert_int_equal(zone->pcps[0].count, 0);
    finish();
}

static void pages_of_the_reserve_go_to_the_zone(void **state)
{
    struct heap_config config = typed_config();

    (void)state;
    config.highatomic_percent = 10;
    start_with(config, 16, 1);

    struct page *urgent = page_alloc(frames, 1, GFP_ATOMIC, PAGE_RUN);

    assert_non_null(urgent);
    assert_int_equal(zone->pcps[0].count, 0);
    assert_int_equal(zone->reserve_pages, 4);
    give(urgent, 1);
    assert_int_equal(zone->pcps[0].count, 0);
    give(take(1), 1);
    assert_int_equal(zone->pcps[0].count, 2);
    finish();
}

static void damaged_word_is_reported_and_kept(void **state)
{
    (void)state;
    start(16, 1);

    struct page *page = take(0);

    give(page, 0);
    page_set_state(page, (struct page_state){.kind = PAGE_SLAB});

    struct page *other = take(0);

    assert_ptr_not_equal(other, page);
    assert_int_equal(fixture.test.report_count, 1);
    assert_int_equal(fixture.test.reports[0].kind, REPORT_BAD_PAGE_STATE);
    assert_int_equal(page_state(page).kind, PAGE_ISOLATED);
    give(other, 0);
    test_zone_fini(&fixture);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_was_freed_last_comes_back_first),
        cmocka_unit_test(empty_list_is_refilled_by_a_batch),
        cmocka_unit_test(too_many_go_back_by_a_batch),
        cmocka_unit_test(larger_runs_are_the_zones),
        cmocka_unit_test(others_get_what_a_cpu_has_when_nothing_else_is_left),
        cmocka_unit_test(isolation_leaves_nothing_at_hand),
        cmocka_unit_test(page_returns_to_the_lists_of_its_zone),
        cmocka_unit_test(what_is_kept_is_not_at_hand_of_anybody),
        cmocka_unit_test(each_type_has_a_list),
        cmocka_unit_test(parts_of_a_run_are_of_its_type),
        cmocka_unit_test(what_a_holder_leaves_is_of_the_type_of_the_run),
        cmocka_unit_test(range_is_of_the_type_it_was_asked_for),
        cmocka_unit_test(without_lists_by_type_blocks_have_none),
        cmocka_unit_test(pages_of_the_reserve_go_to_the_zone),
        cmocka_unit_test(damaged_word_is_reported_and_kept),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
