#include "fuzz/config_row.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "allocator/base/config.h"

static size_t find(const char *name)
{
    return config_row_find(name, strlen(name));
}

static void every_row_is_found_by_its_name_alone(void **state)
{
    (void)state;
    for (size_t index = 0; index < HEAP_CONFIG_COUNT; index++) {
        const char *name = heap_config_rows[index].name;
        char longer[64];

        assert_int_equal(find(name), index);
        assert_true(strlen(heap_config_rows[index].why) > 0);
        /* The name ends where the caller says, and a part of it is another name. */
        strcpy(longer, name);
        strcat(longer, "=1");
        assert_int_equal(config_row_find(longer, strlen(name)), index);
        assert_int_equal(find(longer), HEAP_CONFIG_COUNT);
        assert_int_equal(config_row_find(name, strlen(name) - 1), HEAP_CONFIG_COUNT);
    }
}

static void unknown_name_is_not_found(void **state)
{
    (void)state;
    assert_int_equal(find("no_such_row"), HEAP_CONFIG_COUNT);
    assert_int_equal(config_row_find("", 0), HEAP_CONFIG_COUNT);
    assert_int_equal(config_row_find("seed\0x", 6), HEAP_CONFIG_COUNT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_row_is_found_by_its_name_alone),
        cmocka_unit_test(unknown_name_is_not_found),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
