/*
 * An op program: the configuration of a heap and the ops to run on it; and its form as bytes.
 *
 * Any bytes are a program. The form, all numbers little-endian:
 *
 *   byte 0       bit 0: wide, object slots have 32 bits instead of 16; bit 1: long, the header
 *                has 128 bytes instead of 48; the other bits are ignored
 *   byte 1..127  the rows of config.def in their order, each in as many bytes (1, 2 or 4) as its
 *                largest value needs, and each XORed with its default; the rest is ignored
 *   byte 128..   records of 12 bytes {code 1, cache 1, object 2, a 4, b 4}, or of 14 bytes in a
 *                wide program {code 1, cache 1, object 4, a 4, b 4}
 *
 * A short header holds the bytes 1..47 of a long one. It is read, and never written.
 *
 * Bytes that are missing from the header read as zero, so no bytes at all are the default heap and
 * no ops, and a row that is appended to the table keeps older programs as they were. A record that
 * is cut short is dropped. A value out of its row's range is folded into it (arenas to mostly tiny
 * ones), and rows that contradict each other are brought to agree, so heap_config_is_valid() holds.
 * An unassigned code is a NOP, and bits that belong to no operand are dropped.
 *
 * Encoding a decoded program gives its canonical bytes; decoding canonical bytes and encoding
 * again gives the same bytes, and decoding an encoded program gives the same program.
 */
#ifndef FUZZ_PROGRAM_H
#define FUZZ_PROGRAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "allocator/base/config.h"
#include "fuzz/ops.h"

enum {
    PROGRAM_HEADER_SIZE = 128,
    PROGRAM_SHORT_HEADER_SIZE = 48,
    PROGRAM_WIDE = 1,                  /* bits of byte 0 */
    PROGRAM_LONG = 2,
    PROGRAM_NARROW_RECORD_SIZE = 12,
    PROGRAM_WIDE_RECORD_SIZE = 14,
};

struct program {
    struct heap_config config;    /* valid */
    bool wide;                    /* object slots have 32 bits */
    struct op *ops;               /* canonical; the array is the caller's */
    size_t op_count;
};

/* Reads the ops of a program one by one: no array, no copy. */
struct program_reader {
    struct heap_config config;
    bool wide;
    const uint8_t *next;          /* record to be read next */
    size_t op_count;              /* records left */
};

/* Bytes in front of the records, as the first byte says; the program may have fewer. */
static inline size_t program_header_size(const uint8_t *bytes, size_t size)
{
    bool is_long = size > 0 && (bytes[0] & PROGRAM_LONG) != 0;

    return is_long ? PROGRAM_HEADER_SIZE : PROGRAM_SHORT_HEADER_SIZE;
}

/* Opens any bytes; they stay the caller's and must outlive the reader. */
void program_open(struct program_reader *reader, const uint8_t *bytes, size_t size);

static inline uint32_t program_load32(const uint8_t *bytes)
{
    return (uint32_t)bytes[0] | (uint32_t)bytes[1] << 8 | (uint32_t)bytes[2] << 16 |
           (uint32_t)bytes[3] << 24;
}

/* The canonical op of one record. */
static inline struct op program_load_record(const uint8_t *record, bool wide)
{
    uint32_t narrow_object = (uint32_t)record[2] | (uint32_t)record[3] << 8;
    const uint8_t *rest = record + (wide ? 6 : 4);

    return op_canonical((struct op){
        .code = record[0],
        .cache = record[1],
        .object = wide ? program_load32(record + 2) : narrow_object,
        .a = program_load32(rest),
        .b = program_load32(rest + 4),
    });
}

static inline size_t program_record_size(bool wide)
{
    return wide ? PROGRAM_WIDE_RECORD_SIZE : PROGRAM_NARROW_RECORD_SIZE;
}

/* False at the end of the program. */
static inline bool program_next(struct program_reader *reader, struct op *op)
{
    if (reader->op_count == 0) {
        return false;
    }
    *op = program_load_record(reader->next, reader->wide);
    reader->next += program_record_size(reader->wide);
    reader->op_count--;
    return true;
}

/* Ops that the bytes hold. */
size_t program_op_count(const uint8_t *bytes, size_t size);

/*
 * Decodes any bytes into the caller's array; ops beyond its capacity are dropped. A capacity of
 * program_op_count() always suffices.
 */
void program_decode(const uint8_t *bytes, size_t size, struct program *program, struct op *ops,
                    size_t capacity);

/* Bytes that program_encode() needs. */
size_t program_encoded_size(const struct program *program);

/*
 * Writes the canonical bytes of a valid program and returns their number; writes nothing and
 * returns 0 if they exceed capacity.
 */
size_t program_encode(const struct program *program, uint8_t *bytes, size_t capacity);

/* Writes one record, program_record_size() bytes. op is canonical. */
void program_store_record(uint8_t *record, bool wide, const struct op *op);

/* The header alone: PROGRAM_HEADER_SIZE bytes, and any number of bytes, read as described above. */
void program_store_header(uint8_t *header, bool wide, const struct heap_config *config);
void program_load_header(const uint8_t *bytes, size_t size, bool *wide, struct heap_config *config);

/* Brings rows that contradict each other to agree: the lower bound gives way. */
void program_repair_config(struct heap_config *config);

/* Same configuration, width and ops. */
bool program_is_equal(const struct program *program, const struct program *other);

#endif
