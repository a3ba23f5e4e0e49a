#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "allocator/base/bits.h"

static void powers_of_two_have_one_bit(void **state)
{
    (void)state;
    assert_false(is_power_of_two(0));
    for (unsigned shift = 0; shift < 64; shift++) {
        size_t power = (size_t)1 << shift;

        assert_true(is_power_of_two(power));
        assert_int_equal(is_power_of_two(power + 1), shift == 0);
        assert_int_equal(is_power_of_two(power - 1), shift == 1);
    }
}

static void aligning_gives_the_nearest_multiple(void **state)
{
    (void)state;
    for (size_t alignment = 1; alignment <= 64; alignment *= 2) {
        for (size_t value = 0; value < 300; value++) {
            size_t down = value / alignment * alignment;

            assert_int_equal(align_down(value, alignment), down);
            assert_int_equal(align_up(value, alignment), down == value ? down : down + alignment);
            assert_int_equal(is_aligned(value, alignment), down == value);
        }
    }
}

static void logarithms_bracket_the_value(void **state)
{
    (void)state;
    for (size_t value = 1; value < 5000; value++) {
        assert_true((size_t)1 << log2_floor(value) <= value);
        assert_true((size_t)2 << log2_floor(value) > value);
        assert_true((size_t)1 << log2_ceil(value) >= value);
        assert_true(value == 1 || (size_t)1 << (log2_ceil(value) - 1) < value);
    }
    assert_int_equal(log2_floor(SIZE_MAX), 63);
    assert_int_equal(log2_ceil((size_t)1 << 63), 63);
}

static void order_for_size_is_the_least_that_fits(void **state)
{
    (void)state;
    for (unsigned order = 0; order <= ORDER_MAX; order++) {
        assert_int_equal(order_pages(order), 1u << order);
        assert_int_equal(order_size(order), (size_t)4096 << order);
        assert_int_equal(order_for_size(order_size(order)), order);
        assert_int_equal(order_for_size(order_size(order) + 1), order + 1);
    }
    assert_int_equal(order_for_size(1), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(powers_of_two_have_one_bit),
        cmocka_unit_test(aligning_gives_the_nearest_multiple),
        cmocka_unit_test(logarithms_bracket_the_value),
        cmocka_unit_test(order_for_size_is_the_least_that_fits),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
