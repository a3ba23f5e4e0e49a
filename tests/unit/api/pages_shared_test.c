/* Runs with several holders, exact numbers of pages, and many at once. */
#include "allocator/api/pages.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "allocator/api/fault.h"
#include "allocator/api/heap.h"
#include "allocator/api/mobility.h"
#include "allocator/api/pages_many.h"
#include "tests/support/test_heap.h"

enum { PAGES = 64 };

static struct test_heap fixture;

static struct kmem_heap *start(void)
{
    struct heap_config config = heap_config_default();

    config.page_count = PAGES;
    test_heap_init(&fixture, &config);
    return fixture.heap;
}

/* All pages can be had again, one by one. */
static void finish(uint32_t used)
{
    struct page *pages[PAGES] = {NULL};

    assert_int_equal(heap_alloc_pages_bulk(fixture.heap, GFP_KERNEL, PAGES, pages), PAGES - used);
    heap_free_pages_bulk(fixture.heap, PAGES, pages);
    assert_int_equal(fixture.test.report_count, 0);
    test_heap_fini(&fixture);
}

static void last_holder_frees_the_run(void **state)
{
    struct kmem_heap *heap = start();
    struct page *page = heap_alloc_pages(heap, GFP_KERNEL, 0);

    (void)state;
    assert_true(heap_get_page(heap, page));
    heap_put_page(heap, page);
    assert_true(heap_get_page(heap, page));
    heap_free_pages(heap, page, 0);
    memset(heap_page_address(heap, page), 1, PAGE_SIZE);
    heap_put_page(heap, page);
    finish(0);
}

static void pages_behind_a_shared_first_one_are_freed(void **state)
{
    struct kmem_heap *heap = start();
    struct page *pages[PAGES] = {NULL};
    struct page *run = heap_alloc_pages(heap, GFP_KERNEL, 3);

    (void)state;
    assert_true(heap_get_page(heap, run));
    heap_free_pages(heap, run, 3);
    assert_int_equal(heap_alloc_pages_bulk(heap, GFP_KERNEL, PAGES, pages), PAGES - 1);
    heap_free_pages_bulk(heap, PAGES, pages);
    heap_put_page(heap, run);
    finish(0);
}

static void compound_run_stays_whole(void **state)
{
    struct kmem_heap *heap = start();
    struct page *pages[PAGES] = {NULL};
    struct page *run = heap_alloc_pages(heap, GFP_KERNEL | __GFP_COMP, 3);

    (void)state;
    assert_true(heap_get_page(heap, run));
    heap_free_pages(heap, run, 3);
    assert_int_equal(heap_alloc_pages_bulk(heap, GFP_KERNEL, PAGES, pages), PAGES - 8);
    heap_free_pages_bulk(heap, PAGES, pages);
    /* Any of its pages names it. */
    heap_put_page(heap, heap_page_at(heap, (char *)heap_page_address(heap, run) + 20480));
    finish(0);
}

static void compound_run_of_one_holder_is_freed_at_once(void **state)
{
    struct kmem_heap *heap = start();

    (void)state;
    heap_free_pages(heap, heap_alloc_pages(heap, GFP_KERNEL | __GFP_COMP, 2), 2);
    heap_put_page(heap, heap_alloc_pages(heap, GFP_KERNEL | __GFP_COMP, 2));
    finish(0);
}

static void wrong_order_of_a_shared_run_is_reported(void **state)
{
    struct kmem_heap *heap = start();
    struct page *run = heap_alloc_pages(heap, GFP_KERNEL, 2);

    (void)state;
    assert_true(heap_get_page(heap, run));
    heap_free_pages(heap, run, 1);
    assert_int_equal(fixture.test.report_count, 1);
    assert_int_equal(fixture.test.reports[0].kind, REPORT_BAD_PAGE_FREE);
    heap_free_pages(heap, run, 2);
    heap_put_page(heap, run);
    heap_put_page(heap, run);
    assert_int_equal(fixture.test.report_count, 2);
    assert_int_equal(fixture.test.reports[1].kind, REPORT_BAD_PAGE_FREE);
    assert_false(heap_get_page(heap, run));
    test_heap_fini(&fixture);
}

/* As a free of each page: who else holds one keeps that one, and nobody did wrong. */
static void range_leaves_its_other_holders_what_they_hold(void **state)
{
    struct kmem_heap *heap = start();
    struct page *pages[PAGES] = {NULL};
    struct page *all = heap_alloc_pages(heap, GFP_KERNEL, 6);
    struct page *shared = heap_page_at(heap, (char *)heap_page_address(heap, all) + 6 * PAGE_SIZE);

    (void)state;
    heap_free_pages(heap, all, 6);
    assert_int_equal(heap_alloc_contig(heap, 5, 8, GFP_KERNEL), HEAP_OK);
    assert_true(heap_get_page(heap, shared));
    heap_free_contig(heap, 5, 8);
    assert_int_equal(fixture.test.report_count, 0);
    assert_int_equal(heap_alloc_pages_bulk(heap, GFP_KERNEL, PAGES, pages), PAGES - 1);
    heap_free_pages_bulk(heap, PAGES, pages);
    memset(heap_page_address(heap, shared), 1, PAGE_SIZE);
    heap_put_page(heap, shared);
    finish(0);
}

static void exact_bytes_keep_as_many_pages(void **state)
{
    struct kmem_heap *heap = start();
    unsigned char *memory = heap_alloc_pages_exact(heap, 5 * PAGE_SIZE - 1, GFP_KERNEL);
    struct page *pages[PAGES] = {NULL};

    (void)state;
    assert_non_null(memory);
    memset(memory, 1, 5 * PAGE_SIZE - 1);
    assert_int_equal(heap_alloc_pages_bulk(heap, GFP_KERNEL, PAGES, pages), PAGES - 5);
    heap_free_pages_bulk(heap, PAGES, pages);
    heap_free_pages_exact(heap, memory, 5 * PAGE_SIZE - 1);
    finish(0);
}

static void what_is_not_exact_is_refused(void **state)
{
    struct kmem_heap *heap = start();

    (void)state;
    assert_null(heap_alloc_pages_exact(heap, 0, GFP_KERNEL));
    assert_null(heap_alloc_pages_exact(heap, PAGE_SIZE, GFP_KERNEL | __GFP_COMP));
    assert_null(heap_alloc_pages_exact(heap, (size_t)KMALLOC_SIZE_MAX + 1, GFP_KERNEL));
    assert_int_equal(heap_get_order(1), 0);
    assert_int_equal(heap_get_order(PAGE_SIZE + 1), 1);
    assert_int_equal(heap_get_order(5 * PAGE_SIZE), 3);
    finish(0);
}

static void bulk_fills_the_holes(void **state)
{
    struct kmem_heap *heap = start();
    struct page *kept = heap_alloc_pages(heap, GFP_KERNEL, 0);
    struct page *pages[40] = {[0] = kept, [20] = kept};

    (void)state;
    assert_int_equal(heap_alloc_pages_bulk(heap, GFP_KERNEL, 40, pages), 40);
    assert_ptr_equal(pages[0], kept);
    assert_ptr_equal(pages[20], kept);
    for (unsigned i = 0; i < 40; i++) {
        assert_non_null(pages[i]);
    }
    assert_int_equal(heap_alloc_pages_bulk(heap, GFP_KERNEL, 40, pages), 40);
    pages[20] = NULL;
    heap_free_pages_bulk(heap, 40, pages);
    finish(0);
}

/* Of many at once all pass the place where one can be made to fail. */
static void bulk_fails_on_purpose(void **state)
{
    struct heap_config config = heap_config_default();
    struct page *pages[PAGES] = {NULL};

    (void)state;
    config.page_count = PAGES;
    config.fault_injection = true;
    test_heap_init(&fixture, &config);

    const struct fault_attr attr = {.times = FAULT_TIMES_UNLIMITED, .includes_wait = true};

    assert_int_equal(heap_fault_set(fixture.heap, HEAP_FAULT_PAGES, &attr), HEAP_OK);
    assert_int_equal(heap_fault_nth(fixture.heap, HEAP_FAULT_PAGES, 1), HEAP_OK);
    assert_int_equal(heap_alloc_pages_bulk(fixture.heap, GFP_KERNEL, 20, pages), 0);
    assert_int_equal(heap_fault_count(fixture.heap, HEAP_FAULT_PAGES), 1);
    assert_int_equal(heap_page_failures(fixture.heap), 1);
    assert_int_equal(heap_fault_nth(fixture.heap, HEAP_FAULT_PAGES, 2), HEAP_OK);
    assert_in_range(heap_alloc_pages_bulk(fixture.heap, GFP_KERNEL, 20, pages), 1, 19);
    assert_int_equal(heap_alloc_pages_bulk(fixture.heap, GFP_KERNEL, 20, pages), 20);
    heap_free_pages_bulk(fixture.heap, PAGES, pages);
    finish(0);
}

/* What is kept back is for one page at a time. */
static void bulk_leaves_what_is_kept_back(void **state)
{
    struct heap_config config = heap_config_default();

    (void)state;
    config.page_count = PAGES;
    config.min_free_pages = 8;
    for (unsigned scale = 0; scale < 2; scale++) {
        struct page *easy[PAGES] = {NULL};
        struct page *more[PAGES] = {NULL};

        config.watermark_scale = scale * 1000;
        test_heap_init(&fixture, &config);

        size_t taken = heap_alloc_pages_bulk(fixture.heap, GFP_NOWAIT | __GFP_NOMEMALLOC, PAGES,
                                             easy);

        assert_in_range(taken, 1, PAGES - 8);
        assert_int_equal(heap_alloc_pages_bulk(fixture.heap, GFP_KERNEL | __GFP_MEMALLOC, PAGES,
                                               more), 1);
        heap_free_pages_bulk(fixture.heap, PAGES, easy);
        heap_free_pages_bulk(fixture.heap, PAGES, more);
        assert_int_equal(fixture.test.report_count, 0);
        test_heap_fini(&fixture);
    }
}

static void bulk_without_pages_says_what_there_was(void **state)
{
    struct kmem_heap *heap = start();
    struct page *all[PAGES] = {NULL};
    struct page *more[4] = {NULL};

    (void)state;
    assert_int_equal(heap_alloc_pages_bulk(heap, GFP_KERNEL, PAGES, all), PAGES);
    more[0] = all[0];
    assert_int_equal(heap_alloc_pages_bulk(heap, GFP_KERNEL, 4, more), 1);
    assert_null(more[1]);
    assert_int_equal(heap_page_failures(heap), 1);
    heap_free_pages_bulk(heap, PAGES, all);
    finish(0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(last_holder_frees_the_run),
        cmocka_unit_test(pages_behind_a_shared_first_one_are_freed),
        cmocka_unit_test(compound_run_stays_whole),
        cmocka_unit_test(compound_run_of_one_holder_is_freed_at_once),
        cmocka_unit_test(wrong_order_of_a_shared_run_is_reported),
        cmocka_unit_test(range_leaves_its_other_holders_what_they_hold),
        cmocka_unit_test(exact_bytes_keep_as_many_pages),
        cmocka_unit_test(what_is_not_exact_is_refused),
        cmocka_unit_test(bulk_fills_the_holes),
        cmocka_unit_test(bulk_fails_on_purpose),
        cmocka_unit_test(bulk_leaves_what_is_kept_back),
        cmocka_unit_test(bulk_without_pages_says_what_there_was),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
