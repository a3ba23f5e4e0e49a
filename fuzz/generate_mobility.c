#include "fuzz/generate_mobility.h"

#include "fuzz/mutate_sizes.h"

static const struct heap_config *config_of(const struct generator *generator)
{
    return generator->forecast.config;
}

static uint32_t block_pages(const struct generator *generator)
{
    uint32_t order = config_of(generator)->pageblock_order;

    return 1u << (order != 0 ? order : ORDER_MAX);
}

void fill_pages_type(struct generator *generator, struct op *op)
{
    struct random *random = &generator->random;
    uint32_t order = choose_order(random, config_of(generator)->page_count);
    uint32_t type = random_below(random, random_one_in(random, 16) ? 4 : 3);
    uint32_t urgency = random_one_in(random, 2) ? 0 : random_below(random, 8);

    op->a = order | type << 4;
    op->b = (random_one_in(random, 8) ? 1 : 0) | urgency << 1;
}

/* A range that begins at a frame, at a block, or where a run that somebody has may lie. */
static void choose_range(struct generator *generator, uint32_t *first, uint32_t *pages)
{
    struct random *random = &generator->random;
    uint32_t page_count = config_of(generator)->page_count;
    uint32_t block = block_pages(generator);
    uint32_t span = block < page_count ? block : page_count;

    *first = random_below(random, page_count);
    if (random_one_in(random, 2)) {
        *first -= *first % span;
    }
    *pages = random_one_in(random, 2) ? 1 + random_below(random, 4)
                                      : 1 + random_below(random, 2 * span);
    if (*first + *pages > page_count && !random_one_in(random, 32)) {
        *pages = page_count - *first;
    }
}

void fill_isolate(struct generator *generator, struct op *op)
{
    choose_range(generator, &op->a, &op->b);
}

void fill_contig(struct generator *generator, struct op *op)
{
    choose_range(generator, &op->a, &op->b);
    op->b = (op->b < 256 ? op->b : 256) | (random_one_in(&generator->random, 4) ? 1u << 16 : 0);
}
