#include "fuzz/triage/input.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fuzz/engines/standalone.h"
#include "fuzz/trace.h"

static bool is_text(const char *path, const uint8_t *bytes, size_t size)
{
    static const char suffix[] = ".trace";
    static const char beginning[] = "slubbed ";
    size_t path_size = strlen(path);
    size_t suffix_size = sizeof(suffix) - 1;

    return (path_size >= suffix_size && strcmp(path + path_size - suffix_size, suffix) == 0) ||
           (size >= sizeof(beginning) - 1 && memcmp(bytes, beginning, sizeof(beginning) - 1) == 0);
}

static bool read_text(const char *path, const char *text, size_t size, struct program *program)
{
    size_t capacity = trace_op_capacity(text, size);
    struct op *ops = calloc(capacity, sizeof(*ops));
    struct trace_error error;

    if (ops == NULL) {
        fprintf(stderr, "%s: no memory for %zu ops\n", path, capacity);
        return false;
    }
    program->ops = ops;
    if (!trace_read(text, size, program, capacity, &error)) {
        fprintf(stderr, "%s:%zu: %s\n", path, error.line, error.cause);
        free(ops);
        return false;
    }
    return true;
}

static bool read_raw(const char *path, const uint8_t *bytes, size_t size, struct program *program)
{
    size_t capacity = program_op_count(bytes, size);
    struct op *ops = calloc(capacity + 1, sizeof(*ops));

    if (ops == NULL) {
        fprintf(stderr, "%s: no memory for %zu ops\n", path, capacity);
        return false;
    }
    program_decode(bytes, size, program, ops, capacity);
    return true;
}

bool input_read(const char *path, struct program *program)
{
    size_t size;
    uint8_t *bytes = standalone_read_file(strcmp(path, "-") == 0 ? "/dev/stdin" : path, &size);

    if (bytes == NULL) {
        return false;
    }

    bool is_read = is_text(path, bytes, size) ? read_text(path, (const char *)bytes, size, program)
                                              : read_raw(path, bytes, size, program);

    free(bytes);
    return is_read;
}

void input_release(struct program *program)
{
    free(program->ops);
    program->ops = NULL;
    program->op_count = 0;
}
