#include "fuzz/generate_pages.h"

#include "fuzz/mutate_sizes.h"

void fill_get_page(struct generator *generator, struct op *op)
{
    (void)choose_slot(generator, SLOT_RUN | SLOT_REFERENCE, &op->a);
}

/* A few bytes more or less than whole pages, of which a run of some order holds too many. */
void fill_exact(struct generator *generator, struct op *op)
{
    struct random *random = &generator->random;
    uint32_t order = choose_order(random, generator->forecast.config->page_count);
    uint32_t pages = 1 + random_below(random, 1u << (order % ORDER_COUNT));

    op->a = pages * PAGE_SIZE;
    if (random_one_in(random, 2)) {
        op->a += random_below(random, 33) - 16;
    }
    op->b = random_one_in(random, 4) ? 1 : 0;
}

/* As many entries as there are in a row, filled or not. */
void fill_pages_bulk(struct generator *generator, struct op *op)
{
    uint32_t wanted = choose_bulk_count(&generator->random);

    op->a = 1;
    while (op->a < wanted && (forecast_content(&generator->forecast, op->object + op->a) &
                              (SLOT_NOT_LIVE | SLOT_RUN)) != 0) {
        op->a++;
    }
}
