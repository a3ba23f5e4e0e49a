#include "sanitizers/compare.h"

#include "allocator/api/kmalloc.h"
#include "allocator/api/kmem_cache.h"
#include "allocator/base/bits.h"
#include "sanitizers/compare_kv.h"
#include "sanitizers/peek.h"

bool compare_usable_size(struct model *model, const struct model_object *object, size_t usable)
{
    return model_expect(model, usable == object->usable, MODEL_RULE_USABLE_SIZE, object->address);
}

/* Bytes that a resize which kept the object in place exposes or hides. */
static bool resize_in_place(struct model *model, const struct compare_resize *resize)
{
    struct model_object *object = resize->object;

    return model_expect(model, resize->given == object->address, MODEL_RULE_RESIZE_PLACE,
                        object->address) &&
           model_resize(model, object, object->address, resize->size);
}

/* What it moves to, whose contents are judged as those of the old object. */
static struct compare_request moved_request(const struct model *model,
                                            const struct compare_resize *resize)
{
    const struct kmalloc_ask ask = {resize->size, resize->gfp & ~(gfp_t)__GFP_ZERO, model->step};

    return resize->is_kv ? compare_kv_request(model, &ask, resize->given)
                         : compare_ask_request(model, &ask);
}

/* Only what moved was asked for anew. */
static bool choice_is_right(struct model *model, const struct compare_resize *resize)
{
    const struct kmalloc_ask ask = {resize->size, resize->gfp, model->step};

    return !resize->is_kv || compare_kv_choice(model, &ask, resize->given);
}

/* The old bytes were freed; the new ones are judged as those of any allocation. */
static bool resize_by_moving(struct model *model, const struct compare_resize *resize)
{
    struct model_object *object = resize->object;
    const struct model_object old = *object;
    uint32_t slot = model_slot(model, object);
    struct compare_request request = moved_request(model, resize);

    request.is_replacement = true;
    if (!choice_is_right(model, resize) ||
        !model_expect(model, resize->given != old.address, MODEL_RULE_RESIZE_PLACE, old.address)) {
        return false;
    }
    if (resize->was_kept) {
        model_isolate(model, object, resize->cpu);
    } else {
        model_release(model, object, resize->cpu);
    }
    if (!compare_place(model, slot, &request, resize->given)) {
        return false;
    }
    object->content = old.content;
    object->fill_count = old.fill_count;
    object->is_zero_kept = old.is_zero_kept;
    return resize->was_kept || compare_hidden(model, &old);
}

bool compare_resize(struct model *model, const struct compare_resize *resize)
{
    struct model_object *object = resize->object;
    size_t old_size = object->size;
    struct compare_request request = moved_request(model, resize);
    bool fits = resize->size <= resize->usable &&
                is_aligned((uintptr_t)object->address, resize->align);

    if (resize->given == NULL) {
        return model_take_back(model, object) &&
               model_expect(model, !fits, MODEL_RULE_RESIZE_PLACE, object->address) &&
               compare_null(model, &request) && compare_shown(model, object) &&
               compare_content(model, object);
    }
    if (fits && object->kind == MODEL_VIEW) {
        object->usable = compare_view_room(resize->size);
    }
    if (!(fits ? resize_in_place(model, resize) : resize_by_moving(model, resize))) {
        return false;
    }

    object->is_zero_kept = object->is_zero_kept && (resize->gfp & __GFP_ZERO) != 0;
    object->content =
        content_resize(object->content, old_size, resize->size, object->is_zero_kept);
    if (!compare_shown(model, object) || !compare_content(model, object)) {
        return false;
    }
    /* Bytes gained hold anything: the user writes them, and with them all the others. */
    if (resize->size > old_size && !object->is_zero_kept) {
        model_fill(model, object, 0);
    }
    return true;
}

bool compare_charge(struct model *model, struct model_object *object, bool result)
{
    const struct slab *slab = peek_slab(model->heap, object->address);
    uint32_t price = charges_price(model, slab != NULL ? slab->cache : NULL, __GFP_ACCOUNT);
    bool is_new = price != 0 && object->account == 0 && !model->charges.is_off;
    bool may_refuse = is_new && charges_may_refuse(model, price);
    bool is_known = !model->is_shared && model->charges.present != CHARGES_ANY;
    bool lacked_memory = view_failure_count(model->heap) != model->before.failure_count;
    bool is_right = result ? !(may_refuse && is_known)
                           : may_refuse || (is_new && lacked_memory) || model->is_shared;

    if (!model_expect(model, is_right, MODEL_RULE_CHARGE_RESULT, object->address)) {
        return false;
    }
    return !is_new || !result || charges_add(model, object, price);
}

bool compare_bulk(struct model *model, const struct model_cache *cache, size_t count, size_t taken)
{
    return model_expect(model, taken == count || taken == 0, MODEL_RULE_BULK_RESULT,
                        cache->handle);
}

bool compare_size(struct model *model, const struct model_cache *cache, size_t size)
{
    return model_expect(model, size == cache->size, MODEL_RULE_SIZE_RESULT, cache->handle);
}

bool compare_zero_size(struct model *model, const void *given)
{
    return model_expect(model, given == ZERO_SIZE_PTR, MODEL_RULE_ZERO_SIZE, given);
}

/* Pages of a node that are in use. */
static uint32_t count_used(const struct kmem_heap *heap, unsigned node)
{
    uint32_t count = 0;

    for (unsigned i = 0; i < heap->memory.zone_count; i++) {
        const struct page_zone *zone = &heap->memory.zones[i];

        if (zone->node == node) {
            count += view_present_pages(heap, zone) - zone->free_page_count - view_cached_of(zone) -
                     zone->isolated_page_count - zone->guard_page_count;
        }
    }
    return count;
}

bool compare_node_offline(struct model *model, unsigned node, bool was_online, int result)
{
    int expected = node == 0 || !was_online             ? HEAP_EINVAL
                   : count_used(model->heap, node) == 0 ? HEAP_OK
                                                        : HEAP_EBUSY;
    bool is_gone = !view_node_is_online(model->heap, node);

    return model_expect(model,
                        model->is_shared ||
                            (result == expected && is_gone == (result == HEAP_OK || !was_online)),
                        MODEL_RULE_NODE_RESULT, NULL);
}

bool compare_node_online(struct model *model, unsigned node, bool was_online, int result)
{
    bool is_online = view_node_is_online(model->heap, node);
    int expected = was_online || !is_online ? HEAP_EINVAL : HEAP_OK;

    return model_expect(model, model->is_shared || result == expected, MODEL_RULE_NODE_RESULT,
                        NULL);
}

bool compare_shrink(struct model *model, const struct kmem_cache *cache, int result)
{
    int expected = view_slab_count(cache) == 0 ? 0 : 1;
    bool is_right = model->is_shared ? result == 0 || result == 1 : result == expected;

    return model_expect(model, is_right, MODEL_RULE_SHRINK_RESULT, cache);
}

bool compare_purged(struct model *model, const struct kmem_cache *cache)
{
    bool is_empty = true;

    for (cpu_id_t cpu = 0; cpu < CPU_MAX; cpu++) {
        is_empty = is_empty && cache->cpus[cpu].quarantine.first == 0;
    }
    return model_expect(model, is_empty || model->is_shared, MODEL_RULE_PURGED_HOLDS_NOTHING,
                        cache);
}

/* Slabs on a list of a node, as far as its links lead from slab to slab. */
static uint32_t count_listed(const struct kmem_cache *cache, const struct list_link *head)
{
    const struct list_link *link = head->next;
    uint32_t count = 0;

    while (link != head && count <= view_slab_count(cache) &&
           view_slab_at(cache->heap, container_of(link, struct slab, link)) != NULL) {
        link = link->next;
        count++;
    }
    return count;
}

int compare_validate_expects(const struct kmem_cache *cache)
{
    uint32_t listed = 0;

    for (unsigned node = 0; node < NODE_MAX; node++) {
        if (cache->nodes[node].is_ready) {
            listed += count_listed(cache, &cache->nodes[node].partial) +
                      count_listed(cache, &cache->nodes[node].full);
        }
    }
    return (cache->flags & SLAB_DEBUG_PATH_FLAGS) != 0 ? (int)listed : HEAP_EINVAL;
}

bool compare_validate(struct model *model, const struct kmem_cache *cache, int expected,
                      int result)
{
    bool is_right = model->is_shared && expected >= 0 ? result >= 0 : result == expected;

    return model_expect(model, is_right, MODEL_RULE_VALIDATE_RESULT, cache);
}

/*
 * Nothing ran there meanwhile. Frees that were put off there late, by a task that has left since,
 * may lie there still.
 */
bool compare_offline(struct model *model, unsigned cpu)
{
    const struct kmem_heap *heap = model->heap;

    for (unsigned i = 0; i < heap->memory.zone_count; i++) {
        if (!model_expect(model, model->is_shared || heap->memory.zones[i].pcps[cpu].count == 0,
                          MODEL_RULE_OFFLINE_HOLDS_NOTHING, &heap->memory.zones[i])) {
            return false;
        }
    }

    for (unsigned slot = 0; slot < CACHE_MAX; slot++) {
        const struct kmem_cache *cache = &heap->cache_slots[slot];
        const struct kmem_cache_cpu *held = &cache->cpus[cpu];
        bool holds_nothing = view_cpu(held).freelist == 0 && view_word(&held->slab) == 0 &&
                             held->partial == NULL && held->quarantine.first == 0;

        if (heap->cache_is_used[slot] &&
            !model_expect(model, holds_nothing, MODEL_RULE_OFFLINE_HOLDS_NOTHING, cache)) {
            return false;
        }
    }
    return true;
}

/* Some object of the slab is owned although no user holds one any more: it is kept on purpose. */
static bool slab_is_kept(const struct model *model, const struct slab *slab)
{
    uint32_t count = view_slab(slab).object_count;

    for (uint32_t i = 0; i < count; i++) {
        if (model_is_owned(model, slab_object(slab, i))) {
            return true;
        }
    }
    return false;
}

static bool run_is_kept(const struct model *model, struct page *head)
{
    const struct kmem_heap *heap = model->heap;

    /* Whether the slab that has its vector there is kept is asked of itself. */
    if (peek_holds_extensions(heap, head)) {
        return true;
    }
    if (guarded_contains(&heap->guarded, memory_address(&heap->memory, head))) {
        return true;
    }
    if (peek_page_state(head).kind == PAGE_SLAB) {
        return slab_is_kept(model, slab_of_page(heap, head));
    }
    return model_is_owned(model, memory_address(&heap->memory, head));
}

bool compare_end(struct model *model)
{
    const struct page_memory *memory = &model->heap->memory;

    if (view_idle_pages(model->heap) == memory->page_count) {
        return true;
    }
    for (pfn_t pfn = 0; pfn < memory->page_count; pfn++) {
        struct page *page = memory_page(memory, pfn);

        if (page_kind_is_allocated(peek_page_state(page).kind) &&
            !model_expect(model, run_is_kept(model, page), MODEL_RULE_LEAK, page)) {
            return false;
        }
    }
    return true;
}
