/* The mutator where races are looked for: who is parked, and what runs meanwhile. */
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "fuzz/forecast.h"
#include "fuzz/mutate.h"
#include "tests/tooling/language/support.h"

enum {
    MAX_SIZE = 4096,
    OPS_MAX = MAX_SIZE / PROGRAM_NARROW_RECORD_SIZE,
    PROGRAM_COUNT = 600,
    UNIT_COUNT = 100,
    FIRST_MARK = 300,    /* no park line that the mutator makes says so much */
};

const enum mutate_profile mutate_profile = MUTATE_SMP;

/* A program as bytes, decoded, and, but for its drains, as a string with one letter an op. */
struct sample {
    uint8_t bytes[MAX_SIZE];
    size_t size;
    struct op ops[OPS_MAX];
    struct program program;
    char letters[OPS_MAX + 1];
    uint32_t cpus[OPS_MAX];    /* the CPU whose turn it is behind each letter */
    size_t drain_count;
};

/* c: a call; other ops that are no schedule lines have a dot. */
static char letter_of(const struct op *op)
{
    switch (op->code) {
    case OP_PARK:
        return 'P';
    case OP_CPU:
        return 'C';
    case OP_IRQ:
        return 'I';
    case OP_NMI:
        return 'N';
    case OP_MIGRATE:
        return 'M';
    case OP_FILL:
    case OP_VERIFY:
        return '.';
    default:
        return op_class(op) == OP_CLASS_PLAIN ? 'c' : '.';
    }
}

static void spell(struct sample *sample)
{
    size_t length = 0;
    uint32_t cpu = 0;

    sample->drain_count = 0;
    for (size_t i = 0; i < sample->program.op_count; i++) {
        const struct op *op = &sample->ops[i];

        if (op->code == OP_DRAIN) {
            sample->drain_count++;
            continue;
        }
        if (op->code == OP_CPU) {
            cpu = op_cpu_cpu(op) % sample->program.config.cpu_count;
        }
        sample->cpus[length] = cpu;
        sample->letters[length] = letter_of(op);
        length++;
    }
    sample->letters[length] = '\0';
}

static void decode(struct sample *sample)
{
    program_decode(sample->bytes, sample->size, &sample->program, sample->ops, OPS_MAX);
    test_assert_valid(&sample->program);
    spell(sample);
}

static void mutate(struct sample *sample, uint64_t seed)
{
    sample->size = mutate_program(sample->bytes, sample->size, MAX_SIZE, seed);
    decode(sample);
}

/* A program made from nothing by a number of mutations. */
static void grow(struct sample *sample, uint64_t seed, uint64_t mutation_count)
{
    sample->size = 0;
    for (uint64_t i = 0; i < mutation_count; i++) {
        mutate(sample, seed * 1000 + i);
    }
}

/* Whether there is a stretch of a head, any number of calls, and a tail. */
static bool has_stretch(const struct sample *sample, const char *head, const char *tail)
{
    size_t length = strlen(head);

    for (const char *at = sample->letters; (at = strstr(at, head)) != NULL; at++) {
        const char *rest = at + length + strspn(at + length, "c");

        if (strncmp(rest, tail, strlen(tail)) == 0) {
            return true;
        }
    }
    return false;
}

/* An op is parked, another CPU calls something, and the parked one's CPU has its turn again. */
static bool has_race(const struct sample *sample)
{
    for (const char *at = sample->letters; (at = strstr(at, "PcCc")) != NULL; at++) {
        size_t first = (size_t)(at - sample->letters);
        size_t final = first + 3 + strspn(at + 3, "c");

        if (sample->letters[final] == 'C' && sample->cpus[final] == sample->cpus[first]) {
            return true;
        }
    }
    return false;
}

static bool has_second_park(const struct sample *sample)
{
    return has_stretch(sample, "PcC", "PcC");
}

static bool has_interrupt(const struct sample *sample)
{
    return has_stretch(sample, "PcIc", "") || has_stretch(sample, "PcPIc", "");
}

static bool has_migration(const struct sample *sample)
{
    return has_stretch(sample, "PcM", "C");
}

static bool has_aba(const struct sample *sample)
{
    return has_stretch(sample, "PcIcIcIc", "") || has_stretch(sample, "PcMccc", "C");
}

static const struct {
    const char *name;
    bool (*is_in)(const struct sample *sample);
    uint64_t mutation_max;
} patterns[] = {
    {"a race of two CPUs", has_race, 60},
    {"two parked ops", has_second_park, 240},
    {"an interrupt", has_interrupt, 120},
    {"a migration", has_migration, 240},
    {"change and change back", has_aba, 320},
};

/* Every pattern is there after a bounded number of mutations of nothing. */
static void every_pattern_appears_soon(void **state)
{
    static struct sample sample;

    (void)state;
    for (size_t i = 0; i < sizeof(patterns) / sizeof(patterns[0]); i++) {
        for (uint64_t seed = 1; seed <= 40; seed++) {
            uint64_t count = 0;

            sample.size = 0;
            do {
                mutate(&sample, seed * 1000 + count);
                count++;
            } while (count < patterns[i].mutation_max && !patterns[i].is_in(&sample));
            if (!patterns[i].is_in(&sample)) {
                print_error("%s, seed %d\n", patterns[i].name, (int)seed);
                fail();
            }
        }
    }
}

/* Most ops parked early, all of them somewhere; where stores are held back they are drained. */
static void fresh_programs_are_small_worlds_full_of_races(void **state)
{
    static struct sample sample;
    size_t race_count = 0;
    size_t buffered_count = 0;
    size_t drained_count = 0;
    size_t park_count = 0;
    size_t early_count = 0;

    (void)state;
    for (uint64_t seed = 1; seed <= PROGRAM_COUNT; seed++) {
        const struct heap_config *config = &sample.program.config;

        grow(&sample, seed, 1);
        assert_in_range(config->cpu_count, 2, 4);
        assert_in_range(config->cpu_partial_slabs, 0, 6);
        assert_in_range(config->page_count, 8, 256);
        race_count += has_race(&sample) ? 1 : 0;
        buffered_count += config->store_buffers ? 1 : 0;
        drained_count += sample.drain_count > 0 ? 1 : 0;
        assert_true(config->store_buffers || sample.drain_count == 0);
        for (size_t i = 0; i < sample.program.op_count; i++) {
            if (sample.ops[i].code == OP_PARK) {
                assert_in_range(op_park_after(&sample.ops[i]), 1, 200);
                park_count++;
                early_count += op_park_after(&sample.ops[i]) <= 12 ? 1 : 0;
            }
        }
    }
    assert_in_range(race_count, PROGRAM_COUNT / 2, PROGRAM_COUNT);
    assert_in_range(buffered_count, PROGRAM_COUNT / 4, PROGRAM_COUNT * 4 / 10);
    assert_in_range(drained_count, buffered_count / 2, buffered_count);
    assert_in_range(park_count, PROGRAM_COUNT, PROGRAM_COUNT * OPS_MAX);
    assert_in_range(early_count, park_count * 7 / 10, park_count - 1);
}

/* Where a slab holds few objects, slow paths are taken all the time. */
static void caches_have_few_objects_to_a_slab(void **state)
{
    static struct sample sample;
    static struct forecast forecast;
    size_t cache_count = 0;
    size_t small_count = 0;

    (void)state;
    for (uint64_t seed = 1; seed <= PROGRAM_COUNT; seed++) {
        grow(&sample, seed, 1);
        forecast_init(&forecast, &sample.program.config);
        for (size_t i = 0; i < sample.program.op_count; i++) {
            const struct op *op = &sample.ops[i];

            if (forecast_step(&forecast, op) && op->code == OP_CREATE) {
                cache_count++;
                small_count += forecast.caches[op->cache].objects_per_slab <= 4 ? 1 : 0;
            }
        }
    }
    assert_in_range(cache_count, PROGRAM_COUNT, PROGRAM_COUNT * OPS_MAX);
    assert_in_range(small_count, cache_count / 2, cache_count * 9 / 10);
}

/* However long programs are mutated, who runs stays a matter of meaning, and not the only one. */
static void schedule_lines_keep_their_meaning(void **state)
{
    static struct sample sample;
    static struct forecast forecast;
    size_t line_count = 0;
    size_t effect_count = 0;
    size_t call_count = 0;
    size_t op_count = 0;

    (void)state;
    for (uint64_t seed = 1; seed <= 30; seed++) {
        grow(&sample, seed, 150);
        forecast_init(&forecast, &sample.program.config);
        for (size_t i = 0; i < sample.program.op_count; i++) {
            bool is_line = op_class(&sample.ops[i]) == OP_CLASS_SCHEDULE;
            bool has_effect = forecast_step(&forecast, &sample.ops[i]);

            line_count += is_line ? 1 : 0;
            effect_count += is_line && has_effect ? 1 : 0;
            call_count += letter_of(&sample.ops[i]) == 'c' ? 1 : 0;
        }
        op_count += sample.program.op_count;
    }
    assert_in_range(line_count, op_count / 10, op_count / 2);
    assert_in_range(effect_count, line_count * 95 / 100, line_count);
    assert_in_range(call_count, op_count / 2, op_count);
}

/* Units of a park line and an allocation, both marked with the slot's number, and a look at it. */
static void make_units(struct sample *sample, uint32_t first_slot)
{
    struct op source[3 * UNIT_COUNT];
    struct program program = {.config = heap_config_default(), .ops = source};

    for (uint32_t slot = first_slot; slot < first_slot + UNIT_COUNT; slot++) {
        source[program.op_count++] = (struct op){.code = OP_PARK, .a = slot};
        source[program.op_count++] = (struct op){.code = OP_KMALLOC, .object = slot, .a = 8};
        source[program.op_count++] = (struct op){.code = OP_KSIZE, .object = slot};
    }
    sample->size = program_encode(&program, sample->bytes, MAX_SIZE);
}

/* Park lines of units, and those of them that park something else now; a mark may be nudged. */
static void count_units(const struct sample *sample, size_t *park_count, size_t *torn_count)
{
    for (size_t i = 0; i + 1 < sample->program.op_count; i++) {
        const struct op *park = &sample->ops[i];

        if (park->code == OP_PARK && op_park_after(park) >= FIRST_MARK) {
            *park_count += 1;
            *torn_count += park[1].code == OP_KMALLOC && park[1].object + 4 - park->a <= 8 ? 0 : 1;
        }
    }
}

static void park_stays_with_its_op(void **state)
{
    static struct sample sample;
    size_t park_count = 0;
    size_t torn_count = 0;

    (void)state;
    for (uint64_t seed = 1; seed <= 300; seed++) {
        make_units(&sample, 300);
        mutate(&sample, seed);
        count_units(&sample, &park_count, &torn_count);
    }
    assert_in_range(park_count, 300 * UNIT_COUNT * 6 / 10, UINT32_MAX);
    assert_in_range(torn_count, 0, park_count / 100);
}

static void crossover_cuts_between_units(void **state)
{
    static struct sample parents[2];
    static struct sample child;
    size_t park_count = 0;
    size_t torn_count = 0;

    (void)state;
    make_units(&parents[0], 300);
    make_units(&parents[1], 400);
    for (uint64_t seed = 1; seed <= 300; seed++) {
        child.size = cross_programs(parents[0].bytes, parents[0].size, parents[1].bytes,
                                    parents[1].size, child.bytes, MAX_SIZE, seed);
        decode(&child);
        count_units(&child, &park_count, &torn_count);
    }
    assert_in_range(park_count, 300 * UNIT_COUNT / 2, UINT32_MAX);
    assert_in_range(torn_count, 0, park_count / 1000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_pattern_appears_soon),
        cmocka_unit_test(fresh_programs_are_small_worlds_full_of_races),
        cmocka_unit_test(caches_have_few_objects_to_a_slab),
        cmocka_unit_test(schedule_lines_keep_their_meaning),
        cmocka_unit_test(park_stays_with_its_op),
        cmocka_unit_test(crossover_cuts_between_units),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
