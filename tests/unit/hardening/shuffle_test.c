/* Bijection for every small count; how evenly the places are used. The keys are fixed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "allocator/hardening/shuffle.h"

enum { KEYS_PER_COUNT = 6, COUNT_MAX = 1 << 20 };

static const uint64_t KEYS[KEYS_PER_COUNT] = {
    0, 1, UINT64_MAX, UINT64_C(0x8000000000000000), UINT64_C(0xdeadbeefcafef00d), 42,
};

/* Marks each place that the order names; true if each of 0..count-1 is named once. */
static bool is_bijection(uint32_t count, uint64_t key, unsigned char *seen)
{
    struct shuffle shuffle = shuffle_init(count, key);

    memset(seen, 0, count);
    for (uint32_t index = 0; index < count; index++) {
        uint32_t place = shuffle_at(&shuffle, index);

        if (place >= count || seen[place]) {
            return false;
        }
        seen[place] = 1;
    }
    return true;
}

static void every_count_and_key_gives_a_bijection(void **state)
{
    unsigned char seen[2048];

    (void)state;
    for (uint32_t count = 1; count <= 2048; count++) {
        for (int key = 0; key < KEYS_PER_COUNT; key++) {
            assert_true(is_bijection(count, KEYS[key] ^ count, seen));
        }
    }
}

static void large_counts_give_a_bijection(void **state)
{
    static const uint32_t counts[] = {4095,  4096,  4097,  8191,     16385,
                                      32767, 32768, 65537, COUNT_MAX};
    unsigned char *seen = malloc(COUNT_MAX);

    (void)state;
    assert_non_null(seen);
    for (size_t i = 0; i < sizeof counts / sizeof *counts; i++) {
        for (int key = 0; key < KEYS_PER_COUNT; key++) {
            assert_true(is_bijection(counts[i], KEYS[key], seen));
        }
    }
    free(seen);
}

static void huge_counts_stay_in_range(void **state)
{
    static const uint32_t counts[] = {UINT32_MAX, UINT32_C(0x80000001), UINT32_C(0x80000000)};

    (void)state;
    for (size_t i = 0; i < sizeof counts / sizeof *counts; i++) {
        struct shuffle shuffle = shuffle_init(counts[i], 7);
        for (uint32_t step = 0; step < 1000; step++) {
            assert_true(shuffle_at(&shuffle, counts[i] - 1 - step) < counts[i]);
        }
    }
}

static void a_whole_walk_takes_fewer_than_two_passes_each(void **state)
{
    (void)state;
    for (uint32_t count = 1; count <= 1024; count++) {
        struct shuffle shuffle = shuffle_init(count, count);
        uint64_t passes = 0;

        for (uint32_t index = 0; index < count; index++) {
            uint32_t value = index;
            do {
                value = shuffle_permute(&shuffle, value);
                passes++;
            } while (value >= count);
        }
        assert_true(passes <= (uint64_t)shuffle.mask + 1);
        assert_true(count == 1 || passes < 2 * (uint64_t)count);
    }
}

static void all_orders_of_four_occur(void **state)
{
    unsigned seen[256] = {0};
    unsigned orders = 0;

    (void)state;
    for (uint64_t key = 0; key < 24 * 100; key++) {
        struct shuffle shuffle = shuffle_init(4, key);
        unsigned order = 0;
        for (uint32_t index = 0; index < 4; index++) {
            order = order << 2 | shuffle_at(&shuffle, index);
        }
        seen[order]++;
    }
    for (unsigned order = 0; order < 256; order++) {
        orders += seen[order] != 0;
        assert_true(seen[order] < 200);    /* 100 would be even */
    }
    assert_int_equal(orders, 24);
}

/* How often each place was named at each index, over many keys. */
static void count_places(uint32_t count, uint32_t key_count, uint32_t *named)
{
    memset(named, 0, sizeof *named * count * count);
    for (uint64_t key = 0; key < key_count; key++) {
        struct shuffle shuffle = shuffle_init(count, key);
        for (uint32_t index = 0; index < count; index++) {
            named[index * count + shuffle_at(&shuffle, index)]++;
        }
    }
}

static void places_are_used_evenly(void **state)
{
    enum { EXPECTED = 200, LARGEST = 128 };
    static const uint32_t counts[] = {2, 3, 5, 8, 21, 32, 100, LARGEST};
    static uint32_t named[LARGEST * LARGEST];

    (void)state;
    for (size_t i = 0; i < sizeof counts / sizeof *counts; i++) {
        uint32_t count = counts[i];
        double squares = 0;

        count_places(count, count * EXPECTED, named);
        for (uint32_t cell = 0; cell < count * count; cell++) {
            double off = (double)named[cell] - EXPECTED;
            squares += off * off / EXPECTED;
            assert_in_range(named[cell], EXPECTED / 2, EXPECTED * 3 / 2);
        }
        /* Chi square by its degrees of freedom: 1 for a fair shuffle. */
        assert_true(squares / ((count - 1.0) * (count - 1.0)) < 2.0);
    }
}

static void neighbours_rarely_stay_neighbours(void **state)
{
    enum { COUNT = 64, KEYS_TRIED = 2000 };
    uint32_t together = 0;

    (void)state;
    for (uint64_t key = 0; key < KEYS_TRIED; key++) {
        struct shuffle shuffle = shuffle_init(COUNT, key);
        for (uint32_t index = 0; index + 1 < COUNT; index++) {
            together += shuffle_at(&shuffle, index + 1) == shuffle_at(&shuffle, index) + 1;
        }
    }
    /* A fair shuffle keeps one pair in COUNT together. */
    assert_in_range(together, KEYS_TRIED * 8 / 10, KEYS_TRIED * 12 / 10);
}

static void same_key_gives_the_same_order(void **state)
{
    struct shuffle first = shuffle_init(1000, 5);
    struct shuffle second = shuffle_init(1000, 5);
    struct shuffle other = shuffle_init(1000, 6);
    uint32_t equal = 0;

    (void)state;
    for (uint32_t index = 0; index < 1000; index++) {
        assert_int_equal(shuffle_at(&first, index), shuffle_at(&second, index));
        equal += shuffle_at(&first, index) == shuffle_at(&other, index);
    }
    assert_true(equal < 20);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_count_and_key_gives_a_bijection),
        cmocka_unit_test(large_counts_give_a_bijection),
        cmocka_unit_test(huge_counts_stay_in_range),
        cmocka_unit_test(a_whole_walk_takes_fewer_than_two_passes_each),
        cmocka_unit_test(all_orders_of_four_occur),
        cmocka_unit_test(places_are_used_evenly),
        cmocka_unit_test(neighbours_rarely_stay_neighbours),
        cmocka_unit_test(same_key_gives_the_same_order),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
