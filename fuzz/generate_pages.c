#include "fuzz/generate_pages.h"

#include "fuzz/mutate_sizes.h"

/* Whether a range was granted is known less well than that of a run. */
void fill_get_page(struct generator *generator, struct op *op)
{
    unsigned ranges = random_one_in(&generator->random, 4) ? SLOT_CONTIG : 0;

    (void)choose_slot(generator, SLOT_RUN | SLOT_REFERENCE | ranges, &op->a);
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
    if (generator->forecast.config->node_count > 1 && random_one_in(&generator->random, 2)) {
        op->b = random_below(&generator->random, 8);
        op->b |= (random_one_in(&generator->random, 2) ? 8 : 0);
    }
    op->b |= random_one_in(&generator->random, 8) ? 16 : 0;
}

/* Around a page, more than any run has, or small enough that many fit into one. */
static uint32_t choose_fragment_size(struct random *random)
{
    switch (random_below(random, 8)) {
    case 0:
        return PAGE_SIZE - 64 + random_below(random, 128);
    case 1:
        return PAGE_SIZE + random_below(random, 7 * PAGE_SIZE);
    case 2:
        return random_below(random, UINT16_MAX + 1);
    case 3:
    case 4:
        return 1 + random_below(random, PAGE_SIZE);
    default:
        return 1 + random_below(random, 128);
    }
}

/* One, some, or all that a run holds, as far as there are free slots in a row. */
static uint32_t choose_fragment_count(struct generator *generator, uint32_t first)
{
    uint32_t wanted = choose_bulk_count(&generator->random);
    uint32_t count = 1;

    if (random_one_in(&generator->random, 2)) {
        wanted = random_one_in(&generator->random, 8) ? 63 : 1;
    }
    while (count < wanted &&
           (forecast_content(&generator->forecast, first + count) & SLOT_NOT_LIVE) != 0) {
        count++;
    }
    return count;
}

void fill_frags(struct generator *generator, struct op *op)
{
    struct random *random = &generator->random;
    uint32_t set = random_one_in(random, 4) ? 1 : 0;
    uint32_t align_log2 = random_one_in(random, 4) ? random_below(random, 16) : 0;

    op->a = choose_fragment_size(random) | set << 16;
    op->b = choose_fragment_count(generator, op->object) | align_log2 << 6 |
            (random_one_in(random, 4) ? 1u << 10 : 0) | (random_one_in(random, 8) ? 1u << 11 : 0);
}

void fill_drain_frags(struct generator *generator, struct op *op)
{
    op->a = generator->forecast.fragment_room[0] > 0 ? 0 : 1;
}
