/* The cases by which Linux tests SLUB's debugging, on caches of the same shapes. */
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "allocator/api/kmalloc.h"
#include "allocator/cache/freelist.h"
#include "tests/unit/debug/debug_heap.h"

enum { SIZE = 64 };

static struct test_heap fixture;
static struct kmem_cache *cache;
static unsigned char *object;

/* A cache with these flags alone, and an object of it. */
static void init(slab_flags_t flags)
{
    debug_heap_init(&fixture, 0);
    cache = debug_heap_cache(
        &fixture, (struct cache_request){.size = SIZE, .flags = flags | SLAB_NO_USER_FLAGS});
    object = kmem_cache_alloc(cache, GFP_KERNEL);
}

static void fini(void)
{
    kmem_cache_validate(cache);
    assert_int_equal(fixture.test.report_count, 0);
    test_heap_fini(&fixture);
}

/* The one report that validation sends is of this kind and about this byte. */
static void validate_finds(enum report_kind kind, const unsigned char *damage)
{
    assert_int_equal(kmem_cache_validate(cache), 1);

    struct report report = only_report(&fixture);

    assert_string_equal(report_kind_name(report.kind), report_kind_name(kind));
    assert_ptr_equal(report.object, object);
    assert_ptr_equal(report.damage, damage);
}

static void clobber_zone(void **state)
{
    (void)state;
    init(Z);
    raw_store_byte(object + SIZE, 0x12);
    validate_finds(REPORT_RIGHT_REDZONE, object + SIZE);
    kmem_cache_free(cache, object);
    fini();
}

static void next_pointer(void **state)
{
    (void)state;
    static const enum report_kind kinds[] = {REPORT_FREE_CHAIN, REPORT_OBJECT_COUNT};

    init(P);
    kmem_cache_free(cache, object);

    unsigned char *slot = freelist_slot(cache, object);
    uint64_t link = raw_load_word(slot);

    raw_store_byte(slot, (unsigned char)~raw_load_byte(slot));
    assert_int_equal(kmem_cache_validate(cache), 1);
    expect_reports(&fixture, 2, kinds);
    assert_null(freelist_next(cache, object));

    raw_store_word(slot, link);
    assert_int_equal(kmem_cache_validate(cache), 1);
    expect_reports(&fixture, 1, kinds + 1);
    fini();
}

static void first_word(void **state)
{
    (void)state;
    init(P);
    kmem_cache_free(cache, object);
    raw_store_byte(object, 0x78);
    validate_finds(REPORT_POISON, object);
    fini();
}

static void clobber_50th_byte(void **state)
{
    (void)state;
    init(P);
    kmem_cache_free(cache, object);
    raw_store_byte(object + 50, 0x9a);
    validate_finds(REPORT_POISON, object + 50);
    fini();
}

static void clobber_redzone_free(void **state)
{
    (void)state;
    init(Z);
    kmem_cache_free(cache, object);
    raw_store_byte(object + SIZE, 0xab);
    validate_finds(REPORT_RIGHT_REDZONE, object + SIZE);
    fini();
}

static void kmalloc_redzone_access(void **state)
{
    (void)state;
    debug_heap_init(&fixture, U | Z);
    cache = heap_kmalloc_cache(fixture.heap, 18);
    assert_int_equal(kmem_cache_size(cache), 32);
    object = heap_alloc(fixture.heap, 18, GFP_KERNEL);
    raw_store_byte(object + 18, 0xab);
    raw_store_byte(object + 19, 0xab);
    validate_finds(REPORT_KMALLOC_REDZONE, object + 18);
    assert_int_equal(fixture.test.reports[0].damage_size, 2);
    heap_free(fixture.heap, object);
    fini();
}

static void leak_destroy(void **state)
{
    (void)state;
    init(SLAB_NO_MERGE);
    assert_int_equal(kmem_cache_destroy(cache), HEAP_EBUSY);

    struct report report = only_report(&fixture);

    assert_int_equal(report.kind, REPORT_OBJECTS_REMAINING);
    assert_int_equal(report.stage, STAGE_DESTROY);
    assert_ptr_equal(report.object, object);
    test_heap_fini(&fixture);
}

static void resize(size_t size)
{
    object = heap_realloc(fixture.heap, object, size, GFP_KERNEL | __GFP_ZERO);
    assert_non_null(object);
}

static void krealloc_redzone_zeroing(void **state)
{
    (void)state;
    debug_heap_init(&fixture, U | Z);
    cache = heap_kmalloc_cache(fixture.heap, 48);
    object = heap_zalloc(fixture.heap, 48, GFP_KERNEL);
    memset(object, 0xff, 48);

    const unsigned char *old = object;

    resize(40);
    assert_ptr_equal(object, old);
    assert_bytes(object, 40, 24, 0xcc);
    kmem_cache_validate(cache);

    resize(56);
    assert_ptr_equal(object, old);
    assert_bytes(object, 0, 40, 0xff);
    assert_bytes(object, 40, 16, 0);
    assert_bytes(object, 56, 8, 0xcc);
    kmem_cache_validate(cache);

    memset(object, 0xff, 56);
    resize(112);
    assert_ptr_not_equal(object, old);
    assert_bytes(object, 0, 56, 0xff);
    assert_bytes(object, 56, 56, 0);
    assert_bytes(object, 112, 16, 0xcc);
    heap_free(fixture.heap, object);
    fini();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(clobber_zone),
        cmocka_unit_test(next_pointer),
        cmocka_unit_test(first_word),
        cmocka_unit_test(clobber_50th_byte),
        cmocka_unit_test(clobber_redzone_free),
        cmocka_unit_test(kmalloc_redzone_access),
        cmocka_unit_test(leak_destroy),
        cmocka_unit_test(krealloc_redzone_zeroing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
