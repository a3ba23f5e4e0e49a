/* The buddy layer alone: which run is taken, what is merged, where a freed run is put. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "allocator/hardening/keyed_random.h"
#include "allocator/page/buddy.h"
#include "tests/support/test_zone.h"

static struct test_zone fixture;
static struct page_memory *const frames = &fixture.memory;
static struct page_zone *const zone = &fixture.memory.zones[0];

static void start(uint32_t page_count)
{
    test_zone_init(&fixture, page_count);
    assert_null(test_zone_find_fault(zone));
}

static void finish(void)
{
    assert_null(test_zone_find_fault(zone));
    assert_int_equal(fixture.test.report_count, 0);
    test_zone_fini(&fixture);
}

/* Frame number of a run just taken; there was one. */
static pfn_t take(unsigned order)
{
    struct page *head = buddy_take(zone, order, MIGRATE_MOVABLE);

    assert_non_null(head);
    assert_null(test_zone_find_fault(zone));
    return memory_pfn(frames, head);
}

static void give(pfn_t pfn)
{
    buddy_give(zone, memory_page(frames, pfn));
    assert_null(test_zone_find_fault(zone));
}

static pfn_t first_on_list(unsigned order)
{
    struct list_link *first = list_first(&zone->free_areas[order].list);

    assert_non_null(first);
    return memory_pfn(frames, container_of(first, struct page, link));
}

static void fresh_arena_is_one_run_where_it_fits(void **state)
{
    (void)state;
    start(1024);
    assert_int_equal(zone->free_areas[10].count, 1);
    assert_int_equal(zone->free_page_count, 1024);
    assert_int_equal(zone->isolated_page_count, 0);
    finish();
}

static void odd_page_count_gives_shrinking_runs(void **state)
{
    (void)state;
    start(2048 + 8 + 4 + 1);
    assert_int_equal(zone->free_areas[10].count, 2);
    assert_int_equal(zone->free_areas[3].count, 1);
    assert_int_equal(zone->free_areas[2].count, 1);
    assert_int_equal(zone->free_areas[0].count, 1);
    assert_int_equal(first_on_list(10), 0);
    assert_int_equal(first_on_list(3), 2048);
    assert_int_equal(first_on_list(2), 2056);
    assert_int_equal(first_on_list(0), 2060);
    finish();
}

static void every_page_count_is_covered(void **state)
{
    (void)state;
    for (uint32_t page_count = 1; page_count <= 300; page_count++) {
        start(page_count);
        assert_int_equal(zone->free_page_count, page_count);
        finish();
    }
}

static void largest_arena_writes_only_the_heads(void **state)
{
    const uint32_t page_count = 1u << 20;
    struct page *pages = calloc(page_count, sizeof *pages);
    struct page_zone large = {.pages = pages, .end = page_count};

    (void)state;
    assert_non_null(pages);
    buddy_init(&large);
    assert_int_equal(large.free_areas[10].count, 1024);
    assert_int_equal(large.free_page_count, page_count);
    for (pfn_t pfn = 0; pfn < page_count; pfn++) {
        assert_int_equal(page_state(&pages[pfn]).kind, pfn % 1024 == 0 ? PAGE_FREE : PAGE_INTERIOR);
        assert_true((pages[pfn].link.next != NULL) == (pfn % 1024 == 0));
    }
    assert_ptr_equal(buddy_take(&large, 10, MIGRATE_MOVABLE), pages);
    assert_int_equal(large.free_page_count, page_count - 1024);
    free(pages);
}

static void take_hands_out_the_lowest_part(void **state)
{
    (void)state;
    start(16);
    assert_int_equal(take(0), 0);
    assert_int_equal(first_on_list(0), 1);
    assert_int_equal(first_on_list(1), 2);
    assert_int_equal(first_on_list(2), 4);
    assert_int_equal(first_on_list(3), 8);
    finish();
}

static void take_prefers_the_least_sufficient_order(void **state)
{
    (void)state;
    start(16);
    take(0);
    assert_int_equal(take(1), 2);
    assert_int_equal(take(0), 1);
    assert_int_equal(take(1), 4);
    assert_int_equal(zone->free_areas[3].count, 1);
    finish();
}

static void taken_run_is_compound(void **state)
{
    (void)state;
    start(16);
    pfn_t head = take(2);

    assert_int_equal(page_state(memory_page(frames, head)).kind, PAGE_RUN);
    assert_int_equal(page_state(memory_page(frames, head)).order, 2);
    for (pfn_t pfn = head + 1; pfn < head + 4; pfn++) {
        assert_int_equal(page_state(memory_page(frames, pfn)).kind, PAGE_TAIL);
        assert_ptr_equal(memory_head(frames, memory_page(frames, pfn)), memory_page(frames, head));
    }
    finish();
}

static void no_sufficient_run_gives_null_and_changes_nothing(void **state)
{
    unsigned list_order;

    (void)state;
    start(12);
    assert_null(buddy_take(zone, 4, MIGRATE_MOVABLE));
    assert_null(buddy_take(zone, ORDER_MAX + 1, MIGRATE_MOVABLE));
    assert_null(buddy_take(zone, 1000, MIGRATE_MOVABLE));
    assert_null(buddy_find(zone, 4, MIGRATE_MOVABLE, &list_order));
    assert_int_equal(zone->free_page_count, 12);
    finish();
}

static void find_names_the_run_that_take_takes(void **state)
{
    unsigned list_order;

    (void)state;
    start(12);
    assert_int_equal(take(0), 8);
    struct page *found = buddy_find(zone, 2, MIGRATE_MOVABLE, &list_order);

    assert_int_equal(list_order, 3);
    assert_ptr_equal(buddy_take(zone, 2, MIGRATE_MOVABLE), found);
    finish();
}

static void freeing_everything_merges_everything(void **state)
{
    pfn_t taken[16];

    (void)state;
    start(16);
    for (int i = 0; i < 16; i++) {
        taken[i] = take(0);
    }
    assert_int_equal(zone->free_page_count, 0);
    for (int i = 0; i < 16; i++) {
        give(taken[i * 7 % 16]);
    }
    assert_int_equal(zone->free_areas[4].count, 1);
    finish();
}

static void merging_stops_at_the_largest_order(void **state)
{
    (void)state;
    start(2048);
    assert_int_equal(take(10), 0);
    assert_int_equal(take(10), 1024);
    give(0);
    give(1024);
    assert_int_equal(zone->free_areas[10].count, 2);
    finish();
}

static void merging_stops_at_the_end_of_the_arena(void **state)
{
    (void)state;
    start(12);
    assert_int_equal(take(2), 8);
    give(8);
    assert_int_equal(zone->free_areas[2].count, 1);
    assert_int_equal(zone->free_areas[3].count, 1);
    finish();
}

static void descriptor_behind_the_table_is_not_looked_at(void **state)
{
    struct page pages[16] = {{.client = 0}};
    unsigned char blocks[1] = {0};
    struct page_zone small = {
        .pages = pages, .blocks = blocks, .block_order = ORDER_MAX, .arena_end = 12, .end = 12};

    (void)state;
    buddy_init(&small);
    struct page *head = buddy_take(&small, 2, MIGRATE_MOVABLE);
    assert_ptr_equal(head, &pages[8]);
    /* It claims to be the buddy of that run, and to be on a list. */
    page_set_state(&pages[12], (struct page_state){.kind = PAGE_FREE, .order = 2});
    list_push_back(&small.free_areas[2].list, &pages[12].link);
    buddy_give(&small, head);

    assert_int_equal(page_state(&pages[8]).kind, PAGE_FREE);
    assert_int_equal(page_state(&pages[8]).order, 2);
    assert_int_equal(page_state(&pages[12]).kind, PAGE_FREE);
}

static void smaller_free_buddy_is_not_merged(void **state)
{
    (void)state;
    start(8);
    assert_int_equal(take(2), 0);
    assert_int_equal(take(0), 4);
    give(0);
    assert_int_equal(zone->free_areas[2].count, 1);
    assert_int_equal(zone->free_areas[1].count, 1);
    give(4);
    assert_int_equal(zone->free_areas[3].count, 1);
    finish();
}

static void freed_run_goes_to_the_head(void **state)
{
    (void)state;
    start(16);
    for (pfn_t pfn = 0; pfn < 16; pfn++) {
        assert_int_equal(take(0), pfn);
    }
    give(3);
    give(9);
    assert_int_equal(first_on_list(0), 9);
    assert_int_equal(take(0), 9);
    finish();
}

static void freed_run_goes_to_the_tail_if_a_merge_is_likely(void **state)
{
    (void)state;
    start(16);
    for (pfn_t pfn = 0; pfn < 16; pfn++) {
        take(0);
    }
    give(9);
    give(2);
    give(3);
    /* 0 waits for 1, and the pair of both would find 2-3 free. */
    give(0);
    assert_int_equal(first_on_list(0), 9);
    /* The same at the upper side. */
    give(12);
    give(13);
    give(15);
    assert_int_equal(first_on_list(0), 9);
    assert_int_equal(zone->free_areas[0].count, 3);
    finish();
}

static void run_two_below_the_largest_can_go_to_the_tail(void **state)
{
    (void)state;
    start(2048);
    for (pfn_t pfn = 0; pfn < 2048; pfn += 256) {
        assert_int_equal(take(8), pfn);
    }
    give(1024);
    give(512);
    give(768);
    /* 512-1023 is free: 0-511 would merge with it. */
    give(0);
    assert_int_equal(first_on_list(8), 1024);
    finish();
}

static void run_below_the_largest_goes_to_the_head(void **state)
{
    (void)state;
    start(4096);
    for (pfn_t pfn = 0; pfn < 4096; pfn += 512) {
        assert_int_equal(take(9), pfn);
    }
    give(2048);
    give(1024);
    give(1536);
    /* 1024-2047 is free, but nothing merges beyond the largest order: 0 is put at the head. */
    give(0);
    assert_int_equal(first_on_list(9), 0);
    finish();
}

static void isolated_run_never_comes_back(void **state)
{
    (void)state;
    start(8);
    pfn_t kept = take(1);
    buddy_isolate(zone, memory_page(frames, kept), 1);

    assert_int_equal(zone->isolated_page_count, 2);
    assert_int_equal(page_state(memory_page(frames, kept)).kind, PAGE_ISOLATED);
    for (int i = 0; i < 6; i++) {
        take(0);
    }
    assert_null(buddy_take(zone, 0, MIGRATE_MOVABLE));
    for (pfn_t pfn = 2; pfn < 8; pfn++) {
        give(pfn);
    }
    assert_int_equal(zone->free_areas[2].count, 1);
    assert_int_equal(zone->free_areas[1].count, 1);
    finish();
}

static void unlisted_run_is_whole_and_uncounted(void **state)
{
    unsigned list_order;

    (void)state;
    start(8);
    struct page *head = buddy_find(zone, 0, MIGRATE_MOVABLE, &list_order);
    buddy_unlist(zone, head, list_order, MIGRATE_MOVABLE);

    assert_int_equal(zone->free_page_count, 0);
    assert_int_equal(zone->free_areas[3].count, 0);
    assert_int_equal(page_state(head).kind, PAGE_INTERIOR);
    buddy_isolate(zone, head, list_order);
    assert_int_equal(zone->isolated_page_count, 8);
    finish();
}

static void frame_that_only_claims_to_be_free_is_left_alone(void **state)
{
    (void)state;
    start(8);
    assert_int_equal(take(0), 0);
    assert_int_equal(take(0), 1);
    struct page_state claimed = {.kind = PAGE_FREE, .order = 0};
    page_set_state(memory_page(frames, 1), claimed);
    buddy_give(zone, memory_page(frames, 0));

    assert_int_equal(zone->free_areas[0].count, 1);
    page_set_state(memory_page(frames, 1), (struct page_state){.kind = PAGE_RUN, .order = 0});
    give(1);
    assert_int_equal(zone->free_areas[3].count, 1);
    finish();
}

static void random_traffic_keeps_every_rule(void **state)
{
    enum { STEPS = 4000, PAGES = 200 };
    pfn_t taken[PAGES];
    uint32_t taken_count = 0;

    (void)state;
    start(PAGES);
    for (uint64_t step = 0; step < STEPS; step++) {
        uint64_t random = keyed_random(3, 0, 0, step);

        if ((random & 1) == 0) {
            unsigned order = (unsigned)(random >> 1 & 7) % 5;
            struct page *head = buddy_take(zone, order, MIGRATE_MOVABLE);
            assert_null(test_zone_find_fault(zone));
            if (head != NULL) {
                taken[taken_count++] = memory_pfn(frames, head);
            }
        } else if (taken_count > 0) {
            uint32_t victim = (uint32_t)(random >> 8) % taken_count;
            give(taken[victim]);
            taken[victim] = taken[--taken_count];
        }
    }
    while (taken_count > 0) {
        give(taken[--taken_count]);
    }
    assert_int_equal(zone->free_areas[7].count, 1);
    assert_int_equal(zone->free_areas[6].count, 1);
    assert_int_equal(zone->free_areas[3].count, 1);
    finish();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fresh_arena_is_one_run_where_it_fits),
        cmocka_unit_test(odd_page_count_gives_shrinking_runs),
        cmocka_unit_test(every_page_count_is_covered),
        cmocka_unit_test(largest_arena_writes_only_the_heads),
        cmocka_unit_test(take_hands_out_the_lowest_part),
        cmocka_unit_test(take_prefers_the_least_sufficient_order),
        cmocka_unit_test(taken_run_is_compound),
        cmocka_unit_test(no_sufficient_run_gives_null_and_changes_nothing),
        cmocka_unit_test(find_names_the_run_that_take_takes),
        cmocka_unit_test(freeing_everything_merges_everything),
        cmocka_unit_test(merging_stops_at_the_largest_order),
        cmocka_unit_test(merging_stops_at_the_end_of_the_arena),
        cmocka_unit_test(descriptor_behind_the_table_is_not_looked_at),
        cmocka_unit_test(smaller_free_buddy_is_not_merged),
        cmocka_unit_test(freed_run_goes_to_the_head),
        cmocka_unit_test(freed_run_goes_to_the_tail_if_a_merge_is_likely),
        cmocka_unit_test(run_two_below_the_largest_can_go_to_the_tail),
        cmocka_unit_test(run_below_the_largest_goes_to_the_head),
        cmocka_unit_test(isolated_run_never_comes_back),
        cmocka_unit_test(unlisted_run_is_whole_and_uncounted),
        cmocka_unit_test(frame_that_only_claims_to_be_free_is_left_alone),
        cmocka_unit_test(random_traffic_keeps_every_rule),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
