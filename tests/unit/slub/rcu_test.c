/* Frees that wait for readers: what stays until then, and who sees to it that they happen. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "allocator/api/kmalloc.h"
#include "allocator/api/rcu.h"
#include "allocator/base/compiler.h"
#include "allocator/base/raw.h"
#include "allocator/base/world.h"
#include "tests/support/test_heap.h"
#include "tests/unit/slub/census.h"

enum { SIZE = 200 };

static struct test_heap fixture;
static struct kmem_cache *cache;

static void init(slab_flags_t flags)
{
    struct heap_config config = heap_config_default();

    config.init_on_free = true;
    test_heap_init(&fixture, &config);
    cache = test_heap_cache(&fixture, SIZE, flags);
}

static void fini(void)
{
    assert_int_equal(fixture.test.report_count, 0);
    world_native_enter(0);
    test_heap_fini(&fixture);
}

static unsigned char *allocate(void)
{
    unsigned char *object = kmem_cache_alloc(cache, GFP_KERNEL);

    assert_non_null(object);
    memset(object, 0x5a, SIZE);
    return object;
}

static void assert_readable(const unsigned char *object)
{
    for (unsigned i = RCU_OBJECT_SIZE_MIN; i < SIZE; i++) {
        assert_int_equal(object[i], 0x5a);
    }
}

static void object_stays_readable_until_readers_leave(void **state)
{
    (void)state;
    for (unsigned debug = 0; debug < 2; debug++) {
        init(debug != 0 ? SLAB_DEBUG_FLAGS : 0);
        unsigned char *object = allocate();

        heap_rcu_read_lock(fixture.heap);
        heap_free_rcu(fixture.heap, object);
        kmem_cache_shrink(cache);
        kmem_cache_validate(cache);
        assert_readable(object);
        assert_int_equal(take_census(cache).objects_in_use, 1);
        heap_rcu_read_unlock(fixture.heap);
        heap_rcu_barrier(fixture.heap);
        assert_int_equal(take_census(cache).objects_in_use, 0);
        assert_true(!memory_is_guarded() || memory_byte_is_hidden(object));
        fini();
    }
}

static void slow_paths_see_to_it(void **state)
{
    (void)state;
    init(0);
    heap_free_rcu(fixture.heap, allocate());
    assert_int_equal(take_census(cache).objects_in_use, 1);
    assert_non_null(heap_alloc(fixture.heap, SIZE, GFP_KERNEL));
    assert_int_equal(take_census(cache).objects_in_use, 0);
    fini();
}

/* A reader on another CPU holds back what was freed while it was inside. */
static void readers_of_other_cpus_count(void **state)
{
    (void)state;
    init(0);
    unsigned char *object = allocate();

    world_native_enter(1);
    heap_rcu_read_lock(fixture.heap);
    world_native_enter(0);
    heap_free_rcu(fixture.heap, object);
    assert_non_null(heap_alloc(fixture.heap, SIZE, GFP_KERNEL));
    assert_readable(object);
    world_native_enter(1);
    heap_rcu_read_unlock(fixture.heap);
    world_native_enter(0);
    heap_rcu_barrier(fixture.heap);
    assert_int_equal(take_census(cache).objects_in_use, 0);
    fini();
}

static void destroy_waits_for_them(void **state)
{
    (void)state;
    init(0);
    for (unsigned i = 0; i < 100; i++) {
        heap_free_rcu(fixture.heap, allocate());
    }
    assert_int_equal(kmem_cache_destroy(cache), HEAP_OK);
    fini();
}

static void every_kind_of_object_is_freed(void **state)
{
    static const size_t sizes[] = {16, 100, 8192, 3 * PAGE_SIZE};

    (void)state;
    init(0);
    for (unsigned i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
        struct kmem_cache *home = heap_kmalloc_cache(fixture.heap, sizes[i]);
        unsigned char *object = heap_alloc(fixture.heap, sizes[i], GFP_KERNEL);

        memset(object, 0x5a, sizes[i]);
        heap_free_rcu(fixture.heap, object);
        if (sizes[i] > RCU_OBJECT_SIZE_MIN) {
            assert_int_equal(object[sizes[i] - 1], 0x5a);
        }
        heap_rcu_barrier(fixture.heap);
        assert_ptr_equal(heap_alloc(fixture.heap, sizes[i], GFP_KERNEL), object);
        assert_true(home == NULL || take_census(home).objects_in_use == 1);
    }
    fini();
}

static void nothing_may_be_freed(void **state)
{
    (void)state;
    init(0);
    heap_free_rcu(fixture.heap, NULL);
    heap_free_rcu(fixture.heap, ZERO_SIZE_PTR);
    heap_rcu_barrier(fixture.heap);
    fini();
}

/* Before a byte of it is written. */
static void stray_pointers_are_reported_at_once(void **state)
{
    (void)state;
    init(0);
    unsigned char *large = heap_zalloc(fixture.heap, 3 * PAGE_SIZE, GFP_KERNEL);
    uint64_t outside[2] = {1, 2};

    heap_free_rcu(fixture.heap, outside);
    assert_int_equal(test_platform_report(&fixture.test)->kind, REPORT_NOT_KMALLOC);
    assert_int_equal(test_platform_report(&fixture.test)->stage, STAGE_FREE);
    assert_true(outside[0] == 1 && outside[1] == 2);
    heap_free_rcu(fixture.heap, large + PAGE_SIZE);
    assert_int_equal(test_platform_report(&fixture.test)->kind, REPORT_INVALID_LARGE_FREE);
    assert_int_equal(raw_find_other(large, 3 * PAGE_SIZE, 0), 3 * PAGE_SIZE);
    assert_int_equal(fixture.test.report_count, 2);
    test_platform_clear(&fixture.test);
    heap_rcu_barrier(fixture.heap);
    fini();
}

static void damage_is_found_when_the_free_happens(void **state)
{
    (void)state;
    init(SLAB_DEBUG_FLAGS);
    unsigned char *object = allocate();

    heap_free_rcu(fixture.heap, object);
    raw_store_byte(object + SIZE, (unsigned char)(raw_load_byte(object + SIZE) ^ 1));
    heap_rcu_barrier(fixture.heap);
    assert_int_equal(fixture.test.report_count, 1);
    assert_int_equal(test_platform_report(&fixture.test)->kind, REPORT_RIGHT_REDZONE);
    test_platform_clear(&fixture.test);
    fini();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(object_stays_readable_until_readers_leave),
        cmocka_unit_test(slow_paths_see_to_it),
        cmocka_unit_test(readers_of_other_cpus_count),
        cmocka_unit_test(destroy_waits_for_them),
        cmocka_unit_test(every_kind_of_object_is_freed),
        cmocka_unit_test(nothing_may_be_freed),
        cmocka_unit_test(stray_pointers_are_reported_at_once),
        cmocka_unit_test(damage_is_found_when_the_free_happens),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
