#include "fuzz/triage/convert.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fuzz/trace.h"
#include "fuzz/triage/input.h"
#include "fuzz/triage/output.h"

/* Each writes at most capacity bytes and returns how many there are to write. */
static size_t write_raw(const struct program *program, void *bytes, size_t capacity)
{
    return program_encode(program, bytes, capacity);
}

static size_t raw_size(const struct program *program)
{
    return program_encoded_size(program);
}

static size_t write_text(const struct program *program, void *bytes, size_t capacity)
{
    return trace_write(program, bytes, capacity);
}

/* The final NUL included, which is written and not counted. */
static size_t text_size(const struct program *program)
{
    return trace_write(program, NULL, 0) + 1;
}

static const struct form {
    const char *name;
    size_t (*size)(const struct program *program);
    size_t (*write)(const struct program *program, void *bytes, size_t capacity);
} forms[] = {
    {"raw", raw_size, write_raw},
    {"text", text_size, write_text},
};

enum { FORM_COUNT = sizeof(forms) / sizeof(forms[0]) };

static const struct form *find_form(const char *name)
{
    for (size_t i = 0; i < FORM_COUNT; i++) {
        if (name != NULL && strcmp(forms[i].name, name) == 0) {
            return &forms[i];
        }
    }
    return NULL;
}

static bool write_form(const struct program *program, const struct form *form, const char *path)
{
    size_t capacity = form->size(program);
    void *bytes = malloc(capacity);

    if (bytes == NULL) {
        fprintf(stderr, "%s: no memory for %zu bytes\n", path, capacity);
        return false;
    }

    bool is_written = output_write(path, bytes, form->write(program, bytes, capacity));

    free(bytes);
    return is_written;
}

enum exit_code convert_run(const struct options *options)
{
    const struct form *form = find_form(options->to);
    struct program program;

    if (form == NULL) {
        fprintf(stderr, "convert: --to is raw or text\n");
        return EXIT_BAD_INPUT;
    }
    if (!input_read(options->arguments[0], &program)) {
        return EXIT_BAD_INPUT;
    }

    bool is_written = write_form(&program, form, options->arguments[1]);

    input_release(&program);
    return is_written ? EXIT_NOTHING_FOUND : EXIT_BAD_INPUT;
}

const struct command convert_command = {
    .name = "convert",
    .usage = "--to raw|text INPUT OUTPUT",
    .help = "write a program in its canonical spelling, as bytes or as a trace",
    .options = OPTION_TO,
    .argument_count_min = 2,
    .argument_count_max = 2,
    .run = convert_run,
};
