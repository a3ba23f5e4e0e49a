/*
 * Acts of misuse. Each is carried out only where misuse.def says what becomes of it, and stays
 * inside the slot of its victim.
 */
#include "allocator/api/kmalloc.h"
#include "allocator/api/kmem_cache.h"
#include "allocator/api/page_frag.h"
#include "allocator/api/pages.h"
#include "allocator/base/bits.h"
#include "allocator/cache/freelist.h"
#include "fuzz/execute_parts.h"
#include "sanitizers/peek.h"
#include "sanitizers/sharing.h"

/* A live object with bytes, of any kind, or NULL. */
static struct model_object *find_victim(struct execution *execution, uint32_t slot)
{
    if (slot >= MODEL_OBJECT_COUNT) {
        return NULL;
    }

    struct model_object *object = model_object(execution->model, slot);

    return model_is_live(object) && object->size != 0 && !object->is_busy &&
                   execute_is_settled(execution, object->address)
               ? object
               : NULL;
}

/* The allocator itself may have taken memory that nobody had any more. O(pages). */
static bool is_nobodys(const struct kmem_heap *heap, const void *address)
{
    uintptr_t slot = peek_slot(heap, address);
    pfn_t count = heap->config.object_extensions ? heap->memory.page_count : 0;

    for (pfn_t pfn = 0; pfn < count; pfn++) {
        uint64_t vector = view_word(&heap->slabs[pfn].extensions);

        if (vector != 0 && peek_slot(heap, (const void *)(uintptr_t)vector) == slot) {
            return false;
        }
    }
    return true;
}

/* An object or run that was freed, or NULL. */
static struct model_object *find_stale(struct execution *execution, uint32_t slot)
{
    if (slot >= MODEL_OBJECT_COUNT) {
        return NULL;
    }

    struct model_object *object = model_object(execution->model, slot);

    return object->state == MODEL_STALE && object->size != 0 &&
                   execute_is_settled(execution, object->address) &&
                   is_nobodys(execution->heap, object->address)
               ? object
               : NULL;
}

/* Damages a byte if the table says who will find it. */
static enum run_op_outcome damage(struct execution *execution, const struct misuse_row *row,
                                  void *object, void *byte, uint32_t xor)
{
    if (row == NULL || xor == 0 || !owed_can_owe(execution->owed, row, object, byte)) {
        return RUN_OP_SKIPPED;
    }
    execution->address = byte;
    owed_later(execution->owed, row, object, byte, (unsigned char)xor);
    return RUN_OP_ACT;
}

/* offset: of the byte, from the start of the object. */
static enum run_op_outcome damage_beside(struct execution *execution, enum op_code act,
                                         const struct model_object *object, int64_t offset,
                                         uint32_t xor)
{
    uint32_t circumstances = misuse_of_live(execution->model, object) |
                             misuse_of_byte(execution->model, object, offset);

    if (!model_can_isolate(execution->model, OWED_DEBT_MAX)) {
        return RUN_OP_SKIPPED;
    }
    return damage(execution, misuse_find(act, circumstances), object->address,
                  object->address + offset, xor);
}

enum run_op_outcome execute_overflow(struct execution *execution, const struct op *op)
{
    const struct model_object *object = find_victim(execution, op_overflow_object(op));

    if (object == NULL) {
        return RUN_OP_SKIPPED;
    }
    return damage_beside(execution, OP_OVERFLOW, object,
                         (int64_t)object->size + op_overflow_offset(op), op_overflow_xor(op));
}

enum run_op_outcome execute_underflow(struct execution *execution, const struct op *op)
{
    const struct model_object *object = find_victim(execution, op_underflow_object(op));

    if (object == NULL) {
        return RUN_OP_SKIPPED;
    }
    return damage_beside(execution, OP_UNDERFLOW, object,
                         -(int64_t)op_underflow_offset(op) - 1, op_underflow_xor(op));
}

enum run_op_outcome execute_write_after_free(struct execution *execution, const struct op *op)
{
    const struct model_object *object = find_stale(execution, op_write_after_free_object(op));

    if (object == NULL) {
        return RUN_OP_SKIPPED;
    }

    uint32_t position = op_write_after_free_offset(op) % object->size;
    unsigned char *byte = object->address + position;
    uint32_t stale = misuse_of_stale(execution->model, object, sim_cpu(execution->sim));
    uint32_t circumstances = stale | misuse_of_page(execution->model, byte) |
                             (position + 1 == object->usable ? MISUSE_IF_AT_END : 0u);
    bool is_listed = (stale & (MISUSE_IF_LISTED | MISUSE_IF_FREED_GUARDED)) != 0;

    return damage(execution, misuse_find(OP_WRITE_AFTER_FREE, circumstances),
                  is_listed ? object->address : NULL, byte, op_write_after_free_xor(op));
}

enum run_op_outcome execute_free_pointer(struct execution *execution, const struct op *op)
{
    const struct model_object *object = find_stale(execution, op_free_pointer_object(op));

    if (object == NULL || op_free_pointer_xor(op) == 0) {
        return RUN_OP_SKIPPED;
    }

    const struct slab *slab = peek_slab(execution->model->heap, object->address);
    uint32_t circumstances =
        misuse_of_stale(execution->model, object, sim_cpu(execution->sim));

    if ((circumstances & MISUSE_IF_LISTED) == 0 || !owed_can_cut_off(execution->owed, slab)) {
        return RUN_OP_SKIPPED;
    }
    if (!owed_has_bad_link(execution->owed, slab)) {
        circumstances |= MISUSE_IF_NO_BAD_LINK;
    }

    unsigned char *slot = freelist_slot(slab->cache, object->address);

    /* The final byte of a link is the farthest: there is no memory at such a distance. */
    return damage(execution, misuse_find(OP_FREE_POINTER, circumstances), object->address,
                  slot + WORD_SIZE - 1, op_free_pointer_xor(op));
}

enum run_op_outcome execute_slab_padding(struct execution *execution, const struct op *op)
{
    const struct model_object *object = find_victim(execution, op_slab_padding_object(op));
    const struct slab *slab =
        object != NULL ? peek_slab(execution->model->heap, object->address) : NULL;

    if (slab == NULL) {
        return RUN_OP_SKIPPED;
    }

    size_t used = view_slab(slab).object_count * slab->cache->layout.stride;
    size_t padding = order_size(slab->order) - used;
    uint32_t circumstances = misuse_of_live(execution->model, object);

    if (padding == 0) {
        return RUN_OP_SKIPPED;
    }
    return damage(execution, misuse_find(OP_SLAB_PADDING, circumstances), NULL,
                  slab_base(execution->heap, slab) + used + op_slab_padding_offset(op) % padding,
                  op_slab_padding_xor(op));
}

/* Begins a step in which a report about an address is owed at once; false if none is. */
static bool begin_reported(struct execution *execution, enum op_code act, uint32_t circumstances,
                           const void *address)
{
    const struct misuse_row *row = misuse_find(act, circumstances);

    if (row == NULL) {
        return false;
    }
    execute_begin_step(execution);
    execute_note_address(execution, address);
    owed_now(execution->owed, row->kind, address);
    return true;
}

/* The way an object of its kind is freed. cache: of a cache object. */
static void free_as(struct execution *execution, const struct model_object *object,
                    struct kmem_cache *cache, void *address)
{
    if (object->kind == MODEL_CACHE_OBJECT) {
        kmem_cache_free(cache, address);
    } else if (object->kind == MODEL_KMALLOC) {
        heap_free(execution->heap, address);
    } else if (object->kind == MODEL_FRAGMENT) {
        heap_page_frag_free(execution->heap, address);
    } else {
        heap_free_pages(execution->heap, heap_page_at(execution->heap, address), object->order);
    }
}

/* What holds of an address that is freed as an object of its kind would be. */
static uint32_t of_free_as(const struct execution *execution, const struct model_object *object,
                           const struct kmem_cache *cache, const void *address)
{
    if (object->kind == MODEL_CACHE_OBJECT) {
        return misuse_of_cache_free(execution->model, cache, address);
    }
    if (object->kind == MODEL_KMALLOC) {
        return misuse_of_kfree(execution->model, address);
    }
    if (object->kind == MODEL_FRAGMENT) {
        return misuse_of_fragment_free(execution->model, address);
    }
    return misuse_of_pages_free(execution->model, address, object->order);
}

/* What a report on that free names: of a fragment the run that it lies in now. */
static const void *named_as(const struct execution *execution, const struct model_object *object)
{
    return object->kind == MODEL_FRAGMENT
               ? memory_address(&execution->heap->memory,
                                peek_head(execution->heap, object->address))
               : object->address;
}

enum run_op_outcome execute_double_free(struct execution *execution, const struct op *op)
{
    struct model_object *object = find_stale(execution, op_double_free_object(op));

    if (object == NULL) {
        return RUN_OP_SKIPPED;
    }

    const struct model_cache *of = model_cache_of(execution->model, object);
    struct kmem_cache *cache = of != NULL ? of->handle : NULL;
    const struct slab *slab = peek_slab(execution->model->heap, object->address);
    unsigned cpu = sim_cpu(execution->sim);

    if (object->kind == MODEL_CACHE_OBJECT && cache == NULL) {
        return RUN_OP_SKIPPED;
    }

    uint32_t circumstances = misuse_of_stale(execution->model, object, cpu) |
                             of_free_as(execution, object, cache, object->address);

    if (slab == NULL || !owed_has_bad_link(execution->owed, slab)) {
        circumstances |= MISUSE_IF_NO_BAD_LINK;
    }
    /* Freed by the step before on this CPU: whatever the allocator says, it heads its list. */
    if (execution->freed_alone == op_double_free_object(op) + 1 && object->free_cpu == cpu) {
        circumstances |= MISUSE_IF_HEAD;
    }
    if (!begin_reported(execution, OP_DOUBLE_FREE, circumstances, named_as(execution, object))) {
        return RUN_OP_SKIPPED;
    }
    free_as(execution, object, cache, object->address);
    execute_end_call(execution);
    return RUN_OP_STEP;
}

enum run_op_outcome execute_wrong_cache(struct execution *execution, const struct op *op)
{
    const struct model_cache *named = execute_cache(execution, op_wrong_cache_cache(op));
    struct model_object *object =
        execute_live(execution, op_wrong_cache_object(op), MODEL_CACHE_OBJECT);

    if (named == NULL || object == NULL ||
        model_cache_of(execution->model, object)->handle == named->handle) {
        return RUN_OP_SKIPPED;
    }

    uint32_t circumstances =
        MISUSE_IF_LIVE | misuse_of_cache_free(execution->model, named->handle, object->address);

    if (!begin_reported(execution, OP_WRONG_CACHE, circumstances, object->address)) {
        return RUN_OP_SKIPPED;
    }
    kmem_cache_free(named->handle, object->address);
    execute_end_call(execution);
    return RUN_OP_STEP;
}

enum run_op_outcome execute_free_interior(struct execution *execution, const struct op *op)
{
    struct model_object *object = find_victim(execution, op_free_interior_object(op));
    uint32_t offset = object != NULL ? op_free_interior_offset(op) % object->size : 0;

    if (offset == 0 || object->kind == MODEL_FRAGMENT) {
        return RUN_OP_SKIPPED;
    }

    const struct model_cache *of = model_cache_of(execution->model, object);
    struct kmem_cache *cache = of != NULL ? of->handle : NULL;
    unsigned char *address = object->address + offset;

    if (object->kind >= MODEL_PAGES) {
        address = object->address + align_down(offset, PAGE_SIZE);
    }

    uint32_t circumstances = misuse_of_live(execution->model, object) |
                             of_free_as(execution, object, cache, address);

    if (!begin_reported(execution, OP_FREE_INTERIOR, circumstances, address)) {
        return RUN_OP_SKIPPED;
    }
    free_as(execution, object, cache, address);
    execute_end_call(execution);
    return RUN_OP_STEP;
}

enum run_op_outcome execute_free_wild(struct execution *execution, const struct op *op)
{
    const struct page_memory *memory = &execution->heap->memory;
    const struct model_cache *cache = execute_cache(execution, op_free_wild_cache(op));
    pfn_t pfn = op_free_wild_page(op) % memory->page_count;
    unsigned char *address =
        (unsigned char *)memory_address(memory, memory_page(memory, pfn)) + op_free_wild_offset(op);
    bool is_kfree = op_free_wild_kfree(op) != 0;

    if (cache == NULL && !is_kfree) {
        return RUN_OP_SKIPPED;
    }

    uint32_t circumstances =
        is_kfree ? misuse_of_kfree(execution->model, address)
                 : misuse_of_cache_free(execution->model, cache->handle, address);

    if (!begin_reported(execution, OP_FREE_WILD, circumstances, address)) {
        return RUN_OP_SKIPPED;
    }
    if (is_kfree) {
        heap_free(execution->heap, address);
    } else {
        kmem_cache_free(cache->handle, address);
    }
    execute_end_call(execution);
    return RUN_OP_STEP;
}

enum run_op_outcome execute_free_pages_order(struct execution *execution, const struct op *op)
{
    unsigned order = op_free_pages_order_order(op);
    struct model_object *object =
        execute_live(execution, op_free_pages_order_object(op), MODEL_PAGES);

    if (object == NULL) {
        return RUN_OP_SKIPPED;
    }

    uint32_t circumstances =
        MISUSE_IF_LIVE | misuse_of_pages_free(execution->model, object->address, order);

    if (!begin_reported(execution, OP_FREE_PAGES_ORDER, circumstances, object->address)) {
        return RUN_OP_SKIPPED;
    }
    heap_free_pages(execution->heap, heap_page_at(execution->heap, object->address), order);
    execute_end_call(execution);
    return RUN_OP_STEP;
}

enum run_op_outcome execute_free_pages_client(struct execution *execution, const struct op *op)
{
    enum { CLIENT_WORD = 0x5c };
    struct model_object *object =
        execute_live(execution, op_free_pages_client_object(op), MODEL_PAGES);

    if (object == NULL || sharing_is_shared(object) ||
        !model_can_isolate(execution->model, OWED_DEBT_MAX)) {
        return RUN_OP_SKIPPED;
    }

    struct page *page = heap_page_at(execution->heap, object->address);
    uint32_t circumstances = MISUSE_IF_LIVE | misuse_of_pages_free(execution->model,
                                                                   object->address, object->order);

    execute_retire(execution, object);
    if (!begin_reported(execution, OP_FREE_PAGES_CLIENT, circumstances, object->address)) {
        return RUN_OP_SKIPPED;
    }
    heap_page_set_client(page, CLIENT_WORD);
    heap_free_pages(execution->heap, page, object->order);
    execute_end_call(execution);
    model_isolate(execution->model, object, sim_cpu(execution->sim));
    compare_hidden(execution->model, object);
    return RUN_OP_STEP;
}

/* A live object of the slab, or NULL. O(objects). */
static void *find_live_beside(const struct execution *execution, const struct slab *slab)
{
    const struct model *model = execution->model;

    for (uint32_t i = 0; i < view_slab(slab).object_count; i++) {
        void *object = slab_object(slab, i);

        if (model_is_owned(model, object) && !model_is_kept(model, object) &&
            !model_is_cut_off(model, object)) {
            return object;
        }
    }
    return NULL;
}

/* The model loses sight of what is listed behind a free object. */
static void lose_rest(struct execution *execution, const struct slab *slab, const void *object)
{
    const struct kmem_cache *cache = slab->cache;
    uint32_t left = view_slab(slab).object_count;
    void *next = freelist_next(cache, object);

    for (; next != NULL && left > 0; left--) {
        model_cut_off(execution->model, cache, next, cache->layout.object_size);
        next = freelist_next(cache, next);
    }
}

enum run_op_outcome execute_live_link(struct execution *execution, const struct op *op)
{
    const struct model_object *object = find_stale(execution, op_live_link_object(op));
    struct slab *slab = object != NULL ? peek_slab(execution->heap, object->address) : NULL;
    unsigned cpu = sim_cpu(execution->sim);

    if (slab == NULL || view_cpu_slab(execution->heap, &slab->cache->cpus[cpu]) != slab ||
        !owed_can_cut_off(execution->owed, slab)) {
        return RUN_OP_SKIPPED;
    }

    void *victim = find_live_beside(execution, slab);
    uint32_t circumstances = misuse_of_stale(execution->model, object, cpu);

    if (victim == NULL ||
        !begin_reported(execution, OP_LIVE_LINK, circumstances, object->address)) {
        return RUN_OP_SKIPPED;
    }
    lose_rest(execution, slab, object->address);
    freelist_set_next(slab->cache, object->address, victim);
    kmem_cache_flush_cpu(slab->cache, cpu);
    execute_end_call(execution);
    return RUN_OP_STEP;
}
