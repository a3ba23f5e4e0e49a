/* Objects of the guard pool, on the native world. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "allocator/api/kmalloc.h"
#include "allocator/api/kmem_cache.h"
#include "allocator/base/raw.h"
#include "allocator/base/world.h"
#include "allocator/cache/heap_state.h"
#include "tests/support/test_heap.h"

enum { OBJECT_SIZE = 40, COUNT = 4 };

static struct test_heap fixture;
static struct kmem_cache *cache;

/* The pool serves one allocation of so many that fit it. */
static void init(uint32_t interval)
{
    struct heap_config config = heap_config_default();

    config.page_count = 64;
    config.guard_pool_interval = interval;
    config.guard_pool_objects = COUNT;
    world_native_enter(0);
    test_heap_init(&fixture, &config);
    cache = test_heap_cache(&fixture, OBJECT_SIZE, 0);
}

static int set_up(void **state)
{
    (void)state;
    init(1);
    return 0;
}

static int set_up_for_each_third(void **state)
{
    (void)state;
    init(3);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    test_heap_fini(&fixture);
    return 0;
}

static bool is_guarded(const void *object)
{
    return guarded_live_at(&fixture.heap->guarded, object) != NULL;
}

static enum report_kind last_kind(void)
{
    return test_platform_report(&fixture.test)->kind;
}

static void every_nth_allocation_is_served(void **state)
{
    (void)state;
    for (int i = 1; i <= 9; i++) {
        assert_int_equal(is_guarded(kmem_cache_alloc(cache, GFP_KERNEL)), i % 3 == 0);
    }
}

static void slabs_serve_when_the_pool_is_used_up(void **state)
{
    (void)state;
    for (int i = 0; i < COUNT; i++) {
        assert_true(is_guarded(kmem_cache_alloc(cache, GFP_KERNEL)));
    }
    assert_false(is_guarded(kmem_cache_alloc(cache, GFP_KERNEL)));
}

static void caches_and_requests_that_are_unfit_are_left_alone(void **state)
{
    struct kmem_cache *skipped = test_heap_cache(&fixture, OBJECT_SIZE, SLAB_SKIP_KFENCE);

    (void)state;
    assert_false(is_guarded(kmem_cache_alloc(skipped, GFP_KERNEL)));
    assert_false(is_guarded(heap_alloc(fixture.heap, 64, GFP_KERNEL | __GFP_DMA)));
    assert_false(is_guarded(heap_alloc(fixture.heap, PAGE_SIZE + 1, GFP_KERNEL)));
    assert_true(is_guarded(heap_alloc(fixture.heap, PAGE_SIZE, GFP_KERNEL)));
}

static void sides_alternate_and_the_right_one_is_aligned(void **state)
{
    uintptr_t left = (uintptr_t)kmem_cache_alloc(cache, GFP_KERNEL);
    uintptr_t right = (uintptr_t)heap_alloc(fixture.heap, 200, GFP_KERNEL);

    (void)state;
    assert_int_equal(left % PAGE_SIZE, 0);
    assert_int_equal(right % PAGE_SIZE, (PAGE_SIZE - 200) & ~255u);
}

static void freed_first_is_used_first(void **state)
{
    void *objects[COUNT];

    (void)state;
    for (int i = 0; i < COUNT; i++) {
        objects[i] = kmem_cache_alloc(cache, GFP_KERNEL);
    }
    for (int i = COUNT; i > 0; i--) {
        kmem_cache_free(cache, objects[i - 1]);
    }
    for (int i = COUNT; i > 0; i--) {
        void *object = kmem_cache_alloc(cache, GFP_KERNEL);

        assert_ptr_equal(guarded_at(&fixture.heap->guarded, object),
                         guarded_at(&fixture.heap->guarded, objects[i - 1]));
    }
}

static void damage_is_told_of_region_by_region_and_made_good(void **state)
{
    unsigned char *object = kmem_cache_alloc(cache, GFP_KERNEL);

    (void)state;
    raw_store_byte(object - 3, 0);
    raw_store_byte(object + OBJECT_SIZE + 2, 0);
    raw_store_byte(object + OBJECT_SIZE + 9, 0);
    kmem_cache_free(cache, object);
    assert_int_equal(fixture.test.report_count, 2);
    assert_int_equal(fixture.test.reports[0].kind, REPORT_GUARD_OUT_OF_BOUNDS);
    assert_ptr_equal(fixture.test.reports[0].damage, object - 3);
    assert_int_equal(fixture.test.reports[0].expected_byte, 0xaa ^ 5);
    assert_int_equal(fixture.test.reports[1].kind, REPORT_GUARD_CORRUPTION);
    assert_ptr_equal(fixture.test.reports[1].damage, object + OBJECT_SIZE + 2);
    assert_int_equal(fixture.test.reports[1].damage_size, 8);
    for (int i = 0; i < 2 * COUNT; i++) {
        kmem_cache_free(cache, kmem_cache_alloc(cache, GFP_KERNEL));
    }
    assert_int_equal(fixture.test.report_count, 2);
}

static void write_after_free_is_told_of_at_the_next_use(void **state)
{
    unsigned char *object = kmem_cache_alloc(cache, GFP_KERNEL);

    (void)state;
    kmem_cache_free(cache, object);
    raw_store_byte(object + 1, 0);
    for (int i = 1; i < COUNT; i++) {
        kmem_cache_alloc(cache, GFP_KERNEL);
    }
    assert_int_equal(fixture.test.report_count, 0);
    kmem_cache_alloc(cache, GFP_KERNEL);
    assert_int_equal(fixture.test.report_count, 1);
    assert_int_equal(last_kind(), REPORT_GUARD_USE_AFTER_FREE);
}

static void what_is_no_object_is_not_freed(void **state)
{
    unsigned char *object = kmem_cache_alloc(cache, GFP_KERNEL);

    (void)state;
    kmem_cache_free(cache, object + 8);
    assert_int_equal(last_kind(), REPORT_GUARD_INVALID_FREE);
    kmem_cache_free_nolock(cache, object - PAGE_SIZE);
    assert_null(heap_realloc(fixture.heap, object + 8, 10, GFP_KERNEL));
    heap_free(fixture.heap, fixture.heap->guarded.pages);
    assert_int_equal(fixture.test.report_count, 4);
    kmem_cache_free(cache, object);
    assert_int_equal(fixture.test.report_count, 4);
    heap_free(fixture.heap, object);
    assert_int_equal(fixture.test.report_count, 5);
    assert_int_equal(last_kind(), REPORT_GUARD_INVALID_FREE);
}

static void free_to_another_cache_is_refused(void **state)
{
    struct kmem_cache *other = test_heap_cache(&fixture, 2 * OBJECT_SIZE, 0);
    void *object = kmem_cache_alloc(cache, GFP_KERNEL);

    (void)state;
    kmem_cache_free(other, object);
    assert_int_equal(last_kind(), REPORT_WRONG_CACHE);
    assert_true(is_guarded(object));
}

static void frees_without_a_lock_are_finished_by_the_next_user(void **state)
{
    void *objects[COUNT];

    (void)state;
    for (int i = 0; i < COUNT; i++) {
        objects[i] = kmem_cache_alloc(cache, GFP_KERNEL);
    }
    kmem_cache_free_nolock(cache, objects[1]);
    kmem_cache_free_nolock(cache, objects[2]);
    assert_true(is_guarded(kmem_cache_alloc(cache, GFP_KERNEL)));
    assert_true(is_guarded(kmem_cache_alloc(cache, GFP_KERNEL)));
    assert_false(is_guarded(kmem_cache_alloc(cache, GFP_KERNEL)));
}

static void live_object_keeps_its_cache(void **state)
{
    void *object = kmem_cache_alloc(cache, GFP_KERNEL);

    (void)state;
    assert_int_equal(kmem_cache_destroy(cache), HEAP_EBUSY);
    assert_int_equal(fixture.test.report_count, 1);
    assert_int_equal(last_kind(), REPORT_OBJECTS_REMAINING);
    assert_ptr_equal(test_platform_report(&fixture.test)->object, object);
}

static void freed_object_does_not(void **state)
{
    void *object = kmem_cache_alloc(cache, GFP_KERNEL);

    (void)state;
    kmem_cache_free_nolock(cache, object);
    assert_int_equal(kmem_cache_destroy(cache), HEAP_OK);
    assert_null(guarded_at(&fixture.heap->guarded, object)->cache);
    assert_int_equal(fixture.test.report_count, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(every_nth_allocation_is_served, set_up_for_each_third,
                                        tear_down),
        cmocka_unit_test_setup_teardown(slabs_serve_when_the_pool_is_used_up, set_up, tear_down),
        cmocka_unit_test_setup_teardown(caches_and_requests_that_are_unfit_are_left_alone, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(sides_alternate_and_the_right_one_is_aligned, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(freed_first_is_used_first, set_up, tear_down),
        cmocka_unit_test_setup_teardown(damage_is_told_of_region_by_region_and_made_good, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(write_after_free_is_told_of_at_the_next_use, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(what_is_no_object_is_not_freed, set_up, tear_down),
        cmocka_unit_test_setup_teardown(free_to_another_cache_is_refused, set_up, tear_down),
        cmocka_unit_test_setup_teardown(frees_without_a_lock_are_finished_by_the_next_user, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(live_object_keeps_its_cache, set_up, tear_down),
        cmocka_unit_test_setup_teardown(freed_object_does_not, set_up, tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
