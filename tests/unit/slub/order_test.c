/* Slabs of other orders than the preferred one, and slabs that hold a single object. */
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "allocator/api/pages.h"
#include "allocator/base/bits.h"
#include "allocator/base/world.h"
#include "tests/support/test_heap.h"
#include "tests/unit/slub/census.h"

enum { OBJECTS_MAX = 512 };

static struct test_heap fixture;
static unsigned char *objects[OBJECTS_MAX];

static void init(uint32_t page_count, slab_flags_t debug_flags)
{
    struct heap_config config = heap_config_default();

    config.page_count = page_count;
    config.debug_flags = debug_flags;
    test_heap_init(&fixture, &config);
}

static void fini(void)
{
    assert_int_equal(fixture.test.report_count, 0);
    assert_int_equal(fixture.heap->memory.zones[0].free_page_count, fixture.config.page_count);
    test_heap_fini(&fixture);
}

static void assert_bytes(const unsigned char *object, size_t size, unsigned char value)
{
    for (size_t i = 0; i < size; i++) {
        assert_int_equal(object[i], value);
    }
}

static void slab_of_the_least_order_serves_as_well(void **state)
{
    (void)state;
    static const slab_flags_t flags[] = {0, SLAB_DEBUG_FLAGS};

    for (int i = 0; i < 2; i++) {
        init(256, flags[i]);
        struct kmem_cache *cache = test_heap_cache(&fixture, 700, 0);
        const struct layout *layout = &cache->layout;

        assert_true(layout->order_least < layout->order);
        heap_fail_page_alloc(fixture.heap, 1);
        objects[0] = kmem_cache_alloc(cache, GFP_KERNEL);
        assert_non_null(objects[0]);
        assert_int_equal(heap_page_failures(fixture.heap), 1);

        const struct slab *slab = slab_at(fixture.heap, objects[0]);

        assert_int_equal(slab->order, layout->order_least);
        assert_int_equal(slab_state(slab).object_count, layout->objects_per_least_slab);
        assert_true(layout->objects_per_least_slab < layout->objects_per_slab);

        /* Fill it, go on in a slab of the preferred order, and give all of them back. */
        uint32_t count = layout->objects_per_least_slab + layout->objects_per_slab;

        for (uint32_t k = 1; k < count; k++) {
            objects[k] = kmem_cache_alloc(cache, GFP_KERNEL);
            memset(objects[k], (int)k, 700);
        }
        memset(objects[0], 0, 700);
        assert_int_equal(take_census(cache).slabs, 2);
        assert_int_equal(slab_at(fixture.heap, objects[count - 1])->order, layout->order);
        assert_int_equal(cache->nodes[0].object_count, count);
        for (uint32_t k = 0; k < count; k++) {
            assert_bytes(objects[k], 700, (unsigned char)k);
            kmem_cache_free(cache, objects[k]);
        }
        assert_int_equal(kmem_cache_destroy(cache), HEAP_OK);
        fini();
    }
}

/* Pages of the least order are to be had, the preferred run is not: no injection needed. */
static void fragmented_arena_still_serves(void **state)
{
    (void)state;
    init(16, 0);
    struct page *pages[16];
    struct kmem_cache *cache = test_heap_cache(&fixture, 700, 0);

    for (int i = 0; i < 16; i++) {
        pages[i] = heap_alloc_pages(fixture.heap, GFP_KERNEL, 0);
    }
    for (int i = 0; i < 16; i += 2) {
        heap_free_pages(fixture.heap, pages[i], 0);
    }
    for (int i = 0; i < 8 * 5; i++) {
        objects[i] = kmem_cache_alloc(cache, GFP_KERNEL);
        assert_non_null(objects[i]);
        memset(objects[i], i, 700);
    }
    assert_null(kmem_cache_alloc(cache, GFP_KERNEL));
    assert_int_equal(take_census(cache).slabs, 8);
    assert_int_equal(cache->nodes[0].object_count, 40);
    for (int i = 0; i < 8 * 5; i++) {
        assert_bytes(objects[i], 700, (unsigned char)i);
        kmem_cache_free(cache, objects[i]);
    }
    assert_int_equal(kmem_cache_destroy(cache), HEAP_OK);
    for (int i = 1; i < 16; i += 2) {
        heap_free_pages(fixture.heap, pages[i], 0);
    }
    fini();
}

static void failed_allocation_changes_nothing(void **state)
{
    (void)state;
    static const slab_flags_t flags[] = {0, SLAB_DEBUG_FLAGS};

    for (int i = 0; i < 2; i++) {
        init(8, flags[i]);
        struct kmem_cache *cache = test_heap_cache(&fixture, 100, 0);
        struct page *all = heap_alloc_pages(fixture.heap, GFP_KERNEL, 3);

        assert_non_null(all);
        for (int k = 0; k < 3; k++) {
            assert_null(kmem_cache_alloc(cache, GFP_KERNEL));
            assert_int_equal(kmem_cache_alloc_bulk(cache, GFP_KERNEL, 3, (void **)objects), 0);
            assert_int_equal(take_census(cache).slabs, 0);
        }
        heap_free_pages(fixture.heap, all, 3);
        objects[0] = kmem_cache_alloc(cache, GFP_KERNEL);
        assert_non_null(objects[0]);
        kmem_cache_free(cache, objects[0]);
        assert_int_equal(kmem_cache_destroy(cache), HEAP_OK);
        fini();
    }
}

/* Full with its first object and empty without it. */
static void slab_of_one_object_comes_and_goes(void **state)
{
    (void)state;
    static const size_t sizes[] = {4096, 4097, 20000, (size_t)1 << 20};
    static const slab_flags_t flags[] = {0, SLAB_CONSISTENCY_CHECKS | SLAB_STORE_USER};

    for (size_t s = 0; s < sizeof(sizes) / sizeof(sizes[0]); s++) {
        for (int i = 0; i < 2; i++) {
            struct heap_config config = heap_config_default();

            config.page_count = 4096;
            config.slab_objects_min = 1;
            config.slab_order_max = 0;
            config.debug_flags = flags[i];
            config.partial_floor = 0;
            config.partial_ceiling = 0;
            test_heap_init(&fixture, &config);

            struct kmem_cache *cache = test_heap_cache(&fixture, sizes[s], 0);

            assert_int_equal(cache->layout.objects_per_slab, 1);
            for (int k = 0; k < 5; k++) {
                objects[k] = kmem_cache_alloc(cache, GFP_KERNEL);
                memset(objects[k], 0x31 + k, sizes[s]);
            }
            assert_int_equal(take_census(cache).slabs, 5);
            for (int k = 0; k < 5; k++) {
                assert_bytes(objects[k], sizes[s], (unsigned char)(0x31 + k));
                world_native_enter((unsigned)k % 2);
                kmem_cache_free(cache, objects[k]);
                assert_int_equal(take_census(cache).objects_in_use, 4 - k);
            }
            world_native_enter(0);
            assert_int_equal(kmem_cache_shrink(cache), 0);
            assert_int_equal(kmem_cache_destroy(cache), HEAP_OK);
            fini();
        }
    }
}

/* The last byte of the last object is the cache's; the byte behind may be another's. */
static void objects_of_every_size_stay_inside_their_slab(void **state)
{
    (void)state;
    for (size_t size = 1; size <= 3 * PAGE_SIZE; size += size < 70 ? 1 : 509) {
        init(256, 0);
        struct kmem_cache *cache = test_heap_cache(&fixture, size, 0);
        uint32_t count = cache->layout.objects_per_slab < OBJECTS_MAX
                             ? cache->layout.objects_per_slab
                             : OBJECTS_MAX;

        for (uint32_t i = 0; i < count; i++) {
            objects[i] = kmem_cache_alloc(cache, GFP_KERNEL);
            memset(objects[i], (int)i, size);
        }

        const struct slab *slab = slab_at(fixture.heap, objects[0]);
        const unsigned char *end = slab_base(fixture.heap, slab) + order_size(slab->order);

        for (uint32_t i = 0; i < count; i++) {
            assert_bytes(objects[i], size, (unsigned char)i);
            assert_true(objects[i] + size <= end);
            kmem_cache_free(cache, objects[i]);
        }
        assert_int_equal(kmem_cache_destroy(cache), HEAP_OK);
        fini();
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(slab_of_the_least_order_serves_as_well),
        cmocka_unit_test(fragmented_arena_still_serves),
        cmocka_unit_test(failed_allocation_changes_nothing),
        cmocka_unit_test(slab_of_one_object_comes_and_goes),
        cmocka_unit_test(objects_of_every_size_stay_inside_their_slab),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
