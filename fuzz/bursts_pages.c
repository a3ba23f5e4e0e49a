#include "fuzz/bursts_pages.h"

#include "allocator/base/bits.h"
#include "fuzz/race.h"

/* Urgencies of pages_type: see ops.def. */
enum { CANNOT_WAIT = 1, ATOMIC = 2, WITHOUT_RESERVES = 7 };

static const struct heap_config *config_of(const struct draft *draft)
{
    return draft->generator->forecast.config;
}

static bool take_run(struct draft *draft, unsigned order, uint32_t urgency)
{
    struct op op = {.code = OP_PAGES_TYPE, .a = order | draft_below(draft, 3) << 4,
                    .b = urgency << 1};

    return choose_slot(draft->generator, SLOT_NOT_LIVE, &op.object) && draft_add(draft, op);
}

void burst_reserve(struct draft *draft)
{
    uint32_t pages = config_of(draft)->page_count;
    unsigned largest = pages < order_pages(ORDER_MAX) ? log2_floor(pages) : ORDER_MAX;

    if (config_of(draft)->pageblock_order == 0 || config_of(draft)->highatomic_percent == 0) {
        return;
    }
    for (uint32_t i = 1 + draft_below(draft, 2); i > 0; i--) {
        (void)take_run(draft, 1 + draft_below(draft, 2), ATOMIC);
    }
    /* Largest first; twice, since what is split leaves two halves. They fail without a trace. */
    for (unsigned order = largest + 1; order-- > 0;) {
        (void)take_run(draft, order, WITHOUT_RESERVES);
        (void)take_run(draft, order, WITHOUT_RESERVES);
    }
    for (uint32_t i = 1 + draft_below(draft, 4); i > 0; i--) {
        unsigned order = draft_one_in(draft, 3) ? 1 : 0;
        uint32_t urgency = draft_one_in(draft, 3) ? ATOMIC : CANNOT_WAIT;

        (void)take_run(draft, order, urgency);
    }
    if (draft_one_in(draft, 2)) {
        (void)draft_add_any(draft, OP_PAGES);
    }
}

/* The next op on this CPU stops before one of its first accesses. */
static void park_soon(struct race *race, uint32_t after_max)
{
    (void)draft_add(race->draft,
                    (struct op){.code = OP_PARK, .a = 1 + draft_below(race->draft, after_max)});
}

void burst_race_holders(struct draft *draft)
{
    static const enum op_code rivals[] = {OP_GET_PAGE, OP_PUT_PAGE, OP_PUT_PAGE, OP_FREE_PAGES};
    struct race race;
    uint32_t run;

    if (!race_begin(&race, draft, RACE_PAGES)) {
        return;
    }
    if (draft_one_in(draft, 2)) {
        (void)race_alloc(&race, &run);
    }
    for (uint32_t i = 1 + draft_below(draft, 2); i > 0; i--) {
        (void)race_call(&race, OP_GET_PAGE);
    }
    park_soon(&race, 3);
    (void)race_call(&race, draft_one_in(draft, 3) ? OP_PUT_PAGE : OP_GET_PAGE);
    race_go(&race, race.away);
    for (uint32_t i = 1 + draft_below(draft, 2); i > 0; i--) {
        (void)race_call(&race, rivals[draft_below(draft, 4)]);
    }
    race_go(&race, race.home);
}

static void isolate_somewhere(struct draft *draft)
{
    uint32_t page_count = config_of(draft)->page_count;
    struct op op = {.code = OP_ISOLATE, .b = page_count};

    if (draft_one_in(draft, 3)) {
        op.a = draft_below(draft, page_count);
        op.b = 1;
    }
    (void)draft_add(draft, op);
}

static void unisolate_all(struct draft *draft)
{
    (void)draft_add(draft,
                    (struct op){.code = OP_UNISOLATE, .b = config_of(draft)->page_count});
}

static void race_at_hand(struct race *race)
{
    uint32_t run;

    (void)draft_add_any(race->draft, OP_DRAIN_PAGES);
    park_soon(race, 12);
    if (draft_one_in(race->draft, 4)) {
        (void)race_call(race, OP_FREE_PAGES);
    } else {
        (void)race_alloc(race, &run);
    }
    race_go(race, race->away);
    isolate_somewhere(race->draft);
    race_go(race, race->home);
    race_acts(race, RACE_RIVAL, 0, 2);
    unisolate_all(race->draft);
}

static void race_block(struct race *race)
{
    struct draft *draft = race->draft;

    race_stock(race);
    if (draft_one_in(draft, 3)) {
        isolate_somewhere(draft);
    }
    park_soon(race, 12);
    (void)race_call(race, draft_one_in(draft, 4) ? OP_DRAIN_PAGES : OP_FREE_PAGES);
    race_go(race, race->away);
    for (uint32_t i = 1 + draft_below(draft, 3); i > 0; i--) {
        switch (draft_below(draft, 3)) {
        case 0:
            isolate_somewhere(draft);
            break;
        case 1:
            unisolate_all(draft);
            break;
        default:
            (void)draft_add_any(draft, OP_PAGES_TYPE);
        }
    }
    race_go(race, race->home);
    unisolate_all(draft);
}

void burst_race_pages(struct draft *draft)
{
    const struct heap_config *config = config_of(draft);
    bool has_lists = config->pcp_high != 0 && (config->pcp_types || config->pageblock_order == 0);
    struct race race;

    if (!race_begin(&race, draft, RACE_PAGES)) {
        return;
    }
    if (has_lists && !draft_one_in(draft, 4)) {
        race_at_hand(&race);
    } else {
        race_block(&race);
    }
}
