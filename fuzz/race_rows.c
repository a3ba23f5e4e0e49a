#include "fuzz/race_rows.h"

#include "fuzz/mutate_sizes.h"

/* Attributes that limit, and that count, what CPUs and nodes hold: places in attributes.def. */
enum { LIMITS_FIRST = 6, LIMITS_COUNT = 2, COUNTING_FIRST = 8, COUNTING_COUNT = 7 };

/* A live object or run of the focus that no op in flight works on. */
static bool find_object(const struct race *race, struct op *op)
{
    const struct forecast *forecast = race_forecast(race);
    unsigned contents = op_needs[op->code].slot & SLOT_TOUCHABLE;
    uint32_t span = forecast->slot_end;
    uint32_t start = random_below(race_chance(race), span);

    for (uint32_t i = 0; i < span; i++) {
        op->object = start + i < span ? start + i : start + i - span;

        const struct forecast_slot *slot = &forecast->slots[op->object];

        if ((slot->content & contents) != 0 && slot->cache == race->cache &&
            !forecast_is_busy(forecast, op)) {
            return true;
        }
    }
    return false;
}

bool race_find_room(const struct race *race, struct op *op)
{
    return choose_slot(race->draft->generator, SLOT_NOT_LIVE, &op->object);
}

static bool aim_cache(const struct race *race, struct op *op)
{
    op->cache = race->cache;
    return true;
}

static bool aim_alloc(const struct race *race, struct op *op)
{
    op->cache = race->cache;
    return race_find_room(race, op);
}

static bool aim_bulk_alloc(const struct race *race, struct op *op)
{
    op->cache = race->cache;
    op->a = 1 + random_below(race_chance(race), RACE_FEW_OBJECTS);
    return race_find_room(race, op);
}

static bool aim_bulk_free(const struct race *race, struct op *op)
{
    op->cache = race->cache;
    op->a = 1 + random_below(race_chance(race), 2 * RACE_FEW_OBJECTS);
    return find_object(race, op);
}

static bool aim_kmalloc(const struct race *race, struct op *op)
{
    op->a = race_forecast(race)->caches[race->cache].size;
    return race_find_room(race, op);
}

static uint32_t choose_node(const struct race *race)
{
    return random_below(race_chance(race), race_forecast(race)->config->node_count);
}

static bool aim_alloc_node(const struct race *race, struct op *op)
{
    op->a = choose_node(race);
    op->b = random_below(race_chance(race), 2);
    return aim_alloc(race, op);
}

static bool aim_kmalloc_node(const struct race *race, struct op *op)
{
    op->b = choose_node(race) | random_below(race_chance(race), 2) << 3;
    return aim_kmalloc(race, op);
}

static bool aim_krealloc(const struct race *race, struct op *op)
{
    op->a = choose_kmalloc_size(race_chance(race), race_forecast(race)->config->page_count);
    return find_object(race, op);
}

/* Mostly the other CPU's slabs: it is in the middle of something, or will go on meanwhile. */
static bool aim_flush(const struct race *race, struct op *op)
{
    bool is_home = race_forecast(race)->cpu == race->home;

    op->cache = race->cache;
    op->a = is_home != random_one_in(race_chance(race), 4) ? race->away : race->home;
    return true;
}

static bool aim_attribute(const struct race *race, struct op *op)
{
    bool is_limit = op->code == OP_STORE;

    op->a = is_limit ? random_below(race_chance(race), 2) : 0;
    op->b = is_limit ? LIMITS_FIRST + random_below(race_chance(race), LIMITS_COUNT)
                     : COUNTING_FIRST + random_below(race_chance(race), COUNTING_COUNT);
    return aim_cache(race, op);
}

static bool aim_stat(const struct race *race, struct op *op)
{
    op->cache = race->cache;
    op->a = random_below(race_chance(race), 32);
    return true;
}

/*
 * The lowest slot with one of the contents that no op in flight works on, into a field of op: few
 * runs, so that holders meet at one of them.
 */
static bool find_lowest(const struct race *race, unsigned contents, struct op *op, uint32_t *slot)
{
    const struct forecast *forecast = race_forecast(race);

    for (*slot = 0; *slot < forecast->slot_end; (*slot)++) {
        if ((forecast->slots[*slot].content & contents) != 0 && !forecast_is_busy(forecast, op)) {
            return true;
        }
    }
    return false;
}

static bool aim_get_page(const struct race *race, struct op *op)
{
    return race_find_room(race, op) && find_lowest(race, SLOT_RUN | SLOT_REFERENCE, op, &op->a);
}

static bool aim_put_page(const struct race *race, struct op *op)
{
    return find_lowest(race, SLOT_REFERENCE, op, &op->object);
}

/* Weights: RACE_VICTIM, RACE_FAST, RACE_RIVAL, RACE_UPKEEP, RACE_INTERRUPT, RACE_NMI. */
const struct race_row race_rows[] = {
    {OP_ALLOC, RACE_CACHE, {30, 30, 30, 6, 30, 0}, aim_alloc},
    {OP_ZALLOC, RACE_CACHE, {3, 3, 2, 0, 3, 0}, aim_alloc},
    {OP_FREE, RACE_CACHE, {36, 36, 36, 8, 30, 0}, find_object},
    {OP_BULK_ALLOC, RACE_CACHE, {6, 0, 5, 1, 4, 0}, aim_bulk_alloc},
    {OP_BULK_FREE, RACE_CACHE, {6, 0, 5, 1, 4, 0}, aim_bulk_free},
    {OP_SHRINK, RACE_CACHE, {6, 0, 4, 12, 0, 0}, aim_cache},
    {OP_FLUSH, RACE_CACHE, {8, 0, 6, 16, 0, 0}, aim_flush},
    {OP_VALIDATE, RACE_CACHE, {1, 0, 1, 3, 0, 0}, aim_cache},
    {OP_ALLOC_NOLOCK, RACE_CACHE, {4, 6, 3, 0, 4, 12}, aim_alloc},
    {OP_FREE_NOLOCK, RACE_CACHE, {8, 6, 5, 1, 5, 16}, find_object},
    {OP_ALLOC_ACCOUNT, RACE_CACHE, {12, 0, 12, 2, 6, 0}, aim_alloc},
    {OP_CHARGE, RACE_CACHE, {6, 0, 6, 1, 3, 0}, find_object},
    {OP_CACHE_SIZE, RACE_CACHE, {0, 0, 0, 0, 1, 1}, aim_cache},
    {OP_SLABINFO, RACE_CACHE, {1, 0, 0, 1, 0, 0}, aim_cache},
    {OP_TRACES, RACE_CACHE, {1, 0, 0, 1, 0, 0}, aim_cache},
    {OP_ATTRIBUTE, RACE_CACHE, {5, 0, 0, 1, 0, 0}, aim_attribute},
    {OP_STORE, RACE_CACHE, {3, 0, 3, 6, 0, 0}, aim_attribute},
    {OP_CREATE, RACE_CACHE, {1, 0, 1, 3, 0, 0}, NULL},
    {OP_DESTROY, RACE_CACHE, {2, 0, 1, 5, 0, 0}, NULL},
    {OP_CREATE_ARGS, RACE_CACHE, {1, 0, 1, 2, 0, 0}, NULL},
    {OP_USERCOPY_CHECK, RACE_CACHE | RACE_KMALLOC, {0, 0, 1, 0, 1, 1}, find_object},
    {OP_KMALLOC, RACE_KMALLOC, {30, 30, 30, 6, 30, 0}, aim_kmalloc},
    {OP_KZALLOC, RACE_KMALLOC, {2, 2, 2, 0, 2, 0}, aim_kmalloc},
    {OP_KREALLOC, RACE_KMALLOC, {5, 0, 4, 0, 0, 0}, aim_krealloc},
    {OP_KMALLOC_NOLOCK, RACE_KMALLOC, {4, 6, 3, 0, 4, 12}, aim_kmalloc},
    {OP_KFREE_NOLOCK, RACE_KMALLOC, {8, 6, 5, 1, 5, 16}, find_object},
    {OP_KVMALLOC, RACE_KMALLOC, {2, 0, 2, 1, 2, 0}, NULL},
    {OP_KVREALLOC, RACE_KMALLOC, {2, 0, 2, 0, 0, 0}, NULL},
    {OP_KVFREE, RACE_KMALLOC, {3, 0, 3, 1, 2, 0}, NULL},
    {OP_KFREE, RACE_KMALLOC, {36, 36, 36, 8, 30, 0}, find_object},
    {OP_KFREE_BULK, RACE_KMALLOC, {5, 0, 4, 1, 4, 0}, aim_bulk_free},
    {OP_FLUSH_KMALLOC, RACE_KMALLOC, {7, 0, 6, 16, 0, 0}, aim_flush},
    {OP_VALIDATE_KMALLOC, RACE_KMALLOC, {1, 0, 1, 3, 0, 0}, NULL},
    {OP_FREE_RCU, RACE_CACHE | RACE_KMALLOC, {5, 0, 5, 3, 4, 0}, find_object},
    {OP_GRACE, RACE_CACHE | RACE_KMALLOC, {4, 0, 4, 6, 0, 0}, NULL},
    {OP_OFFLINE, RACE_CACHE | RACE_KMALLOC, {1, 0, 1, 4, 0, 0}, NULL},
    {OP_QUARANTINE_PURGE, RACE_CACHE, {2, 0, 2, 3, 0, 0}, aim_cache},
    {OP_STAT_CLEAR, RACE_CACHE, {1, 0, 1, 1, 1, 1}, aim_stat},
    {OP_STAT_READ, RACE_CACHE, {0, 0, 0, 1, 1, 0}, aim_stat},
    {OP_DESCRIBE, RACE_CACHE | RACE_KMALLOC, {1, 0, 1, 0, 1, 1}, find_object},
    {OP_CENSUS, RACE_CACHE, {1, 0, 0, 1, 0, 0}, aim_cache},
    {OP_POOL_ALLOC, RACE_ANYTHING, {2, 0, 2, 1, 2, 0}, NULL},
    {OP_POOL_FREE, RACE_ANYTHING, {3, 0, 3, 1, 2, 0}, NULL},
    {OP_POOL_RESIZE, RACE_ANYTHING, {2, 0, 2, 2, 0, 0}, NULL},
    {OP_FAIL_PAGE, RACE_ANYTHING, {2, 0, 3, 1, 0, 0}, NULL},
    {OP_ALLOC_NODE, RACE_CACHE, {5, 0, 5, 2, 5, 0}, aim_alloc_node},
    {OP_KMALLOC_NODE, RACE_KMALLOC, {4, 0, 4, 1, 4, 0}, aim_kmalloc_node},
    {OP_NODE_OFFLINE, RACE_ANYTHING, {1, 0, 1, 3, 0, 0}, NULL},
    {OP_NODE_ONLINE, RACE_ANYTHING, {1, 0, 1, 3, 0, 0}, NULL},
    {OP_BALANCE, RACE_ANYTHING, {1, 0, 1, 2, 0, 0}, NULL},
    {OP_PAGES_NODE, RACE_ANYTHING, {2, 0, 2, 1, 2, 0}, NULL},
    {OP_PAGES, RACE_ANYTHING, {4, 0, 4, 3, 4, 0}, NULL},
    {OP_FREE_PAGES, RACE_ANYTHING, {4, 0, 4, 3, 4, 0}, NULL},
    {OP_PAGES_COMP, RACE_PAGES, {2, 0, 2, 1, 2, 0}, NULL},
    {OP_GET_PAGE, RACE_PAGES, {5, 0, 5, 2, 3, 0}, aim_get_page},
    {OP_PUT_PAGE, RACE_PAGES, {4, 0, 6, 2, 4, 0}, aim_put_page},
    {OP_PAGES_EXACT, RACE_PAGES, {1, 0, 1, 1, 1, 0}, NULL},
    {OP_FREE_EXACT, RACE_PAGES, {1, 0, 1, 1, 1, 0}, NULL},
    {OP_PAGES_BULK, RACE_PAGES, {1, 0, 1, 1, 1, 0}, NULL},
    {OP_DRAIN_PAGES, RACE_PAGES, {2, 0, 3, 6, 0, 0}, NULL},
    {OP_PAGE_OWNER, RACE_PAGES, {1, 0, 1, 0, 1, 0}, NULL},
    {OP_FRAGS, RACE_PAGES, {4, 0, 3, 1, 2, 0}, NULL},
    {OP_FREE_FRAGS, RACE_PAGES, {3, 0, 4, 1, 2, 0}, NULL},
    {OP_DRAIN_FRAGS, RACE_PAGES, {2, 0, 1, 2, 0, 0}, NULL},
    {OP_FREE_PAGES_BULK, RACE_PAGES, {1, 0, 1, 1, 1, 0}, NULL},
    {OP_PAGES_TYPE, RACE_PAGES, {4, 0, 4, 3, 4, 0}, NULL},
    {OP_ISOLATE, RACE_PAGES, {2, 0, 3, 3, 0, 0}, NULL},
    {OP_UNISOLATE, RACE_PAGES, {2, 0, 3, 3, 0, 0}, NULL},
    {OP_CONTIG_ALLOC, RACE_PAGES, {3, 0, 2, 2, 0, 0}, NULL},
    {OP_CONTIG_FREE, RACE_PAGES, {3, 0, 2, 2, 0, 0}, NULL},
};

const size_t race_row_count = sizeof(race_rows) / sizeof(race_rows[0]);
