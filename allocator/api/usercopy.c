#include "allocator/api/usercopy.h"

#include "allocator/api/kmalloc.h"
#include "allocator/base/bits.h"
#include "allocator/base/compiler.h"
#include "allocator/cache/heap_state.h"

/* Offset of the address in its slot, counted from the object: redzones have the largest ones. */
static size_t offset_in_object(const struct slab *slab, const void *address)
{
    const struct layout *layout = &slab->cache->layout;
    size_t offset = (uintptr_t)address - (uintptr_t)slab_base(slab->cache->heap, slab);

    return offset % layout->stride - layout->left_redzone_size;
}

static bool window_allows(const struct kmem_cache *cache, size_t offset, size_t size)
{
    return offset >= cache->useroffset && offset - cache->useroffset <= cache->usersize &&
           size <= cache->useroffset + cache->usersize - offset;
}

/* The page behind this one was allocated with it, and is there still. */
static bool has_next(const struct page *page)
{
    if (!page->has_next) {
        return false;
    }

    struct page_state next = page_state(page + 1);

    return next.kind == PAGE_RUN && next.order == 0;
}

/* Nobody gives out parts of a run, but single pages one behind the other may be one memory. */
static bool run_allows(const struct kmem_heap *heap, const struct page *head, const void *address,
                       size_t size)
{
    size_t offset = (uintptr_t)address - (uintptr_t)memory_address(&heap->memory, head);
    size_t room = order_size(page_state(head).order) - offset;

    for (; room < size && has_next(head); head++) {
        room += PAGE_SIZE;
    }
    return size <= room;
}

/* What is beside an object there is nobody's, whatever its cache could show. */
static bool guarded_allows(const struct kmem_heap *heap, const unsigned char *address, size_t size)
{
    const struct guarded_object *object = guarded_at(&heap->guarded, address);

    if (object == NULL || world_load(&object->state) != GUARD_ALLOCATED) {
        return false;
    }

    size_t offset = (size_t)(address - object->address);

    return address >= object->address && offset <= object->size && size <= object->size - offset &&
           window_allows(object->cache, offset, size);
}

static bool is_allowed(const struct kmem_heap *heap, const void *address, size_t size)
{
    struct page *head = memory_head_at(&heap->memory, address);
    enum page_kind kind = head != NULL ? page_state(head).kind : PAGE_FREE;

    if (is_zero_or_null(address) || (uintptr_t)address + size < size) {
        return false;
    }
    if (guarded_contains(&heap->guarded, address)) {
        return guarded_allows(heap, address, size);
    }
    if (kind == PAGE_SLAB) {
        const struct slab *slab = slab_of_page(heap, head);

        return window_allows(slab->cache, offset_in_object(slab, address), size);
    }
    return (kind != PAGE_RUN && kind != PAGE_LARGE) || run_allows(heap, head, address, size);
}

NO_INLINE bool heap_check_usercopy(struct kmem_heap *heap, const void *address, size_t size)
{
    if (size == 0 || is_allowed(heap, address, size)) {
        return true;
    }

    const struct slab *slab = slab_at(heap, address);
    const struct report report = {
        .kind = REPORT_USERCOPY,
        .stage = STAGE_USERCOPY,
        .cache = slab != NULL ? slab->cache : NULL,
        .slab = slab,
        .object = address,
        .site = world_site(RETURN_ADDRESS()),
    };

    heap_report(heap, &report);
    return false;
}
