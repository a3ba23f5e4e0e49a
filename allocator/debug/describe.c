#include "allocator/debug/describe.h"

#include "allocator/base/bits.h"
#include "allocator/cache/object_bits.h"

static void set_start(struct description *description, const unsigned char *start, size_t size)
{
    description->start = start;
    description->offset = (ptrdiff_t)((uintptr_t)description->address - (uintptr_t)start);
    description->size = size;
}

/* A slot begins with the left redzone; what is behind the last one belongs to none. */
static void describe_slot(struct description *description, const struct slab *slab)
{
    const struct kmem_cache *cache = slab->cache;
    const struct layout *layout = &cache->layout;
    size_t index = ((uintptr_t)description->address - (uintptr_t)description->slab_start) /
                   layout->stride;

    if (index >= slab_state(slab).object_count) {
        return;
    }

    const unsigned char *object = slab_object(slab, (uint32_t)index);

    set_start(description, object, layout->object_size);
    description->data_offset = layout->left_redzone_size;
    description->alloc = track_get(cache, object, TRACK_ALLOC);
    description->free = track_get(cache, object, TRACK_FREE);
    if (cache->knows_objects) {
        description->state = object_bits_has(cache, object) ? DESCRIBED_LIVE : DESCRIBED_FREE;
    }
}

static void describe_slab(struct description *description, const struct slab *slab)
{
    description->kind = DESCRIBED_OBJECT;
    description->cache = slab->cache;
    describe_slot(description, slab);
}

static struct track track_of(struct guarded_act act)
{
    return (struct track){.site = act.site, .time = act.time, .cpu = act.cpu};
}

static void describe_guarded(struct description *description, const struct guarded_pool *pool)
{
    const struct guarded_object *object = guarded_at(pool, description->address);

    description->kind = DESCRIBED_GUARDED;
    description->slab_start = pool->pages;
    if (object == NULL || object->address == NULL) {
        return;
    }
    description->state =
        world_load(&object->state) == GUARD_ALLOCATED ? DESCRIBED_LIVE : DESCRIBED_FREE;
    description->cache = object->cache;
    description->data_offset = (size_t)(object->address - guarded_page(pool, object));
    description->alloc = track_of(object->alloc);
    description->free = track_of(object->free);
    set_start(description, object->address, object->size);
}

static void describe_run(struct description *description, struct page_state state)
{
    bool is_free = state.kind == PAGE_INTERIOR || state.kind == PAGE_FREE ||
                   state.kind == PAGE_CACHED || state.kind == PAGE_GUARD;

    description->kind = state.kind == PAGE_LARGE ? DESCRIBED_LARGE : DESCRIBED_PAGE;
    description->state = page_kind_is_allocated(state.kind) ? DESCRIBED_LIVE
                         : is_free                          ? DESCRIBED_FREE
                                                            : DESCRIBED_UNKNOWN;
    set_start(description, description->slab_start, order_size(state.order));
}

struct description describe_address(const struct kmem_heap *heap, const void *address)
{
    struct description description = {.address = address};
    struct page *head = memory_head_at(&heap->memory, address);

    if (head == NULL || page_state(head).kind == PAGE_HOLE) {
        return description;
    }

    struct page_state state = page_state(head);

    description.slab_start = memory_address(&heap->memory, head);
    if (guarded_contains(&heap->guarded, address)) {
        describe_guarded(&description, &heap->guarded);
    } else if (state.kind == PAGE_SLAB) {
        describe_slab(&description, slab_of_page(heap, head));
    } else {
        describe_run(&description, state);
    }
    return description;
}
