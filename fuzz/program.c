#include "fuzz/program.h"

#include <assert.h>
#include <string.h>

#include "allocator/base/params.h"

/* Bytes of a row in the header: what its largest value needs. */
#define ROW_SIZE(maximum) ((maximum) > UINT16_MAX ? 4 : (maximum) > UINT8_MAX ? 2 : 1)

static const uint8_t row_sizes[HEAP_CONFIG_COUNT] = {
#define X(name, type, initial, minimum, maximum, why) ROW_SIZE(maximum),
    HEAP_CONFIG(X)
#undef X
};

enum {
#define X(name, type, initial, minimum, maximum, why) + ROW_SIZE(maximum)
    HEADER_USED = 1 HEAP_CONFIG(X),
#undef X
};
#undef ROW_SIZE

static_assert((int)HEADER_USED <= (int)PROGRAM_HEADER_SIZE, "the rows of config.def do not fit");

static void store(uint8_t *bytes, uint32_t value, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        bytes[i] = (uint8_t)(value >> 8 * i);
    }
}

static uint32_t load(const uint8_t *bytes, size_t size)
{
    uint32_t value = 0;

    for (size_t i = 0; i < size; i++) {
        value |= (uint32_t)bytes[i] << 8 * i;
    }
    return value;
}

/*
 * Arenas for values that are none: of 32 ranges 24 are tiny, 7 small and 1 large. A tiny heap fills
 * up and fragments within a few ops, and that is where most bugs are.
 */
static uint32_t fold_page_count(uint32_t value)
{
    uint32_t range = value % 32;
    uint32_t within = value / 32;

    if (range < 24) {
        return 8 + within % 57;
    }
    if (range < 31) {
        return 128 + within % 897;
    }
    return 1025 + within % 64512;
}

static uint64_t fold(size_t index, uint32_t value)
{
    const struct heap_config_row *row = &heap_config_rows[index];

    if (value >= row->minimum && value <= row->maximum) {
        return value;
    }
    if (index == HEAP_CONFIG_page_count) {
        return fold_page_count(value);
    }
    return row->minimum + value % (row->maximum - row->minimum + 1);
}

void program_repair_config(struct heap_config *config)
{
    if (config->slab_order_min > config->slab_order_max) {
        config->slab_order_min = config->slab_order_max;
    }
    if (config->partial_floor > config->partial_ceiling) {
        config->partial_floor = config->partial_ceiling;
    }
    if (heap_config_frames(config) < PAGE_COUNT_MIN) {
        config->hole_pages = config->page_count - PAGE_COUNT_MIN;
    }
}

void program_load_header(const uint8_t *bytes, size_t size, bool *wide, struct heap_config *config)
{
    uint8_t header[PROGRAM_HEADER_SIZE] = {0};
    size_t header_size = program_header_size(bytes, size);
    size_t at = 1;

    if (size > 0) {
        memcpy(header, bytes, size < header_size ? size : header_size);
    }
    *wide = (header[0] & PROGRAM_WIDE) != 0;
    *config = heap_config_default();
    for (size_t index = 0; index < HEAP_CONFIG_COUNT; index++) {
        uint32_t stored = load(header + at, row_sizes[index]);

        if (stored != 0) {
            uint32_t value = stored ^ (uint32_t)heap_config_rows[index].initial;

            (void)heap_config_set(config, index, fold(index, value));
        }
        at += row_sizes[index];
    }
    program_repair_config(config);
}

void program_store_header(uint8_t *header, bool wide, const struct heap_config *config)
{
    size_t at = 1;

    memset(header, 0, PROGRAM_HEADER_SIZE);
    header[0] = wide ? PROGRAM_LONG | PROGRAM_WIDE : PROGRAM_LONG;
    for (size_t index = 0; index < HEAP_CONFIG_COUNT; index++) {
        uint32_t value = (uint32_t)heap_config_value(config, index);

        store(header + at, value ^ (uint32_t)heap_config_rows[index].initial, row_sizes[index]);
        at += row_sizes[index];
    }
}

static size_t record_count(const uint8_t *bytes, size_t size, bool wide)
{
    size_t header_size = program_header_size(bytes, size);
    size_t record_bytes = size > header_size ? size - header_size : 0;

    return record_bytes / program_record_size(wide);
}

void program_open(struct program_reader *reader, const uint8_t *bytes, size_t size)
{
    program_load_header(bytes, size, &reader->wide, &reader->config);
    reader->op_count = record_count(bytes, size, reader->wide);
    reader->next = reader->op_count > 0 ? bytes + program_header_size(bytes, size) : bytes;
}

size_t program_op_count(const uint8_t *bytes, size_t size)
{
    return size > 0 ? record_count(bytes, size, (bytes[0] & PROGRAM_WIDE) != 0) : 0;
}

/* Called with a constant width, so that the loop has no branch. */
static inline void load_records(const uint8_t *record, bool wide, struct op *ops, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        ops[i] = program_load_record(record, wide);
        record += program_record_size(wide);
    }
}

void program_decode(const uint8_t *bytes, size_t size, struct program *program, struct op *ops,
                    size_t capacity)
{
    struct program_reader reader;

    program_open(&reader, bytes, size);
    program->config = reader.config;
    program->wide = reader.wide;
    program->ops = ops;
    program->op_count = reader.op_count < capacity ? reader.op_count : capacity;
    if (program->wide) {
        load_records(reader.next, true, ops, program->op_count);
    } else {
        load_records(reader.next, false, ops, program->op_count);
    }
}

size_t program_encoded_size(const struct program *program)
{
    return PROGRAM_HEADER_SIZE + program->op_count * program_record_size(program->wide);
}

void program_store_record(uint8_t *record, bool wide, const struct op *op)
{
    uint8_t *rest = record + (wide ? 6 : 4);

    record[0] = op->code;
    record[1] = op->cache;
    store(record + 2, op->object, wide ? 4 : 2);
    store(rest, op->a, 4);
    store(rest + 4, op->b, 4);
}

size_t program_encode(const struct program *program, uint8_t *bytes, size_t capacity)
{
    size_t size = program_encoded_size(program);
    uint8_t *record = bytes + PROGRAM_HEADER_SIZE;

    if (size > capacity) {
        return 0;
    }
    program_store_header(bytes, program->wide, &program->config);
    for (size_t i = 0; i < program->op_count; i++) {
        program_store_record(record, program->wide, &program->ops[i]);
        record += program_record_size(program->wide);
    }
    return size;
}

bool program_is_equal(const struct program *program, const struct program *other)
{
    if (program->wide != other->wide || program->op_count != other->op_count) {
        return false;
    }
    for (size_t index = 0; index < HEAP_CONFIG_COUNT; index++) {
        if (heap_config_value(&program->config, index) !=
            heap_config_value(&other->config, index)) {
            return false;
        }
    }
    for (size_t i = 0; i < program->op_count; i++) {
        if (!op_is_equal(&program->ops[i], &other->ops[i])) {
            return false;
        }
    }
    return true;
}
