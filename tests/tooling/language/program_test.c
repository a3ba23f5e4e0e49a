/* Programs as bytes: decoding is total, encoding is canonical, and each undoes the other. */
#include "fuzz/program.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "tests/tooling/language/support.h"

enum { BYTES_MAX = 400, OPS_MAX = 64, ROUNDS = 20000 };

/* program -> bytes -> program gives the same, and bytes of the size announced. */
static void assert_round_trip(const struct program *program)
{
    uint8_t bytes[PROGRAM_HEADER_SIZE + OPS_MAX * PROGRAM_WIDE_RECORD_SIZE];
    struct op ops[OPS_MAX];
    struct program decoded;
    size_t size = program_encode(program, bytes, sizeof(bytes));

    assert_int_equal(size, program_encoded_size(program));
    program_decode(bytes, size, &decoded, ops, OPS_MAX);
    assert_true(program_is_equal(program, &decoded));
}

static void any_bytes_are_a_program(void **state)
{
    uint64_t seed = 1;
    uint8_t bytes[BYTES_MAX];
    struct op ops[OPS_MAX];
    struct program program;

    (void)state;
    for (int i = 0; i < ROUNDS; i++) {
        size_t size = test_random(&seed) % (BYTES_MAX + 1);

        test_random_bytes(&seed, bytes, size);
        program_decode(bytes, size, &program, ops, OPS_MAX);
        test_assert_valid(&program);
        assert_int_equal(program.op_count, program_op_count(bytes, size));
        assert_round_trip(&program);
    }
}

static void reader_gives_what_decoding_gives(void **state)
{
    uint64_t seed = 2;
    uint8_t bytes[BYTES_MAX];
    struct op ops[OPS_MAX];
    struct program program;
    struct program_reader reader;
    struct op op;

    (void)state;
    for (int i = 0; i < ROUNDS; i++) {
        size_t size = test_random(&seed) % (BYTES_MAX + 1);
        size_t count = 0;

        test_random_bytes(&seed, bytes, size);
        program_decode(bytes, size, &program, ops, OPS_MAX);
        program_open(&reader, bytes, size);
        assert_int_equal(reader.wide, program.wide);
        for (; program_next(&reader, &op); count++) {
            assert_true(op_is_equal(&op, &ops[count]));
        }
        assert_int_equal(count, program.op_count);
        for (size_t index = 0; index < HEAP_CONFIG_COUNT; index++) {
            assert_int_equal(heap_config_value(&reader.config, index),
                             heap_config_value(&program.config, index));
        }
    }
}

static void random_programs_round_trip(void **state)
{
    uint64_t seed = 3;
    struct op ops[OPS_MAX];
    struct program program;

    (void)state;
    for (int i = 0; i < ROUNDS; i++) {
        test_random_program(&seed, &program, ops, OPS_MAX);
        test_assert_valid(&program);
        assert_round_trip(&program);
    }
}

static void assert_op_round_trips(const struct op *op, void *context)
{
    struct op copy = *op;
    struct program program = {.config = heap_config_default(), .ops = &copy, .op_count = 1};

    program.wide = *(bool *)context;
    assert_round_trip(&program);
}

static void extreme_operands_round_trip(void **state)
{
    bool wide = false;

    (void)state;
    test_each_op(OP_NARROW_OBJECT_MAX, assert_op_round_trips, &wide);
    wide = true;
    test_each_op(UINT32_MAX, assert_op_round_trips, &wide);
}

/* Every value of a small range, and both ends of a large one. */
static void config_values_round_trip(void **state)
{
    (void)state;
    for (size_t index = 0; index < HEAP_CONFIG_COUNT; index++) {
        const struct heap_config_row *row = &heap_config_rows[index];
        uint64_t step = (row->maximum - row->minimum) / 4096 + 1;

        for (uint64_t value = row->minimum; value <= row->maximum; value += step) {
            struct program program = {.config = heap_config_default()};

            assert_true(heap_config_set(&program.config, index, value));
            if (heap_config_is_valid(&program.config)) {
                assert_round_trip(&program);
            }
        }
    }
}

static void no_bytes_are_the_default_heap(void **state)
{
    struct program program;
    struct program expected = {.config = heap_config_default()};

    (void)state;
    program_decode(NULL, 0, &program, NULL, 0);
    assert_true(program_is_equal(&program, &expected));
}

static void bytes_missing_from_the_header_read_as_zero(void **state)
{
    uint64_t seed = 4;
    uint8_t bytes[PROGRAM_HEADER_SIZE];
    uint8_t padded[PROGRAM_HEADER_SIZE];
    struct program program;
    struct program expected;

    (void)state;
    test_random_bytes(&seed, bytes, sizeof(bytes));
    for (size_t size = 0; size <= sizeof(bytes); size++) {
        memset(padded, 0, sizeof(padded));
        memcpy(padded, bytes, size);
        program_decode(bytes, size, &program, NULL, 0);
        program_decode(padded, sizeof(padded), &expected, NULL, 0);
        assert_true(program_is_equal(&program, &expected));
    }
}

/* Random values of page_count are nearly all out of range: they become tiny arenas, mostly. */
static void page_counts_fold_to_mostly_tiny_arenas(void **state)
{
    uint64_t seed = 5;
    int tiny_count = 0;
    int large_count = 0;

    (void)state;
    for (int i = 0; i < ROUNDS; i++) {
        uint8_t bytes[PROGRAM_HEADER_SIZE] = {0};
        struct program program;

        test_random_bytes(&seed, bytes + 1, 3);
        bytes[4] = 0xff;
        program_decode(bytes, sizeof(bytes), &program, NULL, 0);
        assert_in_range(program.config.page_count, 8, 65536);
        tiny_count += program.config.page_count <= 64 ? 1 : 0;
        large_count += program.config.page_count > 1024 ? 1 : 0;
    }
    assert_in_range(tiny_count, ROUNDS * 6 / 10, ROUNDS * 9 / 10);
    assert_in_range(large_count, ROUNDS / 100, ROUNDS / 10);
}

/* The other rows: every value of a row is what some byte out of its range folds to. */
static void values_out_of_range_fold_evenly(void **state)
{
    const size_t cpu_count_at = 5;
    int counts[CPU_MAX + 1] = {0};

    (void)state;
    for (unsigned byte = 0; byte <= UINT8_MAX; byte++) {
        uint8_t bytes[PROGRAM_HEADER_SIZE] = {0};
        struct program program;

        bytes[cpu_count_at] = (uint8_t)byte;
        program_decode(bytes, sizeof(bytes), &program, NULL, 0);
        assert_in_range(program.config.cpu_count, 1, CPU_MAX);
        counts[program.config.cpu_count]++;
    }
    for (unsigned cpu_count = 1; cpu_count <= CPU_MAX; cpu_count++) {
        assert_in_range(counts[cpu_count], 16, 64);
    }
}

static void rows_that_contradict_are_repaired(void **state)
{
    struct heap_config config = heap_config_default();

    (void)state;
    config.slab_order_min = 7;
    config.slab_order_max = 2;
    config.partial_floor = 9;
    config.partial_ceiling = 4;
    program_repair_config(&config);
    assert_true(heap_config_is_valid(&config));
    assert_int_equal(config.slab_order_min, 2);
    assert_int_equal(config.slab_order_max, 2);
    assert_int_equal(config.partial_floor, 4);
    assert_int_equal(config.partial_ceiling, 4);
}

static void record_cut_short_is_dropped(void **state)
{
    uint8_t bytes[PROGRAM_HEADER_SIZE + 2 * PROGRAM_WIDE_RECORD_SIZE] = {0};

    (void)state;
    for (size_t size = 0; size <= sizeof(bytes); size++) {
        size_t behind = size > PROGRAM_HEADER_SIZE ? size - PROGRAM_HEADER_SIZE : 0;

        bytes[0] = PROGRAM_LONG;
        assert_int_equal(program_op_count(bytes, size), behind / PROGRAM_NARROW_RECORD_SIZE);
        bytes[0] = PROGRAM_LONG | PROGRAM_WIDE;
        assert_int_equal(program_op_count(bytes, size), behind / PROGRAM_WIDE_RECORD_SIZE);
    }
}

/* A short header is the beginning of a long one: the records follow at once. */
static void short_header_is_read(void **state)
{
    enum { RECORDS = 3 * PROGRAM_WIDE_RECORD_SIZE };
    uint64_t seed = 9;

    (void)state;
    for (int i = 0; i < ROUNDS; i++) {
        uint8_t bytes[PROGRAM_SHORT_HEADER_SIZE + RECORDS];
        uint8_t longer[PROGRAM_HEADER_SIZE + RECORDS] = {0};
        struct op ops[2][OPS_MAX];
        struct program program;
        struct program expected;

        test_random_bytes(&seed, bytes, sizeof(bytes));
        bytes[0] &= (uint8_t)~PROGRAM_LONG;
        memcpy(longer, bytes, PROGRAM_SHORT_HEADER_SIZE);
        memcpy(longer + PROGRAM_HEADER_SIZE, bytes + PROGRAM_SHORT_HEADER_SIZE, RECORDS);
        longer[0] |= PROGRAM_LONG;
        program_decode(bytes, sizeof(bytes), &program, ops[0], OPS_MAX);
        program_decode(longer, sizeof(longer), &expected, ops[1], OPS_MAX);
        assert_true(program.op_count >= 3);
        assert_true(program_is_equal(&program, &expected));
    }
}

static void unassigned_code_is_a_nop(void **state)
{
    uint8_t record[PROGRAM_WIDE_RECORD_SIZE];
    const struct op nop = {.code = OP_NOP};
    int unassigned_count = 0;

    (void)state;
    memset(record, 0xff, sizeof(record));
    for (unsigned code = 0; code < OP_CODE_COUNT; code++) {
        record[0] = (uint8_t)code;

        struct op op = program_load_record(record, true);

        if (op_rows[code].name == NULL) {
            assert_true(op_is_equal(&op, &nop));
            unassigned_count++;
        } else {
            assert_int_equal(op.code, code);
        }
    }
    assert_in_range(unassigned_count, 100, OP_CODE_COUNT - 39);
}

/* Set bits of a record that survive decoding are those of the operands, each exactly once. */
static void bits_outside_operands_are_dropped(void **state)
{
    uint8_t record[PROGRAM_WIDE_RECORD_SIZE];

    (void)state;
    memset(record, 0xff, sizeof(record));
    for (unsigned code = 0; code < OP_CODE_COUNT; code++) {
        const struct operand_row *rows = op_rows[code].operands;
        int width_sum = 0;
        struct op op;

        record[0] = (uint8_t)code;
        op = program_load_record(record, true);
        for (size_t i = 0; rows[i].name != NULL; i++) {
            assert_int_equal(operand_value(&rows[i], &op), operand_max(&rows[i]));
            width_sum += rows[i].width;
        }
        assert_int_equal(__builtin_popcount(op.cache) + __builtin_popcount(op.object) +
                             __builtin_popcount(op.a) + __builtin_popcount(op.b),
                         width_sum);
    }
}

static void getters_read_what_was_set(void **state)
{
    const struct operand_row *create = op_rows[OP_CREATE].operands;
    struct op op = {.code = OP_CREATE};

    (void)state;
    operand_set(&create[0], &op, 31);
    operand_set(&create[1], &op, 0x123456);
    operand_set(&create[2], &op, 12);
    operand_set(&create[3], &op, 0x1ff);
    operand_set(&create[4], &op, 1);
    assert_int_equal(op_create_cache(&op), 31);
    assert_int_equal(op_create_size(&op), 0x123456);
    assert_int_equal(op_create_align_log2(&op), 12);
    assert_int_equal(op_create_flags(&op), 0x1ff);
    assert_int_equal(op_create_ctor(&op), 1);
}

static void kcalloc_operands_are_sign_extended(void **state)
{
    (void)state;
    assert_true(op_sign_extend(0) == 0);
    assert_true(op_sign_extend(0x7fffffff) == 0x7fffffff);
    assert_true(op_sign_extend(0x80000000u) == 0xffffffff80000000u);
    assert_true(op_sign_extend(UINT32_MAX) == UINT64_MAX);
}

static void ops_beyond_the_capacity_are_dropped(void **state)
{
    uint8_t bytes[PROGRAM_HEADER_SIZE + 5 * PROGRAM_NARROW_RECORD_SIZE] = {PROGRAM_LONG};
    struct op ops[4] = {{.code = 0xee}, {.code = 0xee}, {.code = 0xee}, {.code = 0xee}};
    struct program program;

    (void)state;
    program_decode(bytes, sizeof(bytes), &program, ops, 3);
    assert_int_equal(program.op_count, 3);
    assert_int_equal(ops[3].code, 0xee);
}

static void encoding_that_does_not_fit_writes_nothing(void **state)
{
    uint8_t bytes[PROGRAM_HEADER_SIZE + PROGRAM_NARROW_RECORD_SIZE];
    struct op op = {.code = OP_NOP};
    struct program program = {.config = heap_config_default(), .ops = &op, .op_count = 1};

    (void)state;
    memset(bytes, 0xee, sizeof(bytes));
    assert_int_equal(program_encode(&program, bytes, sizeof(bytes) - 1), 0);
    for (size_t i = 0; i < sizeof(bytes); i++) {
        assert_int_equal(bytes[i], 0xee);
    }
    assert_int_equal(program_encode(&program, bytes, sizeof(bytes)), sizeof(bytes));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(any_bytes_are_a_program),
        cmocka_unit_test(reader_gives_what_decoding_gives),
        cmocka_unit_test(random_programs_round_trip),
        cmocka_unit_test(extreme_operands_round_trip),
        cmocka_unit_test(config_values_round_trip),
        cmocka_unit_test(no_bytes_are_the_default_heap),
        cmocka_unit_test(bytes_missing_from_the_header_read_as_zero),
        cmocka_unit_test(page_counts_fold_to_mostly_tiny_arenas),
        cmocka_unit_test(values_out_of_range_fold_evenly),
        cmocka_unit_test(rows_that_contradict_are_repaired),
        cmocka_unit_test(record_cut_short_is_dropped),
        cmocka_unit_test(short_header_is_read),
        cmocka_unit_test(unassigned_code_is_a_nop),
        cmocka_unit_test(bits_outside_operands_are_dropped),
        cmocka_unit_test(getters_read_what_was_set),
        cmocka_unit_test(kcalloc_operands_are_sign_extended),
        cmocka_unit_test(ops_beyond_the_capacity_are_dropped),
        cmocka_unit_test(encoding_that_does_not_fit_writes_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
