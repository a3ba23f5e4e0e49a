#include "sanitizers/compare_guarded.h"

#include "sanitizers/peek.h"

struct model_guarded compare_guarded_now(const struct kmem_heap *heap)
{
    const struct guarded_pool *pool = &heap->guarded;
    struct model_guarded seen = {.allocations = view_word(&pool->allocations)};

    for (uint32_t i = 0; i < pool->count && !seen.has_room; i++) {
        seen.has_room = !peek_guarded_is(&pool->objects[i], GUARD_ALLOCATED);
    }
    return seen;
}

bool compare_is_guarded(const struct model *model, const struct compare_request *request,
                        const void *given)
{
    const struct guarded_object *object = peek_guarded(model->heap, given);

    return object != NULL && peek_guarded_is(object, GUARD_ALLOCATED) &&
           object->address == given && object->cache == request->home &&
           object->size == request->object.size;
}

/* What the pool could serve: a page at most, and nothing special. */
static bool is_fit(const struct compare_request *request)
{
    const struct kmem_cache *home = request->home;

    return home != NULL && request->is_guardable && home->is_guarded &&
           request->object.size <= PAGE_SIZE;
}

/* Counting is in order, and so is who is served. One of many is one of an unknown number. */
static bool was_its_turn(const struct model *model, const struct compare_request *request,
                         bool is_served)
{
    const struct kmem_heap *heap = model->heap;
    uint64_t before = model->before.guarded.allocations;
    uint64_t count = view_word(&heap->guarded.allocations) - before;
    bool is_due = is_fit(request) && model->before.guarded.has_room &&
                  (before + 1) % heap->config.guard_pool_interval == 0;

    return request->is_part_of_many ||
           (count == (is_fit(request) ? 1 : 0) && is_served == is_due);
}

/* While an object that was freed before waits, or was never used, the one given is not reused. */
static bool was_longest_unused(const struct model *model, const void *given)
{
    const struct guarded_pool *pool = &model->heap->guarded;
    const struct guarded_object *object = peek_guarded(model->heap, given);

    if (object->use_count == 1) {
        return true;
    }
    for (uint32_t i = 0; i < pool->count; i++) {
        const struct guarded_object *other = &pool->objects[i];
        bool is_unused = peek_guarded_is(other, GUARD_UNUSED);
        bool was_freed_before =
            peek_guarded_is(other, GUARD_FREED) && other->free_ordinal < object->free_ordinal;

        if (is_unused || was_freed_before) {
            return false;
        }
    }
    return true;
}

bool compare_guarded(struct model *model, const struct compare_request *request, const void *given)
{
    bool is_served = peek_guarded(model->heap, given) != NULL;

    if (model->heap->guarded.count == 0 || model->is_shared || !model->is_judging) {
        return true;
    }
    return model_expect(model, was_its_turn(model, request, is_served),
                        MODEL_RULE_GUARDED_IN_TURN, given) &&
           model_expect(model, !is_served || was_longest_unused(model, given),
                        MODEL_RULE_GUARDED_REUSED_LATE, given);
}

uint32_t compare_guarded_count(const struct kmem_cache *cache)
{
    const struct guarded_pool *pool = &cache->heap->guarded;
    uint32_t count = 0;

    for (uint32_t i = 0; i < pool->count; i++) {
        count += peek_guarded_is(&pool->objects[i], GUARD_ALLOCATED) &&
                 pool->objects[i].cache == cache;
    }
    return count;
}
