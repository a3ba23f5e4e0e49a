/*
 * What the mutator makes, run for real: most ops of a grown program call the allocator. A forecast
 * says so of its own programs by construction; here the executor says it.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "fuzz/mutate.h"
#include "fuzz/run.h"
#include "tests/tooling/language/support.h"

enum { MAX_SIZE = 4096, POPULATION = 24, GENERATIONS = 40 };

const enum mutate_profile mutate_profile = MUTATE_SEQUENCE;

struct tally {
    uint64_t step_count;
    uint64_t act_count;       /* ops that did something without a call */
    uint64_t skipped_count;
};

static void run_one(struct run *run, const uint8_t *bytes, size_t size, enum mutate_profile profile,
                    struct tally *tally)
{
    static const enum run_ops ops[MUTATE_PROFILE_COUNT] = {
        [MUTATE_SEQUENCE] = RUN_SEQUENCE,
        [MUTATE_MISUSE] = RUN_ALL,
        [MUTATE_BUDDY] = RUN_BUDDY,
        [MUTATE_SMP] = RUN_SMP,
    };
    const struct run_options options = {.ops = ops[profile]};
    struct run_result result = run_bytes(run, bytes, size, &options);

    tally->step_count += result.step_count;
    tally->act_count += result.act_count;
    tally->skipped_count += result.skipped_count;
}

/* Programs evolved by mutation and crossover alone: nothing selects those that work. */
static struct tally run_population(enum mutate_profile profile)
{
    static uint8_t bytes[POPULATION][MAX_SIZE];
    static uint8_t child[MAX_SIZE];
    size_t sizes[POPULATION] = {0};
    uint64_t seed = 1;
    struct tally tally = {0};
    struct run *run = run_create(0);

    for (int i = 0; i < GENERATIONS * POPULATION; i++) {
        size_t which = (size_t)i % POPULATION;

        sizes[which] = mutate_program_as(profile, bytes[which], sizes[which], MAX_SIZE,
                                         test_random(&seed));
        if (i % 8 == 7) {
            size_t other = test_random(&seed) % POPULATION;

            sizes[which] = cross_programs_as(profile, bytes[which], sizes[which], bytes[other],
                                             sizes[other], child, MAX_SIZE, test_random(&seed));
            memcpy(bytes[which], child, sizes[which]);
        }
    }
    for (size_t i = 0; i < POPULATION; i++) {
        run_one(run, bytes[i], sizes[i], profile, &tally);
    }
    run_destroy(run);
    return tally;
}

/* percent: of ops that may be no steps. */
static void assert_mostly_steps(enum mutate_profile profile, uint64_t percent)
{
    struct tally tally = run_population(profile);
    uint64_t op_count = tally.step_count + tally.act_count + tally.skipped_count;

    assert_in_range(op_count, POPULATION * 64, UINT32_MAX);
    assert_in_range(tally.act_count + tally.skipped_count, 0, op_count * percent / 100);
}

static void sequences_are_mostly_steps(void **state)
{
    (void)state;
    assert_mostly_steps(MUTATE_SEQUENCE, 20);
}

static void misuse_programs_are_mostly_steps(void **state)
{
    (void)state;
    assert_mostly_steps(MUTATE_MISUSE, 25);
}

static void buddy_programs_are_mostly_steps(void **state)
{
    (void)state;
    assert_mostly_steps(MUTATE_BUDDY, 20);
}

/* Nearly half of a race is who runs when; the rest is called. */
static void races_are_mostly_steps(void **state)
{
    struct tally tally = run_population(MUTATE_SMP);

    (void)state;
    assert_in_range(tally.step_count, POPULATION * 20, UINT32_MAX);
    assert_in_range(tally.act_count, tally.step_count / 4, tally.step_count);
    assert_in_range(tally.skipped_count, 0, tally.step_count / 8);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sequences_are_mostly_steps),
        cmocka_unit_test(misuse_programs_are_mostly_steps),
        cmocka_unit_test(buddy_programs_are_mostly_steps),
        cmocka_unit_test(races_are_mostly_steps),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
