#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "allocator/base/report.h"

static void every_kind_has_a_name_and_a_headline_of_its_own(void **state)
{
    (void)state;
    for (int kind = 0; kind < REPORT_KIND_COUNT; kind++) {
        assert_true(strlen(report_kind_name((enum report_kind)kind)) > 0);
        assert_true(strlen(report_kind_headline((enum report_kind)kind)) > 0);
        for (int other = 0; other < kind; other++) {
            assert_string_not_equal(report_kind_name((enum report_kind)kind),
                                    report_kind_name((enum report_kind)other));
            assert_string_not_equal(report_kind_headline((enum report_kind)kind),
                                    report_kind_headline((enum report_kind)other));
        }
    }
}

static void kinds_keep_their_numbers(void **state)
{
    (void)state;
    /* Rows are append-only: what was stored by number keeps its meaning. */
    assert_string_equal(report_kind_name((enum report_kind)0), "LEFT_REDZONE");
    assert_string_equal(report_kind_name((enum report_kind)14), "DOUBLE_FREE");
    assert_string_equal(report_kind_name((enum report_kind)25), "PAGE_POISON");
    assert_string_equal(report_kind_headline(REPORT_PAGE_POISON_BIT),
                        "pagealloc: single bit error");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_kind_has_a_name_and_a_headline_of_its_own),
        cmocka_unit_test(kinds_keep_their_numbers),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
