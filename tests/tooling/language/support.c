#include "tests/tooling/language/support.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

uint32_t test_random(uint64_t *state)
{
    uint64_t mixed = *state += 0x9e3779b97f4a7c15u;

    mixed = (mixed ^ mixed >> 30) * 0xbf58476d1ce4e5b9u;
    mixed = (mixed ^ mixed >> 27) * 0x94d049bb133111ebu;
    return (uint32_t)(mixed >> 32);
}

void test_random_bytes(uint64_t *state, uint8_t *bytes, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        bytes[i] = (uint8_t)test_random(state);
    }
    for (size_t i = program_header_size(bytes, size); i < size; i += PROGRAM_NARROW_RECORD_SIZE) {
        bytes[i] &= test_random(state) % 4 != 0 ? 0x1f : 0xff;
    }
}

static uint64_t random_config_value(uint64_t *state, size_t index)
{
    const struct heap_config_row *row = &heap_config_rows[index];

    switch (test_random(state) % 4) {
    case 0:
        return row->minimum;
    case 1:
        return row->maximum;
    case 2:
        return row->initial;
    default:
        return row->minimum + test_random(state) % (row->maximum - row->minimum + 1);
    }
}

void test_random_program(uint64_t *state, struct program *program, struct op *ops, size_t capacity)
{
    *program = (struct program){.config = heap_config_default(), .ops = ops};
    program->wide = test_random(state) % 2 != 0;
    for (size_t index = 0; index < HEAP_CONFIG_COUNT; index++) {
        assert_true(heap_config_set(&program->config, index, random_config_value(state, index)));
    }
    program_repair_config(&program->config);
    program->op_count = test_random(state) % (capacity + 1);
    for (size_t i = 0; i < program->op_count; i++) {
        ops[i] = op_canonical((struct op){
            .code = (uint8_t)(test_random(state) % 80),
            .cache = (uint8_t)test_random(state),
            .object = test_random(state) & (program->wide ? UINT32_MAX : OP_NARROW_OBJECT_MAX),
            .a = test_random(state),
            .b = test_random(state),
        });
    }
}

static uint32_t extreme(uint32_t max, unsigned which)
{
    const uint32_t values[] = {0, 1, max - 1, max};

    return values[which];
}

static void visit_operands(struct op op, uint32_t object_max,
                           void (*visit)(const struct op *op, void *context), void *context)
{
    const struct operand_row *rows = op_rows[op.code].operands;
    unsigned combination_count = 1;

    for (size_t i = 0; rows[i].name != NULL; i++) {
        combination_count *= 4;
    }
    for (unsigned combination = 0; combination < combination_count; combination++) {
        for (size_t i = 0; rows[i].name != NULL; i++) {
            uint32_t max = operand_max(&rows[i]);

            max = rows[i].kind == OPERAND_KIND_OBJECT && object_max < max ? object_max : max;
            operand_set(&rows[i], &op, extreme(max, combination >> 2 * i & 3));
        }
        visit(&op, context);
    }
}

void test_each_op(uint32_t object_max, void (*visit)(const struct op *op, void *context),
                  void *context)
{
    for (unsigned code = 0; code < OP_CODE_COUNT; code++) {
        if (op_rows[code].name != NULL) {
            visit_operands((struct op){.code = (uint8_t)code}, object_max, visit, context);
        }
    }
}

void test_assert_valid(const struct program *program)
{
    assert_true(heap_config_is_valid(&program->config));
    for (size_t i = 0; i < program->op_count; i++) {
        struct op canonical = op_canonical(program->ops[i]);

        assert_true(op_is_equal(&program->ops[i], &canonical));
        assert_non_null(op_rows[program->ops[i].code].name);
        assert_true(program->wide || program->ops[i].object <= OP_NARROW_OBJECT_MAX);
    }
}
