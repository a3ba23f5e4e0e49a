#include "sanitizers/model.h"

#include <stdlib.h>
#include <string.h>

#include "allocator/cache/heap_state.h"
#include "sanitizers/kmalloc_rules.h"
#include "sanitizers/reserve.h"

struct model *model_create(void)
{
    struct model *model = calloc(1, sizeof(*model));

    if (model == NULL) {
        return NULL;
    }
    model->objects = reserve_memory(MODEL_OBJECT_COUNT * sizeof(struct model_object));
    model->used = reserve_memory(MODEL_OBJECT_COUNT * sizeof(uint32_t));
    content_table_init(&model->table);
    if (!ownership_init(&model->ownership) || !fragments_init(&model->fragments) ||
        model->objects == NULL || model->used == NULL) {
        model_destroy(model);
        return NULL;
    }
    return model;
}

void model_destroy(struct model *model)
{
    ownership_fini(&model->ownership);
    fragments_fini(&model->fragments);
    reserve_release(model->objects, MODEL_OBJECT_COUNT * sizeof(struct model_object));
    reserve_release(model->used, MODEL_OBJECT_COUNT * sizeof(uint32_t));
    free(model);
}

static owner_t owner_of_slot(uint32_t slot)
{
    return slot + 1;
}

static void disown(struct model *model, struct model_object *object)
{
    if (object->size != 0 && model->is_judging && !object->is_lent) {
        ownership_release(&model->ownership, object->address, object->size);
    }
    object->is_lent = false;
}

/* Nobody owns a byte afterwards, and every slot is empty. */
static void forget(struct model *model)
{
    for (uint32_t i = 0; i < model->used_count; i++) {
        struct model_object *object = model_object(model, model->used[i]);

        if (model_is_live(object) || object->state == MODEL_LOST) {
            disown(model, object);
            fragments_leave(model, object);
        }
        memset(object, 0, sizeof(*object));
    }
    for (uint32_t i = 0; i < model->isolated_count; i++) {
        ownership_release(&model->ownership, model->isolated[i].address, model->isolated[i].size);
    }
    pools_forget(model);
    memset(model->caches, 0, sizeof(model->caches));
    model->used_count = 0;
    model->isolated_count = 0;
}

void model_begin(struct model *model, const struct kmem_heap *heap, bool is_judging)
{
    forget(model);
    ownership_begin(&model->ownership, heap->memory.arena, heap->memory.page_count);
    model->heap = heap;
    model->has_traced = false;
    model->is_judging = is_judging;
    model->cache_total = kmalloc_rule_cache_count(&heap->config);
    model->nodes_back = 0;
    model->step = 0;
    model->violation = MODEL_RULE_COUNT;
    model->subject = NULL;
    model->is_shared = false;
    memset(&model->charges, 0, sizeof(model->charges));
    fragments_begin(&model->fragments);
    memset(model->buckets, 0, sizeof(model->buckets));
}

const struct model_cache *model_find_cache(const struct model *model,
                                           const struct model_object *object)
{
    const struct model_cache *cache = &model->caches[object->cache];

    if (object->kind != MODEL_CACHE_OBJECT || cache->handle == NULL ||
        cache->generation != object->cache_generation) {
        return NULL;
    }
    return cache;
}

struct model_cache *model_cache_of(struct model *model, const struct model_object *object)
{
    const struct model_cache *cache = model_find_cache(model, object);

    return cache != NULL ? &model->caches[object->cache] : NULL;
}

static void count_live(struct model *model, const struct model_object *object, int change)
{
    struct model_cache *cache = model_cache_of(model, object);

    if (cache != NULL) {
        cache->live_count += (uint32_t)change;
    }
}

static bool claim(struct model *model, const void *address, size_t size, owner_t owner)
{
    bool is_free =
        size == 0 || !model->is_judging || ownership_claim(&model->ownership, address, size, owner);

    return model_expect(model, is_free, MODEL_RULE_OBJECT_OWNED_ONCE, address);
}

/* What others may still look at is nobody's any more, but that of a new user. */
static void note_reuse(struct model *model, const struct model_object *object)
{
    const struct model_cache *cache = model_find_cache(model, object);

    if (cache == NULL || (cache->flags & SLAB_TYPESAFE_BY_RCU) == 0) {
        return;
    }
    for (uint32_t i = 0; i < model->used_count; i++) {
        struct model_object *other = model_object(model, model->used[i]);

        other->is_reused = other->is_reused || other->address == object->address;
    }
}

bool model_own(struct model *model, uint32_t slot, const struct model_object *object)
{
    struct model_object *target = model_object(model, slot);

    if (!claim(model, object->address, object->size, owner_of_slot(slot))) {
        return false;
    }
    if (target->state == MODEL_EMPTY) {
        model->used[model->used_count++] = slot;
    }
    note_reuse(model, object);
    *target = *object;
    target->state = MODEL_LIVE;
    target->alloc_step = model->step;
    target->free_step = 0;
    count_live(model, target, 1);
    return true;
}

bool model_resize(struct model *model, struct model_object *object, unsigned char *address,
                  size_t size)
{
    disown(model, object);
    object->address = address;
    object->size = 0;
    if (!claim(model, address, size, owner_of_slot(model_slot(model, object)))) {
        return false;
    }
    object->size = (uint32_t)size;
    return true;
}

void model_lend(struct model *model, struct model_object *object)
{
    disown(model, object);
    object->is_lent = true;
}

bool model_take_back(struct model *model, struct model_object *object)
{
    if (!object->is_lent) {
        return true;
    }
    object->is_lent = false;
    return claim(model, object->address, object->size,
                 owner_of_slot(model_slot(model, object)));
}

static void release(struct model *model, struct model_object *object, unsigned cpu)
{
    disown(model, object);
    count_live(model, object, -1);
    object->state = MODEL_STALE;
    object->free_step = model->step;
    object->free_cpu = (uint8_t)cpu;
}

void model_release(struct model *model, struct model_object *object, unsigned cpu)
{
    charges_take_back(model, object);
    release(model, object, cpu);
}

static void isolate(struct model *model, unsigned char *address, size_t size, owner_t owner)
{
    if (model->is_judging && ownership_claim(&model->ownership, address, size, owner)) {
        model->isolated[model->isolated_count++] = (struct model_isolated){
            .address = address,
            .size = (uint32_t)size,
        };
    }
}

void model_isolate(struct model *model, struct model_object *object, unsigned cpu)
{
    struct model_cache *cache = model_cache_of(model, object);

    release(model, object, cpu);
    if (cache != NULL) {
        cache->isolated_count++;
    }
    isolate(model, object->address, object->size, OWNER_KEPT);
}

void model_keep(struct model *model, const struct kmem_cache *handle, unsigned char *address,
                size_t size)
{
    for (unsigned slot = 0; slot < MODEL_CACHE_COUNT; slot++) {
        if (handle != NULL && model->caches[slot].handle == handle) {
            model->caches[slot].isolated_count++;
        }
    }
    isolate(model, address, size, OWNER_KEPT);
}

void model_cut_off(struct model *model, const struct kmem_cache *handle, unsigned char *address,
                   size_t size)
{
    for (unsigned slot = 0; slot < MODEL_CACHE_COUNT; slot++) {
        if (model->caches[slot].handle == handle) {
            model->caches[slot].isolated_count++;
            model->caches[slot].cut_off_count++;
            break;
        }
    }
    isolate(model, address, size, OWNER_CUT_OFF);
}

struct model_cache *model_find_alias(struct model *model, const struct model_cache *cache)
{
    /* A descriptor may be another cache's already while the one before is still being destroyed. */
    if (!model->heap->config.merging) {
        return NULL;
    }
    for (unsigned slot = 0; slot < MODEL_CACHE_COUNT; slot++) {
        struct model_cache *other = &model->caches[slot];

        if (other != cache && other->handle != NULL && other->handle == cache->handle) {
            return other;
        }
    }
    return NULL;
}

void model_move_objects(struct model *model, struct model_cache *from, struct model_cache *to)
{
    for (uint32_t i = 0; i < model->used_count; i++) {
        struct model_object *object = model_object(model, model->used[i]);

        if (model_cache_of(model, object) == from) {
            object->cache = (uint8_t)(to - model->caches);
            object->cache_generation = to->generation;
        }
    }
    to->live_count += from->live_count;
    to->isolated_count += from->isolated_count;
    from->live_count = 0;
    from->isolated_count = 0;
}

void model_strand(struct model *model, struct model_cache *cache)
{
    for (uint32_t i = 0; i < model->used_count; i++) {
        struct model_object *object = model_object(model, model->used[i]);

        if (model_is_live(object) && model_cache_of(model, object) == cache) {
            object->state = MODEL_LOST;
        }
    }
    cache->handle = NULL;
}

bool model_is_owned(const struct model *model, const void *byte)
{
    return ownership_find(&model->ownership, byte) != 0;
}

bool model_is_kept(const struct model *model, const void *byte)
{
    return ownership_find(&model->ownership, byte) == OWNER_KEPT;
}

bool model_is_cut_off(const struct model *model, const void *byte)
{
    return ownership_find(&model->ownership, byte) == OWNER_CUT_OFF;
}

void model_fill(struct model *model, struct model_object *object, uint64_t key)
{
    uint64_t slot = model_slot(model, object);

    object->content = content_fill(&model->table, object->address, object->size,
                                   slot << 32 ^ (uint64_t)object->fill_count << 16 ^ key);
    object->fill_count++;
}
