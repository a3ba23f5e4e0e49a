#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "allocator/hardening/keyed_random.h"

static unsigned bit_count(uint64_t value)
{
    unsigned count = 0;

    for (; value != 0; value &= value - 1) {
        count++;
    }
    return count;
}

static void same_key_gives_the_same_number(void **state)
{
    (void)state;
    assert_int_equal(keyed_random(1, 2, 3, 4), keyed_random(1, 2, 3, 4));
}

static void numbers_never_change_between_versions(void **state)
{
    (void)state;
    /* Traces replay only as long as these hold. */
    assert_int_equal(keyed_random(0, 0, 0, 0), UINT64_C(0x2130748aaac80268));
    assert_int_equal(keyed_random(1, 2, 3, 4), UINT64_C(0x336c3255cbcc01fe));
}

static void each_part_matters_in_its_place(void **state)
{
    const uint64_t numbers[] = {
        keyed_random(0, 0, 0, 0), keyed_random(1, 0, 0, 0), keyed_random(0, 1, 0, 0),
        keyed_random(0, 0, 1, 0), keyed_random(0, 0, 0, 1),
    };

    (void)state;
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
        for (size_t j = 0; j < i; j++) {
            assert_int_not_equal(numbers[i], numbers[j]);
        }
    }
}

static void flipped_key_bit_flips_half_of_the_number(void **state)
{
    enum { TRIALS = 256 };

    (void)state;
    for (unsigned bit = 0; bit < 64; bit++) {
        unsigned flips = 0;
        for (uint64_t ordinal = 0; ordinal < TRIALS; ordinal++) {
            flips += bit_count(keyed_random(1, 0, 7, ordinal) ^
                               keyed_random(1, 0, 7, ordinal ^ UINT64_C(1) << bit));
        }
        assert_in_range(flips, TRIALS * 28, TRIALS * 36);
    }
}

static void each_bit_is_set_half_the_time(void **state)
{
    enum { TRIALS = 4096 };

    (void)state;
    for (unsigned bit = 0; bit < 64; bit++) {
        unsigned ones = 0;
        for (uint64_t ordinal = 0; ordinal < TRIALS; ordinal++) {
            ones += keyed_random(1, 1, 1, ordinal) >> bit & 1;
        }
        assert_in_range(ones, TRIALS * 45 / 100, TRIALS * 55 / 100);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(same_key_gives_the_same_number),
        cmocka_unit_test(numbers_never_change_between_versions),
        cmocka_unit_test(each_part_matters_in_its_place),
        cmocka_unit_test(flipped_key_bit_flips_half_of_the_number),
        cmocka_unit_test(each_bit_is_set_half_the_time),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
