/* Ownership by granule and frame gives the answers of a plain array of bytes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "allocator/base/bits.h"
#include "sanitizers/ownership.h"

enum { PAGES = 8, GRANULES = PAGES * PAGE_SIZE / GRANULE_SIZE, RANGES = 64, ROUNDS = 20000 };

/* No memory is behind it: ownership is about addresses. */
static const unsigned char *const arena_base = (const unsigned char *)0x552000000000;

struct range {
    size_t first;    /* granule */
    size_t size;     /* bytes; 0: not claimed */
};

static owner_t plain[GRANULES];
static struct range ranges[RANGES];

static uint64_t next_random(uint64_t *state)
{
    *state = *state * UINT64_C(6364136223846793005) + 1442695040888963407;
    return *state >> 33;
}

static const void *address_of(size_t granule)
{
    return arena_base + granule * GRANULE_SIZE;
}

static size_t granules_of(size_t size)
{
    return align_up(size, GRANULE_SIZE) / GRANULE_SIZE;
}

static bool plain_is_free(size_t first, size_t size)
{
    for (size_t i = 0; i < granules_of(size); i++) {
        if (plain[first + i] != 0) {
            return false;
        }
    }
    return true;
}

static void plain_set(size_t first, size_t size, owner_t owner)
{
    for (size_t i = 0; i < granules_of(size); i++) {
        plain[first + i] = owner;
    }
}

/* Small objects mostly, some of whole pages, at any place. */
static struct range choose_range(uint64_t *random)
{
    static const size_t sizes[] = {1, 8, 60, 64, 700, 4096, 4104, 5000, 8192, 20000};
    size_t size = sizes[next_random(random) % (sizeof(sizes) / sizeof(sizes[0]))];
    size_t first = next_random(random) % (GRANULES - granules_of(size) + 1);
    bool is_page_aligned = next_random(random) % 2 == 0;

    return (struct range){is_page_aligned ? align_down(first, PAGE_SIZE / GRANULE_SIZE) : first,
                          size};
}

static void step(struct ownership *ownership, uint64_t *random)
{
    size_t slot = next_random(random) % RANGES;
    owner_t owner = (owner_t)slot + 1;
    struct range *range = &ranges[slot];

    if (range->size != 0) {
        ownership_release(ownership, address_of(range->first), range->size);
        plain_set(range->first, range->size, 0);
        range->size = 0;
        return;
    }

    struct range chosen = choose_range(random);
    bool is_free = plain_is_free(chosen.first, chosen.size);

    assert_int_equal(
        ownership_claim(ownership, address_of(chosen.first), chosen.size, owner), is_free);
    if (is_free) {
        plain_set(chosen.first, chosen.size, owner);
        *range = chosen;
    }
}

static void claims_and_owners_are_those_of_plain_bytes(void **state)
{
    struct ownership ownership;
    uint64_t random = 1;

    (void)state;
    assert_true(ownership_init(&ownership));
    ownership_begin(&ownership, arena_base, PAGES);
    for (unsigned round = 0; round < ROUNDS; round++) {
        size_t granule = next_random(&random) % GRANULES;

        step(&ownership, &random);
        assert_int_equal(ownership_find(&ownership, address_of(granule)), plain[granule]);
    }
    for (size_t granule = 0; granule < GRANULES; granule++) {
        assert_int_equal(ownership_find(&ownership, address_of(granule)), plain[granule]);
    }
    ownership_fini(&ownership);
}

static void arena_covers_its_bytes_and_no_others(void **state)
{
    struct ownership ownership;

    (void)state;
    assert_true(ownership_init(&ownership));
    ownership_begin(&ownership, arena_base, PAGES);
    assert_true(ownership_covers(&ownership, arena_base, PAGES * PAGE_SIZE));
    assert_false(ownership_covers(&ownership, arena_base, PAGES * PAGE_SIZE + 1));
    assert_false(ownership_covers(&ownership, arena_base - 8, 8));
    assert_false(ownership_covers(&ownership, arena_base + PAGES * PAGE_SIZE, 1));
    assert_false(ownership_covers(&ownership, arena_base + 8, SIZE_MAX));
    ownership_fini(&ownership);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(claims_and_owners_are_those_of_plain_bytes),
        cmocka_unit_test(arena_covers_its_bytes_and_no_others),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
