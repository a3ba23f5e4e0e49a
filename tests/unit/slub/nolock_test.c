/* Calls that take no lock: what they do at once, what they put off, and who does that. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "allocator/base/compiler.h"
#include "allocator/base/raw.h"
#include "allocator/base/world.h"
#include "tests/support/test_heap.h"
#include "tests/unit/slub/census.h"

enum { SIZE = 256, OBJECTS_MAX = 64 };

static struct test_heap fixture;
static struct kmem_cache *cache;
static void *objects[OBJECTS_MAX];
static uint32_t per_slab;

static void init(slab_flags_t flags, bool init_on_free)
{
    struct heap_config config = heap_config_default();

    config.init_on_free = init_on_free;
    test_heap_init(&fixture, &config);
    cache = test_heap_cache(&fixture, SIZE, flags);
    per_slab = cache->layout.objects_per_slab;
    assert_true(2 * per_slab <= OBJECTS_MAX);
}

static void fini(void)
{
    assert_int_equal(fixture.test.report_count, 0);
    world_native_enter(0);
    test_heap_fini(&fixture);
}

static void allocate(uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        objects[i] = kmem_cache_alloc(cache, GFP_KERNEL);
        assert_non_null(objects[i]);
    }
}

static uint64_t deferred(cpu_id_t cpu)
{
    return world_load(&cache->cpus[cpu].deferred);
}

static void allocation_gives_what_is_at_hand(void **state)
{
    (void)state;
    init(0, false);
    assert_null(kmem_cache_alloc_nolock(cache));
    allocate(1);
    for (uint32_t i = 1; i < per_slab; i++) {
        unsigned char *object = kmem_cache_alloc_nolock(cache);

        assert_ptr_equal(slab_at(fixture.heap, object), slab_of_cpu(cache, 0));
        object[0] = 1;
        object[SIZE - 1] = 1;
    }
    assert_null(kmem_cache_alloc_nolock(cache));
    assert_int_equal(take_census(cache).objects_in_use, per_slab);
    world_native_enter(1);
    assert_null(kmem_cache_alloc_nolock(cache));
    fini();
}

static void debug_caches_have_nothing_at_hand(void **state)
{
    (void)state;
    init(SLAB_DEBUG_FLAGS, false);
    allocate(1);
    kmem_cache_free(cache, objects[0]);
    assert_null(kmem_cache_alloc_nolock(cache));
    fini();
}

static void free_to_the_own_slab_is_done_at_once(void **state)
{
    (void)state;
    init(0, false);
    allocate(2);
    kmem_cache_free_nolock(cache, objects[0]);
    assert_int_equal(deferred(0), 0);
    assert_int_equal(take_census(cache).objects_in_use, 1);
    assert_ptr_equal(kmem_cache_alloc_nolock(cache), objects[0]);
    fini();
}

static void null_may_be_freed(void **state)
{
    (void)state;
    init(0, false);
    kmem_cache_free_nolock(cache, NULL);
    assert_int_equal(deferred(0), 0);
    fini();
}

/* The objects of a full slab, which is no CPU's. */
static void put_off(uint32_t count)
{
    allocate(per_slab + 1);
    for (uint32_t i = 0; i < count; i++) {
        kmem_cache_free_nolock(cache, objects[i]);
    }
    assert_int_equal(deferred(0), object_to_ref(cache, objects[count - 1]));
    assert_int_equal(take_census(cache).objects_in_use, per_slab + 1);
}

static void free_to_another_slab_is_put_off(void **state)
{
    (void)state;
    init(0, false);
    put_off(3);
    if (memory_is_guarded()) {
        assert_true(memory_byte_is_hidden(objects[0]));
        assert_true(memory_byte_is_hidden((char *)objects[2] + SIZE - 1));
    }
    assert_false(slab_state(slab_at(fixture.heap, objects[0])).frozen);
    fini();
}

static void each_cpu_puts_off_for_itself(void **state)
{
    (void)state;
    init(0, false);
    allocate(2);
    world_native_enter(1);
    kmem_cache_free_nolock(cache, objects[0]);
    kmem_cache_free_nolock(cache, objects[1]);
    assert_int_equal(deferred(0), 0);
    assert_int_equal(deferred(1), object_to_ref(cache, objects[1]));
    fini();
}

static void slow_allocation_finds_what_was_put_off(void **state)
{
    (void)state;
    init(0, false);
    put_off(2);
    struct slab *slab = slab_at(fixture.heap, objects[0]);

    for (uint32_t i = 1; i < per_slab; i++) {
        assert_non_null(kmem_cache_alloc(cache, GFP_KERNEL));
    }
    assert_int_not_equal(deferred(0), 0);
    assert_ptr_equal(slab_at(fixture.heap, kmem_cache_alloc(cache, GFP_KERNEL)), slab);
    assert_int_equal(deferred(0), 0);
    assert_int_equal(take_census(cache).objects_in_use, 2 * per_slab - 1);
    fini();
}

enum errand { SLOW_FREE, BULK_FREE, FLUSH, OFFLINE, SHRINK, DESTROY, ERRAND_COUNT };

static void run_errand(enum errand errand)
{
    switch (errand) {
    case SLOW_FREE:
        kmem_cache_free(cache, objects[2]);
        break;
    case BULK_FREE:
        kmem_cache_free_bulk(cache, 1, &objects[2]);
        break;
    case FLUSH:
        kmem_cache_flush_cpu(cache, 0);
        break;
    case OFFLINE:
        world_native_enter(1);
        heap_cpu_offline(fixture.heap, 0);
        break;
    case SHRINK:
        world_native_enter(1);
        assert_int_equal(kmem_cache_shrink(cache), 1);
        break;
    default:
        for (uint32_t i = 2; i <= per_slab; i++) {
            kmem_cache_free_nolock(cache, objects[i]);
        }
        world_native_enter(1);
        assert_int_equal(kmem_cache_destroy(cache), HEAP_OK);
        break;
    }
}

/* Whoever does it, the object is free afterwards; and nothing is done twice. */
static void what_was_put_off_is_done(slab_flags_t flags)
{
    for (enum errand errand = SLOW_FREE; errand < ERRAND_COUNT; errand++) {
        init(flags, true);
        put_off(2);
        run_errand(errand);
        if (errand != DESTROY) {
            bool freed_more = errand == SLOW_FREE || errand == BULK_FREE;

            assert_int_equal(deferred(0), 0);
            assert_int_equal(take_census(cache).objects_in_use, per_slab - 1 - freed_more);
        }
        fini();
    }
}

/* The first free leaves the slab with the CPU that destroys, which was looked at already. */
static void what_was_put_off_elsewhere_is_done(void **state)
{
    (void)state;
    init(0, false);
    allocate(per_slab);
    world_native_enter(1);
    kmem_cache_flush_cpu(cache, 0);
    for (uint32_t i = 0; i < per_slab; i++) {
        kmem_cache_free_nolock(cache, objects[i]);
    }
    assert_int_not_equal(deferred(1), 0);
    world_native_enter(0);
    assert_int_equal(kmem_cache_destroy(cache), HEAP_OK);
    fini();
}

static void what_was_put_off_is_done_by_others(void **state)
{
    (void)state;
    what_was_put_off_is_done(0);
}

/* Their frees are all put off; until then the objects look used to every check. */
static void debug_caches_put_off_every_free(void **state)
{
    (void)state;
    what_was_put_off_is_done(SLAB_DEBUG_FLAGS);
    what_was_put_off_is_done(SLAB_CONSISTENCY_CHECKS);
}

/* The stack leads from slab to slab, as no freelist does: a validation must not see that. */
static void validation_does_not_mind(void **state)
{
    (void)state;
    init(SLAB_DEBUG_FLAGS, false);
    allocate(2 * per_slab);
    for (uint32_t i = 0; i < per_slab; i++) {
        kmem_cache_free_nolock(cache, objects[i]);
        kmem_cache_free_nolock(cache, objects[per_slab + i]);
    }
    assert_int_equal(kmem_cache_validate(cache), 2);
    assert_int_equal(deferred(0), 0);
    assert_int_equal(take_census(cache).objects_in_use, 0);
    fini();
}

static void damage_is_found_when_the_free_is_done(void **state)
{
    (void)state;
    init(SLAB_DEBUG_FLAGS, false);
    allocate(1);
    unsigned char *byte = (unsigned char *)objects[0] - 1;

    raw_store_byte(byte, (unsigned char)(raw_load_byte(byte) ^ 1));
    kmem_cache_free_nolock(cache, objects[0]);
    assert_int_equal(fixture.test.report_count, 0);
    kmem_cache_flush_cpu(cache, 0);
    assert_int_equal(fixture.test.report_count, 1);
    assert_int_equal(test_platform_report(&fixture.test)->kind, REPORT_LEFT_REDZONE);
    test_platform_clear(&fixture.test);
    fini();
}

/* Secrets do not wait: all but the link is gone when the call returns. */
static void wiping_is_not_put_off(void **state)
{
    (void)state;
    init(0, true);
    allocate(per_slab + 1);
    raw_fill(objects[0], SIZE, 0x5a);
    kmem_cache_free_nolock(cache, objects[0]);
    assert_int_not_equal(deferred(0), 0);

    size_t link = cache->layout.free_pointer_offset;

    assert_int_equal(raw_find_other(objects[0], link, 0), link);
    assert_int_equal(raw_find_other((char *)objects[0] + link + WORD_SIZE, SIZE - link - WORD_SIZE,
                                    0),
                     SIZE - link - WORD_SIZE);
    fini();
}

static void misuse_is_reported_at_once(void **state)
{
    (void)state;
    init(0, false);
    struct kmem_cache *other = test_heap_cache(&fixture, SIZE, 0);

    allocate(2);
    kmem_cache_free_nolock(other, objects[0]);
    assert_int_equal(test_platform_report(&fixture.test)->kind, REPORT_WRONG_CACHE);
    kmem_cache_free_nolock(cache, objects[1]);
    kmem_cache_free_nolock(cache, objects[1]);
    assert_int_equal(test_platform_report(&fixture.test)->kind, REPORT_DOUBLE_FREE);
    assert_int_equal(fixture.test.report_count, 2);
    assert_int_equal(take_census(cache).objects_in_use, 1);
    test_platform_clear(&fixture.test);
    fini();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(allocation_gives_what_is_at_hand),
        cmocka_unit_test(debug_caches_have_nothing_at_hand),
        cmocka_unit_test(free_to_the_own_slab_is_done_at_once),
        cmocka_unit_test(null_may_be_freed),
        cmocka_unit_test(free_to_another_slab_is_put_off),
        cmocka_unit_test(each_cpu_puts_off_for_itself),
        cmocka_unit_test(slow_allocation_finds_what_was_put_off),
        cmocka_unit_test(what_was_put_off_elsewhere_is_done),
        cmocka_unit_test(what_was_put_off_is_done_by_others),
        cmocka_unit_test(debug_caches_put_off_every_free),
        cmocka_unit_test(validation_does_not_mind),
        cmocka_unit_test(damage_is_found_when_the_free_is_done),
        cmocka_unit_test(wiping_is_not_put_off),
        cmocka_unit_test(misuse_is_reported_at_once),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
