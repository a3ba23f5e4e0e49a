#include "fuzz/triage/locate.h"

#include "sanitizers/view.h"

/* A slab descriptor that can be worked with: its frame heads a slab, its cache is in use. */
static const struct slab *sound_slab(const struct kmem_heap *heap, pfn_t pfn)
{
    const struct slab *slab = &heap->slabs[pfn];

    if (view_page(heap, pfn).kind != PAGE_SLAB ||
        view_cache_slot_at(heap, slab->cache) == CACHE_MAX || slab->cache->layout.stride == 0) {
        return NULL;
    }
    return slab;
}

static pfn_t head_of(const struct kmem_heap *heap, pfn_t pfn)
{
    struct page_state state = view_page(heap, pfn);

    return state.kind == PAGE_TAIL && state.head < heap->memory.page_count ? state.head : pfn;
}

/* Fills in what follows from the frame. */
static struct location locate_frame(const struct kmem_heap *heap, pfn_t pfn, const char *what)
{
    struct location location = {.what = what, .has_frame = true, .pfn = pfn};

    location.slab = sound_slab(heap, head_of(heap, pfn));
    location.cache = location.slab != NULL ? location.slab->cache : NULL;
    return location;
}

static struct location locate_byte(const struct kmem_heap *heap, const unsigned char *byte)
{
    pfn_t pfn = (pfn_t)((size_t)(byte - heap->memory.arena) >> PAGE_SHIFT);
    struct location location = locate_frame(heap, pfn, "byte");

    location.address = byte;
    if (location.slab != NULL) {
        const struct layout *layout = &location.cache->layout;
        size_t offset = (size_t)(byte - slab_base(heap, location.slab));

        location.object_index = (uint32_t)(offset / layout->stride);
        location.what =
            slab_object(location.slab, location.object_index) == byte ? "object" : "byte";
    }
    return location;
}

/* In the heap's own struct: a cache, or a lock or word of one. */
static struct location locate_heap(const struct kmem_heap *heap, size_t offset)
{
    size_t cache_offset = offset - offsetof(struct kmem_heap, cache_slots);
    size_t slot = cache_offset / sizeof(struct kmem_cache);

    if (offset < offsetof(struct kmem_heap, cache_slots) || slot >= CACHE_MAX) {
        return (struct location){.what = "heap"};
    }
    return (struct location){
        .what = "cache",
        .cache = heap->cache_is_used[slot] ? &heap->cache_slots[slot] : NULL,
    };
}

struct location locate_pointer(const struct kmem_heap *heap, const void *pointer)
{
    size_t heap_offset = (uintptr_t)pointer - (uintptr_t)heap;
    size_t page_offset = (uintptr_t)pointer - (uintptr_t)heap->memory.pages;
    size_t slab_offset = (uintptr_t)pointer - (uintptr_t)heap->slabs;
    size_t page = page_offset / sizeof(struct page);
    size_t slab = slab_offset / sizeof(struct slab);

    if (memory_contains(&heap->memory, pointer)) {
        return locate_byte(heap, pointer);
    }
    if (heap_offset < sizeof(*heap)) {
        return locate_heap(heap, heap_offset);
    }
    if (page < heap->memory.page_count) {
        return locate_frame(heap, (pfn_t)page, "page");
    }
    if (slab < heap->memory.page_count) {
        return locate_frame(heap, (pfn_t)slab, "slab");
    }
    return (struct location){.what = NULL};
}

struct location locate_op(const struct kmem_heap *heap, const struct model *model,
                          const struct op *op)
{
    bool names_object =
        op_masks[OPERAND_FIELD_object][op->code] != 0 && op->object < MODEL_OBJECT_COUNT;
    bool names_cache = op_masks[OPERAND_FIELD_cache][op->code] != 0;

    if (names_object && model->objects[op->object].state != MODEL_EMPTY) {
        return locate_pointer(heap, model->objects[op->object].address);
    }
    return locate_pointer(heap, names_cache ? model->caches[op->cache].handle : NULL);
}

static bool owns(const struct model_object *object, const void *byte)
{
    return object->state != MODEL_EMPTY &&
           (uintptr_t)byte - (uintptr_t)object->address < object->size;
}

const struct model_object *locate_owner(const struct model *model, const void *byte)
{
    const struct model_object *owner = NULL;

    for (uint32_t i = 0; i < model->used_count; i++) {
        const struct model_object *object = &model->objects[model->used[i]];

        if (owns(object, byte) && (owner == NULL || object->state == MODEL_LIVE ||
                                   (owner->state != MODEL_LIVE &&
                                    object->free_step >= owner->free_step))) {
            owner = object;
        }
    }
    return owner;
}
