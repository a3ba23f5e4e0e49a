#include "fuzz/generate_kmalloc.h"

#include "allocator/base/params.h"
#include "fuzz/mutate_sizes.h"

static uint32_t choose_size(struct generator *generator)
{
    return choose_kmalloc_size(&generator->random, generator->forecast.config->page_count);
}

/* Mostly one family, sometimes none or several. */
static uint32_t choose_family(struct random *random)
{
    return random_one_in(random, 3) ? random_below(random, 8) : 1u << random_below(random, 3);
}

void fill_kmalloc_gfp(struct generator *generator, struct op *op)
{
    struct random *random = &generator->random;
    uint32_t zero = random_one_in(random, 4) ? 1 : 0;
    uint32_t caller = random_below(random, 16);

    op->a = choose_size(generator);
    op->b = (random_one_in(random, 3) ? 0 : choose_family(random)) | zero << 3 | caller << 4;
}

/* Mostly above a page, where there is a second way; of pages, if the next ones are to fail. */
void fill_kvmalloc(struct generator *generator, struct op *op)
{
    struct random *random = &generator->random;
    uint32_t least = generator->forecast.fail_countdown == 1 ? 2 * PAGE_SIZE : PAGE_SIZE;

    op->a = random_one_in(random, 3) ? choose_size(generator)
                                     : least + 1 + random_below(random, 6 * PAGE_SIZE);
    op->b = random_below(random, 2);
}

/* A view mostly grows and shrinks by less than a page, so that what it gains was its own before. */
void fill_kvrealloc(struct generator *generator, struct op *op)
{
    const struct forecast *forecast = &generator->forecast;
    struct random *random = &generator->random;

    fill_kvmalloc(generator, op);
    if (op->object < FORECAST_SLOT_COUNT && forecast->slots[op->object].content == SLOT_VIEW) {
        op->a = forecast->slots[op->object].size - PAGE_SIZE / 2 + random_below(random, PAGE_SIZE);
    }
    op->b = random_one_in(random, 4) ? 0 : 1;
}

/* Two numbers near the largest have a small product, but for the overflow. */
void fill_kvmalloc_array(struct generator *generator, struct op *op)
{
    struct op whole = *op;

    if (random_one_in(&generator->random, 4)) {
        op->a = UINT32_MAX - random_below(&generator->random, 16);
        op->b = UINT32_MAX - random_below(&generator->random, 16);
        return;
    }
    fill_krealloc_array(generator, op);
    if (op->b < PAGE_SIZE && op->a < PAGE_SIZE && op->b > 0) {
        fill_kvmalloc(generator, &whole);
        op->a = whole.a / op->b;
    }
}

void fill_kmalloc_nolock(struct generator *generator, struct op *op)
{
    struct random *random = &generator->random;

    op->a = choose_size(generator);
    op->b = (random_one_in(random, 4) ? choose_family(random) : 0) |
            (random_one_in(random, 4) ? 1u << 3 : 0);
}

void fill_set(struct generator *generator, struct op *op)
{
    op->a = random_below(&generator->random, 2);
}

/* Mostly users see all; else the window ends in one of the smaller objects. */
void fill_buckets_create(struct generator *generator, struct op *op)
{
    struct random *random = &generator->random;

    fill_set(generator, op);
    if (random_one_in(random, 2)) {
        uint32_t useroffset = random_below(random, 300);
        uint32_t usersize = random_below(random, 300);

        op->b = useroffset | (uint32_t)(KMALLOC_CACHE_SIZE_MAX - usersize) << 13;
    }
    op->b |= (uint32_t)random_one_in(random, 3) << 27;
}

void fill_buckets_alloc(struct generator *generator, struct op *op)
{
    op->a = choose_size(generator);
    op->b = random_below(&generator->random, 8);
}

/* Mostly a small product; sometimes one that overflows. */
void fill_krealloc_array(struct generator *generator, struct op *op)
{
    struct random *random = &generator->random;

    if (random_one_in(random, 4)) {
        op->a = UINT32_MAX - random_below(random, 16);
        op->b = random_below(random, 8);
        return;
    }
    op->b = 1 + random_below(random, 16);
    op->a = choose_size(generator) / op->b;
}

/* Often a size that fits where the object is, so that the alignment decides. */
void fill_krealloc_align(struct generator *generator, struct op *op)
{
    struct random *random = &generator->random;
    uint32_t align_log2 = random_below(random, random_one_in(random, 4) ? 16 : 13);
    uint32_t family = random_one_in(random, 2) ? 0 : choose_family(random);
    uint32_t zero = random_one_in(random, 4) ? 1 : 0;

    op->a = choose_size(generator);
    if (op->object < FORECAST_SLOT_COUNT && !random_one_in(random, 3)) {
        uint32_t size = generator->forecast.slots[op->object].size;

        op->a = size - random_below(random, size / 2 + 1);
    }
    op->b = align_log2 | family << 4 | zero << 7;
}

void fill_size_roundup(struct generator *generator, struct op *op)
{
    struct random *random = &generator->random;

    op->a = random_one_in(random, 8) ? UINT32_MAX - random_below(random, PAGE_SIZE)
                                     : choose_size(generator);
}

/* Few accounts, so that they fill up. */
static uint32_t choose_account(struct random *random)
{
    return random_one_in(random, 3) ? random_below(random, ACCOUNT_COUNT) : 0;
}

void fill_account(struct generator *generator, struct op *op)
{
    op->a = random_below(&generator->random, ACCOUNT_COUNT);
}

/* Room for a few objects, or as much as there is. */
void fill_account_limit(struct generator *generator, struct op *op)
{
    struct random *random = &generator->random;

    op->a = choose_account(random);
    op->b = random_one_in(random, 4) ? 0 : 1 + random_below(random, 1u << (6 + op->a * 3));
}

/* Mostly on: off, nothing happens. */
void fill_accounting(struct generator *generator, struct op *op)
{
    op->a = random_one_in(&generator->random, 3) ? 0 : 1;
}
