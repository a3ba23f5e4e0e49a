/* Who allocated a page, and who freed it. */
#include "allocator/api/pages.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "allocator/api/heap.h"
#include "allocator/api/pages_many.h"
#include "tests/support/test_heap.h"

static struct test_heap fixture;

static struct kmem_heap *start(bool is_kept)
{
    struct heap_config config = heap_config_default();

    config.page_count = 64;
    config.page_owner = is_kept;
    test_heap_init(&fixture, &config);
    return fixture.heap;
}

static void finish(void)
{
    assert_int_equal(fixture.test.report_count, 0);
    test_heap_fini(&fixture);
}

static void allocation_and_free_are_remembered(void **state)
{
    struct kmem_heap *heap = start(true);
    struct page *run = heap_alloc_pages(heap, GFP_KERNEL | __GFP_COMP, 1);
    struct page_owner first = heap_page_owner(heap, run + 1);

    (void)state;
    assert_true(first.alloc.is_known);
    assert_false(first.free.is_known);
    assert_int_equal(first.alloc.order, 1);
    assert_int_equal(first.alloc.gfp, GFP_KERNEL | __GFP_COMP);
    assert_true(first.alloc.site != 0);
    heap_free_pages(heap, run, 1);
    assert_true(heap_page_owner(heap, run).free.is_known);
    assert_int_equal(heap_page_owner(heap, run).alloc.time, first.alloc.time);
    finish();
}

static void parts_of_a_run_are_allocations_of_their_own(void **state)
{
    struct kmem_heap *heap = start(true);
    void *memory = heap_alloc_pages_exact(heap, 3 * PAGE_SIZE, GFP_KERNEL);
    struct page *page = heap_page_at(heap, memory);
    struct page *run = heap_alloc_pages(heap, GFP_KERNEL, 2);

    (void)state;
    assert_int_equal(heap_page_owner(heap, page + 2).alloc.order, 0);
    assert_true(heap_page_owner(heap, page + 3).free.is_known);
    heap_get_page(heap, run);
    heap_free_pages(heap, run, 2);
    assert_int_equal(heap_page_owner(heap, run).alloc.order, 0);
    assert_false(heap_page_owner(heap, run).free.is_known);
    assert_true(heap_page_owner(heap, run + 1).free.is_known);
    heap_put_page(heap, run);
    heap_free_pages_exact(heap, memory, 3 * PAGE_SIZE);
    finish();
}

static void nothing_is_known_unless_asked_for(void **state)
{
    struct kmem_heap *heap = start(false);
    struct page *page = heap_alloc_pages(heap, GFP_KERNEL, 0);

    (void)state;
    assert_false(heap_page_owner(heap, page).alloc.is_known);
    heap_free_pages(heap, page, 0);
    finish();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(allocation_and_free_are_remembered),
        cmocka_unit_test(parts_of_a_run_are_allocations_of_their_own),
        cmocka_unit_test(nothing_is_known_unless_asked_for),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
