#include "tests/conformance/table.h"

enum { ROWS_MAX = 128 };

void table_expect(const struct access *access, const struct heap_config *config, int expected)
{
    if (expected != ACCESS_NOT_RUN) {
        assert_string_equal(access_outcome_name(access_run(access, config)),
                            access_outcome_name(expected));
    }
}

int table_run(const void *rows, size_t row_size, size_t row_count, CMUnitTestFunction check)
{
    struct CMUnitTest tests[ROWS_MAX] = {0};

    if (row_count > ROWS_MAX) {
        return -1;
    }
    for (size_t i = 0; i < row_count; i++) {
        const struct access *access = (const void *)((const char *)rows + i * row_size);

        tests[i] = (struct CMUnitTest){
            .name = access->name,
            .test_func = check,
            .initial_state = (void *)(uintptr_t)access,
        };
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
