/* What is kept out of circulation: slabs found corrupt by an allocation, objects by a free. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "allocator/api/rcu.h"
#include "allocator/base/bits.h"
#include "tests/unit/debug/debug_heap.h"

enum { SIZE = 60, HELD = 4 };

static struct test_heap fixture;
static struct kmem_cache *cache;
static unsigned char *held[HELD];
static struct slab *slab;

/* A slab with so many live objects; the one freed last is allocated next. */
static void init_of(int live, slab_flags_t flags)
{
    debug_heap_init(&fixture, 0);
    cache = debug_heap_cache(&fixture, (struct cache_request){.size = SIZE, .flags = flags});
    for (int i = 0; i < HELD; i++) {
        held[i] = kmem_cache_alloc(cache, GFP_KERNEL);
    }
    slab = slab_at(fixture.heap, held[0]);
    for (int i = live; i < HELD; i++) {
        kmem_cache_free(cache, held[i]);
    }
}

static void init_sound(int live)
{
    init_of(live, SLAB_DEBUG_FLAGS);
}

/* The same, the object to be allocated next being damaged. */
static void init(int live)
{
    init_sound(live);
    flip(held[HELD - 1], 5);
}

static void allocation_reports_and_goes_elsewhere(void)
{
    void *object = kmem_cache_alloc(cache, GFP_KERNEL);
    struct report report = only_report(&fixture);

    assert_int_equal(report.kind, REPORT_POISON);
    assert_int_equal(report.action, ACTION_ISOLATE_SLAB);
    assert_ptr_equal(report.slab, slab);
    assert_ptr_not_equal(slab_at(fixture.heap, object), slab);
    kmem_cache_free(cache, object);
}

static void corrupt_slab_is_on_no_list(void **state)
{
    (void)state;
    init(2);
    allocation_reports_and_goes_elsewhere();
    assert_int_equal(slab_place(slab), SLAB_ON_ISOLATED);
    assert_int_equal(slab_state(slab).freelist, 0);
    assert_int_equal(slab_state(slab).inuse_count, 2);
    assert_int_equal(cache->nodes[0].partial_count, 1);
    assert_int_equal(cache->nodes[0].slab_count, 2);

    assert_int_equal(kmem_cache_validate(cache), 1);
    assert_int_equal(kmem_cache_shrink(cache), 1);
    assert_int_equal(fixture.test.report_count, 0);
    assert_int_equal(cache->nodes[0].slab_count, 1);
    test_heap_fini(&fixture);
}

static void last_live_object_takes_the_pages_out_of_circulation(void **state)
{
    (void)state;
    init(2);
    allocation_reports_and_goes_elsewhere();
    struct page *page = slab_page(fixture.heap, slab);
    unsigned order = slab->order;

    kmem_cache_free(cache, held[1]);
    assert_int_equal(slab_place(slab), SLAB_ON_ISOLATED);
    assert_int_equal(slab_state(slab).inuse_count, 1);
    assert_int_equal(page_state(page).kind, PAGE_SLAB);

    kmem_cache_free(cache, held[0]);
    assert_int_equal(page_state(page).kind, PAGE_ISOLATED);
    assert_int_equal(fixture.heap->memory.zones[0].isolated_page_count, order_pages(order));
    assert_int_equal(cache->nodes[0].slab_count, 1);
    assert_int_equal(kmem_cache_destroy(cache), HEAP_OK);
    assert_int_equal(fixture.test.report_count, 0);
    assert_int_equal(fixture.heap->memory.zones[0].free_page_count,
                     fixture.config.page_count - order_pages(order));
    test_heap_fini(&fixture);
}

/* Readers look at freed objects of a corrupt slab, too: its pages are theirs until they leave. */
static void pages_stay_until_readers_leave(void **state)
{
    (void)state;
    init_of(1, SLAB_DEBUG_FLAGS | SLAB_TYPESAFE_BY_RCU);
    flip(held[HELD - 1], SIZE);

    struct page *page = slab_page(fixture.heap, slab);

    assert_non_null(kmem_cache_alloc(cache, GFP_KERNEL));
    assert_int_equal(only_report(&fixture).kind, REPORT_RIGHT_REDZONE);
    held[0][7] = 'r';
    heap_rcu_read_lock(fixture.heap);
    kmem_cache_free(cache, held[0]);
    heap_rcu_run(fixture.heap);
    assert_int_equal(page_state(page).kind, PAGE_SLAB);
    assert_ptr_equal(slab->cache, cache);
    assert_int_equal(held[0][7], 'r');
    heap_rcu_read_unlock(fixture.heap);
    heap_rcu_run(fixture.heap);
    assert_int_equal(page_state(page).kind, PAGE_ISOLATED);
    assert_int_equal(fixture.test.report_count, 0);
    test_heap_fini(&fixture);
}

/* Not even one that the slab lost sight of. */
static void object_is_freed_twice_while_its_slab_waits(void **state)
{
    (void)state;
    init_of(1, SLAB_CONSISTENCY_CHECKS | SLAB_TYPESAFE_BY_RCU);
    flip(held[HELD - 1], (ptrdiff_t)cache->layout.free_pointer_offset);
    assert_non_null(kmem_cache_alloc(cache, GFP_KERNEL));
    assert_int_equal(only_report(&fixture).action, ACTION_ISOLATE_SLAB);
    heap_rcu_read_lock(fixture.heap);
    kmem_cache_free(cache, held[0]);
    kmem_cache_free(cache, held[1]);
    assert_int_equal(only_report(&fixture).kind, REPORT_DOUBLE_FREE);
    assert_int_equal(slab_state(slab).inuse_count, 0);
    heap_rcu_read_unlock(fixture.heap);
    assert_int_equal(kmem_cache_shrink(cache), 1);
    test_heap_fini(&fixture);
}

static void slab_without_live_objects_goes_at_once(void **state)
{
    (void)state;
    init(0);
    struct page *page = slab_page(fixture.heap, slab);

    allocation_reports_and_goes_elsewhere();
    assert_int_equal(page_state(page).kind, PAGE_ISOLATED);
    assert_int_equal(cache->nodes[0].slab_count, 1);
    assert_int_equal(kmem_cache_destroy(cache), HEAP_OK);
    test_heap_fini(&fixture);
}

static void object_that_came_home_cannot_come_twice(void **state)
{
    (void)state;
    init(3);
    allocation_reports_and_goes_elsewhere();
    kmem_cache_free(cache, held[2]);
    kmem_cache_free(cache, held[1]);
    assert_int_equal(fixture.test.report_count, 0);
    kmem_cache_free(cache, held[2]);
    assert_int_equal(only_report(&fixture).kind, REPORT_DOUBLE_FREE);
    assert_int_equal(slab_state(slab).inuse_count, 1);
    test_heap_fini(&fixture);
}

/* One that was free when the slab was isolated is on no list, but its redzones tell. */
static void object_that_was_free_cannot_come_home(void **state)
{
    (void)state;
    init(2);
    allocation_reports_and_goes_elsewhere();
    kmem_cache_free(cache, held[2]);
    assert_true(fixture.test.report_count > 0);
    assert_int_equal(fixture.test.reports[0].kind, REPORT_LEFT_REDZONE);
    assert_int_equal(fixture.test.reports[0].action, ACTION_KEEP_OBJECT);
    assert_int_equal(slab_state(slab).inuse_count, 2);
    test_heap_fini(&fixture);
}

static void every_corrupt_slab_is_passed_over(void **state)
{
    (void)state;
    enum { MORE = 200 };
    unsigned char *more[MORE];

    init_sound(HELD);
    for (int i = 0; i < MORE; i++) {
        more[i] = kmem_cache_alloc(cache, GFP_KERNEL);
    }
    for (int i = 0; i < MORE; i += 2) {
        kmem_cache_free(cache, more[i]);
        flip(more[i], 5);
    }

    uint32_t partial_count = cache->nodes[0].partial_count;
    unsigned char *object = kmem_cache_alloc(cache, GFP_KERNEL);

    assert_true(partial_count > 1);
    assert_int_equal(fixture.test.report_count, partial_count);
    assert_int_equal(cache->nodes[0].partial_count, 1);
    assert_int_equal(slab_state(slab_at(fixture.heap, object)).inuse_count, 1);
    test_heap_fini(&fixture);
}

static void destroy_waits_for_live_objects_of_an_isolated_slab(void **state)
{
    (void)state;
    init(1);
    allocation_reports_and_goes_elsewhere();
    assert_int_equal(kmem_cache_destroy(cache), HEAP_EBUSY);
    assert_true(fixture.test.report_count > 0);
    assert_int_equal(fixture.test.reports[0].kind, REPORT_OBJECTS_REMAINING);
    assert_ptr_equal(fixture.test.reports[0].slab, slab);
    assert_int_equal(cache->nodes[0].slab_count, 1);
    test_heap_fini(&fixture);
}

/* What a refused free kept is still its user's: destroy names it, and nothing else. */
static void destroy_names_the_object_that_a_free_kept(void **state)
{
    (void)state;
    init_sound(1);
    flip(held[0], SIZE);
    kmem_cache_free(cache, held[0]);
    assert_int_equal(only_report(&fixture).action, ACTION_KEEP_OBJECT);
    assert_int_equal(kmem_cache_destroy(cache), HEAP_EBUSY);

    struct report report = only_report(&fixture);

    assert_int_equal(report.kind, REPORT_OBJECTS_REMAINING);
    assert_int_equal(report.action, ACTION_KEEP_CACHE);
    assert_ptr_equal(report.object, held[0]);
    assert_int_equal(page_state(slab_page(fixture.heap, slab)).kind, PAGE_SLAB);
    test_heap_fini(&fixture);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(corrupt_slab_is_on_no_list),
        cmocka_unit_test(last_live_object_takes_the_pages_out_of_circulation),
        cmocka_unit_test(pages_stay_until_readers_leave),
        cmocka_unit_test(object_is_freed_twice_while_its_slab_waits),
        cmocka_unit_test(slab_without_live_objects_goes_at_once),
        cmocka_unit_test(object_that_came_home_cannot_come_twice),
        cmocka_unit_test(object_that_was_free_cannot_come_home),
        cmocka_unit_test(every_corrupt_slab_is_passed_over),
        cmocka_unit_test(destroy_waits_for_live_objects_of_an_isolated_slab),
        cmocka_unit_test(destroy_names_the_object_that_a_free_kept),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
