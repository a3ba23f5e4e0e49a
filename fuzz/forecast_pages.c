#include "fuzz/forecast_pages.h"

#include "allocator/base/bits.h"
#include "fuzz/forecast_memory.h"

enum { FRAGMENT_ORDER = 3 };

static bool is_followed(uint32_t slot)
{
    return slot < FORECAST_SLOT_COUNT;
}

static bool is_vacant_or_run(const struct forecast *forecast, uint32_t slot)
{
    return (forecast_content(forecast, slot) & (SLOT_NOT_LIVE | SLOT_RUN)) != 0;
}

static bool is_single_page(const struct forecast *forecast, uint32_t slot)
{
    return is_followed(slot) && forecast->slots[slot].content == SLOT_RUN &&
           forecast->slots[slot].order == 0;
}

static uint32_t count_in_range(const struct forecast *forecast, uint32_t first, uint32_t count,
                               bool (*is_meant)(const struct forecast *forecast, uint32_t slot))
{
    uint32_t found = 0;

    for (uint32_t i = 0; i < count; i++) {
        found += is_meant(forecast, first + i) ? 1 : 0;
    }
    return found;
}

static bool may_get(const struct forecast *forecast, uint32_t slot)
{
    return (forecast_content(forecast, slot) & (SLOT_RUN | SLOT_CONTIG | SLOT_REFERENCE)) != 0;
}

/* Whoever allocated several pages puts them back with their order. */
static bool may_put(const struct forecast *forecast, uint32_t slot)
{
    return !is_followed(slot) || forecast->slots[slot].content == SLOT_REFERENCE ||
           forecast->slots[slot].order == 0;
}

static bool is_vacant(const struct forecast *forecast, uint32_t slot)
{
    return (forecast_content(forecast, slot) & SLOT_NOT_LIVE) != 0;
}

static bool is_fragment(const struct forecast *forecast, uint32_t slot)
{
    return (forecast_content(forecast, slot) & SLOT_FRAGMENT) != 0;
}

bool forecast_allows_pages(const struct forecast *forecast, const struct op *op)
{
    switch (op->code) {
    case OP_GET_PAGE:
        return may_get(forecast, op_get_page_run(op));
    case OP_PUT_PAGE:
        return may_put(forecast, op->object);
    case OP_PAGES_BULK:
        return op->a > 0 &&
               count_in_range(forecast, op->object, op->a, is_vacant_or_run) == op->a;
    case OP_FREE_PAGES_BULK:
        return count_in_range(forecast, op->object, op->a, is_single_page) > 0;
    case OP_FRAGS:
        return op_frags_count(op) > 0 &&
               count_in_range(forecast, op->object, op_frags_count(op), is_vacant) ==
                   op_frags_count(op);
    case OP_FREE_FRAGS:
        return count_in_range(forecast, op->object, op->a, is_fragment) > 0;
    case OP_DRAIN_FRAGS:
        return forecast->fragment_room[op_drain_frags_set(op)] > 0;
    default:
        return true;
    }
}

int forecast_order_wanted(const struct op *op)
{
    switch (op->code) {
    case OP_PAGES_COMP:
        return (int)op_pages_comp_order(op);
    case OP_PAGES_EXACT:
        return op_pages_exact_size(op) == 0 ? ORDER_MAX + 1
                                            : (int)order_for_size(op_pages_exact_size(op));
    case OP_PAGES_BULK:
        return 0;
    default:
        return -1;
    }
}

static uint32_t pages_for(uint32_t size)
{
    return (uint32_t)(align_up(size, PAGE_SIZE) / PAGE_SIZE);
}

/* Cut from a run, whose rest goes back. */
static void alloc_cut(struct forecast *forecast, uint32_t slot, enum slot_content content,
                      uint32_t size)
{
    unsigned order = size > 0 ? order_for_size(size) : ORDER_MAX + 1;

    if (is_followed(slot) && forecast_take_pages(forecast, order)) {
        forecast_set_slot(forecast, slot,
                          (struct forecast_slot){.content = (uint16_t)content,
                                                 .cache = FORECAST_CACHE_COUNT,
                                                 .size = size});
        forecast->used_pages -= order_pages(order) - pages_for(size);
    }
}

static void free_exact(struct forecast *forecast, uint32_t slot)
{
    if (is_followed(slot)) {
        forecast->used_pages -= pages_for(forecast->slots[slot].size);
        forecast->slots[slot].content = SLOT_STALE_RUN;
        forecast_link_stale(forecast, slot);
    }
}

void forecast_alloc_view(struct forecast *forecast, uint32_t slot, uint32_t size)
{
    alloc_cut(forecast, slot, SLOT_VIEW, size);
}

void forecast_free_kv(struct forecast *forecast, uint32_t slot)
{
    if (is_followed(slot) && forecast->slots[slot].content == SLOT_VIEW) {
        free_exact(forecast, slot);
    } else {
        forecast_free_slot(forecast, slot);
    }
}

static void alloc_bulk(struct forecast *forecast, uint32_t first, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        if ((forecast_content(forecast, first + i) & SLOT_NOT_LIVE) != 0) {
            forecast_alloc_run(forecast, first + i, 0);
        }
    }
}

static void free_bulk(struct forecast *forecast, uint32_t first, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        if (is_single_page(forecast, first + i)) {
            forecast_free_slot(forecast, first + i);
        }
    }
}

static void put_page(struct forecast *forecast, uint32_t slot)
{
    if (is_followed(slot) && forecast->slots[slot].content == SLOT_REFERENCE) {
        forecast->slots[slot].content = SLOT_SPENT;
    } else {
        forecast_free_slot(forecast, slot);
    }
}

/* Bytes that the cache has now for what does not fit into its run; 0: there are no pages. */
static uint32_t renew_run(struct forecast *forecast, uint32_t size)
{
    unsigned order = FRAGMENT_ORDER;

    if (!forecast_take_pages(forecast, order)) {
        order = 0;
        if (size > PAGE_SIZE || !forecast_take_pages(forecast, order)) {
            return 0;
        }
    }
    forecast->fragment_pages += order_pages(order);
    return (uint32_t)order_size(order);
}

static void alloc_fragment(struct forecast *forecast, uint32_t slot, uint32_t size, uint32_t set)
{
    uint32_t *left = &forecast->fragment_room[set];
    uint32_t bytes = (uint32_t)align_up(size, CACHE_LINE_SIZE);

    if (is_followed(slot) && bytes > *left) {
        *left = renew_run(forecast, bytes);
    }
    if (is_followed(slot) && bytes <= *left && bytes > 0) {
        *left -= bytes;
        forecast->fragment_count++;
        forecast_set_slot(forecast, slot,
                          (struct forecast_slot){.content = SLOT_FRAGMENT,
                                                 .cache = FORECAST_CACHE_COUNT,
                                                 .size = size});
    }
}

static void alloc_fragments(struct forecast *forecast, const struct op *op)
{
    for (uint32_t i = 0; i < op_frags_count(op); i++) {
        alloc_fragment(forecast, op->object + i, op_frags_size(op), op_frags_set(op));
    }
}

/* Without any the runs are free, or about to be cut again. */
static void free_fragments(struct forecast *forecast, uint32_t first, uint32_t count)
{
    for (uint32_t i = first; i < first + count; i++) {
        if (is_followed(i) && forecast->slots[i].content == SLOT_FRAGMENT) {
            forecast->slots[i].content = SLOT_STALE_RUN;
            forecast_link_stale(forecast, i);
            forecast->fragment_count--;
        }
    }
    if (forecast->fragment_count == 0) {
        forecast->used_pages -= forecast->fragment_pages;
        forecast->fragment_pages = 0;
    }
}

/* What an op on fragments does. */
static void apply_fragments(struct forecast *forecast, const struct op *op)
{
    switch (op->code) {
    case OP_FRAGS:
        alloc_fragments(forecast, op);
        break;
    case OP_FREE_FRAGS:
        free_fragments(forecast, op->object, op->a);
        break;
    case OP_DRAIN_FRAGS:
        forecast->fragment_room[op_drain_frags_set(op)] = 0;
        break;
    default:
        break;
    }
}

void forecast_pages(struct forecast *forecast, const struct op *op)
{
    switch (op->code) {
    case OP_PAGES:
    case OP_PAGES_NODE:
        forecast_alloc_run(forecast, op->object, op_pages_order(op));
        break;
    case OP_PAGES_COMP:
        forecast_alloc_run(forecast, op->object, op_pages_comp_order(op));
        break;
    case OP_GET_PAGE:
        forecast_set_slot(forecast, op->object,
                          (struct forecast_slot){.content = SLOT_REFERENCE,
                                                 .cache = FORECAST_CACHE_COUNT});
        break;
    case OP_PUT_PAGE:
        put_page(forecast, op->object);
        break;
    case OP_PAGES_EXACT:
        alloc_cut(forecast, op->object, SLOT_EXACT, op_pages_exact_size(op));
        break;
    case OP_FREE_EXACT:
        free_exact(forecast, op->object);
        break;
    case OP_PAGES_BULK:
        alloc_bulk(forecast, op->object, op->a);
        break;
    case OP_FREE_PAGES_BULK:
        free_bulk(forecast, op->object, op->a);
        break;
    default:
        apply_fragments(forecast, op);
        break;
    }
}
