/* Boot options that ask for too much are put right. */
#include "allocator/base/config_boot.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static void orders_are(const struct heap_config *config, uint32_t least, uint32_t largest)
{
    assert_int_equal(config->slab_order_min, least);
    assert_int_equal(config->slab_order_max, largest);
    assert_true(heap_config_is_valid(config));
}

static void the_last_order_wins(void **state)
{
    struct heap_config config = heap_config_default();

    (void)state;
    assert_true(heap_config_boot(&config, HEAP_CONFIG_slab_order_min, 2));
    orders_are(&config, 2, 3);
    assert_true(heap_config_boot(&config, HEAP_CONFIG_slab_order_min, 4));
    orders_are(&config, 4, 4);
    assert_true(heap_config_boot(&config, HEAP_CONFIG_slab_order_max, 1));
    orders_are(&config, 1, 1);
}

static void numbers_end_at_the_row(void **state)
{
    struct heap_config config = heap_config_default();

    (void)state;
    assert_true(heap_config_boot(&config, HEAP_CONFIG_slab_order_max, UINT64_MAX));
    orders_are(&config, 0, ORDER_MAX);
    assert_true(heap_config_boot(&config, HEAP_CONFIG_slab_order_min, ORDER_MAX + 1));
    orders_are(&config, ORDER_MAX, ORDER_MAX);
    assert_true(heap_config_boot(&config, HEAP_CONFIG_slab_objects_min, UINT64_MAX));
    assert_int_equal(config.slab_objects_min,
                     heap_config_rows[HEAP_CONFIG_slab_objects_min].maximum);
    assert_true(heap_config_is_valid(&config));
}

static void other_rows_are_left_alone(void **state)
{
    const struct heap_config before = heap_config_default();
    struct heap_config config = before;

    (void)state;
    assert_false(heap_config_boot(&config, HEAP_CONFIG_cpu_count, 2));
    assert_memory_equal(&config, &before, sizeof(config));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_last_order_wins),
        cmocka_unit_test(numbers_end_at_the_row),
        cmocka_unit_test(other_rows_are_left_alone),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
