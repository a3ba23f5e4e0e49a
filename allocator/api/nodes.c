#include "allocator/api/nodes.h"

#include "allocator/api/kmalloc.h"
#include "allocator/api/kmalloc_at.h"
#include "allocator/api/kmalloc_caches.h"
#include "allocator/api/pages.h"
#include "allocator/base/bits.h"
#include "allocator/base/compiler.h"
#include "allocator/page/page_alloc.h"
#include "allocator/page/pcp.h"
#include "allocator/slub/object_ready.h"
#include "allocator/slub/slub.h"

NO_INLINE void *kmem_cache_alloc_node(struct kmem_cache *cache, gfp_t gfp, int node)
{
    uint64_t site = world_site(RETURN_ADDRESS());
    gfp_t granted = (gfp & __GFP_ZERO) != 0 ? object_grant_zeroing(cache, gfp, site) : gfp;

    return slub_alloc_node(cache, cache->layout.object_size, granted, node, site);
}

/* A node that cannot serve is not insisted upon. */
static void *alloc_large(struct kmem_heap *heap, size_t size, gfp_t gfp, int node)
{
    struct page_memory *memory = &heap->memory;
    bool is_there = node >= 0 && memory_node_is_online(memory, (uint32_t)node);
    struct page_ask ask = {
        .order = order_for_size(size),
        .gfp = is_there ? gfp : gfp & ~(gfp_t)__GFP_THISNODE,
        .kind = PAGE_LARGE,
        .node = is_there ? (uint32_t)node : memory_node_of_cpu(memory, world_cpu()),
    };

    return kmalloc_show_large(heap, page_alloc_node(memory, ask), size, gfp);
}

NO_INLINE void *heap_alloc_node(struct kmem_heap *heap, size_t size, gfp_t gfp, int node)
{
    uint64_t site = world_site(RETURN_ADDRESS());

    if (size == 0) {
        return ZERO_SIZE_PTR;
    }
    if (size <= KMALLOC_CACHE_SIZE_MAX) {
        enum kmalloc_type type = kmalloc_type_at(heap, gfp, site);
        struct kmem_cache *cache = *kmalloc_cache_of(heap, type, kmalloc_cache_index(size));

        return slub_alloc_node(cache, size, gfp, node, site);
    }
    return size <= KMALLOC_SIZE_MAX ? alloc_large(heap, size, gfp, node) : NULL;
}

struct page_ask pages_ask(const struct kmem_heap *heap, gfp_t gfp, unsigned order, int node)
{
    const struct page_memory *memory = &heap->memory;
    bool is_known = node >= 0 && (uint32_t)node < memory->node_count;

    return (struct page_ask){
        .order = order,
        .gfp = gfp,
        .kind = PAGE_RUN,
        .node = is_known ? (uint32_t)node : memory_node_of_cpu(memory, world_cpu()),
    };
}

struct page *heap_alloc_pages_node(struct kmem_heap *heap, gfp_t gfp, unsigned order, int node)
{
    struct page_ask ask = pages_ask(heap, gfp, order, node);

    return pages_show(heap, page_alloc_node(&heap->memory, ask), order, gfp);
}

int heap_node_offline(struct kmem_heap *heap, unsigned node)
{
    uint64_t site = world_site(RETURN_ADDRESS());
    int error = HEAP_EINVAL;

    world_lock(&heap->registry_lock);
    if (node != 0 && memory_node_is_online(&heap->memory, node)) {
        list_for_each(link, &heap->caches) {
            slub_shrink(container_of(link, struct kmem_cache, link), site);
        }
        pcp_drain_all(&heap->memory);
        error = memory_take_offline(&heap->memory, node) ? HEAP_OK : HEAP_EBUSY;
    }
    world_unlock(&heap->registry_lock);
    return error;
}

static void prepare_node(struct kmem_cache *cache, unsigned number)
{
    struct kmem_cache_node *node = &cache->nodes[number];
    uint64_t irq_state = world_irq_save();

    world_lock(&node->lock);
    cache_init_node(node);
    world_unlock(&node->lock);
    world_irq_restore(irq_state);
}

/* Caches first: as soon as the memory is there, slabs of it may be. */
int heap_node_online(struct kmem_heap *heap, unsigned node)
{
    bool was_away = false;

    world_lock(&heap->registry_lock);
    if (memory_node_has_zone(&heap->memory, node)) {
        list_for_each(link, &heap->caches) {
            prepare_node(container_of(link, struct kmem_cache, link), node);
        }
        was_away = memory_take_online(&heap->memory, node);
    }
    world_unlock(&heap->registry_lock);
    return was_away ? HEAP_OK : HEAP_EINVAL;
}

int heap_balance_node(struct kmem_heap *heap, unsigned node)
{
    struct page_memory *memory = &heap->memory;
    uint64_t site = world_site(RETURN_ADDRESS());
    int error = HEAP_EINVAL;

    world_lock(&heap->registry_lock);
    if (memory_node_is_online(memory, node)) {
        pcp_drain_all(memory);

        bool is_over = memory_end_balancing(memory, node);

        for (struct list_link *link = heap->caches.next; link != &heap->caches && !is_over;
             link = link->next) {
            slub_shrink(container_of(link, struct kmem_cache, link), site);
            pcp_drain_all(memory);
            is_over = memory_end_balancing(memory, node);
        }
        error = is_over ? HEAP_OK : HEAP_ENOMEM;
    }
    world_unlock(&heap->registry_lock);
    return error;
}
