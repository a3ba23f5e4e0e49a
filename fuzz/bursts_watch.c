#include "fuzz/bursts_watch.h"

/* Operands of an op that makes allocations fail. */
enum {
    ALWAYS = 100,
    TIMES_SHIFT = 11,
    NO_LIMIT = 63,
    SPACE_SHIFT = 17,
    SPACE_MAX = (1 << 15) - 1,
    ALSO_WAITING = 1,
};

void burst_refusal(struct draft *draft)
{
    uint32_t passing = draft_below(draft, 4);
    uint32_t times = draft_one_in(draft, 2) ? 1 + draft_below(draft, 3) : NO_LIMIT;
    uint32_t object;
    uint8_t cache;

    if (!draft_some_cache(draft, &cache)) {
        return;
    }

    uint32_t size = draft->generator->forecast.caches[cache].size;
    uint32_t space = size * passing <= SPACE_MAX ? size * passing : 0;

    (void)draft_add(draft, (struct op){.code = OP_FAILSLAB,
                                       .a = ALWAYS | times << TIMES_SHIFT | space << SPACE_SHIFT,
                                       .b = ALSO_WAITING});
    for (uint32_t i = passing + 1 + draft_below(draft, 4); i > 0; i--) {
        (void)draft_add_alloc(draft, cache, &object);
    }
}

void burst_lockless(struct draft *draft)
{
    uint32_t rounds = 2 + draft_below(draft, 10);
    uint32_t object;
    uint8_t cache;

    if (!draft_some_cache(draft, &cache)) {
        return;
    }
    for (uint32_t i = 0; i < rounds; i++) {
        struct op op = {.code = OP_ALLOC_NOLOCK, .cache = cache};

        if (draft_one_in(draft, 2)) {
            (void)draft_add_alloc(draft, cache, &object);
        } else if (choose_slot(draft->generator, SLOT_NOT_LIVE, &op.object)) {
            object = op.object;
            (void)draft_add(draft, op);
        }
        if (!draft_one_in(draft, 3)) {
            (void)draft_add_any(draft, draft_one_in(draft, 2) ? OP_FREE_NOLOCK : OP_FREE);
        }
        if (draft_one_in(draft, 8)) {
            (void)draft_add(draft, (struct op){.code = OP_SHRINK, .cache = cache});
        }
    }
}
