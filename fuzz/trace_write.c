#include "fuzz/text.h"
#include "fuzz/trace.h"

static void put_operand(struct text *text, const struct operand_row *row, uint32_t value)
{
    text_put(text, ' ');
    switch (row->kind) {
    case OPERAND_KIND_CACHE:
        text_put(text, 'c');
        text_put_decimal(text, value);
        return;
    case OPERAND_KIND_OBJECT:
        text_put(text, 'o');
        text_put_decimal(text, value);
        return;
    default:
        break;
    }
    text_put_string(text, row->name);
    text_put(text, '=');
    if (row->kind == OPERAND_KIND_FLAGS) {
        text_put_flags(text, value);
    } else if (row->kind == OPERAND_KIND_BYTE) {
        text_put_byte(text, (uint8_t)value);
    } else {
        text_put_decimal(text, value);
    }
}

static void put_op(struct text *text, const struct op *op)
{
    const struct op_row *row = &op_rows[op->code];

    text_put_string(text, row->name);
    for (size_t i = 0; row->operands[i].name != NULL; i++) {
        put_operand(text, &row->operands[i], operand_value(&row->operands[i], op));
    }
}

static void put_config(struct text *text, const struct heap_config *config)
{
    text_put_string(text, "heap");
    for (size_t index = 0; index < HEAP_CONFIG_COUNT; index++) {
        const struct heap_config_row *row = &heap_config_rows[index];
        uint64_t value = heap_config_value(config, index);

        if (value == row->initial) {
            continue;
        }
        text_put(text, ' ');
        text_put_string(text, row->name);
        text_put(text, '=');
        if (index == HEAP_CONFIG_debug_flags) {
            text_put_flags(text, (uint32_t)value);
        } else {
            text_put_decimal(text, value);
        }
    }
}

static bool config_is_default(const struct heap_config *config)
{
    for (size_t index = 0; index < HEAP_CONFIG_COUNT; index++) {
        if (heap_config_value(config, index) != heap_config_rows[index].initial) {
            return false;
        }
    }
    return true;
}

size_t trace_write(const struct program *program, char *text, size_t capacity)
{
    struct text out = {.bytes = text, .capacity = capacity};

    text_put_string(&out, "slubbed trace 1\n");
    if (program->wide) {
        text_put_string(&out, "slots wide\n");
    }
    if (!config_is_default(&program->config)) {
        put_config(&out, &program->config);
        text_put(&out, '\n');
    }
    for (size_t i = 0; i < program->op_count; i++) {
        put_op(&out, &program->ops[i]);
        text_put(&out, '\n');
    }
    return text_end(&out);
}

size_t trace_write_op(const struct op *op, char *text, size_t capacity)
{
    struct text out = {.bytes = text, .capacity = capacity};

    put_op(&out, op);
    return text_end(&out);
}

size_t trace_write_config(const struct heap_config *config, char *text, size_t capacity)
{
    struct text out = {.bytes = text, .capacity = capacity};

    put_config(&out, config);
    return text_end(&out);
}
