/* Memory that is an object of kmalloc's or, where there is none, a view of single pages. */
#include "allocator/api/kvmalloc.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "allocator/api/heap.h"
#include "allocator/api/kmalloc.h"
#include "allocator/api/mobility.h"
#include "allocator/api/pages.h"
#include "allocator/api/pages_many.h"
#include "allocator/api/usercopy.h"
#include "allocator/base/raw.h"
#include "allocator/cache/heap_state.h"
#include "tests/support/test_heap.h"

enum { PAGES = 64, VIEW_SIZE = 5 * PAGE_SIZE - 100 };

static struct test_heap fixture;

static struct kmem_heap *start(void)
{
    struct heap_config config = heap_config_default();

    config.page_count = PAGES;
    test_heap_init(&fixture, &config);
    return fixture.heap;
}

static void finish(void)
{
    assert_int_equal(fixture.test.report_count, 0);
    test_heap_fini(&fixture);
}

static struct page_state state_at(const void *address)
{
    return page_state(heap_page_at(fixture.heap, address));
}

static uint32_t count_free(void)
{
    return fixture.heap->memory.zones[0].free_page_count;
}

static unsigned char *alloc_view(size_t size, gfp_t gfp)
{
    heap_fail_page_alloc(fixture.heap, 1);

    unsigned char *view = heap_kv_alloc(fixture.heap, size, gfp);

    assert_non_null(view);
    assert_int_equal(state_at(view).kind, PAGE_RUN);
    return view;
}

static void an_object_is_preferred(void **state)
{
    struct kmem_heap *heap = start();
    void *small = heap_kv_alloc(heap, 100, GFP_KERNEL);
    void *large = heap_kv_zalloc(heap, VIEW_SIZE, GFP_KERNEL);

    (void)state;
    assert_int_equal(heap_usable_size(heap, small), 128);
    assert_int_equal(state_at(large).kind, PAGE_LARGE);
    assert_ptr_equal(heap_kv_alloc(heap, 0, GFP_KERNEL), ZERO_SIZE_PTR);
    assert_null(heap_kv_alloc(heap, (size_t)KMALLOC_SIZE_MAX + 1, GFP_KERNEL));
    assert_null(heap_kv_alloc_array(heap, SIZE_MAX / 2, 3, GFP_KERNEL));
    heap_kv_free(heap, small);
    heap_kv_free(heap, large);
    heap_kv_free(heap, NULL);
    heap_kv_free(heap, ZERO_SIZE_PTR);
    finish();
}

static void a_view_has_as_many_pages_as_it_needs(void **state)
{
    struct kmem_heap *heap = start();
    uint32_t before = count_free();
    unsigned char *view = alloc_view(VIEW_SIZE, GFP_KERNEL | __GFP_ZERO);

    (void)state;
    assert_int_equal(count_free(), before - 5);
    assert_int_equal(raw_find_other(view, VIEW_SIZE, 0), VIEW_SIZE);
    memset(view, 1, VIEW_SIZE);
    heap_kv_free(heap, view);
    assert_int_equal(count_free(), before);
    finish();
}

static void nothing_is_given_where_nothing_is_left(void **state)
{
    struct kmem_heap *heap = start();

    (void)state;
    while (heap_alloc_pages(heap, GFP_KERNEL, 0) != NULL) {
    }
    assert_null(heap_kv_alloc(heap, PAGE_SIZE, GFP_KERNEL));
    assert_null(heap_kv_alloc(heap, VIEW_SIZE, GFP_KERNEL));
    finish();
}

static void a_view_is_resized_by_the_page(void **state)
{
    struct kmem_heap *heap = start();
    uint32_t before = count_free();
    unsigned char *view = alloc_view(VIEW_SIZE, GFP_KERNEL);

    (void)state;
    memset(view, 1, VIEW_SIZE);
    assert_ptr_equal(heap_kv_realloc(heap, view, 5 * PAGE_SIZE, GFP_KERNEL | __GFP_ZERO), view);
    assert_int_equal(raw_find_other(view, VIEW_SIZE, 1), VIEW_SIZE);
    assert_int_equal(raw_find_other(view + VIEW_SIZE, 100, 0), 100);
    assert_ptr_equal(heap_kv_realloc(heap, view, PAGE_SIZE + 1, GFP_KERNEL), view);
    assert_int_equal(count_free(), before - 2);

    unsigned char *object = heap_kv_realloc(heap, view, 3 * PAGE_SIZE, GFP_KERNEL);

    assert_int_equal(state_at(object).kind, PAGE_LARGE);
    assert_int_equal(raw_find_other(object, PAGE_SIZE + 1, 1), PAGE_SIZE + 1);
    assert_ptr_equal(heap_kv_realloc(heap, object, 0, GFP_KERNEL), ZERO_SIZE_PTR);
    assert_int_equal(count_free(), before);
    finish();
}

static void an_object_becomes_a_view(void **state)
{
    struct kmem_heap *heap = start();
    unsigned char *object = heap_kv_alloc(heap, 600, GFP_KERNEL | __GFP_ZERO);

    (void)state;
    memset(object, 1, 600);
    heap_fail_page_alloc(heap, 1);

    unsigned char *view = heap_kv_realloc(heap, object, VIEW_SIZE, GFP_KERNEL | __GFP_ZERO);

    assert_int_equal(state_at(view).kind, PAGE_RUN);
    assert_int_equal(raw_find_other(view, 600, 1), 600);
    assert_int_equal(raw_find_other(view + 1024, VIEW_SIZE - 1024, 0), VIEW_SIZE - 1024);
    heap_kv_free(heap, view);
    assert_ptr_equal(heap_kv_realloc(heap, NULL, 0, GFP_KERNEL), ZERO_SIZE_PTR);
    finish();
}

/* Inside a view, and as an object: neither is its start. */
static void a_view_is_freed_by_its_start_alone(void **state)
{
    struct kmem_heap *heap = start();
    unsigned char *view = alloc_view(VIEW_SIZE, GFP_KERNEL);

    (void)state;
    heap_kv_free(heap, view + PAGE_SIZE);
    assert_int_equal(fixture.test.report_count, 1);
    heap_free(heap, view);
    assert_int_equal(fixture.test.report_count, 2);
    assert_null(heap_kv_realloc(heap, view + 8, 10, GFP_KERNEL));
    assert_int_equal(fixture.test.report_count, 3);
    heap_kv_free(heap, view);
    heap_kv_free(heap, view);
    assert_int_equal(fixture.test.report_count, 4);
    test_heap_fini(&fixture);
}

/* Bytes from there on may be copied, up to so many. */
static void assert_room(const unsigned char *address, size_t size)
{
    assert_true(heap_check_usercopy(fixture.heap, address, size));
    assert_int_equal(fixture.test.report_count, 0);
    assert_false(heap_check_usercopy(fixture.heap, address, size + 1));
    assert_int_equal(test_platform_report(&fixture.test)->kind, REPORT_USERCOPY);
    test_platform_clear(&fixture.test);
}

static void a_view_is_copied_as_a_whole(void **state)
{
    (void)state;
    struct kmem_heap *heap = start();
    unsigned char *view = alloc_view(VIEW_SIZE, GFP_KERNEL);

    assert_room(view, 5 * PAGE_SIZE);
    assert_room(view + 2 * PAGE_SIZE + 100, 3 * PAGE_SIZE - 100);
    assert_ptr_equal(heap_kv_realloc(heap, view, 2 * PAGE_SIZE, GFP_KERNEL), view);
    assert_non_null(heap_alloc_pages(heap, GFP_KERNEL, 0));
    assert_room(view, 2 * PAGE_SIZE);
    finish();
}

static void pages_that_were_asked_for_at_once_are_copied_at_once(void **state)
{
    (void)state;
    struct kmem_heap *heap = start();
    unsigned char *exact = heap_alloc_pages_exact(heap, 3 * PAGE_SIZE - 1, GFP_KERNEL);

    assert_non_null(heap_alloc_pages(heap, GFP_KERNEL, 0));
    assert_room(exact, 3 * PAGE_SIZE);
    heap_free_pages_exact(heap, exact, 3 * PAGE_SIZE - 1);

    unsigned char *base = heap_page_address(heap, fixture.heap->memory.pages);

    assert_int_equal(heap_alloc_contig(heap, 17, 20, GFP_KERNEL), HEAP_OK);
    assert_int_equal(heap_alloc_contig(heap, 20, 21, GFP_KERNEL), HEAP_OK);
    assert_room(base + 17 * PAGE_SIZE, 3 * PAGE_SIZE);
    heap_free_contig(heap, 17, 21);
    finish();
}

static void a_single_page_is_copied_alone(void **state)
{
    (void)state;
    struct kmem_heap *heap = start();
    unsigned char *view = alloc_view(3 * PAGE_SIZE, GFP_KERNEL);

    heap_kv_free(heap, view);
    while (heap_alloc_pages(heap, GFP_KERNEL, 0) != NULL) {
    }
    assert_room(view, PAGE_SIZE);
    finish();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_object_is_preferred),
        cmocka_unit_test(a_view_is_copied_as_a_whole),
        cmocka_unit_test(pages_that_were_asked_for_at_once_are_copied_at_once),
        cmocka_unit_test(a_single_page_is_copied_alone),
        cmocka_unit_test(a_view_has_as_many_pages_as_it_needs),
        cmocka_unit_test(nothing_is_given_where_nothing_is_left),
        cmocka_unit_test(a_view_is_resized_by_the_page),
        cmocka_unit_test(an_object_becomes_a_view),
        cmocka_unit_test(a_view_is_freed_by_its_start_alone),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
