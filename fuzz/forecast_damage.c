/* What misuse leaves behind, until somebody looks. */
#include "fuzz/forecast_damage.h"

void forecast_mend(struct forecast *forecast, unsigned first, unsigned final)
{
    for (unsigned i = first; i <= final; i++) {
        forecast->caches[i].padding_is_damaged = false;
    }
    for (uint32_t i = 0; i < forecast->slot_end; i++) {
        struct forecast_slot *slot = &forecast->slots[i];

        slot->damage = slot->cache >= first && slot->cache <= final ? 0 : slot->damage;
    }
}

/* Objects that will be neither used nor freed any more, because the damage is found. */
static void damage_slot(struct forecast *forecast, const struct op *op)
{
    struct forecast_slot *slot = &forecast->slots[op->object];
    struct forecast_cache *cache;
    uint32_t count;

    slot->damage |= forecast_damage(op);
    if (slot->cache == FORECAST_CACHE_COUNT) {
        return;
    }
    cache = &forecast->caches[slot->cache];
    cache->padding_is_damaged = cache->padding_is_damaged || op->code == OP_SLAB_PADDING;
    count = op->code == OP_OVERFLOW || op->code == OP_UNDERFLOW ? 1 : cache->objects_per_slab;
    cache->live_count += count;
    if (cache->live_count > cache->slab_count * cache->objects_per_slab) {
        cache->live_count = cache->slab_count * cache->objects_per_slab;
    }
}

/* The run is kept for good. */
static void keep_run(struct forecast *forecast, uint32_t slot)
{
    forecast->slots[slot].content = SLOT_STALE_RUN;
    forecast->slots[slot].older = FORECAST_SLOT_COUNT;
    forecast->slots[slot].newer = FORECAST_SLOT_COUNT;
}

/* So are the runs of fragments, of which this one was the last. */
static void keep_fragments(struct forecast *forecast, uint32_t slot)
{
    keep_run(forecast, slot);
    forecast->fragment_count = 0;
    forecast->fragment_pages = 0;
    forecast->fragment_room[0] = 0;
    forecast->fragment_room[1] = 0;
}

void forecast_follow_misuse(struct forecast *forecast, const struct op *op)
{
    if (op->object >= FORECAST_SLOT_COUNT) {
        return;
    }
    switch (op->code) {
    case OP_FREE_FRAG_TWICE:
        keep_fragments(forecast, op->object);
        break;
    case OP_OVERFLOW:
    case OP_UNDERFLOW:
    case OP_WRITE_AFTER_FREE:
    case OP_FREE_POINTER:
    case OP_SLAB_PADDING:
        damage_slot(forecast, op);
        break;
    case OP_FREE_PAGES_CLIENT:
        keep_run(forecast, op->object);
        break;
    default:
        break;
    }
}
