#include "fuzz/generate.h"

#include "fuzz/generate_rows.h"

enum { ATTEMPT_MAX = 8, OPERAND_ATTEMPT_MAX = 6, USUAL_CACHE_COUNT = 4 };

/* Two bits for each op: left out, as it is, twice, four times. */
static void choose_weights(struct generator *generator, uint64_t swarm)
{
    static const uint8_t factors[] = {0, 1, 2, 4};

    for (unsigned code = 0; code < OP_CODE_COUNT; code++) {
        const struct generate_row *row = &generate_rows[code];
        unsigned weight = row->weights[generator->profile];
        unsigned factor = weight > 0 ? factors[random_mix(swarm + code) & 3] : 0;

        if (factor == 0 && row->is_essential) {
            factor = 1;
        }
        generator->weights[code] = (uint16_t)(weight * factor);
        generator->weight_sum += generator->weights[code];
    }
}

void generator_init(struct generator *generator, enum mutate_profile profile,
                    const struct heap_config *config, struct random random)
{
    static const uint16_t spans[] = {8, 8, 16, 16, 16, 16, 32, 128};
    uint64_t swarm = config->seed;

    generator->random = random;
    generator->profile = profile;
    generator->slot_span = spans[random_below(&generator->random, 8)];
    generator->weight_sum = 0;
    if (random_one_in(&generator->random, 4)) {
        swarm = random_bits(&generator->random);
    }
    choose_weights(generator, random_mix(swarm));
    forecast_init(&generator->forecast, config);
}

unsigned generator_weight(const struct generator *generator, uint8_t code)
{
    return generate_rows[code].weights[generator->profile];
}

/* First slot from a random one on, cyclically in 0..span-1, with one of the contents. */
static bool find_slot(struct generator *generator, unsigned contents, uint32_t span, uint32_t *slot)
{
    uint32_t start = random_below(&generator->random, span);

    for (uint32_t i = 0; i < span; i++) {
        uint32_t at = start + i < span ? start + i : start + i - span;

        if ((generator->forecast.slots[at].content & contents) != 0) {
            *slot = at;
            return true;
        }
    }
    return false;
}

bool choose_slot(struct generator *generator, unsigned contents, uint32_t *slot)
{
    uint32_t span = generator->forecast.slot_end;

    if ((contents & SLOT_EMPTY) == 0) {
        return find_slot(generator, contents, span, slot);
    }
    return find_slot(generator, contents, generator->slot_span, slot);
}

bool choose_cache(struct generator *generator, bool is_present, uint8_t *cache)
{
    unsigned span = OP_CACHE_SLOT_COUNT;
    unsigned start;

    if (!is_present && !random_one_in(&generator->random, 8)) {
        span = USUAL_CACHE_COUNT;
    }
    start = random_below(&generator->random, span);
    for (unsigned i = 0; i < span; i++) {
        unsigned at = (start + i) % span;

        if (generator->forecast.caches[at].is_present == is_present) {
            *cache = (uint8_t)at;
            return true;
        }
    }
    return false;
}

/* A bulk free begins at something to be freed, and is to the cache that it came from. */
static bool choose_bulk_slots(struct generator *generator, struct op *op)
{
    if (!choose_slot(generator, op->code == OP_BULK_FREE ? SLOT_OBJECT : SLOT_KMALLOC,
                     &op->object)) {
        return false;
    }
    if (op->code == OP_BULK_FREE) {
        op->cache = generator->forecast.slots[op->object].cache;
    }
    return true;
}

static bool choose_slots(struct generator *generator, struct op *op)
{
    const struct op_need *need = &op_needs[op->code];

    if (need->slot == SLOT_ANYTHING) {
        return choose_bulk_slots(generator, op);
    }
    if (need->cache != CACHE_UNUSED &&
        !choose_cache(generator, need->cache == CACHE_PRESENT, &op->cache)) {
        return false;
    }
    return need->slot == 0 || choose_slot(generator, need->slot, &op->object);
}

void generate_operands(struct generator *generator, struct op *op)
{
    if (generate_rows[op->code].fill != NULL) {
        generate_rows[op->code].fill(generator, op);
    }
    *op = op_canonical(*op);
}

bool generator_likes(struct generator *generator, const struct op *op)
{
    uint32_t odds = forecast_panics(op) ? 64 : 6;

    return generator_weight(generator, op->code) != 0 &&
           forecast_allows(&generator->forecast, op) &&
           (forecast_fits(&generator->forecast, op) || random_one_in(&generator->random, odds));
}

bool generate_op_of(struct generator *generator, enum op_code code, struct op *op)
{
    *op = (struct op){.code = (uint8_t)code};
    for (unsigned attempt = 0; attempt < OPERAND_ATTEMPT_MAX; attempt++) {
        if (!choose_slots(generator, op)) {
            return false;
        }
        generate_operands(generator, op);
        if (generator_likes(generator, op)) {
            return true;
        }
    }
    return false;
}

static enum op_code choose_code(struct generator *generator)
{
    uint32_t left = random_below(&generator->random, generator->weight_sum);
    unsigned code = 0;

    while (left >= generator->weights[code]) {
        left -= generator->weights[code];
        code++;
    }
    return (enum op_code)code;
}

bool generate_op(struct generator *generator, struct op *op)
{
    for (unsigned attempt = 0; attempt < ATTEMPT_MAX; attempt++) {
        if (generate_op_of(generator, choose_code(generator), op)) {
            return true;
        }
    }
    return false;
}

static bool slots_fit(const struct generator *generator, const struct op *op)
{
    unsigned accepted = op_needs[op->code].slot;

    return accepted == 0 ||
           (forecast_content(&generator->forecast, op->object) & accepted) != 0;
}

/* Misuse that is not contained here makes way for misuse that is. */
static bool generate_misuse(struct generator *generator, struct op *op)
{
    for (unsigned attempt = 0; attempt < ATTEMPT_MAX; attempt++) {
        enum op_code code = choose_code(generator);

        if (op_rows[code].class == OP_CLASS_MISUSE && generate_op_of(generator, code, op)) {
            return true;
        }
    }
    return false;
}

/* However full the lower slots are, an op that is mended stays what it was. */
static bool find_lowest_slot(const struct generator *generator, unsigned contents, uint32_t *slot)
{
    for (*slot = 0; *slot < FORECAST_SLOT_COUNT; (*slot)++) {
        if ((generator->forecast.slots[*slot].content & contents) != 0) {
            return true;
        }
    }
    return false;
}

bool generator_mend(struct generator *generator, struct op *op)
{
    const struct op_need *need = &op_needs[op->code];
    bool needs_present = need->cache == CACHE_PRESENT;

    if (generator_weight(generator, op->code) == 0) {
        return generate_op(generator, op);
    }
    if (need->cache != CACHE_UNUSED &&
        generator->forecast.caches[op->cache].is_present != needs_present &&
        !choose_cache(generator, needs_present, &op->cache)) {
        return generate_op_of(generator, needs_present ? OP_CREATE : OP_ALLOC, op);
    }
    if (!slots_fit(generator, op) && !choose_slot(generator, need->slot, &op->object) &&
        !find_lowest_slot(generator, need->slot, &op->object)) {
        return generate_op(generator, op);
    }
    return generator_likes(generator, op) ||
           generate_op_of(generator, (enum op_code)op->code, op) ||
           (op_class(op) == OP_CLASS_MISUSE && generate_misuse(generator, op)) ||
           generate_op(generator, op);
}
