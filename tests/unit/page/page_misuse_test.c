/* Damage and misuse at the page layer: reported as the right kind, costing pages at most. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "allocator/base/raw.h"
#include "allocator/page/page_alloc.h"
#include "tests/support/test_zone.h"

static struct test_zone fixture;
static struct page_memory *const frames = &fixture.memory;
static struct page_zone *const zone = &fixture.memory.zones[0];

static void start(void)
{
    struct heap_config config = heap_config_default();

    config.page_count = 16;
    config.page_poison = true;
    test_zone_init_with(&fixture, &config);
}

/* report_count: how many were expected; the caller has looked at the latest one. */
static void finish(size_t report_count)
{
    assert_null(test_zone_find_fault(zone));
    assert_int_equal(fixture.test.report_count, report_count);
    test_zone_fini(&fixture);
}

static const struct report *latest_report(void)
{
    return test_platform_report(&fixture.test);
}

static void assert_report(enum report_kind kind, enum report_stage stage, enum report_action action,
                          const struct page *page)
{
    assert_true(fixture.test.report_count > 0);
    assert_int_equal(latest_report()->kind, kind);
    assert_int_equal(latest_report()->stage, stage);
    assert_int_equal(latest_report()->action, action);
    assert_ptr_equal(latest_report()->page, page);
    assert_null(latest_report()->cache);
    assert_null(latest_report()->slab);
}

static uint64_t word_of(enum page_kind kind, unsigned order, pfn_t head)
{
    return page_state_pack((struct page_state){.kind = kind, .order = order, .head = head});
}

/* A run allocated and freed, so that it is poisoned. */
static unsigned char *freed_memory(unsigned order)
{
    struct page *head = page_alloc(frames, order, 0, PAGE_RUN);

    page_free(frames, head, order, PAGE_RUN);
    return memory_address(frames, head);
}

static void assert_free_is_refused(struct page *head, unsigned order, enum page_kind kind,
                                   uint64_t found)
{
    uint32_t free_page_count = zone->free_page_count;
    size_t report_count = fixture.test.report_count;

    page_free(frames, head, order, kind);
    assert_int_equal(fixture.test.report_count, report_count + 1);
    assert_report(REPORT_BAD_PAGE_FREE, STAGE_PAGE_FREE, ACTION_NONE, head);
    assert_ptr_equal(latest_report()->object, memory_address(frames, head));
    assert_int_equal(latest_report()->found, found);
    assert_int_equal(latest_report()->expected, word_of(kind, order, 0));
    assert_int_equal(zone->free_page_count, free_page_count);
    assert_null(test_zone_find_fault(zone));
}

static void double_free_is_refused(void **state)
{
    (void)state;
    start();
    struct page *head = page_alloc(frames, 0, 0, PAGE_RUN);
    struct page *other = page_alloc(frames, 0, 0, PAGE_RUN);

    page_free(frames, head, 0, PAGE_RUN);
    assert_free_is_refused(head, 0, PAGE_RUN, word_of(PAGE_FREE, 0, 0));
    page_free(frames, other, 0, PAGE_RUN);
    /* Merged away by now. */
    assert_free_is_refused(other, 0, PAGE_RUN, word_of(PAGE_INTERIOR, 0, 0));
    finish(2);
}

static void wrong_order_is_refused(void **state)
{
    (void)state;
    start();
    struct page *head = page_alloc(frames, 1, 0, PAGE_RUN);

    assert_free_is_refused(head, 0, PAGE_RUN, word_of(PAGE_RUN, 1, 0));
    assert_free_is_refused(head, 2, PAGE_RUN, word_of(PAGE_RUN, 1, 0));
    assert_free_is_refused(head, 1 + (1u << 24), PAGE_RUN, word_of(PAGE_RUN, 1, 0));
    page_free(frames, head, 1, PAGE_RUN);
    finish(3);
}

static void wrong_kind_is_refused(void **state)
{
    (void)state;
    start();
    struct page *head = page_alloc(frames, 1, 0, PAGE_LARGE);

    assert_free_is_refused(head, 1, PAGE_RUN, word_of(PAGE_LARGE, 1, 0));
    assert_free_is_refused(head, 1, PAGE_SLAB, word_of(PAGE_LARGE, 1, 0));
    page_free(frames, head, 1, PAGE_LARGE);
    assert_free_is_refused(memory_page(frames, 0), 4, PAGE_FREE, word_of(PAGE_FREE, 4, 0));
    finish(3);
}

static void tail_is_refused(void **state)
{
    (void)state;
    start();
    struct page *head = page_alloc(frames, 1, 0, PAGE_RUN);

    assert_free_is_refused(head + 1, 0, PAGE_RUN, word_of(PAGE_TAIL, 0, memory_pfn(frames, head)));
    page_free(frames, head, 1, PAGE_RUN);
    finish(1);
}

static void foreign_descriptor_is_refused(void **state)
{
    struct page stranger = {.client = 0};

    (void)state;
    start();
    page_set_state(&stranger, (struct page_state){.kind = PAGE_RUN, .order = 0});
    struct page *head = page_alloc(frames, 4, 0, PAGE_RUN);
    struct page *const wrong[] = {
        &stranger,
        NULL,
        frames->pages + frames->page_count,
        (struct page *)((uintptr_t)head + WORD_SIZE),
    };

    for (int i = 0; i < 4; i++) {
        page_free(frames, wrong[i], 0, PAGE_RUN);
        assert_report(REPORT_BAD_PAGE_FREE, STAGE_PAGE_FREE, ACTION_NONE, NULL);
        assert_ptr_equal(latest_report()->object, wrong[i]);
        assert_int_equal(latest_report()->found, 0);
    }
    page_free(frames, head, 4, PAGE_RUN);
    finish(4);
}

static void client_word_left_at_free_isolates_the_run(void **state)
{
    (void)state;
    start();
    struct page *head = page_alloc(frames, 1, 0, PAGE_RUN);

    head->client = 77;
    page_free(frames, head, 1, PAGE_RUN);
    assert_report(REPORT_BAD_PAGE_STATE, STAGE_PAGE_FREE, ACTION_KEEP_PAGES, head);
    assert_ptr_equal(latest_report()->object, memory_address(frames, head));
    assert_int_equal(latest_report()->found, 77);
    assert_int_equal(latest_report()->expected, 0);
    assert_int_equal(page_state(head).kind, PAGE_ISOLATED);
    assert_int_equal(zone->isolated_page_count, 2);
    assert_int_equal(zone->free_page_count, 14);
    finish(1);
}

static void client_word_in_a_tail_counts_too(void **state)
{
    (void)state;
    start();
    struct page *head = page_alloc(frames, 2, 0, PAGE_RUN);

    head[3].client = 1;
    page_free(frames, head, 2, PAGE_RUN);
    assert_report(REPORT_BAD_PAGE_STATE, STAGE_PAGE_FREE, ACTION_KEEP_PAGES, head);
    assert_int_equal(latest_report()->found, 1);
    assert_int_equal(zone->isolated_page_count, 4);
    finish(1);
}

static void damaged_tail_isolates_the_run(void **state)
{
    (void)state;
    start();
    page_alloc(frames, 2, 0, PAGE_RUN);
    struct page *head = page_alloc(frames, 2, 0, PAGE_RUN);

    page_set_state(head + 2, (struct page_state){.kind = PAGE_TAIL, .head = 0});
    page_free(frames, head, 2, PAGE_RUN);
    assert_report(REPORT_BAD_PAGE_STATE, STAGE_PAGE_FREE, ACTION_KEEP_PAGES, head);
    assert_int_equal(latest_report()->found, word_of(PAGE_TAIL, 0, 0));
    assert_int_equal(latest_report()->expected, word_of(PAGE_TAIL, 0, 4));
    assert_int_equal(page_state(head + 2).head, 4);
    assert_int_equal(zone->isolated_page_count, 4);
    finish(1);
}

static void isolated_run_cannot_be_freed(void **state)
{
    (void)state;
    start();
    struct page *head = page_alloc(frames, 1, 0, PAGE_RUN);

    head->client = 77;
    page_free(frames, head, 1, PAGE_RUN);
    head->client = 0;
    assert_free_is_refused(head, 1, PAGE_RUN, word_of(PAGE_ISOLATED, 1, 0));
    finish(2);
}

static void run_isolated_by_its_owner_is_kept_out(void **state)
{
    (void)state;
    start();
    struct page *head = page_alloc(frames, 2, 0, PAGE_SLAB);

    page_isolate(frames, head, 2);
    assert_int_equal(page_state(head).kind, PAGE_ISOLATED);
    assert_int_equal(zone->isolated_page_count, 4);
    assert_int_equal(zone->free_page_count, 12);
    assert_null(test_zone_find_fault(zone));
    assert_null(page_alloc(frames, 4, 0, PAGE_RUN));
    assert_free_is_refused(head, 2, PAGE_SLAB, word_of(PAGE_ISOLATED, 2, 0));
    finish(1);
}

static void client_word_in_a_free_run_isolates_what_was_asked_for(void **state)
{
    (void)state;
    start();
    memory_page(frames, 0)->client = 5;
    struct page *head = page_alloc(frames, 1, 0, PAGE_RUN);

    assert_report(REPORT_BAD_PAGE_STATE, STAGE_PAGE_ALLOC, ACTION_KEEP_PAGES,
                  memory_page(frames, 0));
    assert_int_equal(latest_report()->found, 5);
    assert_ptr_equal(head, memory_page(frames, 2));
    assert_int_equal(zone->isolated_page_count, 2);
    assert_int_equal(zone->failure_count, 0);
    page_free(frames, head, 1, PAGE_RUN);
    finish(1);
}

static void wrong_state_word_isolates_the_listed_run(void **state)
{
    struct page *kept[4];

    (void)state;
    start();
    for (int i = 0; i < 4; i++) {
        kept[i] = page_alloc(frames, 2, 0, PAGE_RUN);
    }
    page_free(frames, kept[2], 2, PAGE_RUN);
    page_free(frames, kept[0], 2, PAGE_RUN);
    page_set_state(kept[0], (struct page_state){.kind = PAGE_FREE, .order = 1});
    struct page *head = page_alloc(frames, 0, 0, PAGE_RUN);

    assert_report(REPORT_BAD_PAGE_STATE, STAGE_PAGE_ALLOC, ACTION_KEEP_PAGES, kept[0]);
    assert_int_equal(latest_report()->found, word_of(PAGE_FREE, 1, 0));
    assert_int_equal(latest_report()->expected, word_of(PAGE_FREE, 2, 0));
    assert_int_equal(page_state(kept[0]).kind, PAGE_ISOLATED);
    assert_int_equal(page_state(kept[0]).order, 2);
    assert_int_equal(zone->isolated_page_count, 4);
    assert_ptr_equal(head, kept[2]);
    finish(1);
}

static void all_runs_corrupt_gives_null_counted_once(void **state)
{
    (void)state;
    start();
    for (pfn_t pfn = 0; pfn < 16; pfn++) {
        memory_page(frames, pfn)->client = pfn + 1;
    }
    page_fail_nth(frames, 3);
    assert_null(page_alloc(frames, 2, 0, PAGE_RUN));
    assert_int_equal(zone->failure_count, 1);
    assert_int_equal(frames->fail_countdown, 2);
    assert_int_equal(zone->isolated_page_count, 16);
    assert_int_equal(zone->free_page_count, 0);
    finish(4);
}

static void flipped_bit_in_a_free_page_is_a_bit_error(void **state)
{
    (void)state;
    start();
    unsigned char *memory = freed_memory(1);

    raw_store_byte(memory + 5000, 0xaa ^ 0x10);
    struct page *head = page_alloc(frames, 1, 0, PAGE_RUN);
    assert_report(REPORT_PAGE_POISON_BIT, STAGE_PAGE_ALLOC, ACTION_KEEP_PAGES,
                  memory_page(frames, 0));
    assert_ptr_equal(latest_report()->object, memory);
    assert_ptr_equal(latest_report()->damage, memory + 5000);
    assert_int_equal(latest_report()->damage_size, 1);
    assert_int_equal(latest_report()->expected_byte, 0xaa);
    assert_int_equal(raw_load_byte(memory + 5000), 0xba);
    assert_ptr_equal(head, memory_page(frames, 2));
    assert_int_equal(zone->isolated_page_count, 2);
    finish(1);
}

static void write_to_a_free_page_is_corruption(void **state)
{
    (void)state;
    start();
    unsigned char *memory = freed_memory(2);

    raw_store_byte(memory + 4095, 0);
    raw_store_byte(memory + 3 * PAGE_SIZE - 1, 0xab);
    assert_ptr_equal(page_alloc(frames, 2, 0, PAGE_RUN), memory_page(frames, 4));
    assert_report(REPORT_PAGE_POISON, STAGE_PAGE_ALLOC, ACTION_KEEP_PAGES, memory_page(frames, 0));
    assert_ptr_equal(latest_report()->damage, memory + 4095);
    assert_int_equal(latest_report()->damage_size, 2 * PAGE_SIZE + 1);
    finish(1);
}

static void page_zeroed_while_free_is_corruption(void **state)
{
    (void)state;
    start();
    raw_fill(freed_memory(0), PAGE_SIZE, 0);
    page_alloc(frames, 0, 0, PAGE_RUN);
    assert_report(REPORT_PAGE_POISON, STAGE_PAGE_ALLOC, ACTION_KEEP_PAGES, memory_page(frames, 0));
    assert_int_equal(latest_report()->damage_size, PAGE_SIZE);
    finish(1);
}

static void damage_is_measured_in_poisoned_pages_only(void **state)
{
    (void)state;
    start();
    raw_store_byte(freed_memory(0) + 8, 1);
    /* Frames 1 to 15 are fresh: they hold zeros and no poison. */
    assert_null(page_alloc(frames, 4, 0, PAGE_RUN));
    assert_report(REPORT_PAGE_POISON, STAGE_PAGE_ALLOC, ACTION_KEEP_PAGES, memory_page(frames, 0));
    assert_int_equal(latest_report()->damage_size, 1);
    assert_int_equal(zone->failure_count, 1);
    finish(1);
}

static void damage_outside_the_run_is_not_looked_at(void **state)
{
    (void)state;
    start();
    raw_store_byte(freed_memory(2) + 2 * PAGE_SIZE, 1);
    struct page *head = page_alloc(frames, 1, 0, PAGE_RUN);

    assert_ptr_equal(head, memory_page(frames, 0));
    finish(0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(double_free_is_refused),
        cmocka_unit_test(wrong_order_is_refused),
        cmocka_unit_test(wrong_kind_is_refused),
        cmocka_unit_test(tail_is_refused),
        cmocka_unit_test(foreign_descriptor_is_refused),
        cmocka_unit_test(client_word_left_at_free_isolates_the_run),
        cmocka_unit_test(client_word_in_a_tail_counts_too),
        cmocka_unit_test(damaged_tail_isolates_the_run),
        cmocka_unit_test(isolated_run_cannot_be_freed),
        cmocka_unit_test(run_isolated_by_its_owner_is_kept_out),
        cmocka_unit_test(client_word_in_a_free_run_isolates_what_was_asked_for),
        cmocka_unit_test(wrong_state_word_isolates_the_listed_run),
        cmocka_unit_test(all_runs_corrupt_gives_null_counted_once),
        cmocka_unit_test(flipped_bit_in_a_free_page_is_a_bit_error),
        cmocka_unit_test(write_to_a_free_page_is_corruption),
        cmocka_unit_test(page_zeroed_while_free_is_corruption),
        cmocka_unit_test(damage_is_measured_in_poisoned_pages_only),
        cmocka_unit_test(damage_outside_the_run_is_not_looked_at),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
