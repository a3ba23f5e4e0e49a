/* Readers look at objects that were freed, of caches that keep them objects. */
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "allocator/api/linux_api.h"
#include "allocator/api/rcu.h"
#include "tests/support/test_heap.h"

enum { OBJECT_SIZE = 64, OBJECT_COUNT = 64 };

static struct test_heap fixture;

static int setup(void **state)
{
    struct heap_config config = heap_config_default();

    (void)state;
    config.init_on_free = true;
    config.partial_floor = 0;
    config.partial_ceiling = 0;
    config.merging = true;
    test_heap_init(&fixture, &config);
    linux_api_bind(fixture.heap);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    assert_int_equal(fixture.test.report_count, 0);
    linux_api_bind(NULL);
    test_heap_fini(&fixture);
    return 0;
}

static void objects_outlive_their_slab(void **state)
{
    static const slab_flags_t flags[] = {0, SLAB_DEBUG_FLAGS};

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        struct kmem_cache *cache =
            kmem_cache_create("read", OBJECT_SIZE, NULL, flags[i] | SLAB_TYPESAFE_BY_RCU);
        char *object = kmem_cache_alloc(cache, GFP_KERNEL);

        memset(object, 'x', OBJECT_SIZE);
        rcu_read_lock();
        kmem_cache_free(cache, object);
        assert_int_equal(kmem_cache_shrink(cache), 1);
        heap_rcu_run(fixture.heap);
        for (size_t byte = 0; byte < OBJECT_SIZE; byte++) {
            assert_int_equal(object[byte], 'x');
        }
        rcu_read_unlock();
        heap_rcu_run(fixture.heap);
        assert_int_equal(kmem_cache_shrink(cache), 0);
        assert_int_equal(kmem_cache_destroy(cache), 0);
    }
}

static void objects_are_reused_at_once(void **state)
{
    (void)state;
    struct kmem_cache *cache =
        kmem_cache_create("read", OBJECT_SIZE, NULL, SLAB_TYPESAFE_BY_RCU);
    void *object = kmem_cache_alloc(cache, GFP_KERNEL);

    rcu_read_lock();
    kmem_cache_free(cache, object);
    assert_ptr_equal(kmem_cache_alloc(cache, GFP_KERNEL), object);
    rcu_read_unlock();
    kmem_cache_free(cache, object);
    assert_int_equal(kmem_cache_destroy(cache), 0);
}

static void such_caches_are_not_merged(void **state)
{
    (void)state;
    struct kmem_cache *cache =
        kmem_cache_create("read", OBJECT_SIZE, NULL, SLAB_TYPESAFE_BY_RCU);

    assert_ptr_not_equal(kmem_cache_create("same", OBJECT_SIZE, NULL, SLAB_TYPESAFE_BY_RCU),
                         cache);
    assert_ptr_not_equal(kmem_cache_create("plain", OBJECT_SIZE, NULL, 0), cache);
}

/* A slab that still waits is no object that remains, and its name is free afterwards. */
static void destroy_waits_for_slabs(void **state)
{
    (void)state;
    for (size_t round = 0; round < 3; round++) {
        struct kmem_cache *cache =
            kmem_cache_create("again", OBJECT_SIZE, NULL, SLAB_TYPESAFE_BY_RCU);
        void *objects[OBJECT_COUNT];

        kmem_cache_alloc_bulk(cache, GFP_KERNEL, OBJECT_COUNT, objects);
        kfree_bulk(OBJECT_COUNT, objects);
        kmem_cache_shrink(cache);
        assert_int_equal(kmem_cache_destroy(cache), 0);
    }
}

static void zeroes_only_when_asked(void **state)
{
    (void)state;
    struct kmem_cache *cache =
        kmem_cache_create("read", OBJECT_SIZE, NULL, SLAB_TYPESAFE_BY_RCU);
    char *object = kmem_cache_alloc(cache, GFP_KERNEL);

    memset(object, 'x', OBJECT_SIZE);
    kmem_cache_free(cache, object);
    object = kmem_cache_zalloc(cache, GFP_KERNEL);
    assert_int_equal(object[OBJECT_SIZE - 1], 0);
    kmem_cache_free(cache, object);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(objects_outlive_their_slab, setup, teardown),
        cmocka_unit_test_setup_teardown(objects_are_reused_at_once, setup, teardown),
        cmocka_unit_test_setup_teardown(such_caches_are_not_merged, setup, teardown),
        cmocka_unit_test_setup_teardown(destroy_waits_for_slabs, setup, teardown),
        cmocka_unit_test_setup_teardown(zeroes_only_when_asked, setup, teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
