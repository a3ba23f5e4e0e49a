#include "tests/unit/debug/debug_heap.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

void debug_heap_init(struct test_heap *fixture, slab_flags_t debug_flags)
{
    struct heap_config config = heap_config_default();

    config.debug_flags = debug_flags;
    test_heap_init(fixture, &config);
}

struct kmem_cache *debug_heap_cache(struct test_heap *fixture, struct cache_request request)
{
    struct kmem_cache *cache;

    request.name = "test";
    assert_int_equal(heap_cache_create(fixture->heap, &request, &cache), HEAP_OK);
    return cache;
}

void flip(void *object, ptrdiff_t offset)
{
    unsigned char *byte = (unsigned char *)object + offset;

    raw_store_byte(byte, raw_load_byte(byte) ^ 0x40);
}

void assert_bytes(const void *object, ptrdiff_t offset, size_t size, unsigned char value)
{
    assert_int_equal(raw_find_other((const unsigned char *)object + offset, size, value), size);
}

struct report only_report(struct test_heap *fixture)
{
    struct report report = fixture->test.reports[0];

    assert_int_equal(fixture->test.report_count, 1);
    test_platform_clear(&fixture->test);
    return report;
}

void expect_reports(struct test_heap *fixture, size_t count, const enum report_kind *kinds)
{
    assert_int_equal(fixture->test.report_count, count);
    for (size_t i = 0; i < count; i++) {
        assert_string_equal(report_kind_name(fixture->test.reports[i].kind),
                            report_kind_name(kinds[i]));
    }
    test_platform_clear(&fixture->test);
}
