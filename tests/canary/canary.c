#include "tests/canary/canary.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "allocator/api/heap.h"
#include "allocator/api/kmalloc.h"
#include "allocator/api/kmem_cache.h"
#include "allocator/api/pages.h"
#include "allocator/base/bits.h"
#include "sanitizers/view.h"

enum { PLAIN_SIZE = 72, DEBUG_SIZE = 40, OBJECTS_MAX = 1024 };

void canary_touch(const void *word)
{
    world_point(WORLD_STORE, word);
}

struct slab_state canary_slab_state(const struct slab *slab)
{
    return view_slab(slab);
}

void canary_set_slab_state(struct slab *slab, struct slab_state state)
{
    world_store(&slab->state, slab_state_pack(state));
}

void canary_set_page_state(struct page *page, struct page_state state)
{
    world_store(&page->state, page_state_pack(state));
}

void *canary_free_object(const struct slab *slab)
{
    return object_from_ref(slab->cache, view_slab(slab).freelist);
}

static struct heap_config small_config(void)
{
    struct heap_config config = heap_config_default();

    config.page_count = 128;
    config.cpu_count = 2;
    config.slab_order_max = 0;
    config.partial_floor = 1;
    config.partial_ceiling = 1;
    config.page_poison = true;
    config.page_owner = true;
    return config;
}

static struct kmem_cache *make_cache(struct kmem_heap *heap, size_t size, slab_flags_t flags)
{
    const struct cache_request request = {.name = "canary", .size = size, .flags = flags};
    struct kmem_cache *cache;

    assert_int_equal(heap_cache_create(heap, &request, &cache), HEAP_OK);
    return cache;
}

static struct slab *slab_of(const struct kmem_heap *heap, const void *object)
{
    return &heap->slabs[memory_pfn(&heap->memory, memory_head_at(&heap->memory, object))];
}

static void build_runs(struct canary *canary)
{
    struct kmem_heap *heap = canary->heap;
    struct page *page = heap_alloc_pages(heap, GFP_KERNEL, 0);

    canary->run = heap_alloc_pages(heap, GFP_KERNEL, 1);
    canary->large = memory_head_at(&heap->memory, heap_alloc(heap, 3 * PAGE_SIZE, GFP_KERNEL));
    heap_free_pages(heap, page, 0);
    canary->used_free = page;
}

/* Fills slabs one after the other, then frees so that they end up in every place. */
static void build_plain(struct canary *canary)
{
    enum { FULL, PARTIAL, EMPTY, STACKED, CURRENT, SLABS };
    static void *objects[SLABS][OBJECTS_MAX];
    struct kmem_cache *cache = make_cache(canary->heap, PLAIN_SIZE, 0);
    uint32_t count = cache->layout.objects_per_slab;

    for (unsigned slab = 0; slab < SLABS; slab++) {
        for (uint32_t i = 0; i < (slab == CURRENT ? count / 2 : count); i++) {
            objects[slab][i] = kmem_cache_alloc(cache, GFP_KERNEL);
        }
    }
    /* What CPU 1 frees goes on its stack, and from there, last one first, to the node. */
    sim_set_cpu(canary->sim, 1);
    for (uint32_t i = 0; i < 3; i++) {
        kmem_cache_free(cache, objects[PARTIAL][i]);
    }
    for (uint32_t i = 0; i < count; i++) {
        kmem_cache_free(cache, objects[EMPTY][i]);
    }
    kmem_cache_flush_cpu(cache, 1);
    sim_set_cpu(canary->sim, 0);
    kmem_cache_free(cache, objects[STACKED][0]);

    canary->plain = cache;
    canary->full = slab_of(canary->heap, objects[FULL][0]);
    canary->node_partial = slab_of(canary->heap, objects[PARTIAL][0]);
    canary->node_empty = slab_of(canary->heap, objects[EMPTY][0]);
    canary->cpu_partial = slab_of(canary->heap, objects[STACKED][0]);
    canary->cpu_slab = view_cpu_slab(canary->heap, &cache->cpus[0]);
}

static void build_debug(struct canary *canary)
{
    void *objects[OBJECTS_MAX];
    struct kmem_cache *cache = make_cache(canary->heap, DEBUG_SIZE, SLAB_DEBUG_FLAGS);
    uint32_t count = cache->layout.objects_per_slab;

    for (uint32_t i = 0; i < 2 * count; i++) {
        objects[i] = kmem_cache_alloc(cache, GFP_KERNEL);
    }
    for (uint32_t i = 0; i < 3; i++) {
        kmem_cache_free(cache, objects[count + i]);
    }
    canary->debug = cache;
    canary->debug_full = slab_of(canary->heap, objects[0]);
    canary->debug_partial = slab_of(canary->heap, objects[count]);
}

/* A canary that does not say what it is believed to say would prove nothing. */
static void assert_places(const struct canary *canary)
{
    assert_non_null(canary->cpu_slab);
    assert_int_not_equal(view_cpu(&canary->plain->cpus[0]).freelist, 0);
    assert_int_equal(view_place(canary->cpu_partial), SLAB_ON_CPU);
    assert_int_equal(view_place(canary->node_partial), SLAB_ON_PARTIAL);
    assert_int_equal(view_place(canary->node_empty), SLAB_ON_PARTIAL);
    assert_int_equal(view_slab(canary->node_empty).inuse_count, 0);
    assert_int_equal(view_place(canary->full), SLAB_ON_NONE);
    assert_false(view_slab(canary->full).frozen);
    assert_int_equal(view_place(canary->debug_partial), SLAB_ON_PARTIAL);
    assert_int_equal(view_place(canary->debug_full), SLAB_ON_FULL);
    assert_int_equal(page_state_unpack(view_word(&canary->used_free->state)).kind, PAGE_FREE);
}

static bool is_owned(void *context, const void *object)
{
    const struct canary *canary = context;

    return object == canary->owned;
}

void canary_build(struct canary *canary)
{
    const struct heap_config config = small_config();
    struct violation violation;

    sim_reset(canary->sim, &config);
    canary->heap = heap_create(&config, sim_platform(canary->sim));
    assert_non_null(canary->heap);

    sim_begin_step(canary->sim);
    build_plain(canary);
    build_debug(canary);
    build_runs(canary);
    sim_end_step(canary->sim);
    assert_places(canary);

    canary->owned = NULL;
    heap_check_ask_owner(canary->check, is_owned, canary);
    heap_check_begin(canary->check, canary->heap, sim_journal(canary->sim), NULL, NULL);
    assert_true(heap_check_full(canary->check, &violation));
}
