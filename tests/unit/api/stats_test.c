#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "allocator/api/stats.h"
#include "allocator/base/world.h"
#include "tests/support/test_heap.h"

enum { OBJECT_SIZE = 1000, OBJECTS = 12 };

static struct heap_config counting_config(void)
{
    struct heap_config config = heap_config_default();

    config.page_count = 64;
    config.slab_order_max = 0;
    config.stats = true;
    return config;
}

static void setup_cache(struct test_heap *fixture, struct kmem_cache **cache, bool counts)
{
    struct heap_config config = counting_config();

    config.stats = counts;
    world_native_enter(0);
    test_heap_init(fixture, &config);
    *cache = test_heap_cache(fixture, OBJECT_SIZE, 0);
}

static uint64_t allocated(const struct kmem_cache *cache)
{
    return kmem_cache_stat(cache, STAT_ALLOC_FASTPATH) +
           kmem_cache_stat(cache, STAT_ALLOC_SLOWPATH);
}

static uint64_t freed(const struct kmem_cache *cache)
{
    return kmem_cache_stat(cache, STAT_FREE_FASTPATH) + kmem_cache_stat(cache, STAT_FREE_SLOWPATH);
}

static void each_object_is_counted_once(void **state)
{
    struct test_heap fixture;
    struct kmem_cache *cache;
    void *objects[OBJECTS];

    (void)state;
    setup_cache(&fixture, &cache, true);
    for (unsigned i = 0; i < OBJECTS; i++) {
        objects[i] = kmem_cache_alloc(cache, GFP_KERNEL);
    }
    assert_int_equal(allocated(cache), OBJECTS);
    assert_int_equal(kmem_cache_stat(cache, STAT_ALLOC_SLOWPATH), 3);
    assert_int_equal(kmem_cache_stat(cache, STAT_ALLOC_SLAB), 3);
    for (unsigned i = 0; i < OBJECTS; i++) {
        kmem_cache_free(cache, objects[i]);
    }
    assert_int_equal(freed(cache), OBJECTS);
    assert_int_equal(kmem_cache_stat(cache, STAT_FREE_FASTPATH), 4);
    assert_int_equal(kmem_cache_stat_on(cache, STAT_FREE_FASTPATH, 0), 4);
    assert_int_equal(kmem_cache_stat_on(cache, STAT_FREE_FASTPATH, 1), 0);
    test_heap_fini(&fixture);
}

static void cache_without_stats_counts_nothing(void **state)
{
    struct test_heap fixture;
    struct kmem_cache *cache;

    (void)state;
    setup_cache(&fixture, &cache, false);
    kmem_cache_free(cache, kmem_cache_alloc(cache, GFP_KERNEL));
    for (int item = 0; item < STAT_COUNT; item++) {
        assert_int_equal(kmem_cache_stat(cache, (enum cache_stat)item), 0);
    }
    assert_int_equal(heap_reclaimed_pages(fixture.heap), 0);
    test_heap_fini(&fixture);
}

static void cleared_counter_starts_from_zero_and_alone(void **state)
{
    struct test_heap fixture;
    struct kmem_cache *cache;
    void *object;

    (void)state;
    setup_cache(&fixture, &cache, true);
    object = kmem_cache_alloc(cache, GFP_KERNEL);
    kmem_cache_stat_clear(cache, STAT_ALLOC_SLOWPATH);
    assert_int_equal(kmem_cache_stat(cache, STAT_ALLOC_SLOWPATH), 0);
    assert_int_equal(kmem_cache_stat(cache, STAT_ALLOC_SLAB), 1);
    kmem_cache_free(cache, object);
    kmem_cache_flush_cpu(cache, 0);
    kmem_cache_free(cache, kmem_cache_alloc(cache, GFP_KERNEL));
    assert_int_equal(kmem_cache_stat(cache, STAT_ALLOC_SLOWPATH), 1);
    test_heap_fini(&fixture);
}

static void flush_tells_what_the_slab_was(void **state)
{
    struct test_heap fixture;
    struct kmem_cache *cache;
    void *objects[2];

    (void)state;
    setup_cache(&fixture, &cache, true);
    objects[0] = kmem_cache_alloc(cache, GFP_KERNEL);
    objects[1] = kmem_cache_alloc(cache, GFP_KERNEL);
    world_native_enter(1);
    kmem_cache_free(cache, objects[1]);
    assert_int_equal(kmem_cache_stat_on(cache, STAT_FREE_FROZEN, 1), 1);
    world_native_enter(0);
    kmem_cache_flush_cpu(cache, 0);
    assert_int_equal(kmem_cache_stat(cache, STAT_CPUSLAB_FLUSH), 1);
    assert_int_equal(kmem_cache_stat(cache, STAT_DEACTIVATE_REMOTE_FREES), 1);
    assert_int_equal(kmem_cache_stat(cache, STAT_DEACTIVATE_TO_HEAD), 1);
    kmem_cache_free(cache, objects[0]);
    test_heap_fini(&fixture);
}

static void text_is_cut_where_the_buffer_ends(void **state)
{
    struct test_heap fixture;
    struct kmem_cache *cache;
    char text[32];
    static const char whole[] = "12 C0=12\n";

    (void)state;
    setup_cache(&fixture, &cache, true);
    for (unsigned i = 0; i < OBJECTS; i++) {
        kmem_cache_free(cache, kmem_cache_alloc(cache, GFP_KERNEL));
    }
    for (size_t size = 0; size < sizeof(text); size++) {
        memset(text, 'x', sizeof(text));
        assert_int_equal(kmem_cache_stat_text(cache, STAT_FREE_FASTPATH, text, size),
                         strlen(whole));
        for (size_t i = 0; i + 1 < size && i < strlen(whole); i++) {
            assert_int_equal(text[i], whole[i]);
        }
        assert_true(size == 0 || text[size <= strlen(whole) ? size - 1 : strlen(whole)] == '\0');
        assert_int_equal(text[size < sizeof(text) ? size : 0], 'x');
    }
    test_heap_fini(&fixture);
}

static void census_and_reclaimed_pages_agree_with_the_slabs(void **state)
{
    struct test_heap fixture;
    struct kmem_cache *cache;
    void *objects[OBJECTS];
    struct cache_census census;

    (void)state;
    setup_cache(&fixture, &cache, true);
    for (unsigned i = 0; i < OBJECTS; i++) {
        objects[i] = kmem_cache_alloc(cache, GFP_KERNEL);
    }
    kmem_cache_free(cache, objects[0]);
    census = kmem_cache_census(cache);
    assert_int_equal(census.slabs, 3);
    assert_int_equal(census.objects, 12);
    assert_int_equal(census.cpu_slabs, 2);
    assert_int_equal(census.node_slabs, 0);
    for (unsigned i = 1; i < OBJECTS; i++) {
        kmem_cache_free(cache, objects[i]);
    }
    kmem_cache_shrink(cache);
    assert_int_equal(heap_reclaimed_pages(fixture.heap), 3);
    assert_int_equal(kmem_cache_census(cache).slabs, 0);
    test_heap_fini(&fixture);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_object_is_counted_once),
        cmocka_unit_test(cache_without_stats_counts_nothing),
        cmocka_unit_test(cleared_counter_starts_from_zero_and_alone),
        cmocka_unit_test(flush_tells_what_the_slab_was),
        cmocka_unit_test(text_is_cut_where_the_buffer_ends),
        cmocka_unit_test(census_and_reclaimed_pages_agree_with_the_slabs),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
