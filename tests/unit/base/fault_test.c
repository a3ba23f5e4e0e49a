#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "allocator/base/fault.h"
#include "tests/support/test_platform.h"

struct fixture {
    struct test_platform test;
    struct fault fault;
};

static void setup_fault(struct fixture *fixture, struct fault_attr attr)
{
    test_platform_init(&fixture->test);
    fixture->fault = (struct fault){0};
    assert_true(fault_attr_is_valid(&attr));
    fault_set(&fixture->fault, &attr);
}

static bool asks(struct fixture *fixture, uint64_t size)
{
    return fault_is_due(&fixture->fault, &fixture->test.platform, 0, size);
}

static unsigned count_failures(struct fixture *fixture, unsigned calls, uint64_t size)
{
    unsigned count = 0;

    for (unsigned i = 0; i < calls; i++) {
        count += asks(fixture, size);
    }
    return count;
}

static void nothing_set_fails_nothing(void **state)
{
    struct fixture fixture;

    (void)state;
    setup_fault(&fixture, (struct fault_attr){.times = FAULT_TIMES_UNLIMITED});
    assert_int_equal(count_failures(&fixture, 100, 8), 0);
}

static void certain_failure_ends_when_times_are_used_up(void **state)
{
    struct fixture fixture;

    (void)state;
    setup_fault(&fixture, (struct fault_attr){.probability = 100, .times = 3});
    assert_int_equal(count_failures(&fixture, 3, 8), 3);
    assert_int_equal(count_failures(&fixture, 100, 8), 0);
    assert_int_equal(world_load(&fixture.fault.failures), 3);
}

static void interval_lets_the_others_pass(void **state)
{
    struct fixture fixture;

    (void)state;
    setup_fault(&fixture, (struct fault_attr){.probability = 100, .times = -1, .interval = 3});
    assert_false(asks(&fixture, 8));
    assert_false(asks(&fixture, 8));
    assert_true(asks(&fixture, 8));
    assert_int_equal(count_failures(&fixture, 30, 8), 10);
}

static void space_passes_first(void **state)
{
    struct fixture fixture;

    (void)state;
    setup_fault(&fixture, (struct fault_attr){.probability = 100, .times = -1, .space = 25});
    assert_int_equal(count_failures(&fixture, 3, 8), 0);
    assert_true(asks(&fixture, 8));
}

static void nth_fails_once_whatever_is_set(void **state)
{
    struct fixture fixture;

    (void)state;
    setup_fault(&fixture, (struct fault_attr){.times = 0});
    fault_set_nth(&fixture.fault, 3);
    assert_false(asks(&fixture, 8));
    assert_false(asks(&fixture, 8));
    assert_true(asks(&fixture, 8));
    assert_int_equal(count_failures(&fixture, 100, 8), 0);
}

static void chance_is_keyed_and_about_right(void **state)
{
    struct fixture fixture;
    struct fixture again;
    unsigned count = 0;

    (void)state;
    setup_fault(&fixture, (struct fault_attr){.probability = 30, .times = -1});
    setup_fault(&again, (struct fault_attr){.probability = 30, .times = -1});
    for (unsigned i = 0; i < 1000; i++) {
        bool is_due = asks(&fixture, 8);

        assert_int_equal(is_due, asks(&again, 8));
        count += is_due;
    }
    assert_in_range(count, 200, 400);
}

static void filters_are_kept_with_the_settings(void **state)
{
    struct fixture fixture;

    (void)state;
    setup_fault(&fixture, (struct fault_attr){.includes_wait = true, .order_min = 5});
    assert_true(fault_includes_wait(&fixture.fault));
    assert_false(fault_is_filtered(&fixture.fault));
    assert_int_equal(fault_order_min(&fixture.fault), 5);
}

static void out_of_range_is_not_valid(void **state)
{
    const struct fault_attr wrong[] = {
        {.probability = 101},
        {.times = -2},
        {.order_min = FAULT_ORDER_MAX + 1},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        assert_false(fault_attr_is_valid(&wrong[i]));
    }
}

static void boot_option_sets_four_fields(void **state)
{
    struct fault_attr attr = {.includes_wait = true};

    (void)state;
    assert_null(fault_attr_parse("10,50,4096,-1", &attr));
    assert_int_equal(attr.interval, 10);
    assert_int_equal(attr.probability, 50);
    assert_int_equal(attr.space, 4096);
    assert_int_equal(attr.times, -1);
    assert_true(attr.includes_wait);
}

static void wrong_boot_option_is_named_and_changes_nothing(void **state)
{
    static const struct {
        const char *text;
        const char *cause;
    } cases[] = {
        {"", "interval is no number"},
        {"x,1,1,1", "interval is no number"},
        {"-1,1,1,1", "interval is no number"},
        {"4294967296,1,1,1", "interval is too large"},
        {"99999999999999999999,1,1,1", "interval is too large"},
        {"1,,1,1", "probability is no number"},
        {"1,101,1,1", "probability is above 100"},
        {"1;1,1,1", "a comma is missing"},
        {"1,1", "a comma is missing"},
        {"1,1,", "space is no number"},
        {"1,1,1", "a comma is missing"},
        {"1,1,1,", "times is no number"},
        {"1,1,1,-2", "times is neither -1 nor a number of failures"},
        {"1,1,1,1,", "something follows times"},
        {"1, 1,1,1", "probability is no number"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct fault_attr attr = {.probability = 7};
        const char *cause = fault_attr_parse(cases[i].text, &attr);

        assert_non_null(cause);
        assert_string_equal(cause, cases[i].cause);
        assert_int_equal(attr.probability, 7);
        assert_int_equal(attr.interval, 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_set_fails_nothing),
        cmocka_unit_test(certain_failure_ends_when_times_are_used_up),
        cmocka_unit_test(interval_lets_the_others_pass),
        cmocka_unit_test(space_passes_first),
        cmocka_unit_test(nth_fails_once_whatever_is_set),
        cmocka_unit_test(chance_is_keyed_and_about_right),
        cmocka_unit_test(filters_are_kept_with_the_settings),
        cmocka_unit_test(out_of_range_is_not_valid),
        cmocka_unit_test(boot_option_sets_four_fields),
        cmocka_unit_test(wrong_boot_option_is_named_and_changes_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
