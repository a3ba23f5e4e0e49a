#include "allocator/api/kmalloc_at.h"

#include "allocator/base/bits.h"

bool allocation_find(const struct kmem_heap *heap, const void *object, struct allocation *found)
{
    struct page *head = zone_head_at(&heap->zone, object);
    enum page_kind kind = head != NULL ? page_state(head).kind : PAGE_INTERIOR;

    found->page = head;
    found->slab = kind == PAGE_SLAB ? slab_of_page(heap, head) : NULL;
    return kind == PAGE_SLAB || kind == PAGE_LARGE;
}

bool allocation_starts_at(const struct kmem_heap *heap, const struct allocation *found,
                          const void *object)
{
    return found->slab != NULL || object == zone_address(&heap->zone, found->page);
}

size_t allocation_usable_size(const struct allocation *found)
{
    return found->slab != NULL ? found->slab->cache->layout.object_size
                               : order_size(page_state(found->page).order);
}
