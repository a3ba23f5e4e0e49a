#include "tests/canary/model/model_canary.h"

#include "allocator/api/heap.h"
#include "allocator/api/kmalloc.h"
#include "allocator/api/kmem_cache.h"
#include "allocator/api/pages.h"

struct model_object *canary_object(struct model_canary *canary, unsigned slot)
{
    return model_object(canary->model, slot);
}

static void create(struct model_canary *canary, unsigned slot, struct cache_request request,
                   uint32_t ctor_size)
{
    struct compare_creation created = {.slot = slot, .request = &request, .ctor_size = ctor_size};

    request.name = "canary";
    created.result = heap_cache_create(canary->heap, &request, &created.handle);
    compare_create(canary->model, &created);
}

static void create_caches(struct model_canary *canary)
{
    uint32_t ctor_size;
    void (*ctor)(void *object) = content_ctor(64, &ctor_size);

    create(canary, CACHE_PLAIN, (struct cache_request){.size = 64}, 0);
    create(canary, CACHE_CTOR, (struct cache_request){.size = 64, .ctor = ctor}, ctor_size);
    create(canary, CACHE_DEBUG, (struct cache_request){.size = 60, .flags = SLAB_DEBUG_FLAGS}, 0);
    create(canary, CACHE_UNUSED, (struct cache_request){.size = 64}, 0);
}

static void take_cache_object(struct model_canary *canary, unsigned slot, unsigned cache)
{
    struct compare_request request = compare_cache_request(canary->model, cache, false);
    void *given = kmem_cache_alloc(canary->model->caches[cache].handle, GFP_KERNEL);

    compare_alloc(canary->model, slot, &request, given);
}

static void take_kmalloc(struct model_canary *canary, unsigned slot, size_t size)
{
    struct compare_request request = compare_kmalloc_request(canary->model, size, false);

    compare_alloc(canary->model, slot, &request, heap_alloc(canary->heap, size, GFP_KERNEL));
}

static void take_pages(struct model_canary *canary, unsigned slot, unsigned order)
{
    struct compare_request request = compare_pages_request(canary->model, order, false);
    const struct page *page = heap_alloc_pages(canary->heap, GFP_KERNEL, order);

    compare_alloc(canary->model, slot, &request, heap_page_address(canary->heap, page));
}

void model_canary_build(struct model_canary *canary)
{
    struct heap_config config = heap_config_default();

    config.page_count = 2048;
    config.node_count = 2;
    config.object_extensions = true;
    config.page_owner = true;
    canary->heap = heap_create(&config, sim_platform(canary->sim));
    model_begin(canary->model, canary->heap, true);
    owed_begin(&canary->owed, canary->model);
    sim_begin_step(canary->sim);
    compare_begin_step(canary->model, 1);
    create_caches(canary);
    take_cache_object(canary, SLOT_OBJECT, CACHE_PLAIN);
    take_cache_object(canary, SLOT_CONSTRUCTED, CACHE_CTOR);
    take_cache_object(canary, SLOT_DEBUG, CACHE_DEBUG);
    take_kmalloc(canary, SLOT_KMALLOC, 40);
    take_kmalloc(canary, SLOT_LARGE, 20000);
    take_pages(canary, SLOT_PAGES, 1);
    sim_begin_step(canary->sim);
    compare_begin_step(canary->model, 2);
    owed_begin_step(&canary->owed);
}
