/* Pieces of a run: where they lie, whose the run is, and what becomes of it. */
#include "allocator/api/page_frag.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "allocator/api/heap.h"
#include "allocator/api/pages.h"
#include "allocator/api/pages_many.h"
#include "tests/support/test_heap.h"

enum { PAGES = 64 };

static struct test_heap fixture;
static struct page_frag_cache cache;

static struct kmem_heap *start_with(uint32_t page_count, uint32_t min_free_pages)
{
    struct heap_config config = heap_config_default();

    config.page_count = page_count;
    config.min_free_pages = min_free_pages;
    test_heap_init(&fixture, &config);
    page_frag_cache_init(&cache, fixture.heap);
    return fixture.heap;
}

static struct kmem_heap *start(void)
{
    return start_with(PAGES, 0);
}

static uint32_t count_free(void)
{
    struct page *pages[PAGES] = {NULL};
    size_t count = heap_alloc_pages_bulk(fixture.heap, GFP_KERNEL, PAGES, pages);

    heap_free_pages_bulk(fixture.heap, PAGES, pages);
    return (uint32_t)count;
}

static void finish(void)
{
    page_frag_cache_drain(&cache);
    assert_int_equal(count_free(), PAGES);
    assert_int_equal(fixture.test.report_count, 0);
    test_heap_fini(&fixture);
}

static void run_is_cut_from_its_end(void **state)
{
    struct kmem_heap *heap = start();
    char *first = page_frag_alloc(&cache, 1, GFP_KERNEL);
    char *second = page_frag_alloc(&cache, 100, GFP_KERNEL);
    char *aligned = page_frag_alloc_align(&cache, 10, GFP_KERNEL, 1024);

    (void)state;
    assert_ptr_equal(second, first - 128);
    assert_true((uintptr_t)aligned % 1024 == 0 && aligned < second);
    assert_int_equal(count_free(), PAGES - 8);
    memset(second, 1, 100);
    heap_page_frag_free(heap, first);
    heap_page_frag_free(heap, aligned);
    heap_page_frag_free(heap, second);
    finish();
}

static void last_fragment_frees_what_the_cache_let_go_of(void **state)
{
    struct kmem_heap *heap = start();
    void *old = page_frag_alloc(&cache, PAGE_FRAG_SIZE_MAX / 2 + 1, GFP_KERNEL);
    void *young = page_frag_alloc(&cache, PAGE_FRAG_SIZE_MAX / 2 + 1, GFP_KERNEL);

    (void)state;
    assert_int_equal(count_free(), PAGES - 16);
    heap_page_frag_free(heap, old);
    assert_int_equal(count_free(), PAGES - 8);
    page_frag_cache_drain(&cache);
    assert_int_equal(count_free(), PAGES - 8);
    heap_page_frag_free(heap, young);
    finish();
}

static void run_that_nobody_holds_is_cut_again(void **state)
{
    struct kmem_heap *heap = start();
    void *first = page_frag_alloc(&cache, PAGE_FRAG_SIZE_MAX, GFP_KERNEL);

    (void)state;
    heap_page_frag_free(heap, first);
    assert_ptr_equal(page_frag_alloc(&cache, PAGE_FRAG_SIZE_MAX, GFP_KERNEL), first);
    assert_int_equal(count_free(), PAGES - 8);
    heap_page_frag_free(heap, first);
    finish();
}

/* The cache holds its run even when all of it was given away, and freed. */
static void smallest_fragments_leave_the_cache_its_run(void **state)
{
    enum { COUNT = PAGE_FRAG_SIZE_MAX / PAGE_FRAG_ALIGN };
    static void *fragments[COUNT];
    struct kmem_heap *heap = start();

    (void)state;
    for (unsigned i = 0; i < COUNT; i++) {
        fragments[i] = page_frag_alloc(&cache, 1, GFP_KERNEL);
    }
    for (unsigned i = 0; i < COUNT; i++) {
        heap_page_frag_free(heap, fragments[i]);
    }
    assert_int_equal(count_free(), PAGES - 8);
    heap_page_frag_free(heap, page_frag_alloc(&cache, 1, GFP_KERNEL));
    finish();
}

static void one_page_serves_what_fits_into_it(void **state)
{
    struct kmem_heap *heap = start();
    struct page *pages[PAGES] = {NULL};

    (void)state;
    heap_alloc_pages_bulk(heap, GFP_KERNEL, PAGES, pages);
    heap_free_pages(heap, pages[0], 0);
    pages[0] = NULL;
    assert_null(page_frag_alloc(&cache, PAGE_SIZE + 1, GFP_KERNEL));

    void *fragment = page_frag_alloc(&cache, PAGE_SIZE, GFP_KERNEL);

    assert_non_null(fragment);
    heap_page_frag_free(heap, fragment);
    assert_null(page_frag_alloc(&cache, PAGE_SIZE + 1, GFP_KERNEL));
    assert_null(page_frag_alloc(&cache, 0, GFP_KERNEL));
    assert_null(page_frag_alloc(&cache, PAGE_FRAG_SIZE_MAX + 1, GFP_KERNEL));
    heap_free_pages_bulk(heap, PAGES, pages);
    finish();
}

/* What is kept for those who free memory serves none but them. */
static void reserve_is_not_cut_again(void **state)
{
    struct kmem_heap *heap = start_with(PAGES, 32);
    struct page *pages[PAGES] = {NULL};
    size_t taken = heap_alloc_pages_bulk(heap, GFP_KERNEL, PAGES, pages);
    void *fragment = page_frag_alloc(&cache, PAGE_SIZE, GFP_KERNEL | __GFP_MEMALLOC);

    (void)state;
    assert_true(taken < PAGES);
    assert_non_null(fragment);
    heap_page_frag_free(heap, fragment);
    assert_null(page_frag_alloc(&cache, PAGE_SIZE, GFP_KERNEL));
    fragment = page_frag_alloc(&cache, PAGE_SIZE, GFP_KERNEL | __GFP_MEMALLOC);
    assert_non_null(fragment);
    heap_page_frag_free(heap, fragment);
    heap_free_pages_bulk(heap, PAGES, pages);
    page_frag_cache_drain(&cache);
    test_heap_fini(&fixture);
}

static void zeroing_is_done_for_each_fragment(void **state)
{
    struct kmem_heap *heap = start();
    unsigned char *first = page_frag_alloc(&cache, PAGE_FRAG_SIZE_MAX, GFP_KERNEL);

    (void)state;
    memset(first, 0xff, PAGE_FRAG_SIZE_MAX);
    heap_page_frag_free(heap, first);

    unsigned char *second = page_frag_alloc(&cache, 1000, GFP_KERNEL | __GFP_ZERO);

    for (unsigned i = 0; i < 1000; i++) {
        assert_int_equal(second[i], 0);
    }
    heap_page_frag_free(heap, second);
    finish();
}

static void fragment_freed_twice_is_missed_by_its_cache(void **state)
{
    struct kmem_heap *heap = start();
    char *fragment = page_frag_alloc(&cache, 100, GFP_KERNEL);
    struct page *head = cache.head;

    (void)state;
    heap_page_frag_free(heap, fragment);
    heap_page_frag_free(heap, fragment);
    assert_int_equal(fixture.test.report_count, 0);
    page_frag_cache_drain(&cache);
    assert_int_equal(fixture.test.report_count, 1);
    assert_int_equal(test_platform_report(&fixture.test)->kind, REPORT_BAD_PAGE_FREE);
    assert_ptr_equal(test_platform_report(&fixture.test)->page, head);
    /* Whoever holds it still keeps it to himself. */
    assert_int_equal(count_free(), PAGES - 8);
    heap_page_frag_free(heap, fragment);
    assert_int_equal(fixture.test.report_count, 2);
    test_heap_fini(&fixture);
}

static void fragment_freed_after_its_run_is_reported(void **state)
{
    struct kmem_heap *heap = start();
    char *fragment = page_frag_alloc(&cache, 100, GFP_KERNEL);

    (void)state;
    page_frag_cache_drain(&cache);
    heap_page_frag_free(heap, fragment);
    assert_int_equal(fixture.test.report_count, 0);
    heap_page_frag_free(heap, fragment);
    assert_int_equal(fixture.test.report_count, 1);
    assert_int_equal(test_platform_report(&fixture.test)->kind, REPORT_BAD_PAGE_FREE);
    assert_int_equal(count_free(), PAGES);
    test_heap_fini(&fixture);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(run_is_cut_from_its_end),
        cmocka_unit_test(last_fragment_frees_what_the_cache_let_go_of),
        cmocka_unit_test(run_that_nobody_holds_is_cut_again),
        cmocka_unit_test(smallest_fragments_leave_the_cache_its_run),
        cmocka_unit_test(one_page_serves_what_fits_into_it),
        cmocka_unit_test(reserve_is_not_cut_again),
        cmocka_unit_test(zeroing_is_done_for_each_fragment),
        cmocka_unit_test(fragment_freed_twice_is_missed_by_its_cache),
        cmocka_unit_test(fragment_freed_after_its_run_is_reported),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
