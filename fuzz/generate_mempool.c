#include "fuzz/generate_mempool.h"

#include "fuzz/mutate_sizes.h"

static uint32_t choose_count(struct random *random)
{
    return random_one_in(random, 6) ? random_below(random, 16) : random_below(random, 5);
}

/* A pool that is there, or is not, if there is such a one. */
static uint32_t choose_pool(struct generator *generator, bool is_there)
{
    uint32_t pool = random_below(&generator->random, FORECAST_POOL_COUNT);

    return generator->forecast.pools[pool].is_there == is_there ? pool : 1 - pool;
}

void fill_pool_create(struct generator *generator, struct op *op)
{
    op->a = choose_count(&generator->random);
    op->b = choose_pool(generator, false);
}

void fill_pool_create_sized(struct generator *generator, struct op *op)
{
    struct random *random = &generator->random;
    uint32_t has_pages = random_below(random, 2);

    op->a = has_pages ? random_below(random, 4)
                      : choose_kmalloc_size(random, generator->forecast.config->page_count);
    op->b = choose_pool(generator, false) | has_pages << 1 | choose_count(random) << 2;
}

void fill_pool_alloc(struct generator *generator, struct op *op)
{
    struct random *random = &generator->random;
    uint32_t is_waiting = random_below(random, 2);
    uint32_t is_reserved = random_one_in(random, 3) ? 1 : 0;

    op->b = choose_pool(generator, true) | is_waiting << 1 | is_reserved << 2;
}

void fill_pool_resize(struct generator *generator, struct op *op)
{
    op->a = choose_count(&generator->random);
    op->b = choose_pool(generator, true);
}

void fill_pool(struct generator *generator, struct op *op)
{
    op->b = choose_pool(generator, true);
}

void fill_pool_write(struct generator *generator, struct op *op)
{
    struct random *random = &generator->random;

    op->a = random_below(random, random_one_in(random, 2) ? 64 : UINT16_MAX + 1);
    op->b = choose_pool(generator, true) | (1 + random_below(random, UINT8_MAX)) << 1;
}

void fill_pool_bad_free(struct generator *generator, struct op *op)
{
    op->a = random_one_in(&generator->random, 2) ? 0 : random_below(&generator->random, 64);
}
