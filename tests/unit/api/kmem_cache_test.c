#include "allocator/api/kmem_cache.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "allocator/base/raw.h"
#include "allocator/base/world.h"
#include "tests/support/test_heap.h"

enum { OBJECT_COUNT = 300, OBJECT_SIZE = 72 };

static struct test_heap fixture;

static int make_heap(void **state)
{
    const struct heap_config config = heap_config_default();

    (void)state;
    test_heap_init(&fixture, &config);
    return 0;
}

static int drop_heap(void **state)
{
    (void)state;
    world_native_enter(0);
    test_heap_fini(&fixture);
    return 0;
}

static int create(size_t size, size_t align, slab_flags_t flags)
{
    const struct cache_request request = {"test", size, align, .flags = flags};
    struct kmem_cache *cache = (void *)&fixture;
    int error = heap_cache_create(fixture.heap, &request, &cache);

    assert_true((error == HEAP_OK) == (cache != NULL));
    return error;
}

static void objects_are_distinct_and_keep_their_bytes(void **state)
{
    (void)state;
    static unsigned char *objects[OBJECT_COUNT];
    struct kmem_cache *cache = test_heap_cache(&fixture, OBJECT_SIZE, 0);

    for (int i = 0; i < OBJECT_COUNT; i++) {
        objects[i] = kmem_cache_alloc(cache, GFP_KERNEL);
        assert_non_null(objects[i]);
        assert_int_equal((uintptr_t)objects[i] % 8, 0);
        memset(objects[i], i, OBJECT_SIZE);
    }
    for (int i = 0; i < OBJECT_COUNT; i++) {
        for (int k = 0; k < OBJECT_SIZE; k++) {
            assert_int_equal(objects[i][k], (unsigned char)i);
        }
        kmem_cache_free(cache, objects[i]);
    }
    assert_int_equal(kmem_cache_destroy(cache), HEAP_OK);
    assert_int_equal(fixture.test.report_count, 0);
}

static void objects_freed_on_another_cpu_are_reused(void **state)
{
    (void)state;
    static void *objects[OBJECT_COUNT];
    struct kmem_cache *cache = test_heap_cache(&fixture, OBJECT_SIZE, 0);

    for (int round = 0; round < 4; round++) {
        for (int i = 0; i < OBJECT_COUNT; i++) {
            world_native_enter((unsigned)i % 2);
            objects[i] = kmem_cache_alloc(cache, GFP_KERNEL);
            assert_non_null(objects[i]);
        }
        for (int i = 0; i < OBJECT_COUNT; i++) {
            world_native_enter((unsigned)(i + round) % 2);
            kmem_cache_free(cache, objects[i]);
        }
    }
    assert_int_equal(kmem_cache_shrink(cache), 0);
    assert_int_equal(kmem_cache_destroy(cache), HEAP_OK);
    assert_int_equal(fixture.test.report_count, 0);
}

static void bad_requests_are_refused(void **state)
{
    (void)state;
    assert_int_equal(create(0, 0, 0), HEAP_EINVAL);
    assert_int_equal(create((size_t)KMALLOC_SIZE_MAX + 1, 0, 0), HEAP_EINVAL);
    assert_int_equal(create(64, 24, 0), HEAP_EINVAL);
    assert_int_equal(create(64, 2 * ALIGN_MAX, 0), HEAP_EINVAL);
    assert_int_equal(create(64, 0, SLAB_KMALLOC), HEAP_EINVAL);
    assert_int_equal(create(64, 0, 1u << 31), HEAP_EINVAL);
    assert_int_equal(create(KMALLOC_SIZE_MAX, 0, SLAB_RED_ZONE), HEAP_EINVAL);
    assert_int_equal(fixture.test.panic_count, 0);
}

static void panic_flag_tells_the_platform(void **state)
{
    (void)state;
    assert_int_equal(create(0, 0, SLAB_PANIC), HEAP_EINVAL);
    assert_int_equal(fixture.test.panic_count, 1);
    assert_string_equal(fixture.test.panic_name, "test");
    assert_int_equal(fixture.test.panic_error, HEAP_EINVAL);
}

static void descriptors_run_out_cleanly(void **state)
{
    (void)state;
    int made = 0;

    while (create(64, 0, 0) == HEAP_OK) {
        made++;
    }
    assert_int_equal(made, CACHE_MAX - KMALLOC_CACHE_COUNT);
    assert_int_equal(create(64, 0, 0), HEAP_ENOMEM);
}

static void destroy_names_each_live_object(void **state)
{
    (void)state;
    void *objects[3];
    struct kmem_cache *cache = test_heap_cache(&fixture, OBJECT_SIZE, 0);

    for (int i = 0; i < 3; i++) {
        objects[i] = kmem_cache_alloc(cache, GFP_KERNEL);
    }
    kmem_cache_free(cache, objects[1]);
    assert_int_equal(kmem_cache_destroy(cache), HEAP_EBUSY);
    assert_int_equal(fixture.test.report_count, 2);
    for (int i = 0; i < 2; i++) {
        const struct report *report = &fixture.test.reports[i];

        assert_int_equal(report->kind, REPORT_OBJECTS_REMAINING);
        assert_int_equal(report->action, ACTION_KEEP_CACHE);
        assert_true(report->object == objects[0] || report->object == objects[2]);
    }
    assert_ptr_not_equal(fixture.test.reports[0].object, fixture.test.reports[1].object);
}

static void bulk_gives_all_or_nothing(void **state)
{
    (void)state;
    static void *objects[OBJECT_COUNT];
    struct kmem_cache *cache = test_heap_cache(&fixture, OBJECT_SIZE, 0);

    assert_int_equal(kmem_cache_alloc_bulk(cache, GFP_KERNEL, 0, objects), 0);
    assert_int_equal(kmem_cache_alloc_bulk(cache, GFP_KERNEL, OBJECT_COUNT, objects),
                     OBJECT_COUNT);
    kmem_cache_free_bulk(cache, OBJECT_COUNT, objects);

    assert_int_equal(kmem_cache_shrink(cache), 0);
    heap_fail_page_alloc(fixture.heap, 1);
    heap_fail_page_alloc(fixture.heap, 0);
    assert_int_equal(kmem_cache_alloc_bulk(cache, GFP_KERNEL, 1, objects), 1);
    kmem_cache_free_bulk(cache, 1, objects);
    assert_int_equal(kmem_cache_destroy(cache), HEAP_OK);
}

static void failed_bulk_gives_everything_back(void **state)
{
    (void)state;
    static void *objects[OBJECT_COUNT];
    struct kmem_cache *cache = test_heap_cache(&fixture, PAGE_SIZE, 0);
    size_t got = OBJECT_COUNT;

    while (got == OBJECT_COUNT) {
        got = kmem_cache_alloc_bulk(cache, GFP_KERNEL, OBJECT_COUNT, objects);
    }
    assert_int_equal(got, 0);
    assert_true(heap_page_failures(fixture.heap) > 0);
    assert_int_equal(kmem_cache_shrink(cache), 0);
}

static void bulk_free_of_alternating_slabs_frees_each_once(void **state)
{
    (void)state;
    static void *objects[OBJECT_COUNT];
    static void *shuffled[OBJECT_COUNT];
    struct kmem_cache *cache = test_heap_cache(&fixture, OBJECT_SIZE, 0);

    for (int i = 0; i < OBJECT_COUNT; i++) {
        objects[i] = kmem_cache_alloc(cache, GFP_KERNEL);
    }
    for (int i = 0; i < OBJECT_COUNT; i++) {
        shuffled[i] = objects[i * 7 % OBJECT_COUNT];
    }
    shuffled[5] = NULL;
    kmem_cache_free_bulk(cache, OBJECT_COUNT, shuffled);
    kmem_cache_free(cache, objects[5 * 7 % OBJECT_COUNT]);
    assert_int_equal(kmem_cache_destroy(cache), HEAP_OK);
    assert_int_equal(fixture.test.report_count, 0);
}

static unsigned constructed;

static void construct(void *object)
{
    constructed++;
    memset(object, 0xc7, OBJECT_SIZE);
}

static void constructor_runs_once_per_object(void **state)
{
    (void)state;
    const struct cache_request request = {
        "ctor", OBJECT_SIZE, .flags = SLAB_POISON, .ctor = construct};
    struct kmem_cache *cache;

    constructed = 0;
    assert_int_equal(heap_cache_create(fixture.heap, &request, &cache), HEAP_OK);
    for (int i = 0; i < 100; i++) {
        unsigned char *object = kmem_cache_alloc(cache, GFP_KERNEL);

        for (int k = 0; k < OBJECT_SIZE; k++) {
            assert_int_equal(object[k], 0xc7);
        }
        kmem_cache_free(cache, object);
    }
    assert_true(constructed > 0 && constructed < 100);
    assert_non_null(kmem_cache_zalloc(cache, GFP_KERNEL));
    assert_int_equal(fixture.test.report_count, 1);
    assert_int_equal(fixture.test.reports[0].kind, REPORT_CTOR_WITH_ZERO);
}

static void zeroed_objects_read_zero(void **state)
{
    (void)state;
    struct kmem_cache *cache = test_heap_cache(&fixture, OBJECT_SIZE, 0);

    for (int i = 0; i < 2; i++) {
        unsigned char *object = kmem_cache_zalloc(cache, GFP_KERNEL);

        for (int k = 0; k < OBJECT_SIZE; k++) {
            assert_int_equal(object[k], 0);
        }
        memset(object, 0xff, OBJECT_SIZE);
        kmem_cache_free(cache, object);
    }
}

static void validate_wants_a_debug_cache(void **state)
{
    (void)state;
    struct kmem_cache *plain = test_heap_cache(&fixture, OBJECT_SIZE, 0);
    struct kmem_cache *checked = test_heap_cache(&fixture, OBJECT_SIZE, SLAB_DEBUG_FLAGS);

    assert_int_equal(kmem_cache_validate(plain), HEAP_EINVAL);
    assert_int_equal(kmem_cache_validate(checked), 0);
    assert_non_null(kmem_cache_alloc(checked, GFP_KERNEL));
    assert_int_equal(kmem_cache_validate(checked), 1);
    assert_int_equal(fixture.test.report_count, 0);
}

static void null_is_nothing(void **state)
{
    (void)state;
    struct kmem_cache *cache = test_heap_cache(&fixture, OBJECT_SIZE, SLAB_DEBUG_FLAGS);

    kmem_cache_free(cache, NULL);
    assert_int_equal(kmem_cache_destroy(NULL), HEAP_OK);
    assert_int_equal(fixture.test.report_count, 0);
}

static void corrupt_slab_is_never_allocated_from_again(void **state)
{
    (void)state;
    struct kmem_cache *cache = test_heap_cache(&fixture, OBJECT_SIZE, SLAB_DEBUG_FLAGS);
    unsigned char *keeper = kmem_cache_alloc(cache, GFP_KERNEL);
    unsigned char *victim = kmem_cache_alloc(cache, GFP_KERNEL);
    unsigned char *next;

    kmem_cache_free(cache, victim);
    raw_store_byte(victim + 3, 0x42);
    next = kmem_cache_alloc(cache, GFP_KERNEL);
    assert_int_equal(fixture.test.report_count, 1);
    assert_int_equal(fixture.test.reports[0].kind, REPORT_POISON);
    assert_int_equal(fixture.test.reports[0].action, ACTION_ISOLATE_SLAB);
    assert_ptr_equal(fixture.test.reports[0].damage, victim + 3);
    assert_true((uintptr_t)next / PAGE_SIZE != (uintptr_t)victim / PAGE_SIZE);

    kmem_cache_free(cache, next);
    kmem_cache_free(cache, keeper);
    assert_int_equal(kmem_cache_destroy(cache), HEAP_OK);
    assert_int_equal(fixture.test.report_count, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(objects_are_distinct_and_keep_their_bytes,
                                        make_heap, drop_heap),
        cmocka_unit_test_setup_teardown(objects_freed_on_another_cpu_are_reused,
                                        make_heap, drop_heap),
        cmocka_unit_test_setup_teardown(bad_requests_are_refused, make_heap, drop_heap),
        cmocka_unit_test_setup_teardown(panic_flag_tells_the_platform, make_heap, drop_heap),
        cmocka_unit_test_setup_teardown(descriptors_run_out_cleanly, make_heap, drop_heap),
        cmocka_unit_test_setup_teardown(destroy_names_each_live_object, make_heap, drop_heap),
        cmocka_unit_test_setup_teardown(bulk_gives_all_or_nothing, make_heap, drop_heap),
        cmocka_unit_test_setup_teardown(failed_bulk_gives_everything_back, make_heap, drop_heap),
        cmocka_unit_test_setup_teardown(bulk_free_of_alternating_slabs_frees_each_once,
                                        make_heap, drop_heap),
        cmocka_unit_test_setup_teardown(constructor_runs_once_per_object, make_heap, drop_heap),
        cmocka_unit_test_setup_teardown(zeroed_objects_read_zero, make_heap, drop_heap),
        cmocka_unit_test_setup_teardown(validate_wants_a_debug_cache, make_heap, drop_heap),
        cmocka_unit_test_setup_teardown(null_is_nothing, make_heap, drop_heap),
        cmocka_unit_test_setup_teardown(corrupt_slab_is_never_allocated_from_again,
                                        make_heap, drop_heap),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
