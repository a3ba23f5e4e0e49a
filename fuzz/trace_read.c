/*
 * Reads traces, line by line: a line is cut into words, its first word says what it is. The first
 * thing that is wrong ends the reading, and is told with the number of its line.
 */
#include <string.h>

#include "fuzz/config_row.h"
#include "fuzz/text.h"
#include "fuzz/trace.h"

/* Bytes of the text, never NUL-terminated. */
struct word {
    const char *first;
    size_t size;
};

struct reader {
    const char *next;            /* first byte not read */
    const char *end;             /* of the line */
    size_t line;                 /* 1-based */
    size_t config_line;          /* of the latest "heap"; 0: none */
    bool version_seen;
    bool config_seen[HEAP_CONFIG_COUNT];
    struct program *program;
    size_t capacity;             /* ops that fit into the program */
    struct trace_error *error;
};

static struct text begin_cause(struct reader *reader)
{
    reader->error->line = reader->line;
    return (struct text){.bytes = reader->error->cause, .capacity = TRACE_CAUSE_SIZE};
}

/* Fails with "SUBJECT REST 'word'", or without the word if it is NULL. */
static bool fail(struct reader *reader, const char *subject, const char *rest,
                 const struct word *word)
{
    struct text cause = begin_cause(reader);

    text_put_string(&cause, subject);
    text_put_string(&cause, rest);
    if (word != NULL) {
        text_put_quoted(&cause, word->first, word->size);
    }
    (void)text_end(&cause);
    return false;
}

/* Fails with "SUBJECT is not within MINIMUM..MAXIMUM". */
static bool fail_range(struct reader *reader, const char *subject, uint64_t minimum,
                       uint64_t maximum)
{
    struct text cause = begin_cause(reader);

    text_put_string(&cause, subject);
    text_put_string(&cause, " is not within ");
    text_put_decimal(&cause, minimum);
    text_put_string(&cause, "..");
    text_put_decimal(&cause, maximum);
    (void)text_end(&cause);
    return false;
}

static bool is_space(char byte)
{
    return byte == ' ' || byte == '\t' || byte == '\r';
}

/* False at the end of the line. A comment ends it, too. */
static bool next_word(struct reader *reader, struct word *word)
{
    const char *at = reader->next;

    while (at < reader->end && is_space(*at)) {
        at++;
    }
    word->first = at;
    while (at < reader->end && !is_space(*at) && *at != '#') {
        at++;
    }
    word->size = (size_t)(at - word->first);
    reader->next = at;
    return word->size > 0;
}

static bool word_is(struct word word, const char *string)
{
    return word.size == strlen(string) && memcmp(word.first, string, word.size) == 0;
}

/* Cuts "name=value" in two; without a '=' the value is empty and begins at the end. */
static struct word split_word(struct word *name)
{
    const char *equals = memchr(name->first, '=', name->size);
    struct word value = {.first = name->first + name->size, .size = 0};

    if (equals != NULL) {
        value.size = (size_t)(value.first - equals) - 1;
        value.first = equals + 1;
        name->size = (size_t)(equals - name->first);
    }
    return value;
}

/* The value of a digit, or base if it is none. */
static unsigned digit_value(char digit, unsigned base)
{
    if (digit >= '0' && digit <= '9') {
        return (unsigned)(digit - '0');
    }
    if (digit >= 'a' && digit <= 'f') {
        return base == 16 ? (unsigned)(digit - 'a') + 10 : base;
    }
    return base;
}

/* Decimal, or hexadecimal after 0x. A number too large for 64 bits reads as UINT64_MAX. */
static bool parse_number(struct word word, uint64_t *number)
{
    bool is_hex = word.size > 2 && word.first[0] == '0' && word.first[1] == 'x';
    unsigned base = is_hex ? 16 : 10;
    uint64_t sum = 0;

    for (size_t i = is_hex ? 2 : 0; i < word.size; i++) {
        unsigned digit = digit_value(word.first[i], base);

        if (digit >= base) {
            return false;
        }
        sum = sum > (UINT64_MAX - digit) / base ? UINT64_MAX : sum * base + digit;
    }
    *number = sum;
    return word.size > 0;
}

static bool read_number(struct reader *reader, const char *name, struct word word, uint64_t *number)
{
    return parse_number(word, number) || fail(reader, name, " is no number: ", &word);
}

/* A number, or flag names joined by bars. */
static bool read_flags(struct reader *reader, struct word word, uint64_t *flags)
{
    if (parse_number(word, flags)) {
        return true;
    }

    *flags = 0;
    for (;;) {
        const char *bar = memchr(word.first, '|', word.size);
        size_t size = bar != NULL ? (size_t)(bar - word.first) : word.size;
        size_t bit = op_flag_find(word.first, size);

        if (bit == OP_FLAG_COUNT) {
            return fail(reader, "unknown flag", " ", &(struct word){word.first, size});
        }
        *flags |= UINT64_C(1) << bit;
        if (bar == NULL) {
            return true;
        }
        word.first += size + 1;
        word.size -= size + 1;
    }
}

static bool read_slot(struct reader *reader, const struct operand_row *row, struct op *op)
{
    bool is_cache = row->kind == OPERAND_KIND_CACHE;
    uint64_t slot = 0;
    struct word word;

    if (!next_word(reader, &word)) {
        return fail(reader, op_rows[op->code].name,
                    is_cache ? " needs a cache slot, such as c0"
                             : " needs an object slot, such as o0", NULL);
    }
    if (word.first[0] != (is_cache ? 'c' : 'o') ||
        !parse_number((struct word){word.first + 1, word.size - 1}, &slot)) {
        return fail(reader, op_rows[op->code].name,
                    is_cache ? " needs a cache slot, not " : " needs an object slot, not ", &word);
    }
    if (slot > operand_max(row)) {
        return fail_range(reader, is_cache ? "the cache slot" : "the object slot", 0,
                          operand_max(row));
    }
    if (!is_cache && !reader->program->wide && slot > OP_NARROW_OBJECT_MAX) {
        return fail(reader, "a line 'slots wide'", " must come before object slot ", &word);
    }
    operand_set(row, op, (uint32_t)slot);
    return true;
}

static bool operand_is_slot(const struct operand_row *row)
{
    return row->kind == OPERAND_KIND_CACHE || row->kind == OPERAND_KIND_OBJECT;
}

/* Index of the named operand, or of the row that ends the operands. */
static size_t find_operand(const struct op_row *op, struct word name)
{
    size_t index = 0;

    while (op->operands[index].name != NULL &&
           (operand_is_slot(&op->operands[index]) || !word_is(name, op->operands[index].name))) {
        index++;
    }
    return index;
}

/* One "name=value". seen has a bit for each operand read so far. */
static bool read_named(struct reader *reader, struct word name, struct op *op, unsigned *seen)
{
    const struct op_row *op_row = &op_rows[op->code];
    struct word value = split_word(&name);
    size_t index = find_operand(op_row, name);
    const struct operand_row *row = &op_row->operands[index];
    uint64_t number = 0;

    if (row->name == NULL) {
        return fail(reader, op_row->name, " has no operand ", &name);
    }
    if ((*seen >> index & 1) != 0) {
        return fail(reader, row->name, " is given twice", NULL);
    }
    *seen |= 1u << index;
    if (row->kind == OPERAND_KIND_FLAGS ? !read_flags(reader, value, &number)
                                        : !read_number(reader, row->name, value, &number)) {
        return false;
    }
    if (number > operand_max(row)) {
        return fail_range(reader, row->name, 0, operand_max(row));
    }
    operand_set(row, op, (uint32_t)number);
    return true;
}

static bool read_op(struct reader *reader, struct word name)
{
    size_t code = op_find(name.first, name.size);
    struct op op = {.code = (uint8_t)code};
    unsigned seen = 0;
    struct word word;

    if (code == OP_CODE_COUNT) {
        return fail(reader, "unknown op", " ", &name);
    }
    for (size_t i = 0; op_rows[code].operands[i].name != NULL; i++) {
        const struct operand_row *row = &op_rows[code].operands[i];

        if (operand_is_slot(row) && !read_slot(reader, row, &op)) {
            return false;
        }
    }
    while (next_word(reader, &word)) {
        if (!read_named(reader, word, &op, &seen)) {
            return false;
        }
    }
    if (reader->program->op_count == reader->capacity) {
        return fail(reader, "more ops than fit", "", NULL);
    }
    reader->program->ops[reader->program->op_count] = op;
    reader->program->op_count++;
    return true;
}

/* One "name=value" of a heap line. */
static bool read_config_row(struct reader *reader, struct word name)
{
    struct word value = split_word(&name);
    size_t index = config_row_find(name.first, name.size);
    const struct heap_config_row *row = &heap_config_rows[index];
    uint64_t number = 0;

    if (index == HEAP_CONFIG_COUNT) {
        return fail(reader, "heap", " has no row ", &name);
    }
    if (reader->config_seen[index]) {
        return fail(reader, row->name, " is given twice", NULL);
    }
    reader->config_seen[index] = true;
    if (index == HEAP_CONFIG_debug_flags ? !read_flags(reader, value, &number)
                                         : !read_number(reader, row->name, value, &number)) {
        return false;
    }
    if (!heap_config_set(&reader->program->config, index, number)) {
        return fail_range(reader, row->name, row->minimum, row->maximum);
    }
    return true;
}

static bool read_heap(struct reader *reader)
{
    struct word word;

    if (reader->program->op_count > 0) {
        return fail(reader, "heap", " comes after the first op", NULL);
    }
    reader->config_line = reader->line;
    while (next_word(reader, &word)) {
        if (!read_config_row(reader, word)) {
            return false;
        }
    }
    return true;
}

static bool read_slots(struct reader *reader)
{
    struct word width;
    struct word rest;

    if (reader->program->op_count > 0) {
        return fail(reader, "slots", " comes after the first op", NULL);
    }
    if (!next_word(reader, &width) || next_word(reader, &rest) ||
        (!word_is(width, "wide") && !word_is(width, "narrow"))) {
        return fail(reader, "slots", " is followed by 'wide' or 'narrow'", NULL);
    }
    reader->program->wide = word_is(width, "wide");
    return true;
}

static bool read_version(struct reader *reader, struct word word)
{
    struct word kind;
    struct word version;
    struct word rest;

    if (!word_is(word, "slubbed") || !next_word(reader, &kind) || !word_is(kind, "trace") ||
        !next_word(reader, &version) || !word_is(version, "1") || next_word(reader, &rest)) {
        return fail(reader, "the first line", " is not 'slubbed trace 1'", NULL);
    }
    reader->version_seen = true;
    return true;
}

static bool read_line(struct reader *reader)
{
    struct word word;

    if (!next_word(reader, &word)) {
        return true;
    }
    if (!reader->version_seen) {
        return read_version(reader, word);
    }
    if (word_is(word, "heap")) {
        return read_heap(reader);
    }
    if (word_is(word, "slots")) {
        return read_slots(reader);
    }
    return read_op(reader, word);
}

/* What can only be judged when every line was read. */
static bool check_whole(struct reader *reader)
{
    const struct heap_config *config = &reader->program->config;

    if (!reader->version_seen) {
        return fail(reader, "the text", " ends before the line 'slubbed trace 1'", NULL);
    }
    reader->line = reader->config_line;
    if (config->slab_order_min > config->slab_order_max) {
        return fail(reader, "slab_order_min", " is more than slab_order_max", NULL);
    }
    if (config->partial_floor > config->partial_ceiling) {
        return fail(reader, "partial_floor", " is more than partial_ceiling", NULL);
    }
    if (heap_config_frames(config) < PAGE_COUNT_MIN) {
        return fail(reader, "hole_pages", " leaves too few pages", NULL);
    }
    return true;
}

bool trace_read(const char *text, size_t size, struct program *program, size_t capacity,
                struct trace_error *error)
{
    const char *at = text;
    struct reader reader = {.program = program, .capacity = capacity, .error = error, .line = 1};

    *program = (struct program){.config = heap_config_default(), .ops = program->ops};
    while (size > 0) {
        const char *newline = memchr(at, '\n', size);
        size_t line_size = newline != NULL ? (size_t)(newline - at) : size;
        size_t step = newline != NULL ? line_size + 1 : size;

        reader.next = at;
        reader.end = at + line_size;
        if (!read_line(&reader)) {
            return false;
        }
        at += step;
        size -= step;
        reader.line += size > 0 ? 1 : 0;
    }
    return check_whole(&reader);
}

size_t trace_op_capacity(const char *text, size_t size)
{
    size_t lines = 1;

    for (size_t i = 0; i < size; i++) {
        lines += text[i] == '\n' ? 1 : 0;
    }
    return lines;
}
