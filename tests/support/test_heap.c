#include "tests/support/test_heap.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

void test_heap_init(struct test_heap *fixture, const struct heap_config *config)
{
    test_platform_init(&fixture->test);
    fixture->config = *config;
    fixture->heap = heap_create(config, &fixture->test.platform);
    assert_non_null(fixture->heap);
}

void test_heap_fini(struct test_heap *fixture)
{
    heap_destroy(fixture->heap);
    assert_int_equal(fixture->test.map_count, 0);
}

struct kmem_cache *test_heap_cache(struct test_heap *fixture, size_t size, slab_flags_t flags)
{
    const struct cache_request request = {.name = "test", .size = size, .flags = flags};
    struct kmem_cache *cache;

    assert_int_equal(heap_cache_create(fixture->heap, &request, &cache), HEAP_OK);
    return cache;
}
