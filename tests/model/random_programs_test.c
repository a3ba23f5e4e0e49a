/* Programs grown at random pass all judges, misuse included, and reach what they are there for. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/model/replay.h"

enum { PROGRAM_COUNT = 400, PROGRAM_SIZE_MAX = 4096 };

static struct run *run;
static uint8_t states[RUN_STATE_COUNT];

static int set_up(void **state)
{
    (void)state;
    run = run_create(0);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    run_destroy(run);
    return 0;
}

static void on_state(uint32_t slot)
{
    assert_true(slot < RUN_STATE_COUNT);
    states[slot] = 1;
}

static unsigned count_states(void)
{
    unsigned count = 0;

    for (unsigned i = 0; i < RUN_STATE_COUNT; i++) {
        count += states[i];
        states[i] = 0;
    }
    return count;
}

struct tally {
    uint64_t steps;
    uint64_t skipped;
    uint64_t reports;
    uint64_t hash;
};

static struct tally run_all(enum mutate_profile profile)
{
    const struct run_options options = {.ops = replay_ops(profile), .on_state = on_state};
    static uint8_t bytes[PROGRAM_SIZE_MAX];
    struct tally tally = {0};

    for (uint64_t seed = 1; seed <= PROGRAM_COUNT; seed++) {
        size_t size = replay_grow(profile, seed, bytes, sizeof(bytes));
        struct run_result result = run_bytes(run, bytes, size, &options);

        if (result.verdict != RUN_PASSED) {
            fail_msg("profile %d, seed %d: %s", (int)profile, (int)seed, result.signature);
        }
        tally.steps += result.step_count;
        tally.skipped += result.skipped_count;
        tally.reports += result.report_count;
        tally.hash = tally.hash * 31 + result.hash;
    }
    return tally;
}

static void check_profile(enum mutate_profile profile, unsigned states_min)
{
    struct tally first = run_all(profile);
    unsigned state_count = count_states();
    struct tally second = run_all(profile);

    assert_true(first.steps > PROGRAM_COUNT * 10);
    assert_true(first.skipped * 4 < first.steps);
    assert_true(state_count >= states_min);
    assert_int_equal(count_states(), state_count);
    assert_int_equal(first.hash, second.hash);
    assert_int_equal(first.reports, second.reports);
}

static void legal_programs_pass(void **state)
{
    (void)state;
    check_profile(MUTATE_SEQUENCE, 250);
}

static void misuse_is_reported_as_owed(void **state)
{
    (void)state;
    check_profile(MUTATE_MISUSE, 300);
}

static void page_programs_pass(void **state)
{
    (void)state;
    check_profile(MUTATE_BUDDY, 60);
}

static void races_pass(void **state)
{
    (void)state;
    check_profile(MUTATE_SMP, 250);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(legal_programs_pass),
        cmocka_unit_test(misuse_is_reported_as_owed),
        cmocka_unit_test(page_programs_pass),
        cmocka_unit_test(races_pass),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
