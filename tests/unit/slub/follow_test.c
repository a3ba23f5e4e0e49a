/* Free pointers that lead to live objects, in a heap that marks those. */
#include "allocator/api/kmem_cache.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "allocator/base/world.h"
#include "allocator/cache/freelist.h"
#include "tests/support/test_heap.h"

enum { OBJECT_SIZE = 64, OBJECTS = 8, MORE = 200 };

static struct test_heap fixture;
static struct kmem_cache *cache;
static void *objects[OBJECTS];

/* Objects 3 and 2 are free, and come next in this order; all others are live. */
static void init(bool object_bitmap, slab_flags_t flags)
{
    struct heap_config config = heap_config_default();

    config.page_count = 64;
    config.object_bitmap = object_bitmap;
    world_native_enter(0);
    test_heap_init(&fixture, &config);
    cache = test_heap_cache(&fixture, OBJECT_SIZE, flags);
    for (unsigned i = 0; i < OBJECTS; i++) {
        objects[i] = kmem_cache_alloc(cache, GFP_KERNEL);
    }
    kmem_cache_free(cache, objects[2]);
    kmem_cache_free(cache, objects[3]);
}

static void expect_report(enum report_action action)
{
    assert_int_equal(fixture.test.report_count, 1);
    assert_int_equal(fixture.test.reports[0].kind, REPORT_FREE_POINTER);
    assert_int_equal(fixture.test.reports[0].action, action);
    assert_ptr_equal(fixture.test.reports[0].object, objects[3]);
}

/* None of the live objects is handed out again, and nothing else is said. */
static void expect_no_live_object(void)
{
    for (unsigned i = 0; i < MORE; i++) {
        void *object = kmem_cache_alloc(cache, GFP_KERNEL);

        assert_non_null(object);
        for (unsigned k = 0; k < OBJECTS; k++) {
            assert_true(object != objects[k] || k == 2 || k == 3);
        }
    }
    assert_int_equal(fixture.test.report_count, 1);
}

static void link_to_a_live_object_is_cut(void **state)
{
    (void)state;
    init(true, 0);
    freelist_set_next(cache, objects[3], objects[5]);
    assert_ptr_equal(kmem_cache_alloc(cache, GFP_KERNEL), objects[3]);
    expect_report(ACTION_CUT_FREELIST);
    expect_no_live_object();
    test_heap_fini(&fixture);
}

static void link_that_leads_nowhere_is_cut(void **state)
{
    (void)state;
    init(true, 0);
    freelist_set_next(cache, objects[3], (char *)objects[2] + 8);
    assert_ptr_equal(kmem_cache_alloc_nolock(cache), objects[3]);
    expect_report(ACTION_CUT_FREELIST);
    test_heap_fini(&fixture);
}

/* The slab goes back to its node: the list is followed to its end. */
static void bad_link_is_seen_by_a_flush(void **state)
{
    (void)state;
    init(true, 0);
    freelist_set_next(cache, objects[3], objects[5]);
    kmem_cache_flush_cpu(cache, 0);
    expect_report(ACTION_CUT_FREELIST);
    expect_no_live_object();
    test_heap_fini(&fixture);
}

/* With debug flags, checks or none, the slab is isolated: its free objects are given up. */
static void debug_caches_isolate_the_slab(void **state)
{
    static const slab_flags_t flags[] = {SLAB_RED_ZONE, SLAB_CONSISTENCY_CHECKS};

    (void)state;
    for (unsigned i = 0; i < sizeof(flags) / sizeof(flags[0]); i++) {
        init(true, flags[i]);
        freelist_set_next(cache, objects[3], objects[5]);
        assert_ptr_not_equal(kmem_cache_alloc(cache, GFP_KERNEL), objects[3]);
        expect_report(ACTION_ISOLATE_SLAB);
        expect_no_live_object();
        test_heap_fini(&fixture);
    }
}

/* Without marks the same goes unnoticed. */
static void nothing_is_known_without_the_bitmap(void **state)
{
    (void)state;
    init(false, 0);
    freelist_set_next(cache, objects[3], objects[5]);
    assert_ptr_equal(kmem_cache_alloc(cache, GFP_KERNEL), objects[3]);
    assert_ptr_equal(kmem_cache_alloc(cache, GFP_KERNEL), objects[5]);
    assert_int_equal(fixture.test.report_count, 0);
    test_heap_fini(&fixture);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(link_to_a_live_object_is_cut),
        cmocka_unit_test(link_that_leads_nowhere_is_cut),
        cmocka_unit_test(bad_link_is_seen_by_a_flush),
        cmocka_unit_test(debug_caches_isolate_the_slab),
        cmocka_unit_test(nothing_is_known_without_the_bitmap),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
