/* A CPU that goes away leaves nothing behind, in no cache, and takes nothing along. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "allocator/api/kmalloc.h"
#include "allocator/base/world.h"
#include "tests/support/test_heap.h"
#include "tests/unit/slub/census.h"

enum { SIZE = 256, OBJECTS_MAX = 200 };

static struct test_heap fixture;
static void *objects[OBJECTS_MAX];

static void init(void)
{
    struct heap_config config = heap_config_default();

    config.cpu_partial_slabs = 4;
    test_heap_init(&fixture, &config);
}

static void fini(void)
{
    assert_int_equal(fixture.test.report_count, 0);
    world_native_enter(0);
    test_heap_fini(&fixture);
}

/* Leaves the CPU with a slab of its own and another one on its stack; returns objects in use. */
static uint32_t use_cpu(struct kmem_cache *cache, cpu_id_t cpu)
{
    uint32_t count = 2 * cache->layout.objects_per_slab - 1;

    assert_true(count <= OBJECTS_MAX);
    world_native_enter(cpu);
    for (uint32_t i = 0; i < count; i++) {
        objects[i] = kmem_cache_alloc(cache, GFP_KERNEL);
        assert_non_null(objects[i]);
    }
    kmem_cache_free(cache, objects[0]);
    assert_non_null(slab_of_cpu(cache, cpu));
    assert_int_equal(cache->cpus[cpu].partial_count, 1);
    return count - 1;
}

static bool holds_nothing(const struct kmem_cache *cache, cpu_id_t cpu)
{
    return slab_of_cpu(cache, cpu) == NULL && cache->cpus[cpu].partial == NULL &&
           cpu_word_unpack(world_load(&cache->cpus[cpu].word)).freelist == 0;
}

static void slabs_of_a_dead_cpu_go_to_the_node(void **state)
{
    (void)state;
    init();
    struct kmem_cache *cache = test_heap_cache(&fixture, SIZE, 0);
    uint32_t in_use = use_cpu(cache, 1);

    world_native_enter(0);
    heap_cpu_offline(fixture.heap, 1);
    assert_true(holds_nothing(cache, 1));

    struct census census = take_census(cache);

    assert_int_equal(census.node_partial, 2);
    assert_int_equal(census.cpu_slabs + census.cpu_partial, 0);
    assert_int_equal(census.objects_in_use, in_use);
    fini();
}

static void every_cache_is_visited(void **state)
{
    (void)state;
    init();
    struct kmem_cache *caches[] = {
        test_heap_cache(&fixture, SIZE, 0),
        test_heap_cache(&fixture, 2 * SIZE, 0),
        heap_kmalloc_cache(fixture.heap, SIZE),
    };

    for (unsigned i = 0; i < 3; i++) {
        use_cpu(caches[i], 1);
    }
    world_native_enter(0);
    heap_cpu_offline(fixture.heap, 1);
    for (unsigned i = 0; i < 3; i++) {
        assert_true(holds_nothing(caches[i], 1));
        take_census(caches[i]);
    }
    fini();
}

static void other_cpus_keep_what_they_have(void **state)
{
    (void)state;
    init();
    struct kmem_cache *cache = test_heap_cache(&fixture, SIZE, 0);

    use_cpu(cache, 0);
    struct slab *kept = slab_of_cpu(cache, 0);

    use_cpu(cache, 1);
    world_native_enter(0);
    heap_cpu_offline(fixture.heap, 1);
    assert_ptr_equal(slab_of_cpu(cache, 0), kept);
    assert_int_equal(cache->cpus[0].partial_count, 1);
    fini();
}

static void a_cpu_that_comes_back_allocates_as_before(void **state)
{
    (void)state;
    init();
    struct kmem_cache *cache = test_heap_cache(&fixture, SIZE, 0);

    use_cpu(cache, 1);
    struct slab *slab = slab_of_cpu(cache, 1);

    world_native_enter(0);
    heap_cpu_offline(fixture.heap, 1);
    world_native_enter(1);
    assert_ptr_equal(slab_at(fixture.heap, kmem_cache_alloc(cache, GFP_KERNEL)), slab);
    assert_ptr_equal(slab_of_cpu(cache, 1), slab);
    take_census(cache);
    fini();
}

/* An object outlives its CPU: any other one may free it, and the cache can go. */
static void objects_of_a_dead_cpu_can_be_freed(void **state)
{
    (void)state;
    init();
    struct kmem_cache *cache = test_heap_cache(&fixture, SIZE, 0);
    uint32_t in_use = use_cpu(cache, 1);

    world_native_enter(0);
    heap_cpu_offline(fixture.heap, 1);
    for (uint32_t i = 1; i <= in_use; i++) {
        kmem_cache_free(cache, objects[i]);
    }
    assert_int_equal(kmem_cache_destroy(cache), HEAP_OK);
    fini();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(slabs_of_a_dead_cpu_go_to_the_node),
        cmocka_unit_test(every_cache_is_visited),
        cmocka_unit_test(other_cpus_keep_what_they_have),
        cmocka_unit_test(a_cpu_that_comes_back_allocates_as_before),
        cmocka_unit_test(objects_of_a_dead_cpu_can_be_freed),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
