/*
 * Files that repeat the tables must agree with them: the dictionary of traces as a whole, and the
 * tables of docs/TRACE_FORMAT.md, each between two marks. A test that fails prints what there
 * should be.
 *
 * usage: golden_test DICTIONARY TRACE_FORMAT
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "allocator/base/config.h"
#include "allocator/base/flags.h"
#include "fuzz/ops.h"
#include "fuzz/program.h"
#include "fuzz/trace.h"

struct golden_files {
    const char *dictionary;
    const char *trace_format;
};

/* The text of an open_memstream or a file. */
struct whole {
    char *bytes;
    size_t size;
};

static struct whole read_file(const char *path)
{
    struct whole whole = {0};
    FILE *out = open_memstream(&whole.bytes, &whole.size);
    FILE *in = fopen(path, "rb");
    int byte;

    assert_non_null(out);
    if (in == NULL) {
        fail_msg("%s cannot be opened", path);
    }
    while ((byte = fgetc(in)) != EOF) {
        (void)fputc(byte, out);
    }
    (void)fclose(in);
    (void)fclose(out);
    return whole;
}

static void assert_text(const char *path, const char *found, const char *expected)
{
    if (strcmp(found, expected) != 0) {
        /* cmocka's own output would cut it short. */
        fprintf(stderr, "%s does not agree with the tables; it should read:\n%s", path, expected);
        fail();
    }
}

/* The part of a file between the lines "<!-- NAME -->" and "<!-- end -->" is what is expected. */
static void assert_section(const char *path, const char *name, const char *expected)
{
    struct whole whole = read_file(path);
    char mark[64];
    char *first;
    char *end;

    (void)snprintf(mark, sizeof(mark), "<!-- %s -->\n", name);
    first = strstr(whole.bytes, mark);
    assert_non_null(first);
    first += strlen(mark);
    end = strstr(first, "<!-- end -->\n");
    assert_non_null(end);
    *end = '\0';
    assert_text(path, first, expected);
    free(whole.bytes);
}

static const struct golden_files *files_of(void **state)
{
    return *state;
}

static bool operand_is_named(const struct operand_row *row)
{
    return row->kind != OPERAND_KIND_CACHE && row->kind != OPERAND_KIND_OBJECT;
}

/* Whether an earlier op has an operand of this name, which is then in the dictionary already. */
static bool operand_is_repeated(unsigned code, const char *name)
{
    for (unsigned other = 0; other < code; other++) {
        const struct operand_row *rows = op_rows[other].operands;

        for (size_t i = 0; rows[i].name != NULL; i++) {
            if (operand_is_named(&rows[i]) && strcmp(rows[i].name, name) == 0) {
                return true;
            }
        }
    }
    return false;
}

/* "3..5", or "3". */
static void print_range(FILE *out, size_t first, size_t final)
{
    fprintf(out, "%zu", first);
    if (final != first) {
        fprintf(out, "..%zu", final);
    }
}

static void print_dictionary_of_ops(FILE *out)
{
    fputs("\n# Ops.\n", out);
    for (unsigned code = 0; code < OP_CODE_COUNT; code++) {
        if (op_rows[code].name != NULL) {
            fprintf(out, "op_%s=\"%s \"\n", op_rows[code].name, op_rows[code].name);
        }
    }
    fputs("\n# Operands.\n", out);
    for (unsigned code = 0; code < OP_CODE_COUNT; code++) {
        const struct operand_row *rows = op_rows[code].operands;

        for (size_t i = 0; rows[i].name != NULL; i++) {
            if (operand_is_named(&rows[i]) && !operand_is_repeated(code, rows[i].name)) {
                fprintf(out, "operand_%s=\" %s=\"\n", rows[i].name, rows[i].name);
            }
        }
    }
}

static void print_dictionary(FILE *out)
{
    fputs("# What traces are made of (docs/TRACE_FORMAT.md), for libFuzzer and AFL++.\n"
          "first_line=\"slubbed trace 1\\x0A\"\n"
          "line_heap=\"heap\"\n"
          "line_slots=\"slots \"\n"
          "slots_wide=\"wide\"\n"
          "slots_narrow=\"narrow\"\n"
          "line_end=\"\\x0A\"\n"
          "comment=\"#\"\n"
          "cache_slot=\"c0 \"\n"
          "cache_slot_last=\"c31 \"\n"
          "object_slot=\"o1 \"\n"
          "object_slot_narrow_last=\"o65535\"\n"
          "object_slot_wide_last=\"o4294967295\"\n"
          "hexadecimal=\"0x\"\n"
          "flag_separator=\"|\"\n",
          out);
    print_dictionary_of_ops(out);
    fputs("\n# SLAB_ flags.\n", out);
    for (size_t bit = 0; bit < OP_FLAG_COUNT; bit++) {
        fprintf(out, "flag_%s=\"%s\"\n", op_flag_names[bit], op_flag_names[bit]);
    }
    fputs("\n# Rows of the heap line.\n", out);
    for (size_t index = 0; index < HEAP_CONFIG_COUNT; index++) {
        fprintf(out, "row_%s=\" %s=\"\n", heap_config_rows[index].name,
                heap_config_rows[index].name);
    }
}

static void dictionary_has_every_word(void **state)
{
    struct whole expected = {0};
    FILE *out = open_memstream(&expected.bytes, &expected.size);
    struct whole found = read_file(files_of(state)->dictionary);

    assert_non_null(out);
    print_dictionary(out);
    (void)fclose(out);
    assert_text(files_of(state)->dictionary, found.bytes, expected.bytes);
    free(found.bytes);
    free(expected.bytes);
}

static void print_operand(FILE *out, const struct operand_row *row)
{
    switch (row->kind) {
    case OPERAND_KIND_CACHE:
        fputs(" c*N*", out);
        break;
    case OPERAND_KIND_OBJECT:
        fputs(" o*N*", out);
        break;
    case OPERAND_KIND_FLAGS:
        fprintf(out, " %s=*F*", row->name);
        break;
    case OPERAND_KIND_BYTE:
        fprintf(out, " %s=0x*NN*", row->name);
        break;
    default:
        fprintf(out, " %s=*N*", row->name);
        break;
    }
}

/* Each row pins the code of an op, and each operand the bits it lies in. */
static void print_ops(FILE *out)
{
    static const char *const classes[] = {"plain", "misuse", "world", "schedule"};

    fputs("| code | op | bits | class | what it does |\n|---|---|---|---|---|\n", out);
    for (unsigned code = 0; code < OP_CODE_COUNT; code++) {
        const struct op_row *row = &op_rows[code];
        const char *separator = "";

        if (row->name == NULL) {
            continue;
        }
        fprintf(out, "| %u | **%s**", code, row->name);
        for (size_t i = 0; row->operands[i].name != NULL; i++) {
            print_operand(out, &row->operands[i]);
        }
        fputs(" | ", out);
        for (size_t i = 0; row->operands[i].name != NULL; i++) {
            static const char *const fields[] = {"code", "cache", "object", "a", "b"};
            const struct operand_row *operand = &row->operands[i];

            if (operand_is_named(operand)) {
                fprintf(out, "%s%s ", separator, fields[operand->field]);
                print_range(out, operand->shift, operand->shift + operand->width - 1u);
                separator = ", ";
            }
        }
        fprintf(out, " | %s | %s |\n", classes[row->class], row->why);
    }
}

static void trace_format_lists_the_ops(void **state)
{
    struct whole expected = {0};
    FILE *out = open_memstream(&expected.bytes, &expected.size);

    assert_non_null(out);
    print_ops(out);
    (void)fclose(out);
    assert_section(files_of(state)->trace_format, "ops", expected.bytes);
    free(expected.bytes);
}

static void trace_format_lists_the_flags(void **state)
{
    struct whole expected = {0};
    FILE *out = open_memstream(&expected.bytes, &expected.size);

    assert_non_null(out);
    fputs("| bit | flag | what it does |\n|---|---|---|\n", out);
#define X(name, bit, letter, why) fprintf(out, "| %d | %s | %s |\n", bit, op_flag_names[bit], why);
    SLAB_FLAGS(X)
#undef X
    (void)fclose(out);
    assert_section(files_of(state)->trace_format, "flags", expected.bytes);
    free(expected.bytes);
}

/* Bytes of a row in the header, by the rule of the format. */
static size_t row_size(size_t index)
{
    uint64_t maximum = heap_config_rows[index].maximum;

    if (maximum <= UINT8_MAX) {
        return 1;
    }
    return maximum <= UINT16_MAX ? 2 : 4;
}

/* Changing a row, one bit after the other, changes its own bytes of the header and no others. */
static void assert_row_lies_at(size_t index, size_t first, size_t size)
{
    const struct heap_config_row *row = &heap_config_rows[index];
    uint8_t header[PROGRAM_HEADER_SIZE];

    for (uint64_t bit = 1; bit <= row->maximum; bit *= 2) {
        struct heap_config config = heap_config_default();

        if (heap_config_set(&config, index, row->initial ^ bit)) {
            program_store_header(header, false, &config);
            for (size_t i = 0; i < sizeof(header); i++) {
                uint64_t changed = i >= first && i < first + size ? bit >> 8 * (i - first) : 0;
                uint64_t expected = i == 0 ? PROGRAM_LONG : changed;

                assert_int_equal(header[i], expected & 0xff);
            }
        }
    }
}

static void trace_format_lists_the_rows(void **state)
{
    struct whole expected = {0};
    FILE *out = open_memstream(&expected.bytes, &expected.size);
    size_t first = 1;

    assert_non_null(out);
    fputs("| bytes | row | default | range | what it is |\n|---|---|---|---|---|\n", out);
    for (size_t index = 0; index < HEAP_CONFIG_COUNT; index++) {
        const struct heap_config_row *row = &heap_config_rows[index];
        size_t size = row_size(index);

        assert_row_lies_at(index, first, size);
        fputs("| ", out);
        print_range(out, first, first + size - 1);
        fprintf(out, " | %s | %llu | %llu..%llu | %s |\n", row->name,
                (unsigned long long)row->initial, (unsigned long long)row->minimum,
                (unsigned long long)row->maximum, row->why);
        first += size;
    }
    (void)fclose(out);
    assert_section(files_of(state)->trace_format, "rows", expected.bytes);
    free(expected.bytes);
}

/* Each op has one place in the table. */
static void rows_ascend_by_code(void **state)
{
    static const uint8_t codes[] = {
#define X(code, NAME, name, class, operands, why) code,
        OPS(X, )
#undef X
    };

    (void)state;
    for (size_t i = 1; i < sizeof(codes) / sizeof(codes[0]); i++) {
        assert_true(codes[i - 1] < codes[i]);
    }
}

/* The example of the document is a trace, and says what its own comments claim. */
static void example_is_a_trace(void **state)
{
    static const char mark[] = "```trace\n";
    struct whole whole = read_file(files_of(state)->trace_format);
    char *text = strstr(whole.bytes, mark);
    struct op ops[64];
    struct program program = {.ops = ops};
    struct trace_error error;
    char *end;

    assert_non_null(text);
    text += strlen(mark);
    end = strstr(text, "```\n");
    assert_non_null(end);
    if (!trace_read(text, (size_t)(end - text), &program, 64, &error)) {
        fail_msg("%zu: %s", error.line, error.cause);
    }
    assert_in_range(program.op_count, 5, 64);
    free(whole.bytes);
}

int main(int argc, char **argv)
{
    struct golden_files files;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_prestate(dictionary_has_every_word, &files),
        cmocka_unit_test_prestate(trace_format_lists_the_ops, &files),
        cmocka_unit_test_prestate(trace_format_lists_the_flags, &files),
        cmocka_unit_test_prestate(trace_format_lists_the_rows, &files),
        cmocka_unit_test_prestate(example_is_a_trace, &files),
        cmocka_unit_test(rows_ascend_by_code),
    };

    if (argc != 3) {
        print_error("usage: golden_test DICTIONARY TRACE_FORMAT\n");
        return 2;
    }
    files = (struct golden_files){.dictionary = argv[1], .trace_format = argv[2]};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
