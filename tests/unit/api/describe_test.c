/* What is known of a pointer: objects, large ones, runs, the guard pool, and nothing. */
#include "allocator/api/describe.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "allocator/api/kmalloc.h"
#include "tests/support/test_heap.h"

static struct test_heap fixture;

static void init(bool object_bitmap, uint32_t guard_pool_interval)
{
    struct heap_config config = heap_config_default();

    config.object_bitmap = object_bitmap;
    config.guard_pool_interval = guard_pool_interval;
    test_heap_init(&fixture, &config);
}

static struct description expect(const void *address, enum described_kind kind,
                                 enum described_state state)
{
    struct description described = heap_describe(fixture.heap, address);

    assert_int_equal(described.kind, kind);
    assert_int_equal(described.state, state);
    assert_ptr_equal(described.address, address);
    return described;
}

static void marks_tell_who_is_live(void **state)
{
    (void)state;
    for (int is_marked = 0; is_marked < 2; is_marked++) {
        init(is_marked != 0, 0);

        struct kmem_cache *cache = test_heap_cache(&fixture, 48, 0);
        unsigned char *object = kmem_cache_alloc(cache, GFP_KERNEL);
        struct description described = expect(
            object + 47, DESCRIBED_OBJECT, is_marked ? DESCRIBED_LIVE : DESCRIBED_UNKNOWN);

        assert_ptr_equal(described.start, object);
        assert_int_equal(described.offset, 47);
        assert_int_equal(described.size, 48);
        assert_ptr_equal(described.cache, cache);
        kmem_cache_free(cache, object);
        expect(object, DESCRIBED_OBJECT, is_marked ? DESCRIBED_FREE : DESCRIBED_UNKNOWN);
        test_heap_fini(&fixture);
    }
}

/* A pointer into the left redzone is one of the object behind it. */
static void redzones_are_of_their_object(void **state)
{
    (void)state;
    init(false, 0);

    struct kmem_cache *cache = test_heap_cache(&fixture, 100, SLAB_RED_ZONE | SLAB_STORE_USER);
    unsigned char *object = kmem_cache_alloc(cache, GFP_KERNEL);
    struct description described = expect(object - 3, DESCRIBED_OBJECT, DESCRIBED_UNKNOWN);

    assert_ptr_equal(described.start, object);
    assert_int_equal(described.offset, -3);
    assert_int_not_equal(described.alloc.site, 0);
    assert_int_equal(described.free.site, 0);
    kmem_cache_free(cache, object);
    test_heap_fini(&fixture);
}

static void runs_are_told_apart(void **state)
{
    (void)state;
    init(false, 0);

    unsigned char *large = heap_alloc(fixture.heap, 20000, GFP_KERNEL);
    struct description described = expect(large + 19999, DESCRIBED_LARGE, DESCRIBED_LIVE);

    assert_ptr_equal(described.start, large);
    assert_int_equal(described.size, 32768);
    heap_free(fixture.heap, large);
    expect(large, DESCRIBED_PAGE, DESCRIBED_FREE);
    described = expect(&described, DESCRIBED_NOTHING, DESCRIBED_UNKNOWN);
    assert_null(described.start);
    expect(NULL, DESCRIBED_NOTHING, DESCRIBED_UNKNOWN);
    test_heap_fini(&fixture);
}

static void guarded_objects_have_their_acts(void **state)
{
    (void)state;
    char text[256];

    init(false, 1);

    struct kmem_cache *cache = test_heap_cache(&fixture, 40, 0);
    unsigned char *object = kmem_cache_alloc(cache, GFP_KERNEL);
    struct description described = expect(object + 1, DESCRIBED_GUARDED, DESCRIBED_LIVE);

    assert_ptr_equal(described.start, object);
    assert_int_equal(described.size, 40);
    assert_int_not_equal(described.alloc.site, 0);
    assert_int_equal(described.free.site, 0);
    kmem_cache_free(cache, object);
    described = expect(object, DESCRIBED_GUARDED, DESCRIBED_FREE);
    assert_int_not_equal(described.free.site, 0);
    heap_describe_text(&described, text, sizeof(text));
    assert_non_null(strstr(text, " slab kfence "));
    assert_non_null(strstr(text, " pointer offset 0 size 40 free\n"));
    test_heap_fini(&fixture);
}

/* A text that does not fit is cut; its size is that of the whole. */
static void texts_are_cut(void **state)
{
    (void)state;
    char text[16];

    init(false, 0);

    struct description described = heap_describe(fixture.heap, NULL);

    assert_int_equal(heap_describe_text(&described, text, sizeof(text)), 16);
    assert_string_equal(text, " unknown memory");
    test_heap_fini(&fixture);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(marks_tell_who_is_live),
        cmocka_unit_test(redzones_are_of_their_object),
        cmocka_unit_test(runs_are_told_apart),
        cmocka_unit_test(guarded_objects_have_their_acts),
        cmocka_unit_test(texts_are_cut),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
