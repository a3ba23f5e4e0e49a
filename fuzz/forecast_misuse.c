/* Which misuse a configuration notices; a short version of misuse.def. */
#include "allocator/base/bits.h"
#include "allocator/base/flags.h"
#include "fuzz/forecast.h"

/* SLAB_ flags in force for what a slot holds; 0 for the page layer. */
static unsigned flags_of(const struct forecast_slot *slot, const struct forecast *forecast)
{
    return slot->cache < FORECAST_CACHE_COUNT ? forecast->caches[slot->cache].flags : 0;
}

struct forecast_range forecast_guarded_bytes(const struct forecast *forecast, uint32_t slot)
{
    const struct forecast_slot *victim = &forecast->slots[slot];
    unsigned flags = flags_of(victim, forecast);
    struct forecast_range range = {0, 0};

    if (victim->cache == FORECAST_CACHE_COUNT) {
        return range;
    }

    uint32_t object_size = forecast->caches[victim->cache].size;
    uint32_t slack = object_size - victim->size;

    range.first = slack;
    range.count = WORD_SIZE - object_size % WORD_SIZE;
    if ((flags & SLAB_RED_ZONE) == 0) {
        range.count = (flags & SLAB_POISON) != 0 ? range.count % WORD_SIZE : 0;
    } else if ((flags & SLAB_KMALLOC) != 0 && (flags & SLAB_STORE_USER) != 0) {
        range = (struct forecast_range){.first = 0, .count = slack + range.count};
    }
    return range;
}

static bool beside_is_guarded(const struct forecast *forecast, const struct op *op)
{
    struct forecast_range range = forecast_guarded_bytes(forecast, op->object);

    return op->a >= range.first && op->a - range.first < range.count;
}

static bool interior_is_noticed(const struct forecast_slot *slot, unsigned flags, uint32_t offset)
{
    offset = slot->size > 0 ? offset % slot->size : 0;
    if (slot->content == SLOT_RUN) {
        return offset >= PAGE_SIZE;
    }
    return offset > 0 && (slot->cache == FORECAST_CACHE_COUNT ||
                          (flags & SLAB_CONSISTENCY_CHECKS) != 0);
}

static bool slab_has_padding(const struct forecast_cache *cache)
{
    return order_size(cache->order) > (size_t)cache->objects_per_slab * cache->stride;
}

/* Most objects lie in the guard pool, which contains any of these acts. */
static bool may_be_guarded(const struct forecast *forecast, const struct op *op)
{
    bool is_common = forecast->config->guard_pool_interval - 1 < 2;

    switch (op->code) {
    case OP_OVERFLOW:
    case OP_UNDERFLOW:
    case OP_WRITE_AFTER_FREE:
    case OP_DOUBLE_FREE:
        return is_common && forecast->slots[op->object].cache < FORECAST_CACHE_COUNT;
    default:
        return false;
    }
}

bool forecast_contains(const struct forecast *forecast, const struct op *op)
{
    const struct forecast_slot *slot = &forecast->slots[op->object];
    bool is_paged = slot->cache == FORECAST_CACHE_COUNT;
    unsigned flags = flags_of(slot, forecast);
    bool is_checked = (flags & SLAB_CONSISTENCY_CHECKS) != 0;
    bool is_new_damage = op->b != 0 && (slot->damage & forecast_damage(op)) == 0;
    bool poisons_objects =
        !is_paged && (flags & SLAB_POISON) != 0 && !forecast->caches[slot->cache].has_ctor;

    bool is_marked = !is_paged && (forecast->config->object_bitmap ||
                                   forecast->config->quarantine_bytes != 0);

    if (may_be_guarded(forecast, op)) {
        return is_new_damage || op->b == 0;
    }
    switch (op->code) {
    case OP_OVERFLOW:
        return is_new_damage && beside_is_guarded(forecast, op);
    case OP_UNDERFLOW:
        return is_new_damage && op->a < WORD_SIZE && (flags & SLAB_RED_ZONE) != 0;
    case OP_WRITE_AFTER_FREE:
        return is_new_damage && (is_paged ? forecast->config->page_poison : poisons_objects);
    case OP_DOUBLE_FREE:
        return is_paged || is_checked || is_marked ||
               (forecast->config->double_free_check && forecast->freed_slot == op->object);
    case OP_FREE_TWICE_NOLOCK:
        return is_marked || forecast->config->double_free_check;
    case OP_WRONG_CACHE:
        return op->cache != slot->cache &&
               (forecast->config->owner_check ||
                (forecast->caches[op->cache].flags & SLAB_CONSISTENCY_CHECKS) != 0);
    case OP_FREE_INTERIOR:
        return interior_is_noticed(slot, is_marked ? SLAB_CONSISTENCY_CHECKS : flags, op->a);
    case OP_FREE_WILD:
        /* A page that is nobody's must be hit. */
        return forecast->used_pages < forecast->config->page_count / 4 * 3;
    case OP_FREE_POINTER:
        return is_new_damage && is_checked;
    case OP_LIVE_LINK:
        return is_marked && (flags & SLAB_DEBUG_PATH_FLAGS) == 0 &&
               forecast->freed_slot == op->object;
    case OP_FREE_FRAG_TWICE:
        return forecast->fragment_count == 1 &&
               (forecast->fragment_room[0] != 0 || forecast->fragment_room[1] != 0);
    case OP_FREE_PAGES_ORDER:
        return op_free_pages_order_order(op) != slot->order;
    case OP_SLAB_PADDING:
        return op->b != 0 && (flags & SLAB_POISON) != 0 && !is_paged &&
               !forecast->caches[slot->cache].padding_is_damaged &&
               slab_has_padding(&forecast->caches[slot->cache]);
    default:
        return true;
    }
}
