#include "fuzz/draft.h"

#include "fuzz/tape.h"

void draft_init(struct draft *draft, struct generator *generator, size_t limit)
{
    draft->generator = generator;
    draft->limit = limit < DRAFT_MAX ? limit : DRAFT_MAX;
    draft->count = 0;
}

bool draft_add(struct draft *draft, struct op op)
{
    op = op_canonical(op);
    if (draft->count == draft->limit || generator_weight(draft->generator, op.code) == 0 ||
        !forecast_allows(&draft->generator->forecast, &op)) {
        return false;
    }
    forecast_follow(&draft->generator->forecast, &op);
    draft->ops[draft->count] = op;
    draft->count++;
    return true;
}

bool draft_add_any(struct draft *draft, enum op_code code)
{
    struct op op;

    return generate_op_of(draft->generator, code, &op) && draft_add(draft, op);
}

bool draft_add_on(struct draft *draft, enum op_code code, uint32_t object)
{
    struct op op = {.code = (uint8_t)code, .object = object};

    generate_operands(draft->generator, &op);
    return draft_add(draft, op);
}

bool draft_add_alloc(struct draft *draft, uint8_t cache, uint32_t *object)
{
    return choose_slot(draft->generator, SLOT_NOT_LIVE, object) &&
           draft_add(draft, (struct op){.code = OP_ALLOC, .cache = cache, .object = *object});
}

void draft_drop_prelude(struct draft *draft)
{
    while (draft->count > 0 && op_is_prelude(draft->ops[draft->count - 1].code)) {
        draft->count--;
    }
    forecast_cancel_schedule(&draft->generator->forecast);
}

bool draft_some_cache(struct draft *draft, uint8_t *cache)
{
    if (draft_one_in(draft, 4) || !choose_cache(draft->generator, true, cache)) {
        (void)draft_add_any(draft, OP_CREATE);
    }
    return choose_cache(draft->generator, true, cache);
}

void draft_walk(struct draft *draft, size_t count)
{
    struct op op;

    for (size_t i = 0; i < count && generate_op(draft->generator, &op); i++) {
        (void)draft_add(draft, op);
    }
}
