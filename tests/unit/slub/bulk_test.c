/* Many objects at once, well and badly. */
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "allocator/api/kmalloc.h"
#include "allocator/base/world.h"
#include "tests/support/test_heap.h"
#include "tests/unit/slub/census.h"

enum { COUNT = 100, SIZE = 200 };

static struct test_heap fixture;
static struct kmem_cache *cache;
static void *objects[COUNT];

static void init_with(struct heap_config config, slab_flags_t flags)
{
    test_heap_init(&fixture, &config);
    cache = test_heap_cache(&fixture, SIZE, flags);
}

static void init(slab_flags_t flags)
{
    init_with(heap_config_default(), flags);
}

static void fini(void)
{
    assert_int_equal(fixture.test.report_count, 0);
    world_native_enter(0);
    test_heap_fini(&fixture);
}

static void take_all(gfp_t gfp)
{
    assert_int_equal(kmem_cache_alloc_bulk(cache, gfp, COUNT, objects), COUNT);
}

static void expect_report(enum report_kind kind, const void *object)
{
    const struct report *report = &fixture.test.reports[0];

    assert_int_equal(fixture.test.report_count, 1);
    assert_string_equal(report_kind_name(report->kind), report_kind_name(kind));
    assert_ptr_equal(report->object, object);
    test_platform_clear(&fixture.test);
}

static void bulk_frees_from_another_cpu_arrive(void **state)
{
    (void)state;
    static const slab_flags_t flags[] = {0, SLAB_DEBUG_FLAGS};

    for (int i = 0; i < 2; i++) {
        init(flags[i]);
        for (int round = 0; round < 3; round++) {
            take_all(GFP_KERNEL);
            assert_int_equal(take_census(cache).objects_in_use, COUNT);
            world_native_enter((unsigned)round % 2);
            kmem_cache_free_bulk(cache, COUNT, objects);
            assert_int_equal(take_census(cache).objects_in_use, 0);
        }
        assert_int_equal(kmem_cache_shrink(cache), 0);
        fini();
    }
}

static void zeroing_reaches_each_object(void **state)
{
    (void)state;
    for (int config = 0; config < 4; config++) {
        struct heap_config chosen = heap_config_default();

        chosen.init_on_alloc = config == 1;
        chosen.init_on_free = config >= 2;
        init_with(chosen, 0);
        for (int round = 0; round < 2; round++) {
            take_all(GFP_KERNEL | (config == 0 || config == 3 ? __GFP_ZERO : 0));
            for (int i = 0; i < COUNT; i++) {
                const unsigned char *object = objects[i];

                for (int k = 0; k < SIZE; k++) {
                    assert_int_equal(object[k], 0);
                }
                memset(objects[i], 0xff, SIZE);
            }
            kmem_cache_free_bulk(cache, COUNT, objects);
        }
        fini();
    }
}

static void construct(void *object)
{
    memset(object, 0x77, SIZE);
}

static void zeroing_of_constructed_objects_is_refused_once(void **state)
{
    (void)state;
    const struct cache_request request = {.name = "ctor", .size = SIZE, .ctor = construct};

    init(0);
    assert_int_equal(heap_cache_create(fixture.heap, &request, &cache), HEAP_OK);
    take_all(GFP_KERNEL | __GFP_ZERO);
    expect_report(REPORT_CTOR_WITH_ZERO, NULL);
    for (int i = 0; i < COUNT; i++) {
        assert_int_equal(*(const unsigned char *)objects[i], 0x77);
    }
    fini();
}

/* The same object twice in a row, whichever list it goes to. */
static void object_named_twice_is_freed_once(void **state)
{
    (void)state;
    static const slab_flags_t flags[] = {0, SLAB_CONSISTENCY_CHECKS};

    for (int i = 0; i < 4; i++) {
        init(flags[i % 2]);
        take_all(GFP_KERNEL);
        void *object = objects[7];

        objects[6] = object;
        world_native_enter((unsigned)i / 2);
        kmem_cache_free_bulk(cache, COUNT, objects);
        expect_report(REPORT_DOUBLE_FREE, object);
        assert_int_equal(take_census(cache).objects_in_use, 1);
        fini();
    }
}

static void object_freed_before_is_not_freed_again(void **state)
{
    (void)state;
    init(0);
    take_all(GFP_KERNEL);
    void *pair[] = {objects[2], objects[1]};

    kmem_cache_free(cache, objects[1]);
    kmem_cache_free_bulk(cache, 2, pair);
    expect_report(REPORT_DOUBLE_FREE, objects[1]);
    assert_int_equal(take_census(cache).objects_in_use, COUNT - 2);
    fini();
}

/* The slab may be gone by the time an object of it is met again. */
static void object_of_a_slab_that_went_is_reported(void **state)
{
    (void)state;
    static const slab_flags_t flags[] = {0, SLAB_DEBUG_FLAGS};

    for (int i = 0; i < 2; i++) {
        struct heap_config config = heap_config_default();

        config.cpu_partial_slabs = 0;
        config.partial_floor = 0;
        config.partial_ceiling = 0;
        init_with(config, flags[i]);

        void *single = kmem_cache_alloc(cache, GFP_KERNEL);
        void *pair[] = {single, single};

        kmem_cache_flush_cpu(cache, 0);
        kmem_cache_free_bulk(cache, 2, pair);
        expect_report(REPORT_NOT_A_SLAB, single);
        assert_int_equal(take_census(cache).slabs, 0);

        single = heap_alloc(fixture.heap, 100, GFP_KERNEL);
        kmem_cache_flush_cpu(heap_kmalloc_cache(fixture.heap, 100), 0);
        pair[0] = single;
        pair[1] = single;
        heap_free_bulk(fixture.heap, 2, pair);
        expect_report(REPORT_NOT_A_SLAB, single);
        fini();
    }
}

static void strays_among_objects_are_left_out(void **state)
{
    (void)state;
    init(0);
    struct kmem_cache *other = test_heap_cache(&fixture, SIZE, 0);

    take_all(GFP_KERNEL);
    void *own = objects[50];

    objects[50] = kmem_cache_alloc(other, GFP_KERNEL);
    objects[51] = NULL;
    kmem_cache_free_bulk(cache, COUNT, objects);
    assert_int_equal(fixture.test.report_count, 1);
    assert_int_equal(fixture.test.reports[0].kind, REPORT_WRONG_CACHE);
    test_platform_clear(&fixture.test);
    assert_int_equal(take_census(cache).objects_in_use, 2);
    assert_int_equal(take_census(other).objects_in_use, 1);
    kmem_cache_free(cache, own);
    fini();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bulk_frees_from_another_cpu_arrive),
        cmocka_unit_test(zeroing_reaches_each_object),
        cmocka_unit_test(zeroing_of_constructed_objects_is_refused_once),
        cmocka_unit_test(object_named_twice_is_freed_once),
        cmocka_unit_test(object_freed_before_is_not_freed_again),
        cmocka_unit_test(object_of_a_slab_that_went_is_reported),
        cmocka_unit_test(strays_among_objects_are_left_out),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
