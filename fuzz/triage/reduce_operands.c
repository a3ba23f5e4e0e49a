/* Smaller numbers, fewer flags, rows at their defaults or near them. */
#include "fuzz/triage/reduction.h"

/*
 * What a number is tried to become, the plainest first: small numbers, then those around which the
 * sizes of caches, pages and runs change.
 */
static const uint32_t plain_numbers[] = {
    0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 12, 14, 16, 17, 20, 24, 28, 32, 33, 40, 48, 56, 63, 64,
    65, 96, 97, 128, 129, 192, 193, 256, 257, 512, 513, 1024, 1025, 2048, 2049, 4096, 4097,
    8192, 8193, 16384, 16385, 32768, 65536, 131072, 262144, 524288, 1048576, 2097152, 4194304,
    4194305,
};

enum { PLAIN_NUMBER_COUNT = sizeof(plain_numbers) / sizeof(plain_numbers[0]) };

static bool try_value(struct reduction *reduction, size_t index, const struct operand_row *row,
                      uint32_t value)
{
    reduction_begin(reduction);
    operand_set(row, &reduction->candidate.ops[index], value);
    return reduction_try(reduction);
}

static bool reduce_number(struct reduction *reduction, size_t index, const struct operand_row *row)
{
    uint32_t value = operand_value(row, &reduction->best.ops[index]);

    for (size_t i = 0; i < PLAIN_NUMBER_COUNT && plain_numbers[i] < value; i++) {
        if (try_value(reduction, index, row, plain_numbers[i])) {
            return true;
        }
    }
    return false;
}

static bool reduce_flags(struct reduction *reduction, size_t index, const struct operand_row *row)
{
    bool has_changed = false;

    for (unsigned bit = 0; bit < row->width; bit++) {
        uint32_t value = operand_value(row, &reduction->best.ops[index]);

        if ((value >> bit & 1) != 0) {
            has_changed |= try_value(reduction, index, row, value & ~(1u << bit));
        }
    }
    return has_changed;
}

static bool reduce_operand(struct reduction *reduction, size_t index, const struct operand_row *row)
{
    switch (row->kind) {
    case OPERAND_KIND_CACHE:
    case OPERAND_KIND_OBJECT:
        return false;
    case OPERAND_KIND_FLAGS:
        return reduce_flags(reduction, index, row);
    default:
        return reduce_number(reduction, index, row);
    }
}

bool reduce_operands(struct reduction *reduction)
{
    bool has_changed = false;

    for (size_t index = 0; index < reduction->best.op_count && !reduction_is_over(reduction);
         index++) {
        const struct op_row *row = &op_rows[reduction->best.ops[index].code];
        bool is_park = reduction->best.ops[index].code == OP_PARK;

        for (size_t i = 0; !is_park && row->operands[i].name != NULL; i++) {
            has_changed |= reduce_operand(reduction, index, &row->operands[i]);
        }
    }
    return has_changed;
}

static bool try_row(struct reduction *reduction, size_t row, uint64_t value)
{
    reduction_begin(reduction);
    return heap_config_set(&reduction->candidate.config, row, value) &&
           heap_config_is_valid(&reduction->candidate.config) && reduction_try(reduction);
}

/* Its default if that will do, else a plainer number. */
static bool reduce_row(struct reduction *reduction, size_t row)
{
    uint64_t value = heap_config_value(&reduction->best.config, row);
    uint64_t initial = heap_config_rows[row].initial;

    if (value == initial || try_row(reduction, row, initial)) {
        return value != initial;
    }
    for (size_t i = 0; i < PLAIN_NUMBER_COUNT && plain_numbers[i] < value; i++) {
        if (plain_numbers[i] != initial && try_row(reduction, row, plain_numbers[i])) {
            return true;
        }
    }
    return false;
}

bool reduce_config(struct reduction *reduction)
{
    bool has_changed = false;

    for (size_t row = 0; row < HEAP_CONFIG_COUNT; row++) {
        has_changed |= reduce_row(reduction, row);
    }
    return has_changed;
}
