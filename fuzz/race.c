#include "fuzz/race.h"

#include "fuzz/mutate_sizes.h"

/* Sets slots and operands so that an op meets the focus; false if there is nothing for it. */
typedef bool aim_function(const struct race *race, struct op *op);

struct race_row {
    uint8_t code;
    uint8_t focuses;                     /* races that it takes part in, enum race_focus */
    uint8_t weights[RACE_ROLE_COUNT];
    aim_function *aim;                   /* NULL: any slots will do */
};

enum { ATTEMPT_MAX = 6, FEW_OBJECTS = 4, LARGE_CLASS_COUNT = 5, WARM_COUNT = 3 };

/* Attributes that limit, and that count, what CPUs and nodes hold: places in attributes.def. */
enum { LIMITS_FIRST = 6, LIMITS_COUNT = 2, COUNTING_FIRST = 8, COUNTING_COUNT = 7 };

static struct random *chance(const struct race *race)
{
    return &race->draft->generator->random;
}

static const struct forecast *forecast_of(const struct race *race)
{
    return &race->draft->generator->forecast;
}

/* A live object or run of the focus that no op in flight works on. */
static bool find_object(const struct race *race, struct op *op)
{
    const struct forecast *forecast = forecast_of(race);
    unsigned contents = op_needs[op->code].slot & SLOT_TOUCHABLE;
    uint32_t span = forecast->slot_end;
    uint32_t start = random_below(chance(race), span);

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

static bool find_room(const struct race *race, struct op *op)
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
    return find_room(race, op);
}

static bool aim_bulk_alloc(const struct race *race, struct op *op)
{
    op->cache = race->cache;
    op->a = 1 + random_below(chance(race), FEW_OBJECTS);
    return find_room(race, op);
}

static bool aim_bulk_free(const struct race *race, struct op *op)
{
    op->cache = race->cache;
    op->a = 1 + random_below(chance(race), 2 * FEW_OBJECTS);
    return find_object(race, op);
}

static bool aim_kmalloc(const struct race *race, struct op *op)
{
    op->a = forecast_of(race)->caches[race->cache].size;
    return find_room(race, op);
}

static uint32_t choose_node(const struct race *race)
{
    return random_below(chance(race), forecast_of(race)->config->node_count);
}

static bool aim_alloc_node(const struct race *race, struct op *op)
{
    op->a = choose_node(race);
    op->b = random_below(chance(race), 2);
    return aim_alloc(race, op);
}

static bool aim_kmalloc_node(const struct race *race, struct op *op)
{
    op->b = choose_node(race) | random_below(chance(race), 2) << 3;
    return aim_kmalloc(race, op);
}

static bool aim_krealloc(const struct race *race, struct op *op)
{
    op->a = choose_kmalloc_size(chance(race), forecast_of(race)->config->page_count);
    return find_object(race, op);
}

/* Mostly the other CPU's slabs: it is in the middle of something, or will go on meanwhile. */
static bool aim_flush(const struct race *race, struct op *op)
{
    bool is_home = forecast_of(race)->cpu == race->home;

    op->cache = race->cache;
    op->a = is_home != random_one_in(chance(race), 4) ? race->away : race->home;
    return true;
}

static bool aim_attribute(const struct race *race, struct op *op)
{
    bool is_limit = op->code == OP_STORE;

    op->a = is_limit ? random_below(chance(race), 2) : 0;
    op->b = is_limit ? LIMITS_FIRST + random_below(chance(race), LIMITS_COUNT)
                     : COUNTING_FIRST + random_below(chance(race), COUNTING_COUNT);
    return aim_cache(race, op);
}

static bool aim_stat(const struct race *race, struct op *op)
{
    op->cache = race->cache;
    op->a = random_below(chance(race), 32);
    return true;
}

/* The lowest slot with one of the contents: few runs, so that holders meet at one of them. */
static bool find_lowest(const struct race *race, unsigned contents, uint32_t *slot)
{
    const struct forecast *forecast = forecast_of(race);

    for (*slot = 0; *slot < forecast->slot_end; (*slot)++) {
        if ((forecast->slots[*slot].content & contents) != 0) {
            return true;
        }
    }
    return false;
}

static bool aim_get_page(const struct race *race, struct op *op)
{
    return find_room(race, op) && find_lowest(race, SLOT_RUN, &op->a);
}

static bool aim_put_page(const struct race *race, struct op *op)
{
    return find_lowest(race, SLOT_REFERENCE, &op->object);
}

/* Weights: RACE_VICTIM, RACE_FAST, RACE_RIVAL, RACE_UPKEEP, RACE_INTERRUPT, RACE_NMI. */
static const struct race_row race_rows[] = {
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

enum { RACE_ROW_COUNT = sizeof(race_rows) / sizeof(race_rows[0]) };

/* A row's weight in a role; 0 if it takes no part in this race. */
static uint32_t weight_of(const struct race *race, size_t row, enum race_role role)
{
    return (race_rows[row].focuses & race->focus) != 0 ? race_rows[row].weights[role] : 0;
}

static const struct race_row *choose_row(const struct race *race, enum race_role role)
{
    uint32_t total = 0;
    uint32_t left;
    size_t row = 0;

    for (size_t i = 0; i < RACE_ROW_COUNT; i++) {
        total += weight_of(race, i, role);
    }
    if (total == 0) {
        return NULL;
    }
    left = random_below(chance(race), total);
    while (left >= weight_of(race, row, role)) {
        left -= weight_of(race, row, role);
        row++;
    }
    return &race_rows[row];
}

/* Makes an op that meets the focus, and is a step here. */
static bool aim(const struct race *race, const struct race_row *row, struct op *op)
{
    struct generator *generator = race->draft->generator;

    if (row->aim == NULL) {
        return generate_op_of(generator, (enum op_code)row->code, op);
    }
    *op = (struct op){.code = row->code};
    if (!row->aim(race, op)) {
        return false;
    }
    *op = op_canonical(*op);
    return generator_likes(generator, op);
}

static bool choose_act(struct race *race, enum race_role role, struct op *op)
{
    for (unsigned attempt = 0; attempt < ATTEMPT_MAX; attempt++) {
        const struct race_row *row = choose_row(race, role);

        if (row != NULL && aim(race, row, op)) {
            return true;
        }
    }
    return false;
}

static bool add(struct race *race, struct op op)
{
    bool is_added = draft_add(race->draft, op);

    if (!is_added) {
        draft_drop_prelude(race->draft);
    }
    return is_added;
}

bool race_act(struct race *race, enum race_role role)
{
    struct op op = {.code = OP_NOP};

    (void)choose_act(race, role, &op);
    return add(race, op);
}

bool race_call(struct race *race, enum op_code code)
{
    struct op op = {.code = OP_NOP};
    size_t row = 0;

    while (race_rows[row].code != code) {
        row++;
    }
    if ((race_rows[row].focuses & race->focus) == 0 || !aim(race, &race_rows[row], &op)) {
        op.code = OP_NOP;
    }
    return add(race, op);
}

void race_acts(struct race *race, enum race_role role, uint32_t first, uint32_t final)
{
    for (uint32_t i = random_between(chance(race), first, final); i > 0; i--) {
        (void)race_act(race, role);
    }
}

static bool park(struct race *race, enum race_role role, uint32_t after)
{
    return add(race, (struct op){.code = OP_PARK, .a = after}) && race_act(race, role);
}

bool race_park(struct race *race, enum race_role role)
{
    return park(race, role, choose_after(chance(race)));
}

bool race_park_early(struct race *race, enum race_role role)
{
    return park(race, role, choose_early_after(chance(race)));
}

bool race_park_late(struct race *race, enum race_role role)
{
    return park(race, role, choose_late_after(chance(race)));
}

bool race_interrupt(struct race *race)
{
    bool is_nmi = random_one_in(chance(race), 4);

    if (random_one_in(chance(race), 6)) {
        (void)draft_add_any(race->draft, OP_PARK);
    }
    return add(race, (struct op){.code = is_nmi ? OP_NMI : OP_IRQ}) &&
           race_act(race, is_nmi ? RACE_NMI : RACE_INTERRUPT);
}

bool race_alloc(struct race *race, uint32_t *object)
{
    struct op op = {.code = OP_PAGES};

    if (race->focus != RACE_PAGES) {
        op.code = race->focus == RACE_CACHE ? OP_ALLOC : OP_KMALLOC;
        op.cache = race->cache;
        op.a = forecast_of(race)->caches[race->cache].size;
    }
    if (!find_room(race, &op)) {
        op.code = OP_NOP;
    }
    *object = op.object;
    return add(race, op_canonical(op));
}

bool race_free(struct race *race, uint32_t object)
{
    enum op_code code = race->focus == RACE_PAGES   ? OP_FREE_PAGES
                        : race->focus == RACE_CACHE ? OP_FREE
                                                    : OP_KFREE;

    return add(race, (struct op){.code = (uint8_t)code, .object = object});
}

void race_go(struct race *race, uint32_t cpu)
{
    if (forecast_of(race)->config->store_buffers && random_one_in(chance(race), 3)) {
        (void)draft_add_any(race->draft, OP_DRAIN);
    }
    (void)draft_add(race->draft, (struct op){.code = OP_CPU, .a = cpu});
}

void race_nudge(struct race *race, uint32_t cpu)
{
    (void)draft_add_any(race->draft, OP_PARK);
    race_go(race, cpu);
}

/* Small objects rarely share a slab with few others. */
static uint8_t choose_kmalloc_cache(const struct race *race)
{
    return (uint8_t)(FORECAST_CACHE_COUNT - 1 - random_below(chance(race), LARGE_CLASS_COUNT));
}

bool race_begin(struct race *race, struct draft *draft, unsigned focuses)
{
    static const enum race_focus choices[] = {
        RACE_CACHE, RACE_CACHE, RACE_CACHE, RACE_CACHE, RACE_CACHE, RACE_KMALLOC, RACE_PAGES,
    };
    uint32_t count = draft->generator->forecast.config->cpu_count;

    *race = (struct race){.draft = draft, .cache = FORECAST_CACHE_COUNT};
    do {
        race->focus = choices[draft_below(draft, sizeof(choices) / sizeof(choices[0]))];
    } while ((race->focus & focuses) == 0);
    if (race->focus == RACE_KMALLOC) {
        race->cache = choose_kmalloc_cache(race);
    }
    if (count == 1 || (race->focus == RACE_CACHE && !draft_some_cache(draft, &race->cache))) {
        return false;
    }
    race->home = forecast_of(race)->cpu;
    race->away = (race->home + 1 + draft_below(draft, count - 1)) % count;
    return true;
}

/* Live objects of the focus; of the page layer, whatever is taken. */
static uint32_t live_count(const struct race *race)
{
    return race->focus == RACE_PAGES ? forecast_of(race)->used_pages
                                     : forecast_of(race)->caches[race->cache].live_count;
}

static uint32_t objects_per_slab(const struct race *race)
{
    return race->focus == RACE_PAGES ? FEW_OBJECTS
                                     : forecast_of(race)->caches[race->cache].objects_per_slab;
}

void race_stock(struct race *race)
{
    uint32_t few = objects_per_slab(race) < FEW_OBJECTS ? objects_per_slab(race) : FEW_OBJECTS;
    uint32_t wanted = random_below(chance(race), 2 * few + 2);
    uint32_t object;

    for (uint32_t i = live_count(race); i < wanted; i++) {
        if (random_one_in(chance(race), 4)) {
            (void)draft_add_any(race->draft, OP_CPU);
        }
        (void)race_alloc(race, &object);
    }
    if (race->focus == RACE_PAGES && random_one_in(chance(race), 2)) {
        (void)race_call(race, OP_GET_PAGE);
    }
    race_acts(race, RACE_RIVAL, 0, 2);
    if (random_one_in(chance(race), 4)) {
        (void)race_act(race, RACE_UPKEEP);
    }
    if (random_one_in(chance(race), 10)) {
        (void)draft_add_any(race->draft, OP_FAIL_PAGE);
    }
    race_go(race, race->home);
}

void race_warm(struct race *race)
{
    uint32_t objects[WARM_COUNT];
    uint32_t count = 0;

    while (count < WARM_COUNT && race_alloc(race, &objects[count])) {
        count++;
    }
    for (uint32_t i = random_below(chance(race), 2); i < count; i++) {
        (void)race_free(race, objects[i]);
    }
}

void race_chill(struct race *race)
{
    enum op_code code = race->focus == RACE_CACHE ? OP_FLUSH : OP_FLUSH_KMALLOC;

    if (race->focus != RACE_PAGES) {
        struct op op = {.code = (uint8_t)code, .cache = race->cache, .a = race->home};

        (void)add(race, op_canonical(op));
    }
}

void race_thin(struct race *race, uint32_t share)
{
    const struct forecast *forecast = forecast_of(race);
    uint32_t count = 0;

    for (uint32_t slot = 0; slot < forecast->slot_end; slot++) {
        if ((forecast->slots[slot].content & SLOT_TOUCHABLE) != 0 &&
            forecast->slots[slot].cache == race->cache) {
            if (count % share == 0) {
                (void)race_free(race, slot);
            }
            count++;
        }
    }
}
