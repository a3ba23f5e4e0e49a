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

static struct kmem_cache *set_up(struct test_heap *fixture, uint32_t interval, slab_flags_t flags)
{
    struct heap_config config = heap_config_default();

    config.page_count = 64;
    config.guard_pool_interval = interval;
    config.guard_pool_objects = COUNT;
    world_native_enter(0);
    test_heap_init(fixture, &config);
    return test_heap_cache(fixture, OBJECT_SIZE, flags);
}

static bool is_guarded(const struct test_heap *fixture, const void *object)
{
    return guarded_live_at(&fixture->heap->guarded, object) != NULL;
}

static enum report_kind last_kind(const struct test_heap *fixture)
{
    return test_platform_report(&fixture->test)->kind;
}

static void every_nth_allocation_is_served(void **state)
{
    struct test_heap fixture;
    struct kmem_cache *cache = set_up(&fixture, 3, 0);

    (void)state;
    for (int i = 1; i <= 9; i++) {
        assert_int_equal(is_guarded(&fixture, kmem_cache_alloc(cache, GFP_KERNEL)), i % 3 == 0);
    }
    test_heap_fini(&fixture);
}

static void slabs_serve_when_the_pool_is_used_up(void **state)
{
    struct test_heap fixture;
    struct kmem_cache *cache = set_up(&fixture, 1, 0);

    (void)state;
    for (int i = 0; i < COUNT; i++) {
        assert_true(is_guarded(&fixture, kmem_cache_alloc(cache, GFP_KERNEL)));
    }
    assert_false(is_guarded(&fixture, kmem_cache_alloc(cache, GFP_KERNEL)));
    test_heap_fini(&fixture);
}

static void caches_and_requests_that_are_unfit_are_left_alone(void **state)
{
    struct test_heap fixture;
    struct kmem_cache *skipped = set_up(&fixture, 1, SLAB_SKIP_KFENCE);

    (void)state;
    assert_false(is_guarded(&fixture, kmem_cache_alloc(skipped, GFP_KERNEL)));
    assert_false(is_guarded(&fixture, heap_alloc(fixture.heap, 64, GFP_KERNEL | __GFP_DMA)));
    assert_false(is_guarded(&fixture, heap_alloc(fixture.heap, PAGE_SIZE + 1, GFP_KERNEL)));
    assert_true(is_guarded(&fixture, heap_alloc(fixture.heap, PAGE_SIZE, GFP_KERNEL)));
    test_heap_fini(&fixture);
}

static void sides_alternate_and_the_right_one_is_aligned(void **state)
{
    struct test_heap fixture;
    struct kmem_cache *cache = set_up(&fixture, 1, 0);
    uintptr_t left = (uintptr_t)kmem_cache_alloc(cache, GFP_KERNEL);
    uintptr_t right = (uintptr_t)heap_alloc(fixture.heap, 200, GFP_KERNEL);

    (void)state;
    assert_int_equal(left % PAGE_SIZE, 0);
    assert_int_equal(right % PAGE_SIZE, (PAGE_SIZE - 200) & ~255u);
    test_heap_fini(&fixture);
}

static void freed_first_is_used_first(void **state)
{
    struct test_heap fixture;
    struct kmem_cache *cache = set_up(&fixture, 1, 0);
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
    test_heap_fini(&fixture);
}

static void damage_is_told_of_region_by_region_and_made_good(void **state)
{
    struct test_heap fixture;
    struct kmem_cache *cache = set_up(&fixture, 1, 0);
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
    test_heap_fini(&fixture);
}

static void write_after_free_is_told_of_at_the_next_use(void **state)
{
    struct test_heap fixture;
    struct kmem_cache *cache = set_up(&fixture, 1, 0);
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
    assert_int_equal(last_kind(&fixture), REPORT_GUARD_USE_AFTER_FREE);
    test_heap_fini(&fixture);
}

static void what_is_no_object_is_not_freed(void **state)
{
    struct test_heap fixture;
    struct kmem_cache *cache = set_up(&fixture, 1, 0);
    unsigned char *object = kmem_cache_alloc(cache, GFP_KERNEL);

    (void)state;
    kmem_cache_free(cache, object + 8);
    assert_int_equal(last_kind(&fixture), REPORT_GUARD_INVALID_FREE);
    kmem_cache_free_nolock(cache, object - PAGE_SIZE);
    assert_null(heap_realloc(fixture.heap, object + 8, 10, GFP_KERNEL));
    heap_free(fixture.heap, fixture.heap->guarded.pages);
    assert_int_equal(fixture.test.report_count, 4);
    kmem_cache_free(cache, object);
    assert_int_equal(fixture.test.report_count, 4);
    heap_free(fixture.heap, object);
    assert_int_equal(fixture.test.report_count, 5);
    assert_int_equal(last_kind(&fixture), REPORT_GUARD_INVALID_FREE);
    test_heap_fini(&fixture);
}

static void free_to_another_cache_is_refused(void **state)
{
    struct test_heap fixture;
    struct kmem_cache *cache = set_up(&fixture, 1, 0);
    struct kmem_cache *other = test_heap_cache(&fixture, 2 * OBJECT_SIZE, 0);
    void *object = kmem_cache_alloc(cache, GFP_KERNEL);

    (void)state;
    kmem_cache_free(other, object);
    assert_int_equal(last_kind(&fixture), REPORT_WRONG_CACHE);
    assert_true(is_guarded(&fixture, object));
    test_heap_fini(&fixture);
}

static void frees_without_a_lock_are_finished_by_the_next_user(void **state)
{
    struct test_heap fixture;
    struct kmem_cache *cache = set_up(&fixture, 1, 0);
    void *objects[COUNT];

    (void)state;
    for (int i = 0; i < COUNT; i++) {
        objects[i] = kmem_cache_alloc(cache, GFP_KERNEL);
    }
    kmem_cache_free_nolock(cache, objects[1]);
    kmem_cache_free_nolock(cache, objects[2]);
    assert_true(is_guarded(&fixture, kmem_cache_alloc(cache, GFP_KERNEL)));
    assert_true(is_guarded(&fixture, kmem_cache_alloc(cache, GFP_KERNEL)));
    assert_false(is_guarded(&fixture, kmem_cache_alloc(cache, GFP_KERNEL)));
    test_heap_fini(&fixture);
}

static void live_object_keeps_its_cache(void **state)
{
    struct test_heap fixture;
    struct kmem_cache *cache = set_up(&fixture, 1, 0);
    void *object = kmem_cache_alloc(cache, GFP_KERNEL);

    (void)state;
    assert_int_equal(kmem_cache_destroy(cache), HEAP_EBUSY);
    assert_int_equal(fixture.test.report_count, 1);
    assert_int_equal(last_kind(&fixture), REPORT_OBJECTS_REMAINING);
    assert_ptr_equal(test_platform_report(&fixture.test)->object, object);
    test_heap_fini(&fixture);
}

static void freed_object_does_not(void **state)
{
    struct test_heap fixture;
    struct kmem_cache *cache = set_up(&fixture, 1, 0);
    void *object = kmem_cache_alloc(cache, GFP_KERNEL);

    (void)state;
    kmem_cache_free_nolock(cache, object);
    assert_int_equal(kmem_cache_destroy(cache), HEAP_OK);
    assert_null(guarded_at(&fixture.heap->guarded, object)->cache);
    assert_int_equal(fixture.test.report_count, 0);
    test_heap_fini(&fixture);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_nth_allocation_is_served),
        cmocka_unit_test(slabs_serve_when_the_pool_is_used_up),
        cmocka_unit_test(caches_and_requests_that_are_unfit_are_left_alone),
        cmocka_unit_test(sides_alternate_and_the_right_one_is_aligned),
        cmocka_unit_test(freed_first_is_used_first),
        cmocka_unit_test(damage_is_told_of_region_by_region_and_made_good),
        cmocka_unit_test(write_after_free_is_told_of_at_the_next_use),
        cmocka_unit_test(what_is_no_object_is_not_freed),
        cmocka_unit_test(free_to_another_cache_is_refused),
        cmocka_unit_test(frees_without_a_lock_are_finished_by_the_next_user),
        cmocka_unit_test(live_object_keeps_its_cache),
        cmocka_unit_test(freed_object_does_not),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
