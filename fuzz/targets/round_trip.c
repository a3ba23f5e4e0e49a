#include "fuzz/targets/round_trip.h"

#include <stdlib.h>

#include "fuzz/trace.h"

/* A refusal names a line of the text, and a cause in printable ASCII. */
static bool error_is_legible(const struct trace_error *error, size_t size)
{
    size_t length = 0;

    while (length < TRACE_CAUSE_SIZE && error->cause[length] >= ' ' &&
           error->cause[length] <= '~') {
        length++;
    }
    return length > 0 && length < TRACE_CAUSE_SIZE && error->cause[length] == '\0' &&
           error->line >= 1 && error->line <= size + 1;
}

static bool survives_text(const struct program *program, char *text, size_t text_size,
                          struct op *ops)
{
    struct program again = {.ops = ops};
    struct trace_error error;

    trace_write(program, text, text_size + 1);
    return trace_read(text, text_size, &again, program->op_count, &error) &&
           program_is_equal(program, &again);
}

static bool survives_bytes(const struct program *program, uint8_t *bytes, size_t byte_count,
                           struct op *ops)
{
    struct program again;

    if (program_encode(program, bytes, byte_count) != byte_count) {
        return false;
    }
    program_decode(bytes, byte_count, &again, ops, program->op_count);
    return program_is_equal(program, &again);
}

static const char *check_program(const struct program *program)
{
    size_t text_size = trace_write(program, NULL, 0);
    size_t byte_count = program_encoded_size(program);
    char *text = malloc(text_size + 1);
    uint8_t *bytes = malloc(byte_count);
    struct op *ops = calloc(program->op_count + 1, sizeof(*ops));
    const char *broken = NULL;

    if (text != NULL && bytes != NULL && ops != NULL) {
        if (!survives_text(program, text, text_size, ops)) {
            broken = "TRACE_ROUND_TRIP@write";
        } else if (!survives_bytes(program, bytes, byte_count, ops)) {
            broken = "TRACE_ROUND_TRIP@encode";
        }
    }
    free(ops);
    free(bytes);
    free(text);
    return broken;
}

const char *round_trip(const char *text, size_t size)
{
    size_t capacity = trace_op_capacity(text, size);
    struct program program = {.ops = calloc(capacity + 1, sizeof(struct op))};
    struct trace_error error = {0};
    struct op *ops = program.ops;
    const char *broken = NULL;

    if (ops == NULL) {
        return NULL;
    }
    if (trace_read(text, size, &program, capacity, &error)) {
        broken = check_program(&program);
    } else if (!error_is_legible(&error, size)) {
        broken = "TRACE_CAUSE@read";
    }
    free(ops);
    return broken;
}
