#include "fuzz/bursts_race.h"

#include "fuzz/mutate_sizes.h"
#include "fuzz/race.h"

static bool prepare(struct race *race, struct draft *draft)
{
    if (!race_begin(race, draft, RACE_ANYTHING)) {
        return false;
    }
    race_stock(race);
    return true;
}

/* The same for races that need a victim whose interrupts are on: one in a fast path. */
static bool prepare_fast(struct race *race, struct draft *draft)
{
    if (!race_begin(race, draft, RACE_CACHE | RACE_KMALLOC)) {
        return false;
    }
    if (draft_one_in(draft, 4)) {
        race_stock(race);
        return true;
    }
    race_warm(race);
    if (draft_one_in(draft, 4)) {
        race_chill(race);
    }
    return true;
}

/* The op that is parked at home ends, perhaps after a second stop; then damage may show. */
static void come_home(struct race *race)
{
    while (draft_one_in(race->draft, 4)) {
        race_nudge(race, race->home);
        race_go(race, race->away);
        race_acts(race, RACE_RIVAL, 1, 2);
    }
    race_go(race, race->home);
    if (draft_one_in(race->draft, 2)) {
        race_acts(race, RACE_RIVAL, 1, 3);
    }
}

/* What another CPU does while something is parked at home, until that ends. */
static void race_away(struct race *race, enum race_role rival)
{
    race_go(race, race->away);
    race_acts(race, rival, 1, 4);
    come_home(race);
}

void burst_race(struct draft *draft)
{
    struct race race;

    if (prepare(&race, draft) && race_park(&race, RACE_VICTIM)) {
        race_away(&race, RACE_RIVAL);
    }
}

void burst_race_double(struct draft *draft)
{
    struct race race;

    if (!prepare(&race, draft) || !race_park(&race, RACE_VICTIM)) {
        return;
    }
    race_go(&race, race.away);
    (void)race_park(&race, RACE_RIVAL);
    for (uint32_t i = draft_below(draft, 4); i > 0; i--) {
        race_nudge(&race, draft_one_in(draft, 2) ? race.home : race.away);
    }
    race_go(&race, race.home);
    if (draft_one_in(draft, 2)) {
        race_acts(&race, RACE_RIVAL, 1, 2);
    }
    race_go(&race, race.away);
    race_acts(&race, RACE_RIVAL, 0, 2);
}

/*
 * Mostly what is interrupted is in a fast path; where interrupts should be off, trying is the only
 * way to know.
 */
static bool park_for_interrupt(struct race *race)
{
    return draft_one_in(race->draft, 3)
               ? race_park_late(race, draft_one_in(race->draft, 2) ? RACE_UPKEEP : RACE_VICTIM)
               : race_park_early(race, RACE_FAST);
}

void burst_race_interrupt(struct draft *draft)
{
    struct race race;

    if (!prepare_fast(&race, draft) || !park_for_interrupt(&race)) {
        return;
    }
    for (uint32_t i = 1 + draft_below(draft, 3); i > 0; i--) {
        (void)race_interrupt(&race);
    }
    if (draft_one_in(draft, 3)) {
        race_go(&race, race.away);
        race_acts(&race, RACE_RIVAL, 1, 2);
    }
    come_home(&race);
}

static void migrate(struct race *race, uint32_t from, uint32_t to)
{
    (void)draft_add(race->draft, (struct op){.code = OP_MIGRATE, .a = from | to << 3});
}

/* It comes back, or goes on where it is while the CPU it came from is in the middle of another. */
static void disturb_migrated(struct race *race)
{
    if (draft_one_in(race->draft, 2)) {
        (void)race_park(race, RACE_FAST);
    } else {
        race_nudge(race, race->away);
        migrate(race, race->away, race->home);
        race_acts(race, RACE_RIVAL, 1, 2);
    }
}

void burst_race_migration(struct draft *draft)
{
    struct race race;

    if (!prepare_fast(&race, draft) || !race_park_early(&race, RACE_FAST)) {
        return;
    }
    migrate(&race, race.home, race.away);
    if (draft_one_in(draft, 2)) {
        disturb_migrated(&race);
    } else {
        race_acts(&race, RACE_RIVAL, 1, 4);
    }
    race_go(&race, race.away);
    race_acts(&race, RACE_RIVAL, 0, 2);
    race_go(&race, race.home);
}

/* Each op of a stretch that is an interrupt says so. */
static void begin_act(struct race *race, bool is_interrupt)
{
    if (is_interrupt) {
        (void)draft_add(race->draft, (struct op){.code = OP_IRQ});
    }
}

void burst_race_aba(struct draft *draft)
{
    struct race race;
    uint32_t objects[2] = {0, 0};
    uint32_t parked;
    struct op park = {.code = OP_PARK};
    bool is_interrupt = draft_one_in(draft, 2);

    if (!race_begin(&race, draft, RACE_CACHE | RACE_KMALLOC)) {
        return;
    }
    race_warm(&race);
    park.a = choose_early_after(&draft->generator->random);
    if (!draft_add(draft, park) || !race_alloc(&race, &parked)) {
        return;
    }
    if (!is_interrupt) {
        migrate(&race, race.home, race.away);
    }
    for (uint32_t i = 0; i < 2; i++) {
        begin_act(&race, is_interrupt);
        (void)race_alloc(&race, &objects[i]);
    }
    begin_act(&race, is_interrupt);
    (void)race_free(&race, objects[0]);
    race_go(&race, is_interrupt ? race.home : race.away);
    race_acts(&race, RACE_RIVAL, 0, 3);
}

void burst_race_upkeep(struct draft *draft)
{
    struct race race;

    if (!prepare(&race, draft)) {
        return;
    }
    if (draft_one_in(draft, 2)) {
        race_thin(&race, 1 + draft_below(draft, 3));
    }
    if (draft_one_in(draft, 2)) {
        if (race_park_late(&race, RACE_UPKEEP)) {
            race_away(&race, RACE_RIVAL);
        }
    } else if (race_park(&race, RACE_VICTIM)) {
        race_away(&race, RACE_UPKEEP);
    }
}

static void set_online(struct race *race, bool is_online, uint32_t cpu)
{
    enum op_code code = is_online ? OP_ONLINE : OP_OFFLINE;

    (void)draft_add(race->draft, (struct op){.code = (uint8_t)code, .a = cpu});
}

void burst_race_hotplug(struct draft *draft)
{
    bool home_goes = draft_one_in(draft, 2);
    struct op park = {.code = OP_PARK};
    struct race race;

    if (!prepare(&race, draft)) {
        return;
    }
    if (draft_one_in(draft, 3)) {
        race_thin(&race, 1);
    }
    if (home_goes) {
        (void)race_park_early(&race, draft_one_in(draft, 2) ? RACE_FAST : RACE_VICTIM);
        race_go(&race, race.away);
        set_online(&race, false, race.home);
    } else {
        park.a = choose_late_after(&draft->generator->random);
        (void)draft_add(draft, park);
        set_online(&race, false, race.away);
        race_go(&race, race.away);
    }
    race_acts(&race, draft_one_in(draft, 2) ? RACE_UPKEEP : RACE_RIVAL, 0, 3);
    race_go(&race, race.home);
    race_acts(&race, RACE_RIVAL, 0, 2);
    if (!draft_one_in(draft, 4)) {
        set_online(&race, true, home_goes ? race.home : race.away);
        race_go(&race, home_goes ? race.home : race.away);
        race_acts(&race, RACE_RIVAL, 0, 2);
    }
}

/* Isolation is over everywhere, and what was out of reach may be had. */
static void end_isolation(struct draft *draft)
{
    uint32_t page_count = draft->generator->forecast.config->page_count;

    (void)draft_add(draft, (struct op){.code = OP_UNISOLATE, .b = page_count});
    for (uint32_t i = 1 + draft_below(draft, 4); i > 0; i--) {
        (void)draft_add_any(draft, draft_one_in(draft, 2) ? OP_PAGES : OP_PAGES_TYPE);
    }
}

void burst_race_range(struct draft *draft)
{
    const struct heap_config *config = draft->generator->forecast.config;
    struct op take = {.code = OP_CONTIG_ALLOC};
    struct race race;

    if (!race_begin(&race, draft, RACE_PAGES) ||
        !choose_slot(draft->generator, SLOT_NOT_LIVE, &take.object)) {
        return;
    }
    take.a = draft_below(draft, config->page_count);
    take.b = 1 + draft_below(draft, config->page_count - take.a);
    (void)draft_add(draft, (struct op){.code = OP_PARK, .a = 1 + draft_below(draft, 64)});
    (void)draft_add(draft, take);
    race_go(&race, race.away);
    end_isolation(draft);
    race_go(&race, race.home);
}

void burst_race_readers(struct draft *draft)
{
    struct race race;

    if (!race_begin(&race, draft, RACE_CACHE | RACE_KMALLOC)) {
        return;
    }
    race_stock(&race);
    race_go(&race, race.away);
    (void)draft_add_any(draft, OP_RCU_LOCK);
    race_go(&race, race.home);
    for (uint32_t i = 1 + draft_below(draft, 3); i > 0; i--) {
        (void)race_call(&race, OP_FREE_RCU);
    }
    if (draft_one_in(draft, 2)) {
        (void)race_park(&race, RACE_VICTIM);
    }
    race_go(&race, race.away);
    race_acts(&race, RACE_RIVAL, 0, 2);
    if (!draft_one_in(draft, 4)) {
        (void)draft_add_any(draft, OP_RCU_UNLOCK);
    }
    if (draft_one_in(draft, 2)) {
        (void)draft_add_any(draft, OP_PARK);
    }
    (void)draft_add_any(draft, OP_GRACE);
    come_home(&race);
}

/* Nearly all that a heap puts off beyond its caches' own is in the guard pool. */
void burst_race_leftovers(struct draft *draft)
{
    struct op create;
    struct race race;
    uint32_t object;

    if (draft->generator->forecast.config->guard_pool_interval == 0 ||
        !race_begin(&race, draft, RACE_CACHE | RACE_KMALLOC) ||
        !generate_op_of(draft->generator, OP_CREATE, &create) || !draft_add(draft, create)) {
        return;
    }
    for (uint32_t i = 1 + draft_below(draft, 2); i > 0; i--) {
        if (draft_add_alloc(draft, create.cache, &object)) {
            (void)draft_add_on(draft, OP_FREE_NOLOCK, object);
        }
    }
    (void)draft_add(draft, (struct op){.code = OP_PARK, .a = 1 + draft_below(draft, 12)});
    (void)race_alloc(&race, &object);
    race_go(&race, race.away);
    (void)draft_add(draft, (struct op){.code = OP_DESTROY, .cache = create.cache});
    race_go(&race, race.home);
}

void burst_race_stores(struct draft *draft)
{
    struct race race;

    if (!prepare(&race, draft)) {
        return;
    }
    race_acts(&race, RACE_RIVAL, 0, 1);
    (void)race_park(&race, RACE_VICTIM);
    race_go(&race, race.away);
    race_acts(&race, RACE_RIVAL, 1, 2);
    (void)draft_add(draft, (struct op){.code = OP_DRAIN, .a = race.home});
    race_acts(&race, RACE_RIVAL, 0, 2);
    race_go(&race, race.home);
    race_acts(&race, RACE_RIVAL, 0, 2);
    (void)draft_add(draft, (struct op){.code = OP_DRAIN, .a = race.away});
}
