/* Freed objects that are held back, and marks of those that are allocated. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "allocator/api/kmem_cache.h"
#include "allocator/base/world.h"
#include "tests/support/test_heap.h"

enum { OBJECT_SIZE = 64, HELD = 8, OBJECTS = 40 };

static struct kmem_cache *setup_cache(struct test_heap *fixture, uint32_t quarantine_bytes)
{
    struct heap_config config = heap_config_default();

    config.page_count = 64;
    config.object_bitmap = true;
    config.double_free_check = false;
    config.quarantine_bytes = quarantine_bytes;
    world_native_enter(0);
    test_heap_init(fixture, &config);
    return test_heap_cache(fixture, OBJECT_SIZE, 0);
}

static void freed_object_comes_back_when_enough_was_freed_after_it(void **state)
{
    struct test_heap fixture;
    struct kmem_cache *cache = setup_cache(&fixture, HELD * OBJECT_SIZE);
    void *objects[OBJECTS];
    void *victim;

    (void)state;
    for (unsigned i = 0; i < OBJECTS; i++) {
        objects[i] = kmem_cache_alloc(cache, GFP_KERNEL);
    }
    victim = objects[0];
    kmem_cache_free(cache, victim);
    for (unsigned i = 1; i < HELD; i++) {
        kmem_cache_free(cache, objects[i]);
    }
    for (unsigned i = 0; i < HELD; i++) {
        objects[i] = kmem_cache_alloc(cache, GFP_KERNEL);
        assert_ptr_not_equal(objects[i], victim);
    }
    kmem_cache_free(cache, objects[OBJECTS - 1]);
    assert_ptr_equal(kmem_cache_alloc(cache, GFP_KERNEL), victim);
    assert_int_equal(fixture.test.report_count, 0);
    test_heap_fini(&fixture);
}

static void shrinking_lets_go_of_all(void **state)
{
    struct test_heap fixture;
    struct kmem_cache *cache = setup_cache(&fixture, 65535);

    (void)state;
    kmem_cache_free(cache, kmem_cache_alloc(cache, GFP_KERNEL));
    assert_int_equal(kmem_cache_shrink(cache), 0);
    assert_int_equal(kmem_cache_destroy(cache), HEAP_OK);
    test_heap_fini(&fixture);
}

static void double_free_is_reported_wherever_the_object_waits(void **state)
{
    static const uint32_t bounds[] = {0, OBJECT_SIZE, 65535};

    (void)state;
    for (size_t i = 0; i < sizeof(bounds) / sizeof(bounds[0]); i++) {
        struct test_heap fixture;
        struct kmem_cache *cache = setup_cache(&fixture, bounds[i]);
        void *first = kmem_cache_alloc(cache, GFP_KERNEL);
        void *second = kmem_cache_alloc(cache, GFP_KERNEL);

        kmem_cache_free(cache, first);
        kmem_cache_free(cache, second);
        kmem_cache_free(cache, first);
        assert_int_equal(fixture.test.report_count, 1);
        assert_int_equal(test_platform_report(&fixture.test)->kind, REPORT_DOUBLE_FREE);
        kmem_cache_free_nolock(cache, second);
        assert_int_equal(fixture.test.report_count, 2);
        test_heap_fini(&fixture);
    }
}

static void double_free_inside_one_bulk_is_reported(void **state)
{
    struct test_heap fixture;
    struct kmem_cache *cache = setup_cache(&fixture, 0);
    void *first = kmem_cache_alloc(cache, GFP_KERNEL);
    void *second = kmem_cache_alloc(cache, GFP_KERNEL);
    void *objects[] = {first, second, first};

    (void)state;
    kmem_cache_free_bulk(cache, 3, objects);
    assert_int_equal(fixture.test.report_count, 1);
    assert_int_equal(test_platform_report(&fixture.test)->kind, REPORT_DOUBLE_FREE);
    test_heap_fini(&fixture);
}

static void interior_pointer_is_no_object(void **state)
{
    struct test_heap fixture;
    struct kmem_cache *cache = setup_cache(&fixture, 0);
    unsigned char *object = kmem_cache_alloc(cache, GFP_KERNEL);

    (void)state;
    kmem_cache_free(cache, object + 8);
    assert_int_equal(fixture.test.report_count, 1);
    assert_int_equal(test_platform_report(&fixture.test)->kind, REPORT_INVALID_POINTER);
    kmem_cache_free(cache, object);
    assert_int_equal(fixture.test.report_count, 1);
    test_heap_fini(&fixture);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(freed_object_comes_back_when_enough_was_freed_after_it),
        cmocka_unit_test(shrinking_lets_go_of_all),
        cmocka_unit_test(double_free_is_reported_wherever_the_object_waits),
        cmocka_unit_test(double_free_inside_one_bulk_is_reported),
        cmocka_unit_test(interior_pointer_is_no_object),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
