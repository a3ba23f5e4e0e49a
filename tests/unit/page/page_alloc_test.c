/* page_alloc() and page_free() on a sound heap: kinds, contents, hiding, failure on purpose. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "allocator/base/compiler.h"
#include "allocator/base/raw.h"
#include "allocator/page/page_alloc.h"
#include "tests/support/test_zone.h"

static struct test_zone fixture;
static struct page_memory *const frames = &fixture.memory;
static struct page_zone *const zone = &fixture.memory.zones[0];

static struct heap_config small_config(void)
{
    struct heap_config config = heap_config_default();

    config.page_count = 16;
    return config;
}

static void start_with(struct heap_config config)
{
    test_zone_init_with(&fixture, &config);
}

static void start(void)
{
    start_with(small_config());
}

static void finish(void)
{
    assert_null(test_zone_find_fault(zone));
    assert_int_equal(fixture.test.report_count, 0);
    test_zone_fini(&fixture);
}

static unsigned char *memory_of(struct page *page)
{
    return memory_address(frames, page);
}

static bool run_reads(struct page *head, unsigned order, unsigned char value)
{
    size_t size = (size_t)PAGE_SIZE << order;

    return raw_find_other(memory_of(head), size, value) == size;
}

/* Allocates, soils every byte and frees. */
static void soil(unsigned order)
{
    struct page *head = page_alloc(frames, order, 0, PAGE_RUN);

    assert_non_null(head);
    raw_fill(memory_of(head), (size_t)PAGE_SIZE << order, 0x5c);
    page_free(frames, head, order, PAGE_RUN);
}

static void run_gets_the_kind_asked_for(void **state)
{
    static const enum page_kind kinds[] = {PAGE_RUN, PAGE_SLAB, PAGE_LARGE};

    (void)state;
    start();
    for (int i = 0; i < 3; i++) {
        struct page *head = page_alloc(frames, 1, 0, kinds[i]);

        assert_int_equal(page_state(head).kind, kinds[i]);
        assert_int_equal(page_state(head).order, 1);
        assert_int_equal(page_state(head + 1).kind, PAGE_TAIL);
        assert_null(test_zone_find_fault(zone));
        page_free(frames, head, 1, kinds[i]);
        assert_int_equal(zone->free_page_count, 16);
    }
    finish();
}

static void run_is_naturally_aligned(void **state)
{
    (void)state;
    start();
    for (unsigned order = 0; order <= 4; order++) {
        struct page *head = page_alloc(frames, order, 0, PAGE_RUN);

        assert_int_equal((uintptr_t)memory_of(head) % ((size_t)PAGE_SIZE << order), 0);
        page_free(frames, head, order, PAGE_RUN);
    }
    finish();
}

static void every_address_of_a_run_leads_to_its_head(void **state)
{
    (void)state;
    start();
    struct page *head = page_alloc(frames, 2, 0, PAGE_RUN);

    for (size_t offset = 0; offset < 4 * PAGE_SIZE; offset += 1000) {
        assert_true(memory_contains(frames, memory_of(head) + offset));
        assert_ptr_equal(memory_head_at(frames, memory_of(head) + offset), head);
    }
    assert_false(memory_contains(frames, frames->arena - 1));
    assert_true(memory_contains(frames, frames->arena + 16 * PAGE_SIZE - 1));
    assert_false(memory_contains(frames, frames->arena + 16 * PAGE_SIZE));
    assert_null(memory_head_at(frames, frames->arena + 16 * PAGE_SIZE));
    page_free(frames, head, 2, PAGE_RUN);
    finish();
}

static void exhausted_zone_gives_null_and_counts_it(void **state)
{
    (void)state;
    start();
    struct page *head = page_alloc(frames, 4, 0, PAGE_RUN);

    assert_int_equal(zone->failure_count, 0);
    assert_null(page_alloc(frames, 0, 0, PAGE_RUN));
    assert_int_equal(zone->failure_count, 1);
    page_free(frames, head, 4, PAGE_RUN);
    assert_int_equal(zone->free_page_count, 16);
    finish();
}

static void order_above_the_largest_gives_null_and_counts_it(void **state)
{
    (void)state;
    start();
    assert_null(page_alloc(frames, ORDER_MAX + 1, 0, PAGE_RUN));
    assert_null(page_alloc(frames, UINT32_MAX, 0, PAGE_RUN));
    assert_int_equal(zone->failure_count, 2);
    finish();
}

static void ordered_failure_hits_the_nth_allocation_once(void **state)
{
    struct page *heads[3];

    (void)state;
    start();
    page_fail_nth(frames, 3);
    heads[0] = page_alloc(frames, 0, 0, PAGE_RUN);
    heads[1] = page_alloc(frames, 0, 0, PAGE_RUN);
    assert_non_null(heads[0]);
    assert_non_null(heads[1]);
    assert_int_equal(zone->failure_count, 0);
    assert_null(page_alloc(frames, 0, 0, PAGE_RUN));
    assert_int_equal(zone->failure_count, 1);
    heads[2] = page_alloc(frames, 0, 0, PAGE_RUN);
    assert_non_null(heads[2]);
    for (int i = 0; i < 3; i++) {
        page_free(frames, heads[i], 0, PAGE_RUN);
    }
    assert_int_equal(zone->free_page_count, 16);
    finish();
}

static void failure_taken_back_does_not_happen(void **state)
{
    (void)state;
    start();
    page_fail_nth(frames, 1);
    page_fail_nth(frames, 0);
    struct page *head = page_alloc(frames, 0, 0, PAGE_RUN);

    assert_non_null(head);
    page_free(frames, head, 0, PAGE_RUN);
    finish();
}

static void contents_survive_where_nothing_asks_otherwise(void **state)
{
    (void)state;
    start();
    soil(1);
    struct page *head = page_alloc(frames, 1, 0, PAGE_RUN);

    assert_true(run_reads(head, 1, 0x5c));
    page_free(frames, head, 1, PAGE_RUN);
    finish();
}

static void zero_flag_gives_zeros(void **state)
{
    (void)state;
    start();
    soil(2);
    struct page *head = page_alloc(frames, 2, __GFP_ZERO, PAGE_SLAB);

    assert_true(run_reads(head, 2, 0));
    page_free(frames, head, 2, PAGE_SLAB);
    finish();
}

static void init_on_alloc_zeroes_all_but_slabs(void **state)
{
    struct heap_config config = small_config();

    (void)state;
    config.init_on_alloc = true;
    start_with(config);
    soil(0);
    struct page *head = page_alloc(frames, 0, 0, PAGE_SLAB);
    assert_true(run_reads(head, 0, 0x5c));
    page_free(frames, head, 0, PAGE_SLAB);

    head = page_alloc(frames, 0, 0, PAGE_RUN);
    assert_true(run_reads(head, 0, 0));
    raw_fill(memory_of(head), PAGE_SIZE, 0x5c);
    page_free(frames, head, 0, PAGE_RUN);

    head = page_alloc(frames, 0, 0, PAGE_LARGE);
    assert_true(run_reads(head, 0, 0));
    page_free(frames, head, 0, PAGE_LARGE);
    finish();
}

static void init_on_free_zeroes_what_is_freed(void **state)
{
    struct heap_config config = small_config();

    (void)state;
    config.init_on_free = true;
    start_with(config);
    soil(2);
    assert_true(run_reads(memory_page(frames, 0), 2, 0));
    finish();
}

static void page_poison_wins_over_init_on_free(void **state)
{
    struct heap_config config = small_config();

    (void)state;
    config.init_on_free = true;
    config.page_poison = true;
    start_with(config);
    soil(2);
    assert_true(run_reads(memory_page(frames, 0), 2, 0xaa));
    finish();
}

static void poisoned_page_is_zeroed_when_asked(void **state)
{
    struct heap_config config = small_config();

    (void)state;
    config.page_poison = true;
    config.init_on_free = true;
    start_with(config);
    soil(0);
    struct page *head = page_alloc(frames, 0, __GFP_ZERO, PAGE_RUN);

    assert_true(run_reads(head, 0, 0));
    page_free(frames, head, 0, PAGE_RUN);
    finish();
}

static void fresh_and_poisoned_pages_are_handed_out_together(void **state)
{
    struct heap_config config = small_config();

    (void)state;
    config.page_poison = true;
    start_with(config);
    soil(1);
    struct page *head = page_alloc(frames, 4, 0, PAGE_RUN);

    assert_non_null(head);
    assert_true(run_reads(head, 1, 0xaa));
    assert_true(run_reads(head + 2, 1, 0));
    page_free(frames, head, 4, PAGE_RUN);
    assert_true(run_reads(head, 4, 0xaa));
    finish();
}

static void free_pages_are_hidden(void **state)
{
    (void)state;
    if (!memory_is_guarded()) {
        skip();
    }
    start();
    assert_true(memory_byte_is_hidden(frames->arena));
    assert_true(memory_byte_is_hidden(frames->arena + 16 * PAGE_SIZE - 1));
    struct page *head = page_alloc(frames, 1, __GFP_ZERO, PAGE_RUN);

    assert_true(memory_byte_is_hidden(memory_of(head)));
    memory_show_defined(memory_of(head), 2 * PAGE_SIZE);
    memory_of(head)[0] = 1;
    page_free(frames, head, 1, PAGE_RUN);
    assert_true(memory_byte_is_hidden(memory_of(head)));
    assert_true(memory_byte_is_hidden(memory_of(head) + 2 * PAGE_SIZE - 1));
    finish();
}

static void two_zones_never_meet(void **state)
{
    static struct test_zone other;

    (void)state;
    start();
    test_zone_init(&other, 8);
    struct page *head = page_alloc(frames, 4, 0, PAGE_RUN);

    assert_int_equal(other.memory.zones[0].free_page_count, 8);
    assert_false(memory_contains(&other.memory, memory_of(head)));
    page_free(frames, head, 4, PAGE_RUN);
    assert_null(test_zone_find_fault(&other.memory.zones[0]));
    test_zone_fini(&other);
    finish();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(run_gets_the_kind_asked_for),
        cmocka_unit_test(run_is_naturally_aligned),
        cmocka_unit_test(every_address_of_a_run_leads_to_its_head),
        cmocka_unit_test(exhausted_zone_gives_null_and_counts_it),
        cmocka_unit_test(order_above_the_largest_gives_null_and_counts_it),
        cmocka_unit_test(ordered_failure_hits_the_nth_allocation_once),
        cmocka_unit_test(failure_taken_back_does_not_happen),
        cmocka_unit_test(contents_survive_where_nothing_asks_otherwise),
        cmocka_unit_test(zero_flag_gives_zeros),
        cmocka_unit_test(init_on_alloc_zeroes_all_but_slabs),
        cmocka_unit_test(init_on_free_zeroes_what_is_freed),
        cmocka_unit_test(page_poison_wins_over_init_on_free),
        cmocka_unit_test(poisoned_page_is_zeroed_when_asked),
        cmocka_unit_test(fresh_and_poisoned_pages_are_handed_out_together),
        cmocka_unit_test(free_pages_are_hidden),
        cmocka_unit_test(two_zones_never_meet),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
