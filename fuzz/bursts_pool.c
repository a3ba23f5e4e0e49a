#include "fuzz/bursts_pool.h"

#include "allocator/base/params.h"

enum { ELEMENT_MAX = 16, SPAN = 64 };

/* What a burst took of a pool and has not freed. */
struct elements {
    uint32_t pool;
    uint32_t count;
    uint32_t objects[ELEMENT_MAX];
};

/* Mostly of a cache; of a size where the profile has no caches. */
static bool add_pool(struct draft *draft, uint32_t *pool)
{
    bool has_caches = generator_weight(draft->generator, OP_POOL_CREATE) != 0;
    uint8_t cache;
    bool is_of_cache = has_caches && !draft_one_in(draft, 4) && draft_some_cache(draft, &cache);
    struct op op;

    if (!generate_op_of(draft->generator, is_of_cache ? OP_POOL_CREATE : OP_POOL_CREATE_SIZED,
                        &op)) {
        return false;
    }
    *pool = is_of_cache ? op_pool_create_pool(&op) : op_pool_create_sized_pool(&op);
    return draft_add(draft, op);
}

/* A pool that is new, or one of those that are there. */
static bool find_pool(struct draft *draft, uint32_t *pool)
{
    const struct forecast *forecast = &draft->generator->forecast;

    if (!add_pool(draft, pool)) {
        *pool = draft_below(draft, FORECAST_POOL_COUNT);
        *pool = forecast->pools[*pool].is_there ? *pool : FORECAST_POOL_COUNT - 1 - *pool;
    }
    return forecast->pools[*pool].is_there;
}

static void take(struct draft *draft, struct elements *elements)
{
    struct op op = {.code = OP_POOL_ALLOC};

    if (elements->count == ELEMENT_MAX ||
        !choose_slot(draft->generator, SLOT_NOT_LIVE, &op.object)) {
        return;
    }
    generate_operands(draft->generator, &op);
    op.b ^= op_pool_alloc_pool(&op) ^ elements->pool;
    if (draft_add(draft, op)) {
        elements->objects[elements->count] = op.object;
        elements->count++;
    }
}

/* Any of those taken goes back. */
static void give(struct draft *draft, struct elements *elements)
{
    uint32_t chosen = draft_below(draft, elements->count);

    if (elements->count > 0) {
        elements->count--;
        (void)draft_add(draft, (struct op){.code = OP_POOL_FREE,
                                           .object = elements->objects[chosen]});
        elements->objects[chosen] = elements->objects[elements->count];
    }
}

/* Two go back at a time: the free of one stops while another CPU frees the other. */
static void give_at_once(struct draft *draft, struct elements *elements)
{
    (void)draft_add(draft, (struct op){.code = OP_PARK, .a = 1 + draft_below(draft, 8)});
    give(draft, elements);
    (void)draft_add_any(draft, OP_CPU);
    give(draft, elements);
    (void)draft_add_any(draft, OP_CPU);
}

static void resize(struct draft *draft, uint32_t pool)
{
    struct op op = {.code = OP_POOL_RESIZE};

    generate_operands(draft->generator, &op);
    op.b = pool;
    (void)draft_add(draft, op);
}

/* Takes nearly all pages, the largest runs first. */
static void use_up(struct draft *draft)
{
    const struct forecast *forecast = &draft->generator->forecast;
    struct op op = {.code = OP_PAGES, .a = ORDER_MAX};
    bool is_taken = true;

    while (is_taken) {
        while (op.a > 0 && !forecast_fits(forecast, &op)) {
            op.a--;
        }
        is_taken = forecast_fits(forecast, &op) &&
                   choose_slot(draft->generator, SLOT_NOT_LIVE, &op.object) &&
                   draft_add(draft, op);
    }
}

/* From here on the source refuses, once or for long. */
static void make_short(struct draft *draft)
{
    if (draft_one_in(draft, 3)) {
        use_up(draft);
    } else {
        (void)draft_add(draft, (struct op){.code = OP_FAIL_PAGE, .a = 1 + draft_below(draft, 2)});
    }
}

void burst_pool(struct draft *draft)
{
    bool is_smp = draft->generator->profile == MUTATE_SMP;
    struct elements elements = {.count = 0};

    draft->generator->slot_span = SPAN;
    if (!find_pool(draft, &elements.pool)) {
        return;
    }
    for (uint32_t i = draft_below(draft, 4); i > 0; i--) {
        take(draft, &elements);
    }
    make_short(draft);
    for (uint32_t i = 2 + draft_below(draft, 12); i > 0; i--) {
        if (!draft_one_in(draft, 3)) {
            take(draft, &elements);
        } else if (is_smp && elements.count > 1 && draft_one_in(draft, 2)) {
            give_at_once(draft, &elements);
        } else {
            give(draft, &elements);
        }
        if (draft_one_in(draft, 8)) {
            resize(draft, elements.pool);
        }
        if (draft_one_in(draft, 8)) {
            (void)draft_add_any(draft, OP_CPU);
        }
    }
    for (uint32_t i = draft_below(draft, ELEMENT_MAX); i > 0; i--) {
        give(draft, &elements);
    }
    if (draft_one_in(draft, 3)) {
        (void)draft_add(draft, (struct op){.code = OP_POOL_DESTROY, .b = elements.pool});
    }
}
