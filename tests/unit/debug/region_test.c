/* Each region of a slot, damaged in each place, and found by each check that is to look at it. */
#include "allocator/debug/consistency.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "allocator/api/kmalloc.h"
#include "allocator/base/bits.h"
#include "tests/unit/debug/debug_heap.h"

static void construct(void *object)
{
    memset(object, 0x11, 20);
}

/* Offsets worked out by hand from the rules of layout.h. */
static const struct region {
    struct cache_request request;
    bool live;
    ptrdiff_t first;
    size_t size;
    unsigned char expected;
    enum report_kind kind;
} regions[] = {
    {{.size = 60, .flags = F | Z | P | U}, true, -8, 8, 0xcc, REPORT_LEFT_REDZONE},
    {{.size = 60, .flags = F | Z | P | U}, false, -8, 8, 0xbb, REPORT_LEFT_REDZONE},
    {{.size = 60, .align = 64, .flags = F | Z}, true, -64, 64, 0xcc, REPORT_LEFT_REDZONE},
    {{.size = 60, .flags = F | Z | P | U}, true, 60, 4, 0xcc, REPORT_RIGHT_REDZONE},
    {{.size = 60, .flags = F | Z | P | U}, false, 60, 4, 0xbb, REPORT_RIGHT_REDZONE},
    {{.size = 64, .flags = F | Z}, true, 64, 8, 0xcc, REPORT_RIGHT_REDZONE},
    {{.size = 3, .flags = F | Z}, true, 3, 5, 0xcc, REPORT_RIGHT_REDZONE},
    {{.size = 5000, .flags = F | Z}, true, 5000, 8, 0xcc, REPORT_RIGHT_REDZONE},
    {{.size = 60, .flags = F | Z | P | U}, true, 136, 8, 0x5a, REPORT_OBJECT_PADDING},
    {{.size = 60, .flags = F | Z | P | U}, false, 136, 8, 0x5a, REPORT_OBJECT_PADDING},
    {{.size = 20, .align = 64, .flags = F | P}, true, 32, 32, 0x5a, REPORT_OBJECT_PADDING},
    {{.size = 20, .flags = F | P}, true, 20, 4, 0x5a, REPORT_ALIGNMENT_PADDING},
    {{.size = 20, .flags = F | P}, false, 20, 4, 0x5a, REPORT_ALIGNMENT_PADDING},
    {{.size = 20, .flags = F | P, .ctor = construct}, false, 20, 4, 0x5a, REPORT_ALIGNMENT_PADDING},
    {{.size = 20, .flags = F | P}, false, 0, 19, 0x6b, REPORT_POISON},
    {{.size = 20, .flags = F | P}, false, 19, 1, 0xa5, REPORT_END_POISON},
    {{.size = 1, .flags = F | Z | P}, false, 0, 1, 0xa5, REPORT_END_POISON},
    {{.size = 9000, .flags = F | Z | P | U}, false, 0, 8999, 0x6b, REPORT_POISON},
};

/* Which check comes upon the damage, and what it means for the object. */
enum check { CHECK_VALIDATE, CHECK_FREE, CHECK_ALLOC, CHECK_DISCARD, CHECK_COUNT };

static const struct {
    bool live;    /* looks at live objects */
    bool free;    /* looks at free objects */
    enum report_stage stage;
    enum report_action action;
} checks[CHECK_COUNT] = {
    [CHECK_VALIDATE] = {true, true, STAGE_VALIDATE, ACTION_RESTORE_BYTES},
    [CHECK_FREE] = {true, false, STAGE_FREE, ACTION_KEEP_OBJECT},
    [CHECK_ALLOC] = {false, true, STAGE_ALLOC, ACTION_ISOLATE_SLAB},
    [CHECK_DISCARD] = {false, true, STAGE_DISCARD, ACTION_RESTORE_BYTES},
};

static struct test_heap fixture;

static void run_check(enum check check, struct kmem_cache *cache, void *object, void *keeper)
{
    switch (check) {
    case CHECK_VALIDATE:
        assert_true(kmem_cache_validate(cache) > 0);
        break;
    case CHECK_FREE:
        kmem_cache_free(cache, object);
        break;
    case CHECK_ALLOC:
        assert_ptr_not_equal(kmem_cache_alloc(cache, GFP_KERNEL), object);
        break;
    default:
        kmem_cache_free(cache, keeper);
        assert_int_equal(fixture.test.report_count, 0);
        assert_int_equal(kmem_cache_shrink(cache), 0);
    }
}

/* Damages bytes first and final of a region, and expects one report that spans them. */
static void damage_is_found(const struct region *region, enum check check, size_t first,
                            size_t final)
{
    debug_heap_init(&fixture, 0);
    struct kmem_cache *cache = debug_heap_cache(&fixture, region->request);
    void *keeper = kmem_cache_alloc(cache, GFP_KERNEL);
    unsigned char *object = kmem_cache_alloc(cache, GFP_KERNEL);
    const struct slab *slab = slab_at(fixture.heap, object);

    if (!region->live) {
        kmem_cache_free(cache, object);
    }
    flip(object, region->first + (ptrdiff_t)first);
    if (first != final) {
        flip(object, region->first + (ptrdiff_t)final);
    }
    run_check(check, cache, object, keeper);

    struct report report = only_report(&fixture);

    assert_string_equal(report_kind_name(report.kind), report_kind_name(region->kind));
    assert_int_equal(report.stage, checks[check].stage);
    assert_int_equal(report.action, checks[check].action);
    assert_ptr_equal(report.cache, cache);
    assert_ptr_equal(report.slab, slab);
    assert_ptr_equal(report.page, slab_page(fixture.heap, slab));
    assert_ptr_equal(report.object, object);
    assert_ptr_equal(report.damage, object + region->first + first);
    assert_int_equal(report.damage_size, final - first + 1);
    assert_int_equal(report.expected_byte, region->expected);
    assert_int_not_equal(report.site, 0);
    assert_bytes(object, region->first, region->size, region->expected);
    kmem_cache_validate(cache);
    assert_int_equal(fixture.test.report_count, 0);
    test_heap_fini(&fixture);
}

static void each_region_is_checked_to_the_byte(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(regions) / sizeof(regions[0]); i++) {
        const struct region *region = &regions[i];

        for (enum check check = 0; check < CHECK_COUNT; check++) {
            if (region->live ? checks[check].live : checks[check].free) {
                damage_is_found(region, check, 0, 0);
                damage_is_found(region, check, region->size - 1, region->size - 1);
                damage_is_found(region, check, 0, region->size - 1);
            }
        }
    }
}

static void bytes_beside_a_region_are_the_users(void **state)
{
    (void)state;
    debug_heap_init(&fixture, 0);
    struct kmem_cache *cache =
        debug_heap_cache(&fixture, (struct cache_request){.size = 60, .flags = F | Z | P | U});
    unsigned char *object = kmem_cache_alloc(cache, GFP_KERNEL);

    memset(object, 0x5c, 60);
    assert_int_equal(kmem_cache_validate(cache), 1);
    kmem_cache_free(cache, object);
    assert_int_equal(fixture.test.report_count, 0);
    test_heap_fini(&fixture);
}

static void slack_of_a_tracked_object_is_redzone(void **state)
{
    (void)state;
    debug_heap_init(&fixture, F | Z | U);
    unsigned char *object = heap_alloc(fixture.heap, 18, GFP_KERNEL);
    struct kmem_cache *cache = heap_kmalloc_cache(fixture.heap, 18);

    flip(object, 18);
    flip(object, 31);
    heap_free(fixture.heap, object);

    struct report report = only_report(&fixture);

    assert_int_equal(report.kind, REPORT_KMALLOC_REDZONE);
    assert_ptr_equal(report.damage, object + 18);
    assert_int_equal(report.damage_size, 14);
    assert_int_equal(report.expected_byte, 0xcc);
    assert_bytes(object, 18, 14, 0xcc);
    heap_free(fixture.heap, object);
    kmem_cache_validate(cache);
    assert_int_equal(fixture.test.report_count, 0);
    test_heap_fini(&fixture);
}

/* One report a region: three zones of one object are three reports, in this order. */
static void each_damaged_region_is_reported(void **state)
{
    (void)state;
    static const enum report_kind kinds[] = {REPORT_LEFT_REDZONE, REPORT_RIGHT_REDZONE,
                                             REPORT_OBJECT_PADDING};

    debug_heap_init(&fixture, 0);
    struct kmem_cache *cache =
        debug_heap_cache(&fixture, (struct cache_request){.size = 60, .flags = F | Z | P | U});
    unsigned char *object = kmem_cache_alloc(cache, GFP_KERNEL);

    flip(object, 140);
    flip(object, 61);
    flip(object, -3);
    kmem_cache_free(cache, object);
    expect_reports(&fixture, 3, kinds);
    kmem_cache_free(cache, object);
    assert_int_equal(fixture.test.report_count, 0);
    test_heap_fini(&fixture);
}

/* The tail of a slab belongs to no object: its damage is repaired and nothing else follows. */
static void padding_of_the_slab_is_restored(void **state)
{
    (void)state;
    for (enum check check = 0; check < CHECK_COUNT; check++) {
        debug_heap_init(&fixture, 0);
        struct kmem_cache *cache =
            debug_heap_cache(&fixture, (struct cache_request){.size = 60, .flags = F | Z | P});
        void *keeper = kmem_cache_alloc(cache, GFP_KERNEL);
        void *object = kmem_cache_alloc(cache, GFP_KERNEL);
        const struct slab *slab = slab_at(fixture.heap, object);
        size_t used = slab_state(slab).object_count * cache->layout.stride;
        unsigned char *tail = slab_base(fixture.heap, slab) + used;
        size_t size = order_size(slab->order) - used;

        assert_true(size > 1);
        if (check == CHECK_DISCARD) {
            kmem_cache_free(cache, object);
        }
        flip(tail, 1);
        flip(tail, (ptrdiff_t)size - 1);
        if (check == CHECK_DISCARD) {
            /* Freeing looks at the slab, too: damage it once more behind that. */
            kmem_cache_free(cache, keeper);
            only_report(&fixture);
            flip(tail, 1);
            flip(tail, (ptrdiff_t)size - 1);
            assert_int_equal(kmem_cache_shrink(cache), 0);
        } else {
            run_check(check, cache, object, keeper);
        }

        struct report report = only_report(&fixture);

        assert_int_equal(report.kind, REPORT_SLAB_PADDING);
        assert_int_equal(report.stage, checks[check].stage);
        assert_int_equal(report.action, ACTION_RESTORE_BYTES);
        assert_null(report.object);
        assert_ptr_equal(report.damage, tail + 1);
        assert_int_equal(report.damage_size, size - 1);
        assert_bytes(tail, 0, size, 0x5a);
        test_heap_fini(&fixture);
    }
}

/* Behind a live object lies its old link: it must still lead to an object or nowhere. */
static void free_pointer_of_a_live_object_is_checked(void **state)
{
    (void)state;
    for (enum check check = CHECK_VALIDATE; check <= CHECK_FREE; check++) {
        debug_heap_init(&fixture, 0);
        struct kmem_cache *cache =
            debug_heap_cache(&fixture, (struct cache_request){.size = 60, .flags = F | P});
        unsigned char *object = kmem_cache_alloc(cache, GFP_KERNEL);

        flip(object, 64);
        run_check(check, cache, object, NULL);

        struct report report = only_report(&fixture);

        assert_int_equal(report.kind, REPORT_FREE_POINTER);
        assert_int_equal(report.action, checks[check].action);
        assert_ptr_equal(report.object, object);
        assert_ptr_equal(report.damage, object + 64);
        assert_int_equal(report.damage_size, 8);
        kmem_cache_free(cache, object);
        assert_int_equal(kmem_cache_validate(cache), 1);
        assert_int_equal(fixture.test.report_count, 0);
        test_heap_fini(&fixture);
    }
}

static void slab_knows_its_objects(void **state)
{
    (void)state;
    debug_heap_init(&fixture, 0);
    struct kmem_cache *cache =
        debug_heap_cache(&fixture, (struct cache_request){.size = 60, .flags = Z});
    unsigned char *object = kmem_cache_alloc(cache, GFP_KERNEL);
    const struct slab *slab = slab_at(fixture.heap, object);
    uint32_t count = slab_state(slab).object_count;
    unsigned char *first = slab_object(slab, 0);
    unsigned char *end = slab_object(slab, count);

    assert_true(slab_has_object(slab, object));
    assert_int_equal(slab_object_index(slab, slab_object(slab, count - 1)), count - 1);
    assert_false(slab_has_object(slab, object + 1));
    assert_false(slab_has_object(slab, first - cache->layout.stride));
    assert_false(slab_has_object(slab, first - 1));
    assert_false(slab_has_object(slab, end));
    assert_false(slab_has_object(slab, NULL));
    assert_false(slab_has_object(slab, (void *)UINTPTR_MAX));
    test_heap_fini(&fixture);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_region_is_checked_to_the_byte),
        cmocka_unit_test(bytes_beside_a_region_are_the_users),
        cmocka_unit_test(slack_of_a_tracked_object_is_redzone),
        cmocka_unit_test(each_damaged_region_is_reported),
        cmocka_unit_test(padding_of_the_slab_is_restored),
        cmocka_unit_test(free_pointer_of_a_live_object_is_checked),
        cmocka_unit_test(slab_knows_its_objects),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
