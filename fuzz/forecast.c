#include "fuzz/forecast.h"

#include <string.h>

#include "allocator/base/bits.h"
#include "allocator/base/flags.h"
#include "fuzz/forecast_damage.h"
#include "fuzz/forecast_features.h"
#include "fuzz/forecast_memory.h"
#include "fuzz/forecast_pages.h"
#include "fuzz/forecast_schedule.h"
#include "fuzz/forecast_smp.h"

void forecast_init(struct forecast *forecast, const struct heap_config *config)
{
    memset(forecast, 0, sizeof(*forecast));
    forecast->config = config;
    forecast->freed_slot = FORECAST_SLOT_COUNT;
    for (unsigned i = 0; i < FORECAST_SLOT_COUNT; i++) {
        forecast->slots[i].content = SLOT_EMPTY;
    }
    for (unsigned i = 0; i <= FORECAST_CACHE_COUNT; i++) {
        forecast->newest[i] = FORECAST_SLOT_COUNT;
    }
    forecast_init_kmalloc(forecast);
}

static struct forecast_slot *followed_slot(struct forecast *forecast, uint32_t slot)
{
    if (slot >= FORECAST_SLOT_COUNT) {
        return NULL;
    }
    if (slot >= forecast->slot_end) {
        forecast->slot_end = slot + 1;
    }
    return &forecast->slots[slot];
}

void forecast_set_slot(struct forecast *forecast, uint32_t slot, struct forecast_slot value)
{
    struct forecast_slot *followed = followed_slot(forecast, slot);

    if (followed != NULL) {
        forecast_unlink_stale(forecast, slot);
        *followed = value;
    }
}

/* An object of a cache goes into a slot, if there is memory for it. */
static void alloc_object(struct forecast *forecast, unsigned index, enum slot_content content,
                         uint32_t slot, uint32_t size)
{
    if (slot >= FORECAST_SLOT_COUNT) {
        return;
    }
    if (forecast_take_object(forecast, &forecast->caches[index])) {
        forecast_set_slot(forecast, slot,
                 (struct forecast_slot){
                     .content = (uint16_t)content, .cache = (uint8_t)index, .size = size});
    }
}

static void alloc_run(struct forecast *forecast, enum slot_content content, uint32_t slot,
                      unsigned order, uint32_t size)
{
    if (slot < FORECAST_SLOT_COUNT && forecast_take_pages(forecast, order)) {
        forecast_set_slot(forecast, slot,
                 (struct forecast_slot){.content = (uint16_t)content,
                                        .cache = FORECAST_CACHE_COUNT,
                                        .order = (uint8_t)order,
                                        .size = size});
    }
}

void forecast_alloc_run(struct forecast *forecast, uint32_t slot, unsigned order)
{
    alloc_run(forecast, SLOT_RUN, slot, order, (uint32_t)PAGE_SIZE << (order % ORDER_COUNT));
}

/* The less of the arena is taken, the more likely the frames asked for are free. */
static void alloc_contig(struct forecast *forecast, const struct op *op)
{
    uint32_t page_count = forecast->config->page_count;
    uint32_t pages = op_contig_alloc_pages(op);
    bool is_inside = op_contig_alloc_first(op) % page_count + pages <= page_count;

    if (op->object < FORECAST_SLOT_COUNT && is_inside && pages > 0 &&
        3 * forecast->used_pages + pages <= page_count) {
        forecast->used_pages += pages;
        forecast_set_slot(forecast, op->object,
                          (struct forecast_slot){.content = SLOT_CONTIG,
                                                 .cache = FORECAST_CACHE_COUNT,
                                                 .size = pages << PAGE_SHIFT});
    }
}

static void alloc_kmalloc(struct forecast *forecast, uint32_t slot, uint64_t size)
{
    if (size == 0) {
        forecast_set_slot(forecast, slot, (struct forecast_slot){.content = SLOT_ZERO_SIZE});
    } else if (size <= KMALLOC_CACHE_SIZE_MAX) {
        alloc_object(forecast, forecast_kmalloc_cache((uint32_t)size), SLOT_KMALLOC, slot,
                     (uint32_t)size);
    } else if (size <= KMALLOC_SIZE_MAX) {
        alloc_run(forecast, SLOT_KMALLOC, slot, order_for_size((size_t)size), (uint32_t)size);
    }
}

/* It is stale from then on. */
void forecast_free_slot(struct forecast *forecast, uint32_t index)
{
    struct forecast_slot *slot = followed_slot(forecast, index);

    if (slot == NULL) {
        return;
    }
    if (slot->content == SLOT_ZERO_SIZE) {
        slot->content = SLOT_SPENT;
        return;
    }
    if (slot->cache == FORECAST_CACHE_COUNT) {
        forecast->used_pages -= slot->content == SLOT_CONTIG ? slot->size >> PAGE_SHIFT
                                                             : order_pages(slot->order);
        slot->content = slot->content == SLOT_KMALLOC ? SLOT_STALE_KMALLOC : SLOT_STALE_RUN;
        forecast_link_stale(forecast, index);
        return;
    }

    slot->content = slot->content == SLOT_OBJECT ? SLOT_STALE_OBJECT : SLOT_STALE_KMALLOC;
    slot->damage = 0;
    forecast_link_stale(forecast, index);
    forecast_give_object(forecast, &forecast->caches[slot->cache]);
}

static void create_cache(struct forecast *forecast, const struct op *op)
{
    struct forecast_cache *cache = &forecast->caches[op->cache];
    struct forecast_creation creation;

    if (!forecast_makes_cache(op, &creation) || !forecast_fits(forecast, op)) {
        return;
    }

    uint32_t flags = creation.flags;

    if ((flags & SLAB_NO_USER_FLAGS) == 0) {
        flags |= forecast->config->debug_flags;
    }
    *cache = (struct forecast_cache){
        .flags = flags,
        .size = creation.size,
        .has_ctor = creation.has_ctor,
    };
    forecast_measure(forecast, cache, (size_t)1 << creation.align_log2);
    cache->is_present = cache->order <= ORDER_MAX && cache->objects_per_slab > 0;
}

/* Slots of a destroyed cache: live ones are lost with the cache, stale ones are of no more use. */
static void destroy_cache(struct forecast *forecast, unsigned index)
{
    struct forecast_cache *cache = &forecast->caches[index];

    forecast_shrink(forecast, cache);
    for (uint32_t i = 0; i < forecast->slot_end; i++) {
        struct forecast_slot *slot = &forecast->slots[i];

        if (slot->cache == index && slot->content == SLOT_OBJECT) {
            slot->content = SLOT_LOST;
        } else if (slot->cache == index && slot->content == SLOT_STALE_OBJECT) {
            forecast_unlink_stale(forecast, i);
            slot->content = SLOT_SPENT;
        }
    }
    cache->is_present = false;
}

static void resize(struct forecast *forecast, const struct op *op, uint64_t size)
{
    if (op->object >= FORECAST_SLOT_COUNT || size > KMALLOC_SIZE_MAX) {
        return;
    }
    if (forecast->slots[op->object].content == SLOT_KMALLOC) {
        forecast_free_slot(forecast, op->object);
    }
    alloc_kmalloc(forecast, op->object, size);
}

/* In place of pages that are to fail there are others. */
static void alloc_kv(struct forecast *forecast, uint32_t slot, uint64_t size)
{
    if (size > KMALLOC_CACHE_SIZE_MAX && size <= KMALLOC_SIZE_MAX &&
        forecast->fail_countdown == 1) {
        forecast->fail_countdown = 0;
        forecast_alloc_view(forecast, slot, (uint32_t)size);
    } else {
        alloc_kmalloc(forecast, slot, size);
    }
}

static void resize_kv(struct forecast *forecast, uint32_t slot, uint32_t size)
{
    if (slot >= FORECAST_SLOT_COUNT) {
        return;
    }
    if ((forecast->slots[slot].content & (SLOT_KMALLOC | SLOT_VIEW)) != 0) {
        forecast_free_kv(forecast, slot);
    }
    alloc_kv(forecast, slot, size);
}

/* What an op on memory of either kind does. */
static void apply_kv(struct forecast *forecast, const struct op *op)
{
    switch (op->code) {
    case OP_KVMALLOC:
        alloc_kv(forecast, op->object, op_kvmalloc_size(op));
        break;
    case OP_KVMALLOC_ARRAY:
        alloc_kv(forecast, op->object, (uint64_t)op->a * op->b);
        break;
    case OP_KVREALLOC:
        resize_kv(forecast, op->object, op_kvrealloc_size(op));
        break;
    case OP_KVFREE:
        forecast_free_kv(forecast, op->object);
        break;
    default:
        break;
    }
}

void forecast_flush(struct forecast *forecast, unsigned first, unsigned final, uint32_t cpu)
{
    for (unsigned i = first; i <= final; i++) {
        forecast->caches[i].cpus &= (uint8_t)~(1u << cpu % forecast->config->cpu_count);
    }
}

static void bulk_alloc(struct forecast *forecast, const struct op *op)
{
    for (uint32_t i = 0; i < op_bulk_alloc_count(op); i++) {
        alloc_object(forecast, op->cache, SLOT_OBJECT, op->object + i,
                     forecast->caches[op->cache].size);
    }
}

/* Whether a bulk free touches a slot: content is what it frees, cache the one it frees to. */
static bool is_in_bulk(const struct forecast *forecast, uint32_t slot, enum slot_content content,
                       const struct op *op)
{
    return slot < FORECAST_SLOT_COUNT && forecast->slots[slot].content == content &&
           (content == SLOT_KMALLOC || forecast->slots[slot].cache == op->cache);
}

static uint32_t count_in_bulk(const struct forecast *forecast, enum slot_content content,
                              const struct op *op)
{
    uint32_t count = 0;

    for (uint32_t i = 0; i < op_bulk_free_count(op); i++) {
        count += is_in_bulk(forecast, op->object + i, content, op) ? 1 : 0;
    }
    return count;
}

static void bulk_free(struct forecast *forecast, enum slot_content content, const struct op *op)
{
    for (uint32_t i = 0; i < op_bulk_free_count(op); i++) {
        if (is_in_bulk(forecast, op->object + i, content, op)) {
            forecast_free_slot(forecast, op->object + i);
        }
    }
}

static bool bulk_slots_are_not_live(const struct forecast *forecast, const struct op *op)
{
    for (uint32_t i = 0; i < op_bulk_alloc_count(op); i++) {
        if ((forecast_content(forecast, op->object + i) & SLOT_NOT_LIVE) == 0) {
            return false;
        }
    }
    return op_bulk_alloc_count(op) > 0;
}

bool forecast_allows(const struct forecast *forecast, const struct op *op)
{
    const struct op_need *need = &op_needs[op->code];
    bool is_present = op->cache < OP_CACHE_SLOT_COUNT && forecast->caches[op->cache].is_present;

    if (op->code == OP_NOP || op_rows[op->code].name == NULL ||
        (need->cache == CACHE_PRESENT && !is_present) ||
        (need->cache == CACHE_ABSENT && is_present) ||
        (need->slot != 0 && (forecast_content(forecast, op->object) & need->slot) == 0 &&
         need->slot != SLOT_ANYTHING)) {
        return false;
    }
    if (op_class(op) == OP_CLASS_SCHEDULE) {
        return forecast_allows_schedule(forecast, op);
    }
    if (forecast_is_busy(forecast, op) || !forecast_allows_smp(forecast, op) ||
        !forecast_allows_pages(forecast, op) || !forecast_allows_pools(forecast, op) ||
        !forecast_allows_features(forecast, op)) {
        return false;
    }

    switch (op->code) {
    case OP_BULK_ALLOC:
        return bulk_slots_are_not_live(forecast, op);
    case OP_BULK_FREE:
        return count_in_bulk(forecast, SLOT_OBJECT, op) > 0;
    case OP_KFREE_BULK:
        return count_in_bulk(forecast, SLOT_KMALLOC, op) > 0;
    case OP_KMALLOC_NODE:
        return op_kmalloc_node_size(op) != 0;
    case OP_NODE_OFFLINE:
    case OP_NODE_ONLINE:
        /* A step anyway, but one that is refused. */
        return forecast->config->node_count > 1;
    case OP_BALANCE:
        return forecast->config->watermark_scale != 0;
    case OP_CPU:
        return forecast_turn(forecast, op_cpu_cpu(op)) != forecast->cpu ||
               forecast_depth(forecast, forecast->cpu) > 0;
    default:
        return op_class(op) != OP_CLASS_MISUSE || op->object >= FORECAST_SLOT_COUNT ||
               forecast_contains(forecast, op);
    }
}

static void apply_upkeep(struct forecast *forecast, const struct op *op)
{
    switch (op->code) {
    case OP_SHRINK:
        forecast_shrink(forecast, &forecast->caches[op->cache]);
        break;
    case OP_VALIDATE:
        forecast_mend(forecast, op->cache, op->cache);
        break;
    case OP_VALIDATE_KMALLOC:
        forecast_mend(forecast, OP_CACHE_SLOT_COUNT, FORECAST_CACHE_COUNT - 1);
        break;
    case OP_FLUSH:
        forecast_flush(forecast, op->cache, op->cache, op_flush_cpu(op));
        break;
    case OP_FLUSH_KMALLOC:
        forecast_flush(forecast, OP_CACHE_SLOT_COUNT, FORECAST_CACHE_COUNT - 1,
                       op_flush_kmalloc_cpu(op));
        break;
    case OP_FAIL_PAGE:
        forecast->fail_countdown = op_fail_page_nth(op);
        break;
    default:
        break;
    }
}

static void alloc_kmalloc_at_hand(struct forecast *forecast, const struct op *op)
{
    uint32_t size = op_kmalloc_nolock_size(op);
    unsigned index = size != 0 ? forecast_kmalloc_cache(size) : FORECAST_CACHE_COUNT;

    if (size == 0) {
        alloc_kmalloc(forecast, op->object, 0);
    } else if (index != FORECAST_CACHE_COUNT && forecast_has_at_hand(forecast, index)) {
        alloc_object(forecast, index, SLOT_KMALLOC, op->object, size);
    }
}

/* What a CPU has at hand: an object of the slab it holds, if it holds one. */
static void alloc_at_hand(struct forecast *forecast, const struct op *op)
{
    const struct forecast_cache *cache = &forecast->caches[op->cache];

    if (op->code == OP_KMALLOC_NOLOCK) {
        alloc_kmalloc_at_hand(forecast, op);
    } else if (forecast_has_at_hand(forecast, op->cache)) {
        alloc_object(forecast, op->cache, SLOT_OBJECT, op->object, cache->size);
    }
}

/* What an op does to its slots. */
static void apply(struct forecast *forecast, const struct op *op)
{
    switch (op->code) {
    case OP_DESTROY:
        destroy_cache(forecast, op->cache);
        break;
    case OP_ALLOC:
    case OP_ZALLOC:
    case OP_ALLOC_ACCOUNT:
    case OP_ALLOC_NODE:
        alloc_object(forecast, op->cache, SLOT_OBJECT, op->object,
                     forecast->caches[op->cache].size);
        break;
    case OP_ALLOC_NOLOCK:
    case OP_KMALLOC_NOLOCK:
        alloc_at_hand(forecast, op);
        break;
    case OP_FREE:
    case OP_FREE_NOLOCK:
    case OP_FREE_TWICE_NOLOCK:
    case OP_KFREE:
    case OP_KFREE_NOLOCK:
    case OP_KFREE_SENSITIVE:
    case OP_FREE_PAGES:
        forecast_free_slot(forecast, op->object);
        break;
    case OP_BULK_ALLOC:
        bulk_alloc(forecast, op);
        break;
    case OP_BULK_FREE:
        bulk_free(forecast, SLOT_OBJECT, op);
        break;
    case OP_KFREE_BULK:
        bulk_free(forecast, SLOT_KMALLOC, op);
        break;
    case OP_KMALLOC:
    case OP_KZALLOC:
    case OP_KMALLOC_GFP:
    case OP_BUCKETS_ALLOC:
    case OP_KMALLOC_NODE:
        alloc_kmalloc(forecast, op->object, op_kmalloc_size(op));
        break;
    case OP_KCALLOC:
        alloc_kmalloc(forecast, op->object, (uint64_t)op->a * op->b);
        break;
    case OP_KREALLOC:
    case OP_KREALLOC_ALIGN:
        resize(forecast, op, op_krealloc_size(op));
        break;
    case OP_KREALLOC_ARRAY:
        resize(forecast, op, (uint64_t)op->a * op->b);
        break;
    default:
        /* Nothing, unless it makes a cache. */
        create_cache(forecast, op);
        break;
    }
}

/* Ops that call nothing leave the last step the last. */
static void note_freed(struct forecast *forecast, const struct op *op)
{
    if (op->code == OP_FREE || op->code == OP_KFREE) {
        forecast->freed_slot = op->object;
    } else if (op->code != OP_CPU && op->code != OP_FILL && op->code != OP_VERIFY &&
               op->code != OP_ONLINE && op->code != OP_READ_FREED &&
               op_class(op) != OP_CLASS_SCHEDULE) {
        forecast->freed_slot = FORECAST_SLOT_COUNT;
    }
}

static void apply_mobility(struct forecast *forecast, const struct op *op)
{
    switch (op->code) {
    case OP_PAGES_TYPE:
        forecast_alloc_run(forecast, op->object, op_pages_type_order(op));
        break;
    case OP_CONTIG_ALLOC:
        alloc_contig(forecast, op);
        break;
    case OP_CONTIG_FREE:
        forecast_free_slot(forecast, op->object);
        break;
    default:
        break;
    }
}

void forecast_follow(struct forecast *forecast, const struct op *op)
{
    struct op plain = forecast_plain(forecast, op);

    forecast_schedule(forecast, op);
    forecast_smp(forecast, op);
    apply(forecast, &plain);
    apply_kv(forecast, op);
    apply_mobility(forecast, op);
    forecast_pages(forecast, &plain);
    forecast_pools(forecast, op);
    apply_upkeep(forecast, op);
    forecast_follow_misuse(forecast, op);
    note_freed(forecast, op);
}

bool forecast_step(struct forecast *forecast, const struct op *op)
{
    bool is_step = forecast_allows(forecast, op);

    if (is_step) {
        forecast_follow(forecast, op);
    } else {
        forecast_skip(forecast, op);
    }
    return is_step;
}
