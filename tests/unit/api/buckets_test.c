#include "allocator/api/buckets.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "allocator/api/kmalloc.h"
#include "allocator/api/kmem_cache.h"
#include "allocator/api/usercopy.h"
#include "allocator/cache/heap_state.h"
#include "tests/support/test_heap.h"

static struct test_heap fixture;
static struct kmem_buckets buckets;
static const struct kmem_buckets_args whole = {.usersize = KMALLOC_CACHE_SIZE_MAX};

static void init(unsigned align_log2)
{
    struct heap_config config = heap_config_default();

    config.page_count = 1024;
    config.kmalloc_align_log2 = align_log2;
    test_heap_init(&fixture, &config);
}

static const char *home_name(const void *object)
{
    return slab_at(fixture.heap, object)->cache->name;
}

static void each_size_has_a_cache_of_its_own(void **state)
{
    (void)state;
    init(3);
    assert_int_equal(heap_buckets_create(fixture.heap, "mine", &whole, &buckets), HEAP_OK);
    assert_int_equal(fixture.heap->cache_count, 2 * KMALLOC_CACHE_COUNT);

    void *small = heap_buckets_alloc(&buckets, 70, GFP_KERNEL);
    void *large = heap_buckets_alloc(&buckets, 5000, GFP_KERNEL);
    void *pages = heap_buckets_alloc(&buckets, 20000, GFP_KERNEL);

    assert_string_equal(home_name(small), "mine-96");
    assert_string_equal(home_name(large), "mine-8k");
    assert_int_equal(heap_usable_size(fixture.heap, pages), 32768);
    assert_ptr_equal(heap_buckets_alloc(&buckets, 0, GFP_KERNEL), ZERO_SIZE_PTR);
    heap_free(fixture.heap, small);
    heap_free(fixture.heap, large);
    heap_free(fixture.heap, pages);
    assert_int_equal(heap_buckets_destroy(&buckets), HEAP_OK);
    assert_int_equal(fixture.heap->cache_count, KMALLOC_CACHE_COUNT);
    test_heap_fini(&fixture);
}

static void sizes_that_are_left_out_are_not_made(void **state)
{
    (void)state;
    init(7);
    assert_int_equal(heap_buckets_create(fixture.heap, "mine", &whole, &buckets), HEAP_OK);
    assert_int_equal(fixture.heap->cache_count, 2 * 7);

    void *object = heap_buckets_alloc(&buckets, 8, GFP_KERNEL);

    assert_string_equal(home_name(object), "mine-128");
    heap_free(fixture.heap, object);
    assert_int_equal(heap_buckets_destroy(&buckets), HEAP_OK);
    test_heap_fini(&fixture);
}

static void set_that_cannot_be_made_leaves_nothing(void **state)
{
    const struct kmem_buckets_args wrong = {.flags = SLAB_KMALLOC};

    (void)state;
    init(3);
    assert_int_equal(heap_buckets_create(fixture.heap, "mine", &wrong, &buckets), HEAP_EINVAL);
    assert_int_equal(fixture.heap->cache_count, KMALLOC_CACHE_COUNT);
    test_heap_fini(&fixture);
}

static void window_is_clipped_to_the_size(void **state)
{
    const struct kmem_buckets_args args = {.useroffset = 64, .usersize = 64};
    static const struct {
        size_t size;
        unsigned first;
        unsigned count;
    } windows[] = {{64, 0, 0}, {96, 64, 32}, {128, 64, 64}, {256, 64, 64}};

    (void)state;
    init(3);
    assert_int_equal(heap_buckets_create(fixture.heap, "mine", &args, &buckets), HEAP_OK);
    for (size_t i = 0; i < sizeof(windows) / sizeof(windows[0]); i++) {
        char *object = heap_buckets_alloc(&buckets, windows[i].size, GFP_KERNEL);
        char *window = object + windows[i].first;

        test_platform_clear(&fixture.test);
        assert_true(heap_check_usercopy(fixture.heap, window, windows[i].count));
        assert_int_equal(fixture.test.report_count, 0);
        assert_false(heap_check_usercopy(fixture.heap, window, windows[i].count + 1));
        assert_int_equal(fixture.test.report_count, 1);
        heap_free(fixture.heap, object);
    }
    assert_int_equal(heap_buckets_destroy(&buckets), HEAP_OK);
    test_heap_fini(&fixture);
}

static void construct(void *object)
{
    memset(object, 0xc7, WORD_SIZE);
}

/* Whatever its size, and also where zeroes are asked for, which is reported. */
static void objects_are_constructed(void **state)
{
    const struct kmem_buckets_args args = {.usersize = 64, .ctor = construct};
    static const size_t sizes[] = {8, 9, 100, 3000, 8192};
    unsigned char made[WORD_SIZE];

    (void)state;
    construct(made);
    init(3);
    assert_int_equal(heap_buckets_create(fixture.heap, "mine", &args, &buckets), HEAP_OK);
    for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
        void *object = heap_buckets_alloc(&buckets, sizes[i], GFP_KERNEL);

        assert_memory_equal(object, made, WORD_SIZE);
        heap_free(fixture.heap, object);
        assert_int_equal(fixture.test.report_count, 0);
        assert_ptr_equal(heap_buckets_alloc(&buckets, sizes[i], GFP_KERNEL | __GFP_ZERO), object);
        assert_memory_equal(object, made, WORD_SIZE);
        assert_int_equal(fixture.test.report_count, 1);
        assert_int_equal(fixture.test.reports[0].kind, REPORT_CTOR_WITH_ZERO);
        test_platform_clear(&fixture.test);
        heap_free(fixture.heap, object);
    }
    assert_int_equal(heap_buckets_destroy(&buckets), HEAP_OK);
    test_heap_fini(&fixture);
}

static void live_object_keeps_its_cache(void **state)
{
    (void)state;
    init(3);
    assert_int_equal(heap_buckets_create(fixture.heap, "mine", &whole, &buckets), HEAP_OK);
    assert_non_null(heap_buckets_alloc(&buckets, 64, GFP_KERNEL));
    assert_int_equal(heap_buckets_destroy(&buckets), HEAP_EBUSY);
    assert_int_equal(fixture.heap->cache_count, KMALLOC_CACHE_COUNT + 1);
    assert_int_equal(fixture.test.report_count, 1);
    test_heap_fini(&fixture);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_size_has_a_cache_of_its_own),
        cmocka_unit_test(sizes_that_are_left_out_are_not_made),
        cmocka_unit_test(set_that_cannot_be_made_leaves_nothing),
        cmocka_unit_test(window_is_clipped_to_the_size),
        cmocka_unit_test(objects_are_constructed),
        cmocka_unit_test(live_object_keeps_its_cache),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
