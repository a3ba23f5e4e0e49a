#include "allocator/api/mempool.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "allocator/api/heap.h"
#include "allocator/api/kmalloc.h"
#include "allocator/api/kmem_cache.h"
#include "allocator/api/linux_api.h"
#include "allocator/api/pages.h"
#include "allocator/base/raw.h"
#include "allocator/cache/heap_state.h"
#include "tests/support/test_heap.h"

static struct test_heap fixture;
static struct mempool pool;

static void init(uint32_t debug_flags)
{
    struct heap_config config = heap_config_default();

    config.page_count = 64;
    config.debug_flags = debug_flags;
    test_heap_init(&fixture, &config);
}

static void make(const struct mempool_source *source, unsigned count)
{
    assert_int_equal(heap_mempool_init(fixture.heap, source, count, &pool), HEAP_OK);
    assert_int_equal(pool.reserve_count, count);
}

/* The kind of the one report there is, which is forgotten. */
static enum report_kind take_report(void)
{
    assert_int_equal(fixture.test.report_count, 1);

    enum report_kind kind = test_platform_report(&fixture.test)->kind;

    test_platform_clear(&fixture.test);
    return kind;
}

static uint32_t free_page_count(void)
{
    return fixture.heap->memory.zones[0].free_page_count;
}

/* The page layer gives nothing from now on. */
static void exhaust(void)
{
    for (unsigned order = ORDER_MAX + 1; order > 0; order--) {
        while (heap_alloc_pages(fixture.heap, GFP_KERNEL, order - 1) != NULL) {
        }
    }
}

static void reserve_serves_when_the_source_refuses(void **state)
{
    const struct mempool_source source = {.kind = MEMPOOL_PAGES, .order = 1};
    void *elements[3];

    (void)state;
    init(0);
    make(&source, 3);
    exhaust();
    for (unsigned i = 0; i < 3; i++) {
        elements[i] = mempool_alloc(&pool, GFP_NOWAIT);
        assert_non_null(elements[i]);
        assert_int_equal(pool.reserve_count, 2 - i);
    }
    assert_null(mempool_alloc(&pool, GFP_KERNEL));
    mempool_free(&pool, elements[1]);
    assert_ptr_equal(mempool_alloc(&pool, GFP_KERNEL), elements[1]);
    test_heap_fini(&fixture);
}

static void reserve_is_filled_before_anything_is_given_back(void **state)
{
    const struct mempool_source source = {.kind = MEMPOOL_KMALLOC, .size = 40};

    (void)state;
    init(0);
    make(&source, 2);

    void *fresh = mempool_alloc(&pool, GFP_KERNEL);
    void *reserved = mempool_alloc_preallocated(&pool);

    assert_int_equal(pool.reserve_count, 1);
    memset(fresh, 1, 40);
    memset(reserved, 2, 40);
    mempool_free(&pool, fresh);
    assert_int_equal(pool.reserve_count, 2);
    mempool_free(&pool, reserved);
    mempool_free(&pool, NULL);
    assert_int_equal(pool.reserve_count, 2);
    assert_ptr_equal(mempool_alloc_preallocated(&pool), fresh);
    mempool_exit(&pool);
    test_heap_fini(&fixture);
}

static void only_the_reserve_is_asked_for_what_is_preallocated(void **state)
{
    const struct mempool_source source = {.kind = MEMPOOL_KMALLOC, .size = 40};

    (void)state;
    init(0);
    make(&source, 0);
    assert_null(mempool_alloc_preallocated(&pool));
    mempool_exit(&pool);
    test_heap_fini(&fixture);
}

static void resize_fills_and_drains(void **state)
{
    const struct mempool_source source = {.kind = MEMPOOL_PAGES, .order = 0};

    (void)state;
    init(0);
    make(&source, 2);

    /* Tables of all sizes come from slabs that stay. */
    uint32_t free_pages = free_page_count() - 1;

    assert_int_equal(mempool_resize(&pool, 9), HEAP_OK);
    assert_int_equal(pool.reserve_count, 9);
    assert_int_equal(mempool_resize(&pool, 1), HEAP_OK);
    assert_int_equal(pool.reserve_count, 1);
    assert_int_equal(mempool_resize(&pool, 4), HEAP_OK);
    assert_int_equal(pool.reserve_count, 4);
    assert_int_equal(pool.room_count, 9);
    assert_int_equal(mempool_resize(&pool, 2), HEAP_OK);
    assert_int_equal(free_page_count(), free_pages);
    mempool_exit(&pool);
    test_heap_fini(&fixture);
}

static void bad_sources_are_refused(void **state)
{
    const struct mempool_source nothing = {.kind = MEMPOOL_KMALLOC};
    const struct mempool_source huge = {.kind = MEMPOOL_PAGES, .order = ORDER_MAX + 1};
    const struct mempool_source no_cache = {.kind = MEMPOOL_CACHE};
    const struct mempool_source large = {.kind = MEMPOOL_PAGES, .order = 4};

    (void)state;
    init(0);
    assert_int_equal(heap_mempool_init(fixture.heap, &nothing, 1, &pool), HEAP_EINVAL);
    assert_int_equal(heap_mempool_init(fixture.heap, &huge, 1, &pool), HEAP_EINVAL);
    assert_int_equal(heap_mempool_init(fixture.heap, &no_cache, 1, &pool), HEAP_EINVAL);

    uint32_t free_pages = free_page_count();

    assert_int_equal(heap_mempool_init(fixture.heap, &large, 9, &pool), HEAP_ENOMEM);
    assert_in_range(free_page_count(), free_pages - 2, free_pages);
    test_heap_fini(&fixture);
}

/* Each page of a larger run holds poison, and nothing beside the run is touched. */
static void whole_runs_are_poisoned(void **state)
{
    const struct mempool_source source = {.kind = MEMPOOL_PAGES, .order = 2};
    size_t size = 4 * (size_t)PAGE_SIZE;

    (void)state;
    init(SLAB_POISON);
    make(&source, 1);

    unsigned char *element = pool.reserve[0];

    assert_int_equal(raw_find_other(element, size - 1, 0x6b), size - 1);
    assert_int_equal(raw_load_byte(element + size - 1), 0xa5);
    raw_store_byte(element + 3 * PAGE_SIZE + 5, 1);
    assert_ptr_equal(mempool_alloc_preallocated(&pool), element);
    assert_int_equal(take_report(), REPORT_POOL_POISON);
    mempool_exit(&pool);
    test_heap_fini(&fixture);
}

static void what_is_no_element_is_reported(void **state)
{
    const struct mempool_source source = {.kind = MEMPOOL_KMALLOC, .size = 40};
    const struct mempool_source large = {.kind = MEMPOOL_KMALLOC, .size = 20000};

    (void)state;
    init(SLAB_CONSISTENCY_CHECKS);
    make(&source, 2);

    unsigned char *element = mempool_alloc(&pool, GFP_KERNEL);

    mempool_free(&pool, element + 8);
    assert_int_equal(take_report(), REPORT_INVALID_POINTER);
    mempool_free(&pool, pool.reserve[0]);
    assert_int_equal(take_report(), REPORT_DOUBLE_FREE);
    mempool_free(&pool, element);
    mempool_exit(&pool);
    make(&large, 1);
    element = mempool_alloc(&pool, GFP_KERNEL);
    mempool_free(&pool, element + PAGE_SIZE);
    assert_int_equal(take_report(), REPORT_INVALID_LARGE_FREE);
    mempool_free(&pool, element);
    mempool_exit(&pool);
    test_heap_fini(&fixture);
}

static void kernel_spelling_makes_each_kind(void **state)
{
    (void)state;
    init(0);
    linux_api_bind(fixture.heap);

    struct kmem_cache *cache = kmem_cache_create("elements", 48, 0, 0, NULL);
    struct mempool *slab_pool = mempool_create_slab_pool(2, cache);
    struct mempool *kmalloc_pool = mempool_create_kmalloc_pool(3, 100);
    struct mempool *page_pool = mempool_create_page_pool(1, 2);
    void *element = mempool_alloc(kmalloc_pool, GFP_KERNEL);

    assert_ptr_equal(slab_at(fixture.heap, slab_pool->reserve[0])->cache, cache);
    assert_int_equal(ksize(element), 128);
    assert_int_equal(page_pool->element_size, 4 * PAGE_SIZE);
    assert_null(mempool_create_kmalloc_pool(1, 0));
    mempool_free(kmalloc_pool, element);
    mempool_destroy(slab_pool);
    mempool_destroy(kmalloc_pool);
    mempool_destroy(page_pool);
    assert_int_equal(kmem_cache_destroy(cache), HEAP_OK);
    linux_api_bind(NULL);
    test_heap_fini(&fixture);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reserve_serves_when_the_source_refuses),
        cmocka_unit_test(reserve_is_filled_before_anything_is_given_back),
        cmocka_unit_test(only_the_reserve_is_asked_for_what_is_preallocated),
        cmocka_unit_test(resize_fills_and_drains),
        cmocka_unit_test(bad_sources_are_refused),
        cmocka_unit_test(whole_runs_are_poisoned),
        cmocka_unit_test(what_is_no_element_is_reported),
        cmocka_unit_test(kernel_spelling_makes_each_kind),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
