/*
 * From an address a user was given to what the allocator says of it: view.h the other way round.
 *
 * For judges, between steps, when no CPU is inside the allocator.
 */
#ifndef SANITIZERS_PEEK_H
#define SANITIZERS_PEEK_H

#include "sanitizers/view.h"

static inline struct page_state peek_page_state(const struct page *page)
{
    return page_state_unpack(view_word(&page->state));
}

/* Head of the run an address lies in, the frame itself if it is no tail; NULL outside the arena. */
static inline struct page *peek_head(const struct kmem_heap *heap, const void *address)
{
    if (!memory_contains(&heap->memory, address)) {
        return NULL;
    }

    struct page *page = memory_page_at(&heap->memory, address);
    struct page_state state = peek_page_state(page);

    return state.kind == PAGE_TAIL && state.head < heap->memory.page_count
               ? memory_page(&heap->memory, state.head)
               : page;
}

/* Slab of a cache in use that an address lies in, or NULL. */
static inline struct slab *peek_slab(const struct kmem_heap *heap, const void *address)
{
    struct page *head = peek_head(heap, address);

    if (head == NULL || peek_page_state(head).kind != PAGE_SLAB) {
        return NULL;
    }

    struct slab *slab = slab_of_page(heap, head);

    return view_cache_slot_at(heap, slab->cache) < CACHE_MAX ? slab : NULL;
}

/* Where the slot of a slab, or the run that is no slab, begins that an address lies in. */
static inline uintptr_t peek_slot(const struct kmem_heap *heap, const void *address)
{
    const struct page *head = peek_head(heap, address);
    const struct slab *slab = peek_slab(heap, address);

    if (slab == NULL) {
        return head != NULL ? (uintptr_t)memory_address(&heap->memory, head) : 0;
    }
    return (uintptr_t)address -
           ((uintptr_t)address - (uintptr_t)slab_object(slab, 0)) % slab->cache->layout.stride;
}

/* Object of the guard pool in whose tile an address lies, or NULL. */
static inline const struct guarded_object *peek_guarded(const struct kmem_heap *heap,
                                                        const void *address)
{
    return guarded_at(&heap->guarded, address);
}

static inline bool peek_guarded_is(const struct guarded_object *object, enum guard_state state)
{
    return view_word(&object->state) == state;
}

/* The cache that an address belongs to: of its slab, or of the guarded object there; or NULL. */
static inline const struct kmem_cache *peek_home(const struct kmem_heap *heap, const void *address)
{
    const struct slab *slab = peek_slab(heap, address);
    const struct guarded_object *guarded = peek_guarded(heap, address);

    return slab != NULL ? slab->cache : guarded != NULL ? guarded->cache : NULL;
}

/* True if the object starts a slot of the slab. */
static inline bool peek_slab_has(const struct slab *slab, const void *object)
{
    const struct layout *layout = &slab->cache->layout;
    uintptr_t offset = (uintptr_t)object - (uintptr_t)slab_object(slab, 0);

    return offset % layout->stride == 0 &&
           offset / layout->stride < view_slab(slab).object_count;
}

/* True if some slab has its vector of extensions in the run. O(frames) in heaps with accounts. */
static inline bool peek_holds_extensions(const struct kmem_heap *heap, const struct page *head)
{
    pfn_t count = heap->config.object_extensions ? heap->memory.page_count : 0;

    for (pfn_t pfn = 0; pfn < count; pfn++) {
        uint64_t vector = view_word(&heap->slabs[pfn].extensions);

        if (vector != 0 && peek_head(heap, (const void *)(uintptr_t)vector) == head) {
            return true;
        }
    }
    return false;
}

#endif
