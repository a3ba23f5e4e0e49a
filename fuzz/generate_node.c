#include "fuzz/generate_node.h"

#include "fuzz/mutate_sizes.h"

enum { NODE_NUMBERS = 8 };

/* Mostly one that exists; where there is only one, others are asked for as often. */
static uint32_t choose_node(struct generator *generator)
{
    uint32_t node_count = generator->forecast.config->node_count;

    return random_one_in(&generator->random, 8) ? random_below(&generator->random, NODE_NUMBERS)
                                                : random_below(&generator->random, node_count);
}

static uint32_t one_in(struct generator *generator, uint32_t count)
{
    return random_one_in(&generator->random, count) ? 1 : 0;
}

/* Of use where pages are kept for some requests. */
static uint32_t choose_urgency(struct generator *generator)
{
    return one_in(generator, 3) ? random_below(&generator->random, 8) : 0;
}

void fill_alloc_node(struct generator *generator, struct op *op)
{
    op->a = choose_node(generator);
    op->b = one_in(generator, 2) | one_in(generator, 8) << 1 | choose_urgency(generator) << 2;
}

void fill_kmalloc_node(struct generator *generator, struct op *op)
{
    uint32_t page_count = generator->forecast.config->page_count;

    op->a = one_in(generator, 3) ? choose_large_size(&generator->random, page_count)
                                 : choose_kmalloc_size(&generator->random, page_count);
    op->b = choose_node(generator) | one_in(generator, 2) << 3 | one_in(generator, 8) << 4 |
            choose_urgency(generator) << 5;
}

void fill_pages_node(struct generator *generator, struct op *op)
{
    op->a = choose_order(&generator->random, generator->forecast.config->page_count);
    op->b = choose_node(generator) | one_in(generator, 2) << 3 | one_in(generator, 4) << 4 |
            one_in(generator, 8) << 5;
}

void fill_node(struct generator *generator, struct op *op)
{
    op->a = choose_node(generator);
}
