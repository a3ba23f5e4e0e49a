#include "allocator/api/heap.h"

#include "allocator/api/kmalloc_caches.h"
#include "allocator/base/bits.h"
#include "allocator/base/compiler.h"
#include "allocator/base/slab_debug.h"
#include "allocator/cache/heap_state.h"
#include "allocator/page/page_alloc.h"
#include "allocator/page/page_map.h"
#include "allocator/page/pcp.h"
#include "allocator/slub/guarded.h"
#include "allocator/slub/slub.h"

static size_t arena_size(const struct heap_config *config)
{
    return (size_t)config->page_count << PAGE_SHIFT;
}

static void *map(const struct platform *platform, enum map_use use, size_t size, size_t alignment)
{
    return platform->map(platform->context, use, size, alignment);
}

static void unmap(const struct platform *platform, enum map_use use, void *memory, size_t size)
{
    platform->unmap(platform->context, use, memory, size);
}

/* Everything in the descriptor mapping, which is zero-filled. */
static void init_heap(struct kmem_heap *heap, unsigned char *arena,
                      const struct heap_config *config, const struct platform *platform)
{
    struct page *pages = (struct page *)(void *)(heap + 1);

    heap->config = *config;
    heap->slab_debug = slab_debug_option(config->slab_debug);
    heap->platform = *platform;
    heap->descriptor_size = heap_descriptor_size(config->page_count);
    heap->slabs =
        (struct slab *)(void *)((unsigned char *)pages + memory_table_size(config->page_count));
    heap->object_bits = (struct world_word *)(void *)(heap->slabs + config->page_count);
    list_init(&heap->caches);
    memory_init(&heap->memory, arena, pages, &heap->config, &heap->platform);
}

struct kmem_heap *heap_create(const struct heap_config *config, const struct platform *platform)
{
    if (!heap_config_is_valid(config)) {
        return NULL;
    }

    size_t descriptor_size = heap_descriptor_size(config->page_count);
    unsigned char *arena = map(platform, MAP_ARENA, arena_size(config), order_size(ORDER_MAX));
    struct kmem_heap *heap = map(platform, MAP_DESCRIPTORS, descriptor_size, PAGE_SIZE);

    if (arena != NULL && heap != NULL && page_map_init(config, platform, arena)) {
        init_heap(heap, arena, config, platform);
        guarded_create(heap);
        kmalloc_caches_create(heap);
        return heap;
    }
    if (arena != NULL) {
        unmap(platform, MAP_ARENA, arena, arena_size(config));
    }
    if (heap != NULL) {
        unmap(platform, MAP_DESCRIPTORS, heap, descriptor_size);
    }
    return NULL;
}

void heap_destroy(struct kmem_heap *heap)
{
    const struct platform platform = heap->platform;

    unmap(&platform, MAP_ARENA, heap->memory.arena, arena_size(&heap->config));
    unmap(&platform, MAP_DESCRIPTORS, heap, heap->descriptor_size);
}

char heap_slab_debug(struct kmem_heap *heap, const char *option)
{
    heap->slab_debug = option;
    return slab_debug_unknown(option);
}

/* The lock keeps each cache in existence: destroying one ends under it. */
NO_INLINE void heap_cpu_offline(struct kmem_heap *heap, unsigned cpu)
{
    uint64_t site = world_site(RETURN_ADDRESS());

    world_lock(&heap->registry_lock);
    list_for_each(link, &heap->caches) {
        slub_flush_cpu(container_of(link, struct kmem_cache, link), cpu, site);
    }
    world_unlock(&heap->registry_lock);
    pcp_drain(&heap->memory, cpu);
}

void heap_drain_pages(struct kmem_heap *heap)
{
    pcp_drain_all(&heap->memory);
}

void heap_fail_page_alloc(struct kmem_heap *heap, uint64_t nth)
{
    page_fail_nth(&heap->memory, nth);
}

uint64_t heap_page_failures(struct kmem_heap *heap)
{
    return memory_failure_count(&heap->memory);
}
