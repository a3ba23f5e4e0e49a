#include "allocator/api/account.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "allocator/api/kmalloc.h"
#include "allocator/api/kmem_cache.h"
#include "allocator/cache/heap_state.h"
#include "tests/support/test_heap.h"

enum { SIZE = 400 };

static struct test_heap fixture;
static struct kmem_cache *cache;

static void init(bool has_extensions, unsigned flags)
{
    const struct cache_request request = {.name = "charged", .size = SIZE, .flags = flags};
    struct heap_config config = heap_config_default();

    config.page_count = 1024;
    config.object_extensions = has_extensions;
    test_heap_init(&fixture, &config);
    assert_int_equal(heap_cache_create(fixture.heap, &request, &cache), HEAP_OK);
}

static void *alloc_charged(void)
{
    return kmem_cache_alloc(cache, GFP_KERNEL | __GFP_ACCOUNT);
}

static uint64_t charged(unsigned account)
{
    return heap_account_charged(fixture.heap, account);
}

static bool has_vector(const void *object)
{
    return world_load(&slab_at(fixture.heap, object)->extensions) != 0;
}

static void objects_that_ask_for_it_are_charged_until_they_are_freed(void **state)
{
    static const unsigned flags[] = {0, SLAB_DEBUG_FLAGS};

    (void)state;
    for (unsigned i = 0; i < 2; i++) {
        init(true, flags[i]);

        void *plain = kmem_cache_alloc(cache, GFP_KERNEL);

        assert_int_equal(charged(0), 0);
        assert_false(has_vector(plain));

        void *object = alloc_charged();

        assert_int_equal(charged(0), cache->layout.stride);
        assert_true(has_vector(object));
        kmem_cache_free(cache, plain);
        assert_int_equal(charged(0), cache->layout.stride);
        kmem_cache_free(cache, object);
        assert_int_equal(charged(0), 0);
        assert_int_equal(kmem_cache_destroy(cache), HEAP_OK);
        test_heap_fini(&fixture);
    }
}

static void heap_without_extensions_charges_nothing(void **state)
{
    (void)state;
    init(false, 0);

    void *object = alloc_charged();

    assert_int_equal(charged(0), 0);
    assert_true(heap_charge(fixture.heap, object));
    assert_false(has_vector(object));
    kmem_cache_free(cache, object);
    test_heap_fini(&fixture);
}

static void account_of_this_cpu_pays(void **state)
{
    (void)state;
    init(true, 0);
    heap_account_enter(fixture.heap, 3);

    void *object = alloc_charged();

    heap_account_enter(fixture.heap, 1);
    assert_int_equal(charged(3), cache->layout.stride);
    kmem_cache_free(cache, object);
    assert_int_equal(charged(3), 0);
    assert_int_equal(charged(1), 0);
    test_heap_fini(&fixture);
}

static void full_account_refuses_and_keeps_nothing(void **state)
{
    void *objects[3];

    (void)state;
    init(true, 0);
    heap_account_limit(fixture.heap, 0, 2 * cache->layout.stride);

    void *first = alloc_charged();

    assert_int_equal(
        kmem_cache_alloc_bulk(cache, GFP_KERNEL | __GFP_ACCOUNT, 2, objects), 0);
    assert_int_equal(charged(0), cache->layout.stride);

    void *second = alloc_charged();

    assert_null(alloc_charged());
    kmem_cache_free(cache, first);
    assert_int_equal(kmem_cache_alloc_bulk(cache, GFP_KERNEL | __GFP_ACCOUNT, 1, objects), 1);
    objects[1] = second;
    kmem_cache_free_bulk(cache, 2, objects);
    assert_int_equal(charged(0), 0);
    test_heap_fini(&fixture);
}

static void object_is_charged_later_and_once(void **state)
{
    (void)state;
    init(true, 0);

    void *object = kmem_cache_alloc(cache, GFP_KERNEL);
    void *normal = heap_alloc(fixture.heap, SIZE, GFP_KERNEL);

    assert_true(heap_charge(fixture.heap, object));
    assert_true(heap_charge(fixture.heap, object));
    assert_int_equal(charged(0), cache->layout.stride);
    assert_true(heap_charge(fixture.heap, normal));
    assert_int_equal(charged(0), cache->layout.stride);
    kmem_cache_free(cache, object);
    heap_free(fixture.heap, normal);
    assert_int_equal(charged(0), 0);
    test_heap_fini(&fixture);
}

static void accounting_that_is_off_still_takes_back(void **state)
{
    (void)state;
    init(true, 0);

    void *object = alloc_charged();

    heap_account_enable(fixture.heap, false);

    void *other = alloc_charged();

    assert_int_equal(charged(0), cache->layout.stride);
    kmem_cache_free(cache, object);
    kmem_cache_free(cache, other);
    assert_int_equal(charged(0), 0);
    assert_int_equal(kmem_cache_shrink(cache), 0);
    test_heap_fini(&fixture);
}

/* Every page comes back, also those of the vectors. */
static void accounted_kmalloc_leaves_nothing_behind(void **state)
{
    (void)state;
    init(true, 0);
    for (size_t size = 8; size <= KMALLOC_CACHE_SIZE_MAX; size *= 2) {
        void *object = heap_alloc(fixture.heap, size, GFP_KERNEL | __GFP_ACCOUNT);

        assert_true(charged(0) >= size);
        assert_true(has_vector(object));
        heap_free(fixture.heap, object);
        assert_int_equal(charged(0), 0);
    }
    for (unsigned round = 0; round < 2; round++) {
        for (unsigned i = 0; i < KMALLOC_CACHE_TOTAL; i++) {
            if (fixture.heap->kmalloc_caches[i] != NULL) {
                kmem_cache_shrink(fixture.heap->kmalloc_caches[i]);
            }
        }
    }
    for (unsigned i = 0; i < KMALLOC_CACHE_TOTAL; i++) {
        assert_true(fixture.heap->kmalloc_caches[i] == NULL ||
                    kmem_cache_shrink(fixture.heap->kmalloc_caches[i]) == 0);
    }
    test_heap_fini(&fixture);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(objects_that_ask_for_it_are_charged_until_they_are_freed),
        cmocka_unit_test(heap_without_extensions_charges_nothing),
        cmocka_unit_test(account_of_this_cpu_pays),
        cmocka_unit_test(full_account_refuses_and_keeps_nothing),
        cmocka_unit_test(object_is_charged_later_and_once),
        cmocka_unit_test(accounting_that_is_off_still_takes_back),
        cmocka_unit_test(accounted_kmalloc_leaves_nothing_behind),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
