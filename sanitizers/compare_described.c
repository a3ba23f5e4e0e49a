#include "sanitizers/compare_described.h"

#include "sanitizers/peek.h"

/* The kind of what lies at an address, from the frame descriptors. */
static enum described_kind kind_at(const struct kmem_heap *heap, const void *address)
{
    const struct page *head = peek_head(heap, address);

    if (head == NULL || peek_page_state(head).kind == PAGE_HOLE) {
        return DESCRIBED_NOTHING;
    }
    return guarded_contains(&heap->guarded, address)       ? DESCRIBED_GUARDED
           : peek_slab(heap, address) != NULL              ? DESCRIBED_OBJECT
           : peek_page_state(head).kind == PAGE_LARGE      ? DESCRIBED_LARGE
                                                           : DESCRIBED_PAGE;
}

/* Redzones and metadata of an object are its slot's, and no object is larger than its slot. */
static bool lies_in_slot(const struct slab *slab, const struct description *described)
{
    const struct layout *layout = &slab->cache->layout;
    ptrdiff_t in_slot = described->offset + (ptrdiff_t)layout->left_redzone_size;

    return peek_slab_has(slab, described->start) && in_slot >= 0 &&
           in_slot < (ptrdiff_t)layout->stride && described->size == layout->object_size &&
           described->data_offset == layout->left_redzone_size;
}

/* The start of something lies offset bytes before the address, and it belongs to who it should. */
static bool place_is_right(const struct model *model, const struct description *described)
{
    const struct kmem_heap *heap = model->heap;
    const struct slab *slab = peek_slab(heap, described->address);
    uintptr_t start = (uintptr_t)described->start;

    if (described->kind != kind_at(heap, described->address) ||
        described->cache != peek_home(heap, described->address)) {
        return false;
    }
    if (described->start == NULL) {
        return described->size == 0 && described->offset == 0 &&
               described->state == DESCRIBED_UNKNOWN;
    }
    return start + (uintptr_t)described->offset == (uintptr_t)described->address &&
           (slab == NULL || lies_in_slot(slab, described));
}

/* What a slot's user has is there as a whole, and is not called free. */
static bool live_is_right(const struct model *model, const struct model_object *object,
                          size_t offset, const struct description *described)
{
    const struct kmem_cache *home = peek_home(model->heap, object->address);
    bool is_marked = home == NULL || home->knows_objects || described->kind == DESCRIBED_GUARDED;
    bool is_start = object->kind == MODEL_CACHE_OBJECT || object->kind == MODEL_KMALLOC;

    return described->kind != DESCRIBED_NOTHING && described->start != NULL &&
           described->state == (is_marked ? DESCRIBED_LIVE : DESCRIBED_UNKNOWN) &&
           (!is_start || (described->start == object->address &&
                          described->offset == (ptrdiff_t)offset &&
                          described->size >= object->size));
}

static bool is_same_act(struct track told, struct guarded_act kept)
{
    return told.site == kept.site && told.time == kept.time && told.cpu == kept.cpu;
}

/* The acts told are those kept behind the object, or of its place in the guard pool. */
static bool acts_are_right(const struct model *model, const struct description *described)
{
    const struct slab *slab = peek_slab(model->heap, described->address);
    const struct guarded_object *guarded = peek_guarded(model->heap, described->address);
    struct guarded_act alloc = {0};
    struct guarded_act free = {0};

    if (guarded != NULL && guarded->address != NULL) {
        alloc = guarded->alloc;
        free = guarded->free;
    } else if (slab != NULL && described->start != NULL) {
        struct track first = track_get(slab->cache, described->start, TRACK_ALLOC);
        struct track second = track_get(slab->cache, described->start, TRACK_FREE);

        alloc = (struct guarded_act){first.site, first.time, first.cpu};
        free = (struct guarded_act){second.site, second.time, second.cpu};
    }
    return is_same_act(described->alloc, alloc) && is_same_act(described->free, free);
}

/* Nobody has what is called free, unless it is kept. */
static bool state_is_right(const struct model *model, const struct description *described)
{
    bool is_in_arena = described->kind != DESCRIBED_NOTHING && described->start != NULL;
    bool is_owned = is_in_arena && model_is_owned(model, described->start);
    bool is_kept = is_in_arena && (model_is_kept(model, described->start) ||
                                   model_is_cut_off(model, described->start));

    return described->state != DESCRIBED_FREE || !is_owned || is_kept;
}

bool compare_described(struct model *model, const struct model_object *object, size_t offset,
                       const struct description *described)
{
    bool is_right = described->address == object->address + offset &&
                    place_is_right(model, described) && state_is_right(model, described) &&
                    acts_are_right(model, described);

    if (model_is_live(object) && object->size != 0) {
        is_right = is_right && live_is_right(model, object, offset, described);
    }
    return model_expect(model, is_right, MODEL_RULE_DESCRIPTION_AGREES, object->address);
}
