#include "fuzz/misuse.h"

#include "allocator/cache/freelist.h"
#include "sanitizers/peek.h"

#define IF(name) | MISUSE_IF_##name
#define DUE(name) | MISUSE_DUE_##name
const struct misuse_row misuse_rows[MISUSE_ROW_COUNT] = {
#define X(act, circumstances, kind, checks, why)                                                   \
    {OP_##act, 0 circumstances, REPORT_##kind, 0 checks, why},
    MISUSE_ROWS(X, IF, DUE)
#undef X
};
#undef IF
#undef DUE

const struct misuse_row *misuse_find(enum op_code act, uint32_t circumstances)
{
    for (unsigned i = 0; i < MISUSE_ROW_COUNT; i++) {
        const struct misuse_row *row = &misuse_rows[i];

        if (row->act == act && (row->circumstances & ~circumstances) == 0) {
            return row;
        }
    }
    return NULL;
}

static uint32_t when(bool condition, uint32_t circumstance)
{
    return condition ? circumstance : 0;
}

static uint32_t of_cache(const struct kmem_cache *cache)
{
    return when(cache->flags & SLAB_CONSISTENCY_CHECKS, MISUSE_IF_F | MISUSE_IF_OWNER_CHECK) |
           when(cache->flags & SLAB_RED_ZONE, MISUSE_IF_Z) |
           when(cache->flags & SLAB_POISON, MISUSE_IF_P) |
           when(cache->knows_objects, MISUSE_IF_MARKED) |
           when(cache->layout.poisons_objects, MISUSE_IF_POISONED) |
           when(cache_tracks_requested_size(cache), MISUSE_IF_TRACKED);
}

static uint32_t of_heap(const struct kmem_heap *heap)
{
    return when(heap->config.double_free_check, MISUSE_IF_DOUBLE_FREE_CHECK) |
           when(heap->config.owner_check, MISUSE_IF_OWNER_CHECK);
}

uint32_t misuse_of_live(const struct model *model, const struct model_object *object)
{
    const struct slab *slab = peek_slab(model->heap, object->address);

    return MISUSE_IF_LIVE | of_heap(model->heap) | (slab != NULL ? of_cache(slab->cache) : 0);
}

/* The slack that a resize left belongs to neither. */
static uint32_t of_guarded_byte(const struct kmem_heap *heap,
                                const struct guarded_object *guarded, const unsigned char *byte)
{
    uintptr_t in_object = (uintptr_t)byte - (uintptr_t)guarded->address;
    uintptr_t in_page = (uintptr_t)byte - (uintptr_t)guarded_page(&heap->guarded, guarded);
    uintptr_t in_tile = (uintptr_t)byte - (uintptr_t)guarded_tile(&heap->guarded, guarded);

    return when(in_page < PAGE_SIZE && in_object >= guarded->size, MISUSE_IF_IN_GUARDED_PAGE) |
           when(in_page >= PAGE_SIZE && in_tile < 2 * PAGE_SIZE, MISUSE_IF_IN_GUARD);
}

uint32_t misuse_of_byte(const struct model *model, const struct model_object *object,
                        int64_t offset)
{
    const struct slab *slab = peek_slab(model->heap, object->address);
    const struct guarded_object *guarded = peek_guarded(model->heap, object->address);

    if (guarded != NULL) {
        return of_guarded_byte(model->heap, guarded, object->address + offset);
    }

    if (slab == NULL) {
        return 0;
    }

    const struct layout *layout = &slab->cache->layout;
    size_t position = (size_t)offset;

    if (offset < 0) {
        return when((size_t)-offset <= layout->left_redzone_size, MISUSE_IF_IN_LEFT);
    }
    return when(position >= object->size && position < layout->object_size, MISUSE_IF_IN_SLACK) |
           when(position >= layout->object_size && position < layout->metadata_offset,
                MISUSE_IF_IN_RIGHT) |
           when(position >= layout->padding_offset && position < layout->slot_end_offset,
                MISUSE_IF_IN_PADDING);
}

/* True if the object would go to a list that it heads. */
static bool heads_its_list(const struct slab *slab, const void *object, unsigned cpu)
{
    const struct kmem_cache *cache = slab->cache;
    const struct kmem_cache_cpu *own = &cache->cpus[cpu];
    bool is_cpu_slab = view_cpu_slab(cache->heap, own) == slab;
    object_ref_t head = is_cpu_slab ? view_cpu(own).freelist : view_slab(slab).freelist;

    return object_from_ref(cache, head) == object;
}

/* The slab a stale object is still a free object of, or NULL. */
static const struct slab *slab_of_stale(struct model *model, const struct model_object *object)
{
    const struct model_cache *cache = model_cache_of(model, object);
    const struct slab *slab = peek_slab(model->heap, object->address);

    if (object->kind == MODEL_PAGES || object->kind == MODEL_CONTIG || slab == NULL ||
        !peek_slab_has(slab, object->address) || model_is_owned(model, object->address) ||
        view_place(slab) == SLAB_ON_ISOLATED || view_place(slab) == SLAB_ON_GRACE) {
        return NULL;
    }

    bool is_same_cache = object->kind == MODEL_KMALLOC
                             ? (slab->cache->flags & SLAB_KMALLOC) != 0 &&
                                   slab->cache->layout.object_size == object->usable
                             : cache != NULL && slab->cache == cache->handle;

    return is_same_cache ? slab : NULL;
}

/* Another one may lie there by now. */
static bool is_freed_guarded(const struct model *model, const struct model_object *object)
{
    const struct guarded_object *guarded = peek_guarded(model->heap, object->address);

    return guarded != NULL && peek_guarded_is(guarded, GUARD_FREED) &&
           guarded->address == object->address;
}

uint32_t misuse_of_stale(struct model *model, const struct model_object *object, unsigned cpu)
{
    const struct slab *slab = slab_of_stale(model, object);
    uint32_t circumstances =
        of_heap(model->heap) | when(is_freed_guarded(model, object), MISUSE_IF_FREED_GUARDED);

    if (slab == NULL) {
        return circumstances;
    }
    return circumstances | MISUSE_IF_LISTED | of_cache(slab->cache) |
           when(heads_its_list(slab, object->address, cpu), MISUSE_IF_HEAD);
}

uint32_t misuse_of_page(const struct model *model, const void *byte)
{
    const struct page *page = memory_page_at(&model->heap->memory, byte);
    enum page_kind kind = peek_page_state(page).kind;
    enum page_kind run = peek_page_state(peek_head(model->heap, byte)).kind;
    bool is_free = kind == PAGE_FREE || kind == PAGE_INTERIOR || run == PAGE_CACHED ||
                   run == PAGE_GUARD;

    return when(is_free, MISUSE_IF_ON_FREE_PAGE) | when(page->poisoned, MISUSE_IF_PAGE_POISON);
}

/* Of the guard pool, and of no object that is allocated there. */
static bool is_not_guarded(const struct model *model, const void *address)
{
    const struct kmem_heap *heap = model->heap;
    const struct guarded_object *guarded = peek_guarded(heap, address);
    bool is_live = guarded != NULL && peek_guarded_is(guarded, GUARD_ALLOCATED) &&
                   guarded->address == address;

    return guarded_contains(&heap->guarded, address) && !is_live;
}

uint32_t misuse_of_cache_free(const struct model *model, const struct kmem_cache *cache,
                              const void *address)
{
    const struct kmem_cache *home = peek_home(model->heap, address);
    bool checks_owner =
        model->heap->config.owner_check || (cache->flags & SLAB_CONSISTENCY_CHECKS) != 0;

    if (is_not_guarded(model, address)) {
        return MISUSE_IF_BY_CACHE | MISUSE_IF_NOT_GUARDED;
    }
    return MISUSE_IF_BY_CACHE | when(home == NULL, MISUSE_IF_IN_NO_SLAB) |
           when(home != NULL && home != cache, MISUSE_IF_IN_OTHER_CACHE) |
           when(checks_owner, MISUSE_IF_OWNER_CHECK);
}

uint32_t misuse_of_kfree(const struct model *model, const void *address)
{
    const struct kmem_heap *heap = model->heap;
    const struct page *head = peek_head(heap, address);
    enum page_kind kind = peek_page_state(head).kind;
    bool starts_there = memory_address(&heap->memory, head) == address;

    if (guarded_contains(&heap->guarded, address)) {
        return MISUSE_IF_BY_KFREE | when(is_not_guarded(model, address), MISUSE_IF_NOT_GUARDED);
    }
    return MISUSE_IF_BY_KFREE |
           when(kind != PAGE_SLAB && kind != PAGE_LARGE, MISUSE_IF_IN_NO_OBJECT) |
           when(kind == PAGE_LARGE && !starts_there, MISUSE_IF_IN_LARGE);
}

uint32_t misuse_of_pages_free(const struct model *model, const void *address, unsigned order)
{
    const struct page *page = memory_page_at(&model->heap->memory, address);
    struct page_state state = peek_page_state(page);

    return MISUSE_IF_BY_ORDER |
           when(state.kind != PAGE_RUN || state.order != order, MISUSE_IF_NO_RUN);
}

uint32_t misuse_of_fragment_free(const struct model *model, const void *address)
{
    enum page_kind kind = peek_page_state(peek_head(model->heap, address)).kind;

    return MISUSE_IF_BY_ORDER | when(kind != PAGE_RUN, MISUSE_IF_NO_RUN);
}
