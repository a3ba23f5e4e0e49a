/* The mutator: what it makes is valid, fits, repeats, and is worth running. */
#include "fuzz/mutate.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "fuzz/forecast.h"
#include "tests/tooling/language/support.h"

enum {
    MAX_SIZE = 4096,
    OPS_MAX = MAX_SIZE / PROGRAM_NARROW_RECORD_SIZE,
    GUARD_SIZE = 64,
    POPULATION = 32,
    GENERATIONS = 60,
    CHURNS = 200,
    SEEDS_MAX = 48,    /* populations in which each op appears at least once */
};

const enum mutate_profile mutate_profile = MUTATE_SEQUENCE;

/* A population that evolved from nothing by mutation and crossover, unselected. */
struct population {
    uint8_t bytes[POPULATION][MAX_SIZE];
    size_t sizes[POPULATION];
};

static void decode(const uint8_t *bytes, size_t size, struct program *program, struct op *ops)
{
    program_decode(bytes, size, program, ops, OPS_MAX);
    test_assert_valid(program);
}

/* The bytes are a canonical program: encoding it gives them again. */
static void assert_canonical(const uint8_t *bytes, size_t size)
{
    static uint8_t again[MAX_SIZE];
    static struct op ops[OPS_MAX];
    struct program program;

    decode(bytes, size, &program, ops);
    assert_int_equal(program_encode(&program, again, sizeof(again)), size);
    assert_memory_equal(again, bytes, size);
}

static void grow_from(struct population *population, enum mutate_profile profile, int generations,
                      uint64_t seed)
{
    uint8_t child[MAX_SIZE];

    memset(population, 0, sizeof(*population));
    for (int generation = 0; generation < generations; generation++) {
        for (uint32_t i = 0; i < POPULATION; i++) {
            uint32_t other = test_random(&seed) % POPULATION;

            population->sizes[i] = mutate_program_as(
                profile, population->bytes[i], population->sizes[i], MAX_SIZE, test_random(&seed));
            if (generation % 8 == 7) {
                size_t size = cross_programs_as(
                    profile, population->bytes[i], population->sizes[i], population->bytes[other],
                    population->sizes[other], child, MAX_SIZE, test_random(&seed));

                memcpy(population->bytes[i], child, size);
                population->sizes[i] = size;
            }
        }
    }
}

static void grow(struct population *population, enum mutate_profile profile, int generations)
{
    grow_from(population, profile, generations, 1 + (uint64_t)profile);
}

static void any_bytes_mutate_into_a_program_that_fits(void **state)
{
    static const size_t max_sizes[] = {128, 139, 140, 141, 180, 333, 1000, MAX_SIZE};
    uint8_t bytes[MAX_SIZE + GUARD_SIZE];
    uint64_t seed = 1;

    (void)state;
    for (int i = 0; i < 8000; i++) {
        size_t max_size = max_sizes[i % 8];
        size_t size = test_random(&seed) % (max_size + 1);
        enum mutate_profile profile = (enum mutate_profile)(i / 8 % MUTATE_PROFILE_COUNT);

        memset(bytes, 0xee, sizeof(bytes));
        test_random_bytes(&seed, bytes, size);
        size = mutate_program_as(profile, bytes, size, max_size, test_random(&seed));
        assert_in_range(size, PROGRAM_HEADER_SIZE, max_size);
        assert_canonical(bytes, size);
        for (size_t at = max_size; at < sizeof(bytes); at++) {
            assert_int_equal(bytes[at], 0xee);
        }
    }
}

static void any_two_cross_into_a_program_that_fits(void **state)
{
    uint8_t parents[2][1000];
    uint8_t out[MAX_SIZE + GUARD_SIZE];
    uint64_t seed = 2;

    (void)state;
    for (int i = 0; i < 8000; i++) {
        size_t sizes[2] = {test_random(&seed) % 1000, test_random(&seed) % 1000};
        size_t max_size = PROGRAM_HEADER_SIZE + test_random(&seed) % 1500;
        enum mutate_profile profile = (enum mutate_profile)(i % MUTATE_PROFILE_COUNT);
        size_t size;

        memset(out, 0xee, sizeof(out));
        test_random_bytes(&seed, parents[0], sizes[0]);
        test_random_bytes(&seed, parents[1], sizes[1]);
        size = cross_programs_as(profile, parents[0], sizes[0], parents[1], sizes[1], out, max_size,
                                 test_random(&seed));
        assert_in_range(size, PROGRAM_HEADER_SIZE, max_size);
        assert_canonical(out, size);
        for (size_t at = max_size; at < sizeof(out); at++) {
            assert_int_equal(out[at], 0xee);
        }
    }
}

static void bytes_stay_where_no_header_fits(void **state)
{
    uint8_t bytes[PROGRAM_HEADER_SIZE] = {1, 2, 3, 4, 5};
    uint8_t out[PROGRAM_HEADER_SIZE] = {0};
    const uint8_t expected[] = {1, 2, 3, 4, 5};

    (void)state;
    assert_int_equal(mutate_program(bytes, 5, PROGRAM_HEADER_SIZE - 1, 1), 5);
    assert_memory_equal(bytes, expected, 5);
    assert_int_equal(cross_programs(bytes, 5, NULL, 0, out, 3, 1), 3);
    assert_memory_equal(out, expected, 3);
}

static void same_seed_gives_the_same_bytes(void **state)
{
    static struct population first;
    static struct population second;

    (void)state;
    for (int profile = 0; profile < MUTATE_PROFILE_COUNT; profile++) {
        grow(&first, (enum mutate_profile)profile, 20);
        grow(&second, (enum mutate_profile)profile, 20);
        for (size_t i = 0; i < POPULATION; i++) {
            assert_int_equal(first.sizes[i], second.sizes[i]);
            assert_memory_equal(first.bytes[i], second.bytes[i], first.sizes[i]);
        }
    }
}

static void other_seed_gives_other_bytes(void **state)
{
    static struct population population;
    uint8_t copies[2][MAX_SIZE];
    int equal_count = 0;

    (void)state;
    grow(&population, MUTATE_SEQUENCE, 10);
    for (uint64_t i = 0; i < 500; i++) {
        size_t which = i % POPULATION;
        size_t sizes[2];

        for (uint64_t k = 0; k < 2; k++) {
            memcpy(copies[k], population.bytes[which], population.sizes[which]);
            sizes[k] = mutate_program(copies[k], population.sizes[which], MAX_SIZE, 2 * i + k);
        }
        equal_count +=
            sizes[0] == sizes[1] && memcmp(copies[0], copies[1], sizes[0]) == 0 ? 1 : 0;
    }
    assert_in_range(equal_count, 0, 50);
}

struct census {
    size_t op_count;
    size_t step_count;
    size_t low_slot_count;        /* ops on object slots 0..15 */
    size_t slot_op_count;         /* ops on object slots */
    size_t code_counts[OP_CODE_COUNT];
    size_t tiny_count;            /* programs on 64 pages or fewer */
};

static void count_program(struct census *census, const struct program *program)
{
    static struct forecast forecast;

    forecast_init(&forecast, &program->config);
    census->tiny_count += program->config.page_count <= 64 ? 1 : 0;
    for (size_t i = 0; i < program->op_count; i++) {
        const struct op *op = &program->ops[i];
        bool has_slot = op_masks[OPERAND_FIELD_object][op->code] != 0;

        census->op_count++;
        census->step_count += forecast_step(&forecast, op) ? 1 : 0;
        census->code_counts[op->code]++;
        census->slot_op_count += has_slot ? 1 : 0;
        census->low_slot_count += has_slot && op->object < 16 ? 1 : 0;
    }
}

/* Adds what one more population is made of. */
static void take_census(struct census *census, enum mutate_profile profile, uint64_t seed)
{
    static struct population population;
    static struct op ops[OPS_MAX];
    struct program program;

    grow_from(&population, profile, GENERATIONS, seed);
    for (size_t i = 0; i < POPULATION; i++) {
        decode(population.bytes[i], population.sizes[i], &program, ops);
        count_program(census, &program);
    }
}

static void grown_programs_are_long_and_mean_something(void **state)
{
    (void)state;
    for (int profile = 0; profile < MUTATE_PROFILE_COUNT; profile++) {
        struct census census = {0};

        take_census(&census, (enum mutate_profile)profile, 1 + (uint64_t)profile);
        assert_in_range(census.op_count, (profile == MUTATE_SMP ? 32 : 64) * POPULATION,
                        OPS_MAX * POPULATION);
        assert_in_range(census.step_count, census.op_count * 8 / 10, census.op_count);
        assert_in_range(census.low_slot_count, census.slot_op_count * 4 / 10,
                        census.slot_op_count);
        assert_in_range(census.tiny_count, POPULATION / 2, POPULATION);
    }
}

static bool profile_has(enum mutate_profile profile, unsigned code)
{
    if (code == OP_NOP) {
        return false;
    }
    if (profile == MUTATE_BUDDY) {
        return op_is_buddy(code);
    }
    switch (op_rows[code].class) {
    case OP_CLASS_MISUSE:
        return profile == MUTATE_MISUSE;
    case OP_CLASS_SCHEDULE:
        return profile == MUTATE_SMP;
    default:
        return true;
    }
}

/* An op that the profile has and that has not appeared, or OP_CODE_COUNT. */
static unsigned find_missing(const struct census *census, enum mutate_profile profile)
{
    unsigned code = 0;

    while (code < OP_CODE_COUNT && (op_rows[code].name == NULL || !profile_has(profile, code) ||
                                    census->code_counts[code] > 0)) {
        code++;
    }
    return code;
}

/* Each op that a profile has appears, and no other. */
static void profile_decides_which_ops_appear(void **state)
{
    (void)state;
    for (int profile = 0; profile < MUTATE_PROFILE_COUNT; profile++) {
        struct census census = {0};
        unsigned missing = 0;

        for (uint64_t seed = 1; missing != OP_CODE_COUNT && seed <= SEEDS_MAX; seed++) {
            take_census(&census, (enum mutate_profile)profile, seed);
            missing = find_missing(&census, (enum mutate_profile)profile);
        }
        if (missing != OP_CODE_COUNT) {
            print_error("profile %d never has %s\n", profile, op_rows[missing].name);
            fail();
        }
        for (unsigned code = 0; code < OP_CODE_COUNT; code++) {
            if (!profile_has((enum mutate_profile)profile, code) &&
                census.code_counts[code] > 0) {
                print_error("profile %d has %s\n", profile, op_rows[code].name);
                fail();
            }
        }
    }
}

/*
 * No op takes over when programs are mutated for long: none has half of all ops, and those that
 * need no object slot, and so are steps nearly anywhere, have two fifths together.
 */
static void no_op_takes_over(void **state)
{
    static struct population population;
    static struct op ops[OPS_MAX];
    struct census census = {0};
    struct program program;
    size_t idle_count = 0;

    (void)state;
    grow(&population, MUTATE_SEQUENCE, CHURNS);
    for (size_t i = 0; i < POPULATION; i++) {
        decode(population.bytes[i], population.sizes[i], &program, ops);
        count_program(&census, &program);
    }
    for (unsigned code = 0; code < OP_CODE_COUNT; code++) {
        assert_in_range(census.code_counts[code], 0, census.op_count / 2);
        idle_count += op_needs[code].slot == 0 ? census.code_counts[code] : 0;
    }
    assert_in_range(idle_count, 0, census.op_count / 3);
}

/* Ops of a that are in b, too, in the same order: the longest common beginning and end. */
static size_t count_kept(const struct program *a, const struct program *b)
{
    size_t shorter = a->op_count < b->op_count ? a->op_count : b->op_count;
    size_t first = 0;
    size_t final = 0;

    while (first < shorter && op_is_equal(&a->ops[first], &b->ops[first])) {
        first++;
    }
    while (first + final < shorter && op_is_equal(&a->ops[a->op_count - 1 - final],
                                                  &b->ops[b->op_count - 1 - final])) {
        final++;
    }
    return first + final;
}

/* A mutation is a small step: on average most of a program is as it was. */
static void mutation_keeps_most_of_a_program(void **state)
{
    static struct population population;
    static struct op old_ops[OPS_MAX];
    static struct op new_ops[OPS_MAX];
    uint8_t copy[MAX_SIZE];
    size_t kept_count = 0;
    size_t op_count = 0;

    (void)state;
    grow(&population, MUTATE_SEQUENCE, 6);
    for (uint64_t i = 0; i < 2000; i++) {
        size_t which = i % POPULATION;
        struct program before;
        struct program after;
        size_t size = population.sizes[which];

        decode(population.bytes[which], size, &before, old_ops);
        memcpy(copy, population.bytes[which], size);
        decode(copy, mutate_program(copy, size, MAX_SIZE, i), &after, new_ops);
        op_count += before.op_count;
        kept_count += count_kept(&before, &after);
    }
    assert_in_range(kept_count, op_count / 2, op_count);
}

/* A recording keeps its 32-bit slots through mutation and crossover. */
static void wide_programs_stay_wide(void **state)
{
    struct op source[64];
    struct program program = {.config = heap_config_default(), .wide = true, .ops = source};
    uint8_t wide[MAX_SIZE];
    uint8_t narrow[PROGRAM_HEADER_SIZE] = {0};
    uint8_t out[MAX_SIZE];
    static struct op ops[OPS_MAX];
    size_t wide_slot_count = 0;
    size_t size;

    (void)state;
    for (program.op_count = 0; program.op_count < 64; program.op_count++) {
        source[program.op_count] = (struct op){
            .code = OP_KMALLOC, .object = 0x12345678u + (uint32_t)program.op_count, .a = 8};
    }
    size = program_encode(&program, wide, sizeof(wide));
    for (uint64_t i = 0; i < 50; i++) {
        size = mutate_program(wide, size, MAX_SIZE, i);
        decode(wide, size, &program, ops);
        assert_true(program.wide);
    }
    for (size_t i = 0; i < program.op_count; i++) {
        wide_slot_count += ops[i].object > OP_NARROW_OBJECT_MAX ? 1 : 0;
    }
    assert_in_range(wide_slot_count, 8, OPS_MAX);
    size = cross_programs(narrow, sizeof(narrow), wide, size, out, MAX_SIZE, 1);
    decode(out, size, &program, ops);
    assert_true(program.wide);
}

/* What crossover makes of two recordings holds ops of both, where it is long enough to. */
static void crossover_takes_from_both(void **state)
{
    uint8_t parents[2][MAX_SIZE];
    uint8_t out[MAX_SIZE];
    size_t sizes[2];
    static struct op ops[OPS_MAX];
    struct program program;
    int both_count = 0;

    (void)state;
    for (uint32_t parent = 0; parent < 2; parent++) {
        struct op source[64];

        for (uint32_t i = 0; i < 64; i++) {
            source[i] = (struct op){.code = OP_KMALLOC, .object = parent * 256 + i, .a = 8};
        }
        program = (struct program){.config = heap_config_default(), .ops = source, .op_count = 64};
        sizes[parent] = program_encode(&program, parents[parent], MAX_SIZE);
    }
    for (uint64_t i = 0; i < 100; i++) {
        bool seen[2] = {false, false};

        decode(out, cross_programs(parents[0], sizes[0], parents[1], sizes[1], out, MAX_SIZE, i),
               &program, ops);
        for (size_t k = 0; k < program.op_count; k++) {
            seen[ops[k].object >= 256] = true;
        }
        both_count += seen[0] && seen[1] ? 1 : 0;
    }
    assert_in_range(both_count, 80, 100);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(any_bytes_mutate_into_a_program_that_fits),
        cmocka_unit_test(any_two_cross_into_a_program_that_fits),
        cmocka_unit_test(bytes_stay_where_no_header_fits),
        cmocka_unit_test(same_seed_gives_the_same_bytes),
        cmocka_unit_test(other_seed_gives_other_bytes),
        cmocka_unit_test(grown_programs_are_long_and_mean_something),
        cmocka_unit_test(profile_decides_which_ops_appear),
        cmocka_unit_test(no_op_takes_over),
        cmocka_unit_test(mutation_keeps_most_of_a_program),
        cmocka_unit_test(wide_programs_stay_wide),
        cmocka_unit_test(crossover_takes_from_both),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
