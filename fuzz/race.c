#include "fuzz/race.h"

#include "fuzz/mutate_sizes.h"
#include "fuzz/race_rows.h"

enum { ATTEMPT_MAX = 6, LARGE_CLASS_COUNT = 5, WARM_COUNT = 3 };

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

    for (size_t i = 0; i < race_row_count; i++) {
        total += weight_of(race, i, role);
    }
    if (total == 0) {
        return NULL;
    }
    left = random_below(race_chance(race), total);
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
    for (uint32_t i = random_between(race_chance(race), first, final); i > 0; i--) {
        (void)race_act(race, role);
    }
}

static bool park(struct race *race, enum race_role role, uint32_t after)
{
    return add(race, (struct op){.code = OP_PARK, .a = after}) && race_act(race, role);
}

bool race_park(struct race *race, enum race_role role)
{
    return park(race, role, choose_after(race_chance(race)));
}

bool race_park_early(struct race *race, enum race_role role)
{
    return park(race, role, choose_early_after(race_chance(race)));
}

bool race_park_late(struct race *race, enum race_role role)
{
    return park(race, role, choose_late_after(race_chance(race)));
}

bool race_interrupt(struct race *race)
{
    bool is_nmi = random_one_in(race_chance(race), 4);

    if (random_one_in(race_chance(race), 6)) {
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
        op.a = race_forecast(race)->caches[race->cache].size;
    }
    if (!race_find_room(race, &op)) {
        op.code = OP_NOP;
    }
    *object = op.object;
    return add(race, op);
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
    if (race_forecast(race)->config->store_buffers && random_one_in(race_chance(race), 3)) {
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
    return (uint8_t)(FORECAST_CACHE_COUNT - 1 - random_below(race_chance(race), LARGE_CLASS_COUNT));
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
    race->home = race_forecast(race)->cpu;
    race->away = (race->home + 1 + draft_below(draft, count - 1)) % count;
    return true;
}

/* Live objects of the focus; of the page layer, whatever is taken. */
static uint32_t live_count(const struct race *race)
{
    return race->focus == RACE_PAGES ? race_forecast(race)->used_pages
                                     : race_forecast(race)->caches[race->cache].live_count;
}

static uint32_t objects_per_slab(const struct race *race)
{
    return race->focus == RACE_PAGES ? RACE_FEW_OBJECTS
                                     : race_forecast(race)->caches[race->cache].objects_per_slab;
}

void race_stock(struct race *race)
{
    uint32_t whole = objects_per_slab(race);
    uint32_t few = whole < RACE_FEW_OBJECTS ? whole : RACE_FEW_OBJECTS;
    uint32_t wanted = random_below(race_chance(race), 2 * few + 2);
    uint32_t object;

    for (uint32_t i = live_count(race); i < wanted; i++) {
        if (random_one_in(race_chance(race), 4)) {
            (void)draft_add_any(race->draft, OP_CPU);
        }
        (void)race_alloc(race, &object);
    }
    if (race->focus == RACE_PAGES && random_one_in(race_chance(race), 2)) {
        (void)race_call(race, OP_GET_PAGE);
    }
    race_acts(race, RACE_RIVAL, 0, 2);
    if (random_one_in(race_chance(race), 4)) {
        (void)race_act(race, RACE_UPKEEP);
    }
    if (random_one_in(race_chance(race), 10)) {
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
    for (uint32_t i = random_below(race_chance(race), 2); i < count; i++) {
        (void)race_free(race, objects[i]);
    }
}

void race_chill(struct race *race)
{
    enum op_code code = race->focus == RACE_CACHE ? OP_FLUSH : OP_FLUSH_KMALLOC;

    if (race->focus != RACE_PAGES) {
        struct op op = {.code = (uint8_t)code, .cache = race->cache, .a = race->home};

        (void)add(race, op);
    }
}

void race_thin(struct race *race, uint32_t share)
{
    const struct forecast *forecast = race_forecast(race);
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
