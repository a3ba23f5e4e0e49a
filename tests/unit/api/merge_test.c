/* Caches of equal objects are one, if nothing forbids it. */
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "allocator/api/linux_api.h"
#include "tests/support/test_heap.h"

static struct test_heap fixture;

static int start(bool merging)
{
    struct heap_config config = heap_config_default();

    config.merging = merging;
    test_heap_init(&fixture, &config);
    linux_api_bind(fixture.heap);
    return 0;
}

static int setup(void **state)
{
    (void)state;
    return start(true);
}

static int teardown(void **state)
{
    (void)state;
    assert_int_equal(fixture.test.report_count, 0);
    linux_api_bind(NULL);
    test_heap_fini(&fixture);
    return 0;
}

static void construct(void *object)
{
    memset(object, 0, 8);
}

/* Whether a cache like this is the same as one of 64 bytes without any wishes. */
static bool is_shared(const struct cache_request *request)
{
    struct kmem_cache *plain = kmem_cache_create("plain", 64, NULL, 0);
    struct kmem_cache *cache;

    assert_int_equal(heap_cache_create(fixture.heap, request, &cache), 0);

    bool is_same = cache == plain;

    assert_int_equal(kmem_cache_destroy(cache), 0);
    assert_int_equal(kmem_cache_destroy(plain), 0);
    return is_same;
}

static void what_two_caches_have_to_agree_in(void **state)
{
    static const struct {
        struct cache_request request;
        bool is_shared;
    } rows[] = {
        {{"a", 64, .flags = 0}, true},
        {{"a", 57, .flags = 0}, true},
        {{"a", 56, .flags = 0}, false},
        {{"a", 65, .flags = 0}, false},
        {{"a", 33, .align = 64}, true},
        {{"a", 64, .align = 128}, false},
        {{"a", 64, .flags = SLAB_HWCACHE_ALIGN}, true},
        {{"a", 64, .flags = SLAB_PANIC | SLAB_NO_USER_FLAGS}, true},
        {{"a", 64, .flags = SLAB_NO_MERGE}, false},
        {{"a", 64, .flags = SLAB_CONSISTENCY_CHECKS}, false},
        {{"a", 64, .flags = SLAB_STORE_USER}, false},
        {{"a", 64, .flags = SLAB_NOLEAKTRACE}, false},
        {{"a", 64, .flags = SLAB_RECLAIM_ACCOUNT}, false},
        {{"a", 64, .flags = SLAB_ACCOUNT}, false},
        {{"a", 64, .ctor = construct}, false},
        {{"a", 64, .usersize = 8}, false},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        assert_int_equal(is_shared(&rows[i].request), rows[i].is_shared);
    }
}

static void caches_that_agree_in_their_kind_are_shared(void **state)
{
    (void)state;
    struct kmem_cache *first = kmem_cache_create("a", 64, NULL, SLAB_RECLAIM_ACCOUNT);
    struct kmem_cache *second = kmem_cache_create("b", 64, NULL, SLAB_RECLAIM_ACCOUNT);

    assert_ptr_equal(first, second);
}

static void objects_are_as_large_as_the_largest(void **state)
{
    (void)state;
    struct kmem_cache *first = kmem_cache_create("a", 40, 64, 0, NULL);
    struct kmem_cache *second = kmem_cache_create("b", 63, 64, 0, NULL);
    char *object = kmem_cache_zalloc(first, GFP_KERNEL);

    assert_ptr_equal(first, second);
    assert_int_equal(kmem_cache_size(first), 63);
    assert_int_equal(object[62], 0);
    assert_ptr_equal(kmem_cache_create("c", 50, 64, 0, NULL), first);
    assert_int_equal(kmem_cache_size(first), 63);
    kmem_cache_free(second, object);
}

static void last_user_destroys_it(void **state)
{
    (void)state;
    struct kmem_cache *cache = kmem_cache_create("a", 64, NULL, 0);

    assert_ptr_equal(kmem_cache_create("b", 64, NULL, 0), cache);

    void *object = kmem_cache_alloc(cache, GFP_KERNEL);

    assert_int_equal(kmem_cache_destroy(cache), 0);
    kmem_cache_free(cache, object);
    assert_ptr_equal(kmem_cache_create("c", 64, NULL, 0), cache);
    object = kmem_cache_alloc(cache, GFP_KERNEL);
    assert_int_equal(kmem_cache_destroy(cache), 0);
    assert_int_equal(kmem_cache_destroy(cache), HEAP_EBUSY);
    assert_int_equal(fixture.test.report_count, 1);
    assert_ptr_not_equal(kmem_cache_create("d", 64, NULL, 0), cache);
    test_platform_clear(&fixture.test);
}

static void kmalloc_caches_are_not_shared(void **state)
{
    (void)state;
    struct kmem_cache *cache = kmem_cache_create("a", 64, 64, 0, NULL);
    void *object = kmalloc(64, GFP_KERNEL);

    kmem_cache_free(cache, kmem_cache_alloc(cache, GFP_KERNEL));
    kfree(object);
    assert_int_equal(kmem_cache_destroy(cache), 0);
}

static void nothing_is_shared_unless_told(void **state)
{
    (void)state;
    start(false);
    assert_ptr_not_equal(kmem_cache_create("a", 64, NULL, 0),
                         kmem_cache_create("b", 64, NULL, 0));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(what_two_caches_have_to_agree_in, setup, teardown),
        cmocka_unit_test_setup_teardown(caches_that_agree_in_their_kind_are_shared, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(objects_are_as_large_as_the_largest, setup, teardown),
        cmocka_unit_test_setup_teardown(last_user_destroys_it, setup, teardown),
        cmocka_unit_test_setup_teardown(kmalloc_caches_are_not_shared, setup, teardown),
        cmocka_unit_test_teardown(nothing_is_shared_unless_told, teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
