#include "fuzz/generate.h"

#include "fuzz/mutate_sizes.h"

/* Sets the operands of an op whose code and slots are chosen. */
typedef void fill_function(struct generator *generator, struct op *op);

struct generate_row {
    uint8_t weights[MUTATE_PROFILE_COUNT];
    bool is_essential;          /* never left out of a swarm */
    fill_function *fill;        /* NULL: there is nothing but slots */
};

enum { ATTEMPT_MAX = 8, OPERAND_ATTEMPT_MAX = 6, USUAL_CACHE_COUNT = 4 };

static uint32_t page_count(const struct generator *generator)
{
    return generator->forecast.config->page_count;
}

static uint32_t object_size(const struct generator *generator, const struct op *op)
{
    return op->object < FORECAST_SLOT_COUNT ? generator->forecast.slots[op->object].size : 64;
}

static void fill_create(struct generator *generator, struct op *op)
{
    struct random *random = &generator->random;
    uint32_t align_log2 = choose_align_log2(random);
    uint32_t flags = choose_create_flags(random, generator->profile == MUTATE_MISUSE);
    uint32_t ctor = random_one_in(random, 6) ? 1 : 0;

    op->a = choose_object_size(random);
    op->b = align_log2 | flags << 4 | ctor << 13;
}

static void fill_pattern(struct generator *generator, struct op *op)
{
    op->a = random_below(&generator->random, UINT16_MAX + 1);
}

static void fill_bulk(struct generator *generator, struct op *op)
{
    op->a = choose_bulk_count(&generator->random);
}

/* No more than there are free slots in a row. */
static void fill_bulk_alloc(struct generator *generator, struct op *op)
{
    uint32_t wanted = choose_bulk_count(&generator->random);

    op->a = 1;
    while (op->a < wanted &&
           (forecast_content(&generator->forecast, op->object + op->a) & SLOT_NOT_LIVE) != 0) {
        op->a++;
    }
}

/* Any CPU but the present one, if there is another. */
static void fill_cpu(struct generator *generator, struct op *op)
{
    uint32_t cpu_count = generator->forecast.config->cpu_count;
    uint32_t other = 1 + random_below(&generator->random, cpu_count - 1);

    op->a = (generator->forecast.cpu + other) % cpu_count;
}

static void fill_flush(struct generator *generator, struct op *op)
{
    op->a = random_below(&generator->random, generator->forecast.config->cpu_count);
}

static void fill_size(struct generator *generator, struct op *op)
{
    op->a = generator->profile == MUTATE_BUDDY
                ? choose_large_size(&generator->random, page_count(generator))
                : choose_kmalloc_size(&generator->random, page_count(generator));
}

/* Mostly a small product; sometimes one that overflows and wraps around to a small one. */
static void fill_calloc(struct generator *generator, struct op *op)
{
    struct random *random = &generator->random;

    if (random_one_in(random, 6)) {
        op->a = UINT32_MAX - random_below(random, 16);
        op->b = random_one_in(random, 2) ? UINT32_MAX - random_below(random, 64)
                                         : random_below(random, 8);
        return;
    }
    fill_size(generator, op);
    op->b = 1 + random_below(random, 16);
    op->a /= op->b;
}

/* Growing and shrinking by a little stays in place or just does not. */
static void fill_realloc(struct generator *generator, struct op *op)
{
    uint32_t size = object_size(generator, op);

    fill_size(generator, op);
    if (size > 16 && random_one_in(&generator->random, 3)) {
        op->a = size - 16 + random_below(&generator->random, 33);
    }
    op->b = random_one_in(&generator->random, 4) ? 1 : 0;
}

static void fill_pages(struct generator *generator, struct op *op)
{
    op->a = choose_order(&generator->random, page_count(generator));
    op->b = random_one_in(&generator->random, 4) ? 1 : 0;
}

static void fill_nth(struct generator *generator, struct op *op)
{
    op->a = random_one_in(&generator->random, 8) ? 0 : 1 + random_below(&generator->random, 4);
}

static uint32_t choose_xor(struct generator *generator)
{
    return random_one_in(&generator->random, 4) ? 1u << random_below(&generator->random, 8)
                                                : 1 + random_below(&generator->random, UINT8_MAX);
}

static void fill_before(struct generator *generator, struct op *op)
{
    op->a = random_below(&generator->random, random_one_in(&generator->random, 8) ? 64 : 8);
    op->b = choose_xor(generator);
}

/* Mostly where it is noticed, and then mostly right behind the object. */
static void fill_behind(struct generator *generator, struct op *op)
{
    struct random *random = &generator->random;

    fill_before(generator, op);
    if (op->object < FORECAST_SLOT_COUNT && !random_one_in(random, 8)) {
        struct forecast_range range = forecast_guarded_bytes(&generator->forecast, op->object);

        op->a = range.first + (random_one_in(random, 2) ? 0 : random_below(random, range.count));
    }
}

static void fill_inside(struct generator *generator, struct op *op)
{
    op->a = choose_offset(&generator->random, object_size(generator, op));
    op->b = choose_xor(generator);
}

static void fill_interior(struct generator *generator, struct op *op)
{
    op->a = choose_offset(&generator->random, object_size(generator, op));
}

static void fill_wild(struct generator *generator, struct op *op)
{
    uint32_t offset =
        random_one_in(&generator->random, 2) ? 0 : random_below(&generator->random, PAGE_SIZE);
    uint32_t is_kfree = random_below(&generator->random, 2);

    op->a = random_below(&generator->random, page_count(generator));
    op->b = offset | is_kfree << 12;
}

static void fill_xor(struct generator *generator, struct op *op)
{
    op->b = choose_xor(generator);
}

static void fill_wrong_order(struct generator *generator, struct op *op)
{
    op->a = random_below(&generator->random, 6);
}

static void fill_padding(struct generator *generator, struct op *op)
{
    op->a = random_below(&generator->random, random_one_in(&generator->random, 4) ? 512 : 16);
    op->b = choose_xor(generator);
}

/* Weights: MUTATE_SEQUENCE, MUTATE_MISUSE, MUTATE_BUDDY. */
static const struct generate_row generate_rows[OP_CODE_COUNT] = {
    [OP_CREATE] = {{6, 8, 0}, true, fill_create},
    [OP_DESTROY] = {{2, 1, 0}, false, NULL},
    [OP_ALLOC] = {{30, 30, 0}, true, NULL},
    [OP_ZALLOC] = {{6, 4, 0}, false, NULL},
    [OP_FREE] = {{30, 30, 0}, true, NULL},
    [OP_FILL] = {{2, 1, 2}, false, fill_pattern},
    [OP_VERIFY] = {{1, 1, 1}, false, NULL},
    [OP_BULK_ALLOC] = {{6, 3, 0}, false, fill_bulk_alloc},
    [OP_BULK_FREE] = {{6, 3, 0}, false, fill_bulk},
    [OP_SHRINK] = {{3, 2, 0}, false, NULL},
    [OP_FLUSH] = {{3, 2, 0}, false, fill_flush},
    [OP_CPU] = {{7, 5, 2}, true, fill_cpu},
    [OP_KMALLOC] = {{12, 10, 14}, true, fill_size},
    [OP_KZALLOC] = {{4, 2, 4}, false, fill_size},
    [OP_KCALLOC] = {{3, 1, 2}, false, fill_calloc},
    [OP_KREALLOC] = {{6, 3, 5}, false, fill_realloc},
    [OP_KFREE] = {{14, 10, 16}, true, NULL},
    [OP_KSIZE] = {{2, 1, 1}, false, NULL},
    [OP_PAGES] = {{8, 6, 40}, true, fill_pages},
    [OP_FREE_PAGES] = {{8, 6, 40}, true, NULL},
    [OP_VALIDATE] = {{2, 10, 0}, false, NULL},
    [OP_FAIL_PAGE] = {{2, 1, 4}, false, fill_nth},
    [OP_CACHE_SIZE] = {{1, 1, 0}, false, NULL},
    [OP_VALIDATE_KMALLOC] = {{1, 3, 0}, false, NULL},
    [OP_FLUSH_KMALLOC] = {{1, 1, 0}, false, fill_flush},
    [OP_KFREE_BULK] = {{2, 1, 3}, false, fill_bulk},
    [OP_KFREE_NULL] = {{1, 1, 1}, false, NULL},
    [OP_OVERFLOW] = {{0, 8, 0}, false, fill_behind},
    [OP_UNDERFLOW] = {{0, 8, 0}, false, fill_before},
    [OP_WRITE_AFTER_FREE] = {{0, 8, 0}, false, fill_inside},
    [OP_DOUBLE_FREE] = {{0, 8, 0}, false, NULL},
    [OP_WRONG_CACHE] = {{0, 5, 0}, false, NULL},
    [OP_FREE_INTERIOR] = {{0, 5, 0}, false, fill_interior},
    [OP_FREE_WILD] = {{0, 2, 0}, false, fill_wild},
    [OP_FREE_POINTER] = {{0, 6, 0}, false, fill_xor},
    [OP_FREE_PAGES_ORDER] = {{0, 2, 0}, false, fill_wrong_order},
    [OP_FREE_PAGES_CLIENT] = {{0, 2, 0}, false, NULL},
    [OP_SLAB_PADDING] = {{0, 5, 0}, false, fill_padding},
};

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
