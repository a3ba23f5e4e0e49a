/* Which node an object lies on, and which lists its slab goes to. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "allocator/api/kmalloc.h"
#include "allocator/api/nodes.h"
#include "allocator/api/pages.h"
#include "allocator/api/pages_many.h"
#include "allocator/base/world.h"
#include "allocator/cache/heap_state.h"
#include "tests/support/test_heap.h"

enum { SIZE = 1024, PER_SLAB = 4 };

static struct test_heap fixture;
static struct kmem_cache *cache;

static void init(uint32_t memoryless_nodes, uint32_t remote_defrag_ratio, slab_flags_t flags)
{
    struct heap_config config = heap_config_default();

    config.page_count = 64;
    config.cpu_count = 2;
    config.node_count = 2;
    config.memoryless_nodes = memoryless_nodes;
    config.remote_defrag_ratio = remote_defrag_ratio;
    config.slab_order_max = 0;
    config.partial_floor = 0;
    config.partial_ceiling = 0;
    config.cpu_partial_slabs = 0;
    test_heap_init(&fixture, &config);
    world_native_enter(0);
    cache = test_heap_cache(&fixture, SIZE, flags);
}

static void fini(void)
{
    assert_int_equal(fixture.test.report_count, 0);
    world_native_enter(0);
    test_heap_fini(&fixture);
}

static uint32_t node_of(const void *object)
{
    return slab_at(fixture.heap, object)->node;
}

static void *alloc_on(int node, gfp_t gfp)
{
    return kmem_cache_alloc_node(cache, gfp | GFP_KERNEL, node);
}

static void object_lies_where_it_was_asked_to(void **state)
{
    static const slab_flags_t flags[] = {0, SLAB_DEBUG_FLAGS};

    (void)state;
    for (unsigned i = 0; i < 2; i++) {
        init(0, 1000, flags[i]);
        for (int round = 0; round < 8; round++) {
            assert_int_equal(node_of(alloc_on(round % 2, __GFP_THISNODE)), round % 2);
            assert_int_equal(node_of(alloc_on(round % 2, 0)), round % 2);
        }
        assert_true(cache->nodes[0].slab_count >= 2);
        assert_true(cache->nodes[1].slab_count >= 2);
        fini();
    }
}

static void slab_of_another_node_goes_back_to_it(void **state)
{
    void *first;

    (void)state;
    init(0, 1000, 0);
    first = alloc_on(1, 0);
    assert_int_equal(node_of(alloc_on(0, 0)), 0);
    assert_int_equal(cache->nodes[1].partial_count, 1);
    kmem_cache_free(cache, first);
    assert_int_equal(cache->nodes[1].slab_count, 0);
    assert_int_equal(cache->nodes[0].slab_count, 1);
    fini();
}

static void full_node_is_stood_in_for_unless_it_is_demanded(void **state)
{
    (void)state;
    init(0, 1000, 0);
    while (alloc_on(1, __GFP_THISNODE) != NULL) {
    }
    assert_int_equal(cache->nodes[1].slab_count, 32);
    assert_int_equal(node_of(alloc_on(1, 0)), 0);
    assert_null(alloc_on(1, __GFP_THISNODE));
    fini();
}

/* Neither a loop that makes slab after slab, nor a refusal. */
static void node_without_memory_means_any(void **state)
{
    (void)state;
    init(1 << 1, 1000, 0);
    for (int i = 0; i < PER_SLAB; i++) {
        assert_int_equal(node_of(alloc_on(i % 2 == 0 ? 1 : 3, __GFP_THISNODE)), 0);
    }
    assert_int_equal(cache->nodes[0].slab_count, 1);
    fini();
}

static void neighbour_serves_a_cpu_without_memory(void **state)
{
    void *objects[2 * PER_SLAB];

    (void)state;
    init(1 << 1, 0, 0);
    for (int i = 0; i < 2 * PER_SLAB; i++) {
        objects[i] = kmem_cache_alloc(cache, GFP_KERNEL);
    }
    kmem_cache_free(cache, objects[0]);
    kmem_cache_free(cache, objects[PER_SLAB]);
    kmem_cache_flush_cpu(cache, 0);
    world_native_enter(1);
    assert_non_null(kmem_cache_alloc(cache, GFP_KERNEL));
    assert_int_equal(cache->nodes[0].slab_count, 2);
    fini();
}

/* Slabs with room on node 0, a CPU of node 1; the ratio says whether it looks there. */
static void ratio_decides_about_other_nodes(void **state)
{
    static const uint32_t ratios[] = {0, 1024};

    (void)state;
    for (unsigned i = 0; i < 2; i++) {
        void *object;

        init(0, ratios[i], 0);
        object = alloc_on(0, 0);
        kmem_cache_flush_cpu(cache, 0);
        world_native_enter(1);
        assert_int_equal(node_of(kmem_cache_alloc(cache, GFP_KERNEL)), ratios[i] == 0 ? 1 : 0);
        kmem_cache_free(cache, object);
        fini();
    }
}

static void kmalloc_and_pages_go_to_the_node(void **state)
{
    struct page *page;

    (void)state;
    init(0, 1000, 0);
    assert_int_equal(node_of(heap_alloc_node(fixture.heap, 100, GFP_KERNEL, 1)), 1);
    page = memory_head_at(&fixture.heap->memory,
                          heap_alloc_node(fixture.heap, 3 * PAGE_SIZE, GFP_KERNEL, 1));
    assert_int_equal(zone_of_page(&fixture.heap->memory, page)->node, 1);
    page = heap_alloc_pages_node(fixture.heap, GFP_KERNEL, 1, 1);
    assert_int_equal(zone_of_page(&fixture.heap->memory, page)->node, 1);
    assert_ptr_equal(heap_alloc_node(fixture.heap, 0, GFP_KERNEL, 1), ZERO_SIZE_PTR);
    assert_null(heap_alloc_node(fixture.heap, (size_t)KMALLOC_SIZE_MAX + 1, GFP_KERNEL, 1));
    fini();
}

static void bulk_of_pages_goes_to_the_node(void **state)
{
    struct page *pages[40] = {NULL};
    const gfp_t gfp = GFP_KERNEL | __GFP_THISNODE;

    (void)state;
    init(0, 1000, 0);
    assert_int_equal(heap_alloc_pages_bulk_node(fixture.heap, gfp, 1, 40, pages), 32);
    for (unsigned i = 0; i < 32; i++) {
        assert_int_equal(zone_of_page(&fixture.heap->memory, pages[i])->node, 1);
    }
    assert_int_equal(heap_alloc_pages_bulk_node(fixture.heap, gfp, 1, 40, pages), 32);
    heap_free_pages_bulk(fixture.heap, 40, pages);
    fini();
    init(2, 1000, 0);
    assert_int_equal(heap_alloc_pages_bulk_node(fixture.heap, gfp, 1, 40, pages), 0);
    assert_int_equal(heap_alloc_pages_bulk_node(fixture.heap, GFP_KERNEL, 1, 4, pages), 4);
    heap_free_pages_bulk(fixture.heap, 40, pages);
    fini();
}

/* 32 pages, of which 8 are kept: a slab for who cannot wait may be made of them. */
static void urgent_objects_get_pages_that_are_kept(void **state)
{
    static const slab_flags_t flags[] = {0, SLAB_DEBUG_FLAGS};
    struct heap_config config = heap_config_default();

    (void)state;
    config.page_count = 32;
    config.slab_order_max = 0;
    config.min_free_pages = 8;
    for (unsigned i = 0; i < 2; i++) {
        test_heap_init(&fixture, &config);
        world_native_enter(0);
        cache = test_heap_cache(&fixture, PAGE_SIZE / 2, flags[i]);
        assert_non_null(heap_alloc_pages(fixture.heap, GFP_KERNEL, 4));
        assert_non_null(heap_alloc_pages(fixture.heap, GFP_KERNEL, 3));
        assert_null(kmem_cache_alloc(cache, GFP_KERNEL));
        assert_null(kmem_cache_alloc_node(cache, GFP_NOWAIT | __GFP_NOMEMALLOC, 1));
        assert_non_null(kmem_cache_alloc(cache, GFP_ATOMIC));
        assert_non_null(kmem_cache_alloc_node(cache, GFP_KERNEL | __GFP_MEMALLOC, 0));
        assert_int_equal(fixture.test.report_count, 0);
        test_heap_fini(&fixture);
    }
}

static void node_goes_when_nothing_of_it_is_in_use(void **state)
{
    void *object;

    (void)state;
    init(0, 1000, 0);
    object = alloc_on(1, 0);
    assert_int_equal(heap_node_offline(fixture.heap, 1), HEAP_EBUSY);
    kmem_cache_free(cache, object);
    assert_int_equal(heap_node_offline(fixture.heap, 1), HEAP_OK);
    assert_int_equal(heap_node_offline(fixture.heap, 1), HEAP_EINVAL);
    assert_int_equal(heap_node_offline(fixture.heap, 0), HEAP_EINVAL);
    assert_int_equal(heap_node_online(fixture.heap, 3), HEAP_EINVAL);
    assert_int_equal(node_of(alloc_on(1, __GFP_THISNODE)), 0);
    assert_int_equal(heap_node_online(fixture.heap, 1), HEAP_OK);
    assert_int_equal(heap_node_online(fixture.heap, 1), HEAP_EINVAL);
    assert_int_equal(node_of(alloc_on(1, __GFP_THISNODE)), 1);
    fini();
}

static void cache_made_meanwhile_has_lists_for_the_node_when_it_comes(void **state)
{
    struct kmem_cache *late;
    void *object;

    (void)state;
    init(0, 1000, 0);
    assert_int_equal(heap_node_offline(fixture.heap, 1), HEAP_OK);
    late = test_heap_cache(&fixture, SIZE, 0);
    assert_false(late->nodes[1].is_ready);
    assert_int_equal(kmem_cache_shrink(late), 0);
    assert_int_equal(heap_node_online(fixture.heap, 1), HEAP_OK);
    assert_true(late->nodes[1].is_ready);
    object = kmem_cache_alloc_node(late, GFP_KERNEL, 1);
    assert_int_equal(node_of(object), 1);
    kmem_cache_free(late, object);
    assert_int_equal(kmem_cache_shrink(late), 0);
    assert_int_equal(kmem_cache_destroy(late), HEAP_OK);
    fini();
}

/* The cache keeps two empty slabs until pages are short. */
static void balance_gets_empty_slabs_back(void **state)
{
    struct heap_config config = heap_config_default();
    void *objects[2];
    uint32_t free_pages;

    (void)state;
    config.page_count = 32;
    config.slab_order_max = 0;
    config.partial_floor = 2;
    config.watermark_scale = 3000;
    test_heap_init(&fixture, &config);
    world_native_enter(0);
    cache = test_heap_cache(&fixture, PAGE_SIZE, 0);
    for (unsigned i = 0; i < 2; i++) {
        objects[i] = kmem_cache_alloc(cache, GFP_KERNEL);
    }
    for (unsigned i = 0; i < 2; i++) {
        kmem_cache_free(cache, objects[i]);
    }
    assert_int_equal(heap_balance_node(fixture.heap, 0), HEAP_OK);
    free_pages = fixture.heap->memory.zones[0].free_page_count;
    assert_int_equal(free_pages, 30);

    struct page *large = heap_alloc_pages(fixture.heap, GFP_KERNEL, 4);
    struct page *more = heap_alloc_pages(fixture.heap, GFP_KERNEL, 3);

    assert_int_equal(heap_balance_node(fixture.heap, 0), HEAP_ENOMEM);
    assert_int_equal(fixture.heap->memory.zones[0].free_page_count, 8);
    heap_free_pages(fixture.heap, large, 4);
    assert_int_equal(heap_balance_node(fixture.heap, 0), HEAP_OK);
    assert_int_equal(heap_balance_node(fixture.heap, 1), HEAP_EINVAL);
    heap_free_pages(fixture.heap, more, 3);
    fini();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(object_lies_where_it_was_asked_to),
        cmocka_unit_test(slab_of_another_node_goes_back_to_it),
        cmocka_unit_test(full_node_is_stood_in_for_unless_it_is_demanded),
        cmocka_unit_test(node_without_memory_means_any),
        cmocka_unit_test(neighbour_serves_a_cpu_without_memory),
        cmocka_unit_test(ratio_decides_about_other_nodes),
        cmocka_unit_test(kmalloc_and_pages_go_to_the_node),
        cmocka_unit_test(bulk_of_pages_goes_to_the_node),
        cmocka_unit_test(urgent_objects_get_pages_that_are_kept),
        cmocka_unit_test(node_goes_when_nothing_of_it_is_in_use),
        cmocka_unit_test(cache_made_meanwhile_has_lists_for_the_node_when_it_comes),
        cmocka_unit_test(balance_gets_empty_slabs_back),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
