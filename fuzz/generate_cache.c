#include "fuzz/generate_cache.h"

#include "allocator/base/flags.h"
#include "fuzz/mutate_sizes.h"

enum { LARGEST_SIZE = (1 << 14) - 1, LARGEST_WINDOWED = (1 << 10) - 1 };

/* A cache that is there, or FORECAST_CACHE_COUNT: found from a random slot on. */
static unsigned find_present(struct generator *generator)
{
    uint32_t start = random_below(&generator->random, OP_CACHE_SLOT_COUNT);

    for (uint32_t i = 0; i < OP_CACHE_SLOT_COUNT; i++) {
        uint32_t slot = (start + i) % OP_CACHE_SLOT_COUNT;

        if (generator->forecast.caches[slot].is_present) {
            return slot;
        }
    }
    return FORECAST_CACHE_COUNT;
}

/* Often the size of another cache, or nearly: two caches may become one. */
static uint32_t choose_size(struct generator *generator)
{
    struct random *random = &generator->random;
    unsigned other = find_present(generator);
    uint32_t size = choose_object_size(random, generator->profile) & LARGEST_SIZE;

    if (other != FORECAST_CACHE_COUNT && random_one_in(random, 2)) {
        uint32_t like = generator->forecast.caches[other].size;

        size = random_one_in(random, 2) || like < 8 ? like : like - 7 + random_below(random, 15);
    }
    return size > LARGEST_SIZE ? LARGEST_SIZE : size;
}

/* Flags that say what kind of memory a cache wants, or what is not to be done with it. */
static uint32_t choose_flags(struct generator *generator)
{
    static const uint32_t kinds[] = {SLAB_RECLAIM_ACCOUNT, SLAB_ACCOUNT, SLAB_NOLEAKTRACE};
    struct random *random = &generator->random;
    uint32_t flags = choose_create_flags(random, generator->profile);

    if (random_one_in(random, 3)) {
        flags |= SLAB_TYPESAFE_BY_RCU;
    }
    if (random_one_in(random, 4)) {
        flags |= kinds[random_below(random, sizeof(kinds) / sizeof(kinds[0]))];
    }
    if (random_one_in(random, generator->profile == MUTATE_MISUSE ? 4 : 12)) {
        flags |= SLAB_TRACE;
    }
    return random_one_in(random, 64) ? flags | 1u << random_below(random, OP_FLAG_COUNT) : flags;
}

void generate_create_args(struct generator *generator, struct op *op)
{
    struct random *random = &generator->random;
    uint32_t size = choose_size(generator);
    uint32_t has_ctor = random_one_in(random, 4) ? 1 : 0;
    uint32_t flags = choose_flags(generator);
    bool is_kept = has_ctor != 0 || (flags & SLAB_TYPESAFE_BY_RCU) != 0;
    uint32_t use_freeptr = is_kept && random_one_in(random, 2) ? 1 : 0;
    uint32_t freeptr = random_below(random, size / 4 + 1);
    uint32_t name = random_one_in(random, 2) ? random_below(random, 8) : 0;

    freeptr &= random_one_in(random, 6) ? 255 : 254;
    op->a = size | freeptr << 14 | use_freeptr << 22 | name << 23;
    op->b = choose_align_log2(random, generator->profile) | flags << 4 | has_ctor << 22;
}

void generate_create_usercopy(struct generator *generator, struct op *op)
{
    struct random *random = &generator->random;
    uint32_t size = choose_size(generator);
    uint32_t most = size < LARGEST_WINDOWED ? size : LARGEST_WINDOWED;
    uint32_t usersize = random_below(random, most + 1);
    uint32_t useroffset = random_below(random, (size - usersize) % LARGEST_WINDOWED + 1);

    size &= (1u << 12) - 1;
    if (random_one_in(random, 8)) {
        useroffset = random_below(random, LARGEST_WINDOWED);
    }
    op->a = size | useroffset << 12 | usersize << 22;
    op->b = choose_align_log2(random, generator->profile) | choose_flags(generator) << 4;
}

void generate_usercopy_check(struct generator *generator, struct op *op)
{
    struct random *random = &generator->random;
    uint32_t size =
        op->object < FORECAST_SLOT_COUNT ? generator->forecast.slots[op->object].size : 64;

    op->a = (random_one_in(random, 3) ? 0 : random_below(random, size + 64)) & UINT16_MAX;
    op->b = (random_one_in(random, 3) ? size : random_below(random, size + 8)) & UINT16_MAX;
}
