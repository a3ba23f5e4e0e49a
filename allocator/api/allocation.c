#include "allocator/api/kmalloc_at.h"

#include "allocator/base/bits.h"
#include "allocator/slub/guarded.h"
#include "allocator/slub/owner.h"

bool allocation_find(const struct kmem_heap *heap, const void *object, struct allocation *found)
{
    struct page *head = memory_head_at(&heap->memory, object);
    enum page_kind kind = head != NULL ? page_state(head).kind : PAGE_INTERIOR;

    found->page = head;
    found->slab = kind == PAGE_SLAB ? slab_of_page(heap, head) : NULL;
    /* The pool is one run. */
    found->guarded = kind == PAGE_RUN ? guarded_live_at(&heap->guarded, object) : NULL;
    return kind == PAGE_SLAB || kind == PAGE_LARGE || found->guarded != NULL;
}

bool allocation_starts_at(const struct kmem_heap *heap, const struct allocation *found,
                          const void *object)
{
    return found->slab != NULL || found->guarded != NULL ||
           object == memory_address(&heap->memory, found->page);
}

bool allocation_require(const struct kmem_heap *heap, const void *object, enum report_stage stage,
                        uint64_t site, struct allocation *found)
{
    bool is_found = allocation_find(heap, object, found);

    if (!is_found && guarded_contains(&heap->guarded, object)) {
        guarded_report_invalid(heap, stage, object, site);
        return false;
    }
    if (!is_found) {
        owner_report_stray(heap, REPORT_NOT_KMALLOC, stage, object, site);
        return false;
    }
    if (!allocation_starts_at(heap, found, object)) {
        owner_report_stray(heap, REPORT_INVALID_LARGE_FREE, stage, object, site);
        return false;
    }
    return true;
}

size_t allocation_usable_size(const struct allocation *found)
{
    if (found->guarded != NULL) {
        return found->guarded->size;
    }
    return found->slab != NULL ? found->slab->cache->layout.object_size
                               : order_size(page_state(found->page).order);
}
