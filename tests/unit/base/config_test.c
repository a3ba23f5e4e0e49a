#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "allocator/base/config.h"

static void defaults_are_valid(void **state)
{
    struct heap_config config = heap_config_default();

    (void)state;
    assert_true(heap_config_is_valid(&config));
    for (size_t index = 0; index < HEAP_CONFIG_COUNT; index++) {
        assert_int_equal(heap_config_value(&config, index), heap_config_rows[index].initial);
    }
    assert_int_equal(config.page_count, 256);
    assert_true(config.freelist_encoded);
    assert_false(config.page_poison);
}

static void every_value_in_range_round_trips(void **state)
{
    (void)state;
    for (size_t index = 0; index < HEAP_CONFIG_COUNT; index++) {
        const struct heap_config_row *row = &heap_config_rows[index];
        const uint64_t values[] = {row->minimum, row->maximum, row->initial,
                                   row->minimum + (row->maximum - row->minimum) / 2};

        for (size_t i = 0; i < sizeof values / sizeof *values; i++) {
            struct heap_config config = heap_config_default();

            assert_true(heap_config_set(&config, index, values[i]));
            assert_int_equal(heap_config_value(&config, index), values[i]);
            for (size_t other = 0; other < HEAP_CONFIG_COUNT; other++) {
                if (other != index) {
                    assert_int_equal(heap_config_value(&config, other),
                                     heap_config_rows[other].initial);
                }
            }
        }
    }
}

static void value_out_of_range_is_refused_and_changes_nothing(void **state)
{
    (void)state;
    for (size_t index = 0; index < HEAP_CONFIG_COUNT; index++) {
        const struct heap_config_row *row = &heap_config_rows[index];
        struct heap_config config = heap_config_default();

        assert_false(heap_config_set(&config, index, row->maximum + 1));
        assert_false(heap_config_set(&config, index, UINT64_MAX));
        if (row->minimum > 0) {
            assert_false(heap_config_set(&config, index, row->minimum - 1));
        }
        assert_int_equal(heap_config_value(&config, index), row->initial);
        assert_true(heap_config_is_valid(&config));
    }
}

static void field_out_of_range_is_invalid(void **state)
{
    struct heap_config config = heap_config_default();

    (void)state;
    config.cpu_count = 0;
    assert_false(heap_config_is_valid(&config));
    config = heap_config_default();
    config.page_count = PAGE_COUNT_MAX + 1;
    assert_false(heap_config_is_valid(&config));
}

static void rows_that_contradict_each_other_are_invalid(void **state)
{
    struct heap_config config = heap_config_default();

    (void)state;
    config.slab_order_min = 4;
    assert_false(heap_config_is_valid(&config));
    config.slab_order_max = 4;
    assert_true(heap_config_is_valid(&config));
    config.partial_floor = 11;
    assert_false(heap_config_is_valid(&config));
    config.partial_ceiling = 11;
    assert_true(heap_config_is_valid(&config));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(defaults_are_valid),
        cmocka_unit_test(every_value_in_range_round_trips),
        cmocka_unit_test(value_out_of_range_is_refused_and_changes_nothing),
        cmocka_unit_test(field_out_of_range_is_invalid),
        cmocka_unit_test(rows_that_contradict_each_other_are_invalid),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
