#include "allocator/api/heap.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "allocator/api/kmalloc.h"
#include "allocator/api/pages.h"
#include "tests/support/test_heap.h"

static void invalid_configuration_is_refused(void **state)
{
    (void)state;
    struct heap_config config = heap_config_default();
    struct test_platform test;

    test_platform_init(&test);
    config.page_count = PAGE_COUNT_MIN - 1;
    assert_null(heap_create(&config, &test.platform));
    config = heap_config_default();
    config.slab_order_min = config.slab_order_max + 1;
    assert_null(heap_create(&config, &test.platform));
    assert_int_equal(test.map_count, 0);
}

static void missing_memory_leaves_nothing_behind(void **state)
{
    (void)state;
    const struct heap_config config = heap_config_default();
    struct test_platform test;

    for (size_t budget = 0; budget < 2; budget++) {
        test_platform_init(&test);
        test.map_budget = budget;
        assert_null(heap_create(&config, &test.platform));
        assert_int_equal(test.map_count, 0);
    }
}

static void two_heaps_never_meet(void **state)
{
    (void)state;
    const struct heap_config config = heap_config_default();
    struct test_heap one;
    struct test_heap two;

    test_heap_init(&one, &config);
    test_heap_init(&two, &config);
    unsigned char *object = heap_alloc(one.heap, 100, GFP_KERNEL);

    memset(object, 1, 100);
    heap_free(two.heap, object);
    assert_int_equal(two.test.report_count, 1);
    assert_int_equal(two.test.reports[0].kind, REPORT_NOT_KMALLOC);
    assert_int_equal(one.test.report_count, 0);
    test_heap_fini(&two);
    assert_int_equal(object[99], 1);
    heap_free(one.heap, object);
    test_heap_fini(&one);
}

static void injected_failure_hits_the_nth_allocation(void **state)
{
    (void)state;
    const struct heap_config config = heap_config_default();
    struct test_heap fixture;

    test_heap_init(&fixture, &config);
    heap_fail_page_alloc(fixture.heap, 2);
    assert_non_null(heap_alloc_pages(fixture.heap, GFP_KERNEL, 0));
    assert_null(heap_alloc_pages(fixture.heap, GFP_KERNEL, 0));
    assert_non_null(heap_alloc_pages(fixture.heap, GFP_KERNEL, 0));
    assert_int_equal(heap_page_failures(fixture.heap), 1);
    test_heap_fini(&fixture);
}

static void pages_are_zeroed_on_request_and_found_by_address(void **state)
{
    (void)state;
    const struct heap_config config = heap_config_default();
    struct test_heap fixture;

    test_heap_init(&fixture, &config);
    for (int round = 0; round < 2; round++) {
        struct page *page = heap_alloc_pages(fixture.heap, GFP_KERNEL | __GFP_ZERO, 1);
        unsigned char *memory = heap_page_address(fixture.heap, page);

        assert_ptr_equal(heap_page_at(fixture.heap, memory + 5), page);
        assert_int_equal(memory[0] | memory[2 * PAGE_SIZE - 1], 0);
        memset(memory, 0xff, 2 * PAGE_SIZE);
        heap_free_pages(fixture.heap, page, 1);
    }
    assert_int_equal(fixture.test.report_count, 0);
    test_heap_fini(&fixture);
}

static void client_word_left_behind_is_reported(void **state)
{
    (void)state;
    const struct heap_config config = heap_config_default();
    struct test_heap fixture;

    test_heap_init(&fixture, &config);
    struct page *page = heap_alloc_pages(fixture.heap, GFP_KERNEL, 0);

    heap_page_set_client(page, 1);
    heap_free_pages(fixture.heap, page, 0);
    assert_int_equal(fixture.test.report_count, 1);
    assert_int_equal(fixture.test.reports[0].kind, REPORT_BAD_PAGE_STATE);
    test_heap_fini(&fixture);
}

static bool refuse(void *context, void *first, size_t size, bool is_mapped)
{
    (void)context;
    (void)first;
    (void)size;
    return is_mapped;
}

static void heap_needs_a_platform_that_unmaps(void **state)
{
    struct heap_config config = heap_config_default();
    struct test_platform test;

    (void)state;
    test_platform_init(&test);
    config.debug_pagealloc = true;
    test.platform.set_mapped = refuse;
    assert_null(heap_create(&config, &test.platform));
    assert_int_equal(test.map_count, 0);
    test.platform.set_mapped = NULL;

    struct kmem_heap *heap = heap_create(&config, &test.platform);

    assert_non_null(heap);
    heap_destroy(heap);
    assert_int_equal(test.map_count, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(invalid_configuration_is_refused),
        cmocka_unit_test(missing_memory_leaves_nothing_behind),
        cmocka_unit_test(two_heaps_never_meet),
        cmocka_unit_test(injected_failure_hits_the_nth_allocation),
        cmocka_unit_test(pages_are_zeroed_on_request_and_found_by_address),
        cmocka_unit_test(client_word_left_behind_is_reported),
        cmocka_unit_test(heap_needs_a_platform_that_unmaps),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
