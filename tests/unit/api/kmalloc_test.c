#include "allocator/api/kmalloc.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "allocator/base/bits.h"
#include "allocator/base/raw.h"
#include "allocator/cache/heap_state.h"
#include "tests/support/test_heap.h"

static struct test_heap fixture;

static void init(unsigned debug_flags)
{
    struct heap_config config = heap_config_default();

    config.page_count = 4096;
    config.debug_flags = debug_flags;
    test_heap_init(&fixture, &config);
}

static const size_t class_sizes[] = {8,   16,  32,   64,   96,   128, 192,
                                     256, 512, 1024, 2048, 4096, 8192};

static size_t class_of(size_t size)
{
    size_t i = 0;

    while (class_sizes[i] < size) {
        i++;
    }
    return class_sizes[i];
}

static void every_size_gets_the_smallest_class_that_fits(void **state)
{
    (void)state;
    init(0);
    for (size_t size = 1; size <= KMALLOC_CACHE_SIZE_MAX; size++) {
        size_t class = class_of(size);
        void *object = heap_alloc(fixture.heap, size, GFP_KERNEL);

        assert_non_null(object);
        assert_int_equal(kmem_cache_size(heap_kmalloc_cache(fixture.heap, size)), class);
        assert_int_equal(heap_usable_size(fixture.heap, object), class);
        assert_int_equal((uintptr_t)object % (class & (~class + 1)), 0);
        heap_free(fixture.heap, object);
    }
    assert_int_equal(fixture.test.report_count, 0);
    test_heap_fini(&fixture);
}

static void large_sizes_come_from_pages(void **state)
{
    (void)state;
    init(0);
    assert_null(heap_kmalloc_cache(fixture.heap, KMALLOC_CACHE_SIZE_MAX + 1));
    for (unsigned order = 2; order <= ORDER_MAX; order++) {
        size_t size = order_size(order) - 5;
        void *object = heap_alloc(fixture.heap, size, GFP_KERNEL);

        assert_int_equal(heap_usable_size(fixture.heap, object), order_size(order));
        assert_int_equal((uintptr_t)object % order_size(order), 0);
        heap_free(fixture.heap, object);
    }
    assert_null(heap_alloc(fixture.heap, (size_t)KMALLOC_SIZE_MAX + 1, GFP_KERNEL));
    assert_null(heap_alloc(fixture.heap, SIZE_MAX - 7, GFP_KERNEL));
    assert_int_equal(fixture.test.report_count, 0);
    test_heap_fini(&fixture);
}

static void size_zero_and_null_are_no_objects(void **state)
{
    (void)state;
    init(0);
    assert_ptr_equal(heap_alloc(fixture.heap, 0, GFP_KERNEL), ZERO_SIZE_PTR);
    assert_ptr_equal(heap_calloc(fixture.heap, 0, 77, GFP_KERNEL), ZERO_SIZE_PTR);
    assert_int_equal(heap_usable_size(fixture.heap, ZERO_SIZE_PTR), 0);
    assert_int_equal(heap_usable_size(fixture.heap, NULL), 0);
    heap_free(fixture.heap, NULL);
    heap_free(fixture.heap, ZERO_SIZE_PTR);
    assert_int_equal(fixture.test.report_count, 0);
    test_heap_fini(&fixture);
}

static void product_that_overflows_gives_null(void **state)
{
    (void)state;
    init(0);
    assert_null(heap_calloc(fixture.heap, SIZE_MAX / 2, 3, GFP_KERNEL));
    assert_null(heap_calloc(fixture.heap, (size_t)1 << 33, (size_t)1 << 31, GFP_KERNEL));
    unsigned char *object = heap_calloc(fixture.heap, 10, 20, GFP_KERNEL);

    for (int i = 0; i < 200; i++) {
        assert_int_equal(object[i], 0);
    }
    heap_free(fixture.heap, object);
    test_heap_fini(&fixture);
}

static void resize_keeps_what_both_sizes_share(void **state)
{
    (void)state;
    static const size_t sizes[] = {10, 16, 9, 100, 97, 5000, 4999, 20000, 16385, 300, 1};

    for (unsigned flags = 0; flags < 16; flags++) {
        init(flags);
        size_t old_size = 3;
        unsigned char *object = heap_alloc(fixture.heap, old_size, GFP_KERNEL);

        memset(object, 0x11, old_size);
        for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
            object = heap_realloc(fixture.heap, object, sizes[i], GFP_KERNEL);
            assert_non_null(object);
            for (size_t k = 0; k < old_size && k < sizes[i]; k++) {
                assert_int_equal(object[k], 0x11);
            }
            memset(object, 0x11, sizes[i]);
            old_size = sizes[i];
        }
        assert_ptr_equal(heap_realloc(fixture.heap, object, 0, GFP_KERNEL), ZERO_SIZE_PTR);
        assert_int_equal(fixture.test.report_count, 0);
        test_heap_fini(&fixture);
    }
}

static void assert_bytes(const unsigned char *first, size_t size, unsigned char value)
{
    assert_int_equal(raw_find_other(first, size, value), size);
}

/* Slack behind the requested size is redzone where the size is tracked. */
static void resize_repaints_the_slack(void **state)
{
    (void)state;
    init(SLAB_STORE_USER | SLAB_RED_ZONE);
    unsigned char *object = heap_alloc(fixture.heap, 48, GFP_KERNEL | __GFP_ZERO);

    memset(object, 0xff, 48);
    assert_ptr_equal(heap_realloc(fixture.heap, object, 40, GFP_KERNEL | __GFP_ZERO), object);
    assert_bytes(object + 40, 24, 0xcc);
    assert_ptr_equal(heap_realloc(fixture.heap, object, 56, GFP_KERNEL | __GFP_ZERO), object);
    assert_bytes(object, 40, 0xff);
    assert_bytes(object + 40, 16, 0);
    assert_bytes(object + 56, 8, 0xcc);
    memset(object, 0xff, 56);

    object = heap_realloc(fixture.heap, object, 112, GFP_KERNEL | __GFP_ZERO);
    assert_bytes(object, 56, 0xff);
    assert_bytes(object + 56, 56, 0);
    heap_free(fixture.heap, object);
    assert_int_equal(fixture.test.report_count, 0);
    test_heap_fini(&fixture);
}

static void growing_exposes_zeros_where_sizes_are_not_tracked(void **state)
{
    (void)state;
    init(SLAB_RED_ZONE);
    unsigned char *object = heap_zalloc(fixture.heap, 17, GFP_KERNEL);

    memset(object, 0xff, 17);
    object = heap_realloc(fixture.heap, object, 32, GFP_KERNEL | __GFP_ZERO);
    assert_bytes(object + 17, 15, 0);
    memset(object, 0xff, 32);
    object = heap_realloc(fixture.heap, object, 20, GFP_KERNEL | __GFP_ZERO);
    object = heap_realloc(fixture.heap, object, 100, GFP_KERNEL | __GFP_ZERO);
    assert_bytes(object, 20, 0xff);
    assert_bytes(object + 20, 80, 0);
    test_heap_fini(&fixture);
}

static void failed_resize_leaves_the_object(void **state)
{
    (void)state;
    init(0);
    unsigned char *object = heap_alloc(fixture.heap, 100, GFP_KERNEL);

    memset(object, 0x22, 100);
    assert_null(heap_realloc(fixture.heap, object, (size_t)KMALLOC_SIZE_MAX + 1, GFP_KERNEL));
    assert_bytes(object, 100, 0x22);
    heap_free(fixture.heap, object);
    assert_int_equal(fixture.test.report_count, 0);
    test_heap_fini(&fixture);
}

static void expect_report(enum report_kind kind)
{
    assert_int_equal(fixture.test.report_count, 1);
    assert_int_equal(fixture.test.reports[0].kind, kind);
    test_platform_clear(&fixture.test);
}

static void strays_are_reported(void **state)
{
    (void)state;
    static char outside[64];

    init(0);
    unsigned char *large = heap_alloc(fixture.heap, 20000, GFP_KERNEL);

    heap_free(fixture.heap, outside);
    expect_report(REPORT_NOT_KMALLOC);
    heap_free(fixture.heap, large + 1);
    expect_report(REPORT_INVALID_LARGE_FREE);
    heap_free(fixture.heap, large + PAGE_SIZE);
    expect_report(REPORT_INVALID_LARGE_FREE);
    heap_free(fixture.heap, large);
    assert_int_equal(fixture.test.report_count, 0);
    heap_free(fixture.heap, large);
    expect_report(REPORT_NOT_KMALLOC);
    assert_null(heap_realloc(fixture.heap, outside, 10, GFP_KERNEL));
    expect_report(REPORT_NOT_KMALLOC);
    test_heap_fini(&fixture);
}

static void bulk_free_takes_any_mixture(void **state)
{
    (void)state;
    void *objects[40];

    init(0);
    for (size_t i = 0; i < 40; i++) {
        objects[i] = heap_alloc(fixture.heap, i % 5 == 4 ? 10000 : i % 3 * 40, GFP_KERNEL);
    }
    heap_free_bulk(fixture.heap, 40, objects);
    assert_int_equal(fixture.test.report_count, 0);
    for (size_t i = 0; i < sizeof(class_sizes) / sizeof(class_sizes[0]); i++) {
        assert_int_equal(kmem_cache_shrink(heap_kmalloc_cache(fixture.heap, class_sizes[i])), 0);
    }
    test_heap_fini(&fixture);
}

static void init_families(unsigned copies)
{
    struct heap_config config = heap_config_default();

    config.page_count = 4096;
    config.kmalloc_families = true;
    config.kmalloc_copies = copies;
    test_heap_init(&fixture, &config);
}

static const char *home_name(const void *object)
{
    return slab_at(fixture.heap, object)->cache->name;
}

static void first_family_named_serves(void **state)
{
    static const struct {
        gfp_t gfp;
        const char *name;
    } rows[] = {
        {GFP_KERNEL, "kmalloc-96"},
        {__GFP_ACCOUNT, "kmalloc-cg-96"},
        {__GFP_RECLAIMABLE | __GFP_ACCOUNT, "kmalloc-rcl-96"},
        {__GFP_DMA | __GFP_RECLAIMABLE | __GFP_ACCOUNT, "dma-kmalloc-96"},
    };

    (void)state;
    init_families(0);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        void *object = heap_alloc(fixture.heap, 70, rows[i].gfp);

        assert_string_equal(home_name(object), rows[i].name);
        heap_free(fixture.heap, object);
    }
    test_heap_fini(&fixture);
}

static void caller_decides_which_copy_serves(void **state)
{
    enum { CALLERS = 200 };
    unsigned others = 0;
    const char *first = NULL;

    (void)state;
    init_families(KMALLOC_COPY_MAX);
    for (uintptr_t caller = 0; caller < CALLERS; caller++) {
        void *object = heap_alloc_track_caller(fixture.heap, 8000, GFP_KERNEL, 0x4000 + 8 * caller);
        void *again = heap_alloc_track_caller(fixture.heap, 8000, GFP_KERNEL, 0x4000 + 8 * caller);

        assert_ptr_equal(home_name(object), home_name(again));
        first = caller == 0 ? home_name(object) : first;
        others += home_name(object) != first;
        heap_free(fixture.heap, object);
        heap_free(fixture.heap, again);
    }
    assert_in_range(others, CALLERS * 13 / 16, CALLERS - 1);
    test_heap_fini(&fixture);
}

static void least_alignment_leaves_classes_out(void **state)
{
    (void)state;
    for (unsigned log2 = 3; log2 <= 7; log2++) {
        struct heap_config config = heap_config_default();
        size_t previous = 0;

        config.page_count = 4096;
        config.kmalloc_align_log2 = log2;
        test_heap_init(&fixture, &config);
        for (size_t size = 1; size <= 512; size++) {
            void *object = heap_alloc(fixture.heap, size, GFP_KERNEL);
            size_t usable = heap_usable_size(fixture.heap, object);

            assert_true(usable >= size && usable >= previous);
            assert_int_equal(heap_size_roundup(fixture.heap, size), usable);
            assert_int_equal((uintptr_t)object % ((size_t)1 << log2), 0);
            previous = usable;
            heap_free(fixture.heap, object);
        }
        test_heap_fini(&fixture);
    }
}

static void sizes_that_nobody_has_are_not_rounded(void **state)
{
    (void)state;
    init(0);
    assert_int_equal(heap_size_roundup(fixture.heap, 0), 0);
    assert_int_equal(heap_size_roundup(fixture.heap, KMALLOC_CACHE_SIZE_MAX + 1), 16384);
    assert_int_equal(heap_size_roundup(fixture.heap, KMALLOC_SIZE_MAX), KMALLOC_SIZE_MAX);
    assert_int_equal(heap_size_roundup(fixture.heap, KMALLOC_SIZE_MAX + 1), KMALLOC_SIZE_MAX + 1);
    assert_true(heap_size_roundup(fixture.heap, SIZE_MAX) == SIZE_MAX);
    test_heap_fini(&fixture);
}

static void array_that_overflows_changes_nothing(void **state)
{
    (void)state;
    init(0);

    unsigned char *array = heap_alloc_array(fixture.heap, 10, 3, GFP_KERNEL);

    assert_null(heap_alloc_array(fixture.heap, SIZE_MAX / 2, 3, GFP_KERNEL));
    memset(array, 7, 30);
    assert_null(heap_realloc_array(fixture.heap, array, SIZE_MAX / 2, 3, GFP_KERNEL));
    array = heap_realloc_array(fixture.heap, array, 100, 3, GFP_KERNEL);
    assert_int_equal(array[29], 7);
    heap_free(fixture.heap, array);
    test_heap_fini(&fixture);
}

static void what_is_not_aligned_as_asked_moves_with_its_bytes(void **state)
{
    (void)state;
    init(0);

    unsigned char *first = heap_alloc(fixture.heap, 96, GFP_KERNEL);
    unsigned char *second = heap_alloc(fixture.heap, 96, GFP_KERNEL);
    unsigned char *odd = (uintptr_t)first % 64 != 0 ? first : second;

    memset(odd, 9, 96);
    assert_ptr_equal(heap_realloc_align(fixture.heap, odd, 80, 32, GFP_KERNEL), odd);

    unsigned char *moved = heap_realloc_align(fixture.heap, odd, 80, 64, GFP_KERNEL);

    assert_ptr_not_equal(moved, odd);
    for (size_t i = 0; i < 80; i++) {
        assert_int_equal(moved[i], 9);
    }
    heap_free(fixture.heap, moved);
    heap_free(fixture.heap, odd == first ? second : first);
    test_heap_fini(&fixture);
}

/* The slack, too, which held something before the object shrank. */
static void nothing_is_left_of_what_is_sensitive(void **state)
{
    (void)state;
    init(0);

    unsigned char *keeper = heap_alloc(fixture.heap, 512, GFP_KERNEL);
    unsigned char *object = heap_alloc(fixture.heap, 512, GFP_KERNEL);

    memset(object, 0x5a, 512);
    object = heap_realloc(fixture.heap, object, 20, GFP_KERNEL);
    heap_free_sensitive(fixture.heap, object);
    assert_int_equal(raw_find_other(object, 256, 0), 256);
    assert_int_equal(raw_find_other(object + 264, 248, 0), 248);
    heap_free_sensitive(fixture.heap, NULL);
    heap_free_sensitive(fixture.heap, ZERO_SIZE_PTR);
    heap_free(fixture.heap, keeper);
    test_heap_fini(&fixture);
}

static void no_lock_gives_what_is_at_hand_or_the_next_size(void **state)
{
    (void)state;
    init(0);
    assert_null(heap_alloc_nolock(fixture.heap, 100, 0));
    assert_null(heap_alloc_nolock(fixture.heap, KMALLOC_CACHE_SIZE_MAX + 1, 0));
    assert_ptr_equal(heap_alloc_nolock(fixture.heap, 0, 0), ZERO_SIZE_PTR);

    void *first = heap_alloc(fixture.heap, 128, GFP_KERNEL);
    void *same = heap_alloc_nolock(fixture.heap, 100, 0);
    unsigned char *next = heap_alloc_nolock(fixture.heap, 96, __GFP_ZERO);

    assert_int_equal(heap_usable_size(fixture.heap, same), 128);
    assert_int_equal(heap_usable_size(fixture.heap, next), 128);
    assert_int_equal(next[0] | next[95], 0);
    assert_null(heap_alloc_nolock(fixture.heap, 64, 0));
    heap_free_nolock(fixture.heap, same);
    heap_free_nolock(fixture.heap, next);
    heap_free_nolock(fixture.heap, first);
    heap_free_nolock(fixture.heap, NULL);
    assert_int_equal(fixture.test.report_count, 0);

    void *large = heap_alloc(fixture.heap, 20000, GFP_KERNEL);

    heap_free_nolock(fixture.heap, large);
    assert_int_equal(fixture.test.report_count, 1);
    heap_free(fixture.heap, large);
    test_heap_fini(&fixture);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_size_gets_the_smallest_class_that_fits),
        cmocka_unit_test(large_sizes_come_from_pages),
        cmocka_unit_test(size_zero_and_null_are_no_objects),
        cmocka_unit_test(product_that_overflows_gives_null),
        cmocka_unit_test(resize_keeps_what_both_sizes_share),
        cmocka_unit_test(resize_repaints_the_slack),
        cmocka_unit_test(growing_exposes_zeros_where_sizes_are_not_tracked),
        cmocka_unit_test(failed_resize_leaves_the_object),
        cmocka_unit_test(strays_are_reported),
        cmocka_unit_test(bulk_free_takes_any_mixture),
        cmocka_unit_test(first_family_named_serves),
        cmocka_unit_test(caller_decides_which_copy_serves),
        cmocka_unit_test(least_alignment_leaves_classes_out),
        cmocka_unit_test(sizes_that_nobody_has_are_not_rounded),
        cmocka_unit_test(array_that_overflows_changes_nothing),
        cmocka_unit_test(what_is_not_aligned_as_asked_moves_with_its_bytes),
        cmocka_unit_test(nothing_is_left_of_what_is_sensitive),
        cmocka_unit_test(no_lock_gives_what_is_at_hand_or_the_next_size),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
