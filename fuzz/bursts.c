#include "fuzz/bursts.h"

#include "fuzz/bursts_cache.h"
#include "fuzz/bursts_node.h"
#include "fuzz/bursts_pages.h"
#include "fuzz/bursts_pool.h"
#include "fuzz/bursts_race.h"
#include "fuzz/bursts_watch.h"
#include "fuzz/mutate_sizes.h"

typedef void burst_function(struct draft *draft);

struct burst_row {
    const char *why;
    uint8_t weights[MUTATE_PROFILE_COUNT];
    burst_function *run;
};

static void burst_walk(struct draft *draft)
{
    draft_walk(draft, 4 + draft_below(draft, 40));
}

/* Objects of one cache, until just before, at or just after the end of a slab. */
static void burst_fill_slab(struct draft *draft)
{
    uint8_t cache;
    uint32_t object;

    if (!draft_some_cache(draft, &cache)) {
        return;
    }

    const struct forecast_cache *forecast = &draft->generator->forecast.caches[cache];
    uint32_t slab_count = 1 + draft_below(draft, 3);
    uint32_t wanted = forecast->objects_per_slab * slab_count - 1 + draft_below(draft, 3);
    uint32_t count = wanted > forecast->live_count ? wanted - forecast->live_count : 1;

    draft->generator->slot_span = 64u << draft_below(draft, 4);
    while (count > 4 && !draft_one_in(draft, 4)) {
        uint32_t bulk = count < 63 ? count : 63;
        struct op op = {.code = OP_BULK_ALLOC, .cache = cache, .a = bulk};

        if (!choose_slot(draft->generator, SLOT_EMPTY, &op.object) || !draft_add(draft, op)) {
            break;
        }
        count -= bulk;
    }
    for (; count > 0 && count < DRAFT_MAX && draft_add_alloc(draft, cache, &object); count--) {
    }
}

/* Frees objects of one cache: all, every other one, or all of a stretch of slots. */
static void burst_drain(struct draft *draft)
{
    const struct forecast *forecast = &draft->generator->forecast;
    uint32_t step = 1 + draft_below(draft, 3);
    uint8_t cache;

    if (!choose_cache(draft->generator, true, &cache)) {
        return;
    }
    if (draft_one_in(draft, 2)) {
        (void)draft_add_any(draft, OP_CPU);
    }
    for (uint32_t slot = draft_below(draft, 2); slot < forecast->slot_end; slot += step) {
        if (forecast->slots[slot].content == SLOT_OBJECT && forecast->slots[slot].cache == cache) {
            struct op bulk = {.code = OP_BULK_FREE, .cache = cache, .object = slot, .a = 63};
            struct op one = {.code = OP_FREE, .object = slot};

            (void)draft_add(draft, draft_one_in(draft, 8) ? bulk : one);
        }
    }
    if (draft_one_in(draft, 2)) {
        (void)draft_add(draft, (struct op){.code = OP_SHRINK, .cache = cache});
    }
    if (draft_one_in(draft, 4) && forecast->caches[cache].live_count == 0) {
        (void)draft_add(draft, (struct op){.code = OP_DESTROY, .cache = cache});
    }
}

/* The same few slots, allocated and freed again and again, from one CPU or from several. */
static void burst_churn(struct draft *draft)
{
    uint32_t rounds = 2 + draft_below(draft, 12);
    bool is_remote = draft_one_in(draft, 2);
    uint8_t cache;
    uint32_t object;

    if (!draft_some_cache(draft, &cache)) {
        return;
    }
    for (uint32_t i = 0; i < rounds; i++) {
        if (!draft_add_alloc(draft, cache, &object)) {
            return;
        }
        if (draft_one_in(draft, 8)) {
            (void)draft_add_on(draft, OP_FILL, object);
        }
        if (is_remote) {
            (void)draft_add_any(draft, OP_CPU);
        }
        if (!draft_one_in(draft, 4)) {
            (void)draft_add(draft, (struct op){.code = OP_FREE, .object = object});
        }
    }
}

/* What lies beside a written object is allocated and freed; the object keeps its bytes. */
static void burst_content(struct draft *draft)
{
    static const enum op_code disturbances[] = {
        OP_ALLOC, OP_FREE, OP_ZALLOC, OP_SHRINK, OP_FLUSH, OP_KMALLOC, OP_KFREE, OP_PAGES,
    };
    uint32_t victims[4];
    uint32_t count = 0;

    while (count < 4 && choose_slot(draft->generator, SLOT_TOUCHABLE, &victims[count]) &&
           draft_add_on(draft, OP_FILL, victims[count])) {
        count++;
    }
    for (uint32_t i = draft_below(draft, 8); i > 0; i--) {
        (void)draft_add_any(draft, disturbances[draft_below(draft, 8)]);
    }
    while (count > 0) {
        count--;
        (void)draft_add_on(draft, OP_VERIFY, victims[count]);
    }
}

/* A resize; bytes that come to an object which was zeroed are mostly to be zero, too. */
static void add_resize(struct draft *draft, uint32_t object, bool is_zeroed)
{
    if (draft_add_on(draft, OP_KREALLOC, object) && is_zeroed && !draft_one_in(draft, 4)) {
        draft->ops[draft->count - 1].b = 1;
    }
}

/* One slot goes through kmalloc sizes: grown, shrunk, resized in place, freed. */
static void burst_resize(struct draft *draft)
{
    bool is_zeroed = draft_one_in(draft, 3);
    uint32_t object;

    if (!choose_slot(draft->generator, SLOT_NOT_LIVE, &object)) {
        return;
    }
    (void)draft_add_on(draft, is_zeroed ? OP_KZALLOC : OP_KMALLOC, object);
    for (uint32_t i = 1 + draft_below(draft, 6); i > 0; i--) {
        if (draft_one_in(draft, 4)) {
            (void)draft_add_on(draft, OP_FILL, object);
        }
        add_resize(draft, object, is_zeroed);
        if (draft_one_in(draft, 3)) {
            (void)draft_add_on(draft, draft_one_in(draft, 2) ? OP_KSIZE : OP_VERIFY, object);
        }
    }
    if (!draft_one_in(draft, 3)) {
        (void)draft_add_on(draft, OP_KFREE, object);
    }
}

/* Many kmalloc objects of one size, then some of them freed. */
static void burst_kmalloc(struct draft *draft)
{
    struct op op;
    uint32_t count = 2 + draft_below(draft, 20);

    if (!generate_op_of(draft->generator, OP_KMALLOC, &op)) {
        return;
    }
    for (uint32_t i = 0; i < count && choose_slot(draft->generator, SLOT_NOT_LIVE, &op.object);
         i++) {
        (void)draft_add(draft, op);
    }
    for (uint32_t i = draft_below(draft, count); i > 0; i--) {
        (void)draft_add_any(draft, draft_one_in(draft, 8) ? OP_KFREE_BULK : OP_KFREE);
    }
}

/* Runs of mixed orders until memory is short, then freed in an order of their own. */
static void burst_pages(struct draft *draft)
{
    uint32_t count = 2 + draft_below(draft, 16);
    bool is_uniform = draft_one_in(draft, 3);
    struct op op;

    if (!generate_op_of(draft->generator, OP_PAGES, &op)) {
        return;
    }
    for (uint32_t i = 0; i < count && choose_slot(draft->generator, SLOT_NOT_LIVE, &op.object);
         i++) {
        if (!is_uniform) {
            generate_operands(draft->generator, &op);
        }
        (void)draft_add(draft, op);
    }
    for (uint32_t i = draft_below(draft, count + 1); i > 0; i--) {
        (void)draft_add_any(draft, OP_FREE_PAGES);
    }
}

/* Takes nearly all pages, so that what follows meets failure, and gives a few back. */
static void burst_exhaust(struct draft *draft)
{
    const struct forecast *forecast = &draft->generator->forecast;
    uint32_t order = ORDER_MAX;
    uint32_t object;

    for (uint32_t i = 0; i < 24; i++) {
        while (order > 0 &&
               forecast->used_pages + (1u << order) > forecast->config->page_count) {
            order--;
        }
        if (!choose_slot(draft->generator, SLOT_NOT_LIVE, &object) ||
            !draft_add(draft, (struct op){.code = OP_PAGES, .object = object, .a = order})) {
            break;
        }
    }
    draft_walk(draft, 2 + draft_below(draft, 8));
    for (uint32_t i = draft_below(draft, 6); i > 0; i--) {
        (void)draft_add_any(draft, OP_FREE_PAGES);
    }
}

/* An allocation fails soon, while something needs pages or objects. */
static void burst_failure(struct draft *draft)
{
    static const enum op_code eaters[] = {
        OP_ALLOC, OP_BULK_ALLOC, OP_KMALLOC, OP_KREALLOC, OP_PAGES, OP_ZALLOC, OP_KCALLOC,
    };

    if (draft->generator->forecast.config->fault_injection && draft_one_in(draft, 2)) {
        burst_refusal(draft);
        return;
    }
    (void)draft_add_any(draft, OP_FAIL_PAGE);
    for (uint32_t i = 1 + draft_below(draft, 6); i > 0; i--) {
        (void)draft_add_any(draft, eaters[draft_below(draft, 7)]);
    }
}

/* Two caches alike, which may be merged into one; objects from both; one of them goes. */
static void burst_twins(struct draft *draft)
{
    struct op op;
    uint32_t object;
    uint8_t first;

    if (!generate_op_of(draft->generator, OP_CREATE, &op) || !draft_add(draft, op)) {
        return;
    }
    first = op.cache;
    op.a -= op.a > 8 ? draft_below(draft, 8) : 0;
    if (!choose_cache(draft->generator, false, &op.cache) || !draft_add(draft, op)) {
        return;
    }
    for (uint32_t i = 1 + draft_below(draft, 6); i > 0; i--) {
        (void)draft_add_alloc(draft, draft_one_in(draft, 2) ? first : op.cache, &object);
    }
    if (draft->generator->forecast.caches[op.cache].live_count == 0 || draft_one_in(draft, 8)) {
        (void)draft_add(draft, (struct op){.code = OP_DESTROY, .cache = op.cache});
    }
}

/* Where damage is looked for: at the next use of the object, or when all is checked. */
static void add_check(struct draft *draft, uint32_t object)
{
    static const enum op_code checks[] = {OP_FREE, OP_KFREE, OP_ALLOC, OP_VALIDATE,
                                          OP_VALIDATE_KMALLOC, OP_KMALLOC, OP_SHRINK};
    enum op_code check = checks[draft_below(draft, 7)];

    if (op_needs[check].slot != 0 && op_needs[check].cache == CACHE_UNUSED &&
        draft_one_in(draft, 2)) {
        (void)draft_add_on(draft, check, object);
    } else {
        (void)draft_add_any(draft, check);
    }
}

/* Objects with neighbours, a bad act on one of them, and a use that should notice. */
static void burst_misuse(struct draft *draft)
{
    static const enum op_code misuses[] = {
        OP_OVERFLOW,     OP_UNDERFLOW,    OP_WRITE_AFTER_FREE,  OP_DOUBLE_FREE,
        OP_WRONG_CACHE,  OP_FREE_INTERIOR, OP_FREE_WILD,        OP_FREE_POINTER,
        OP_SLAB_PADDING, OP_FREE_PAGES_ORDER, OP_FREE_PAGES_CLIENT, OP_FREE_POINTER,
    };
    uint8_t cache;
    uint32_t object = 0;

    if (!draft_some_cache(draft, &cache)) {
        return;
    }
    for (uint32_t i = 1 + draft_below(draft, 4); i > 0; i--) {
        if (draft_one_in(draft, 3)) {
            (void)draft_add_any(draft, draft_one_in(draft, 3) ? OP_PAGES : OP_KMALLOC);
        } else {
            (void)draft_add_alloc(draft, cache, &object);
        }
    }
    for (uint32_t i = draft_below(draft, 3); i > 0; i--) {
        (void)draft_add_any(draft, draft_one_in(draft, 3) ? OP_KFREE : OP_FREE);
    }
    if (draft_one_in(draft, 4)) {
        (void)draft_add_any(draft, OP_CPU);
    }
    for (uint32_t i = 0; i < 4; i++) {
        if (draft_add_any(draft, misuses[draft_below(draft, 12)])) {
            object = draft->ops[draft->count - 1].object;
            break;
        }
    }
    for (uint32_t i = draft_below(draft, 4); i > 0; i--) {
        add_check(draft, object);
    }
}

/* What was freed just now is linked to an object beside it, and asked for. */
static void burst_live_link(struct draft *draft)
{
    uint8_t cache;
    uint32_t object = 0;

    if (!draft->generator->forecast.config->object_bitmap || !draft_some_cache(draft, &cache)) {
        return;
    }
    for (uint32_t i = 2 + draft_below(draft, 3); i > 0; i--) {
        (void)draft_add_alloc(draft, cache, &object);
    }
    (void)draft_add_on(draft, OP_FREE, object);
    (void)draft_add_on(draft, OP_LIVE_LINK, object);
    for (uint32_t i = draft_below(draft, 4); i > 0; i--) {
        (void)draft_add_alloc(draft, cache, &object);
    }
}

/* Fragments are freed once too often: the last of its run, or one whose run is gone. */
static void burst_stale_fragments(struct draft *draft)
{
    struct op op;

    if (!generate_op_of(draft->generator, OP_FRAGS, &op) || !draft_add(draft, op)) {
        return;
    }
    for (uint32_t left = op_frags_count(&op) - 1; left > 0; left--) {
        (void)draft_add(draft, (struct op){.code = OP_FREE_FRAGS, .object = op.object + left,
                                           .a = 1});
    }
    if (draft_one_in(draft, 3)) {
        (void)draft_add(draft, (struct op){.code = OP_DRAIN_FRAGS, .a = op_frags_set(&op)});
        (void)draft_add(draft, (struct op){.code = OP_FREE_FRAGS, .object = op.object, .a = 1});
        (void)draft_add_on(draft, OP_DOUBLE_FREE, op.object);
    } else {
        (void)draft_add_on(draft, OP_FREE_FRAG_TWICE, op.object);
    }
    (void)draft_add_any(draft, draft_one_in(draft, 3) ? OP_ALLOC : OP_FRAGS);
}

/* Runs are freed, written, and allocated again, which is when it is noticed. */
static void burst_stale_pages(struct draft *draft)
{
    uint32_t count = 1 + draft_below(draft, 3);
    uint32_t objects[3];
    struct op op;

    for (uint32_t i = 0; i < count; i++) {
        if (!generate_op_of(draft->generator, OP_PAGES, &op) || !draft_add(draft, op)) {
            return;
        }
        objects[i] = op.object;
    }
    for (uint32_t i = 0; i < count; i++) {
        (void)draft_add(draft, (struct op){.code = OP_FREE_PAGES, .object = objects[i]});
        for (uint32_t hits = draft_below(draft, 3); hits > 0; hits--) {
            (void)draft_add_on(draft, OP_WRITE_AFTER_FREE, objects[i]);
        }
    }
    for (uint32_t i = 0; i < count; i++) {
        (void)draft_add_any(draft, draft_one_in(draft, 3) ? OP_ALLOC : OP_PAGES);
    }
}

/* Weights: MUTATE_SEQUENCE, MUTATE_MISUSE, MUTATE_BUDDY, MUTATE_SMP. */
static const struct burst_row bursts[] = {
    {"a bit of everything", {10, 6, 8, 5}, burst_walk},
    {"slabs filled to the brim", {6, 2, 0, 3}, burst_fill_slab},
    {"a cache emptied", {6, 2, 0, 3}, burst_drain},
    {"a few slots over and over", {5, 2, 0, 3}, burst_churn},
    {"written objects among busy neighbours", {1, 1, 1, 1}, burst_content},
    {"one kmalloc object resized", {3, 2, 3, 1}, burst_resize},
    {"kmalloc objects of one size", {3, 1, 3, 1}, burst_kmalloc},
    {"page runs", {3, 1, 10, 1}, burst_pages},
    {"a reserve that is all there is", {1, 0, 7, 0}, burst_reserve},
    {"an arena used up", {2, 1, 5, 1}, burst_exhaust},
    {"a page allocation that fails", {2, 1, 3, 2}, burst_failure},
    {"a node that goes away", {2, 0, 4, 1}, burst_node_away},
    {"a pool whose source runs dry", {3, 1, 2, 5}, burst_pool},
    {"caches that may be merged", {2, 1, 0, 2}, burst_twins},
    {"caches of nearly equal wishes", {2, 1, 0, 2}, burst_siblings},
    {"a reader of freed objects", {2, 3, 0, 4}, burst_reader},
    {"copies at the edges of a window", {1, 2, 0, 0}, burst_window},
    {"calls without locks", {3, 1, 0, 3}, burst_lockless},
    {"misuse and what notices it", {0, 20, 0, 0}, burst_misuse},
    {"a link to a live object", {0, 2, 0, 0}, burst_live_link},
    {"freed pages that are written", {0, 3, 0, 0}, burst_stale_pages},
    {"fragments freed twice", {0, 2, 0, 0}, burst_stale_fragments},
    {"an op parked while another CPU runs", {0, 0, 0, 30}, burst_race},
    {"two ops parked at once", {0, 0, 0, 14}, burst_race_double},
    {"an op interrupted", {0, 0, 0, 14}, burst_race_interrupt},
    {"an op that ends on another CPU", {0, 0, 0, 10}, burst_race_migration},
    {"what was read changes and changes back", {0, 0, 0, 10}, burst_race_aba},
    {"upkeep of a cache in use", {0, 0, 0, 16}, burst_race_upkeep},
    {"a CPU that goes away", {0, 0, 0, 8}, burst_race_hotplug},
    {"a range taken while its isolation ends", {0, 0, 0, 4}, burst_race_range},
    {"holders of one run", {0, 0, 0, 10}, burst_race_holders},
    {"pages that change hands or types meanwhile", {0, 0, 0, 14}, burst_race_pages},
    {"frees that wait for readers", {0, 0, 0, 8}, burst_race_readers},
    {"a cache that goes while its frees end", {0, 0, 0, 4}, burst_race_leftovers},
    {"stores seen late", {0, 0, 0, 4}, burst_race_stores},
};

enum { BURST_COUNT = sizeof(bursts) / sizeof(bursts[0]) };

void draft_burst(struct draft *draft)
{
    enum mutate_profile profile = draft->generator->profile;
    uint32_t span = draft->generator->slot_span;
    uint32_t total = 0;
    uint32_t left;
    size_t index = 0;

    for (size_t i = 0; i < BURST_COUNT; i++) {
        total += bursts[i].weights[profile];
    }
    left = draft_below(draft, total);
    while (left >= bursts[index].weights[profile]) {
        left -= bursts[index].weights[profile];
        index++;
    }
    bursts[index].run(draft);
    draft->generator->slot_span = span;
}
