/*
 * Real threads on one heap: each finds its bytes as it left them, whatever the others do. What TSan
 * and ASan say of the same run is the rest of the test.
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>

#include "tests/stress/churn.h"

enum { OPS_DEFAULT = 10000 };

static uint64_t ops(void)
{
    const char *text = getenv("STRESS_OPS");

    return text != NULL ? strtoull(text, NULL, 10) : OPS_DEFAULT;
}

static void threads_never_share_an_object(void **state)
{
    (void)state;
    const struct churn_limits limits = {.ops = ops(), .seconds = INFINITY};
    struct churn_result result = churn(&limits, 0);

    if (result.judge != NULL) {
        fail_msg("%s@%s", result.judge, result.detail);
    }
    assert_true(result.ops >= limits.ops);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(threads_never_share_an_object),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
