/*
 * A program's bytes as a tape of records that can be cut and pasted in place. For the mutator.
 */
#ifndef FUZZ_TAPE_H
#define FUZZ_TAPE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "fuzz/program.h"

/* A program's bytes in a buffer of the caller. */
struct tape_bytes {
    uint8_t *data;
    size_t size;
    size_t max_size;      /* of the buffer, at least PROGRAM_HEADER_SIZE */
};

struct tape {
    uint8_t *records;     /* the caller's, behind the header */
    size_t count;         /* records */
    size_t capacity;      /* records */
    size_t record_size;   /* bytes */
    bool wide;
};

/*
 * Opens a program and gives it a whole long header: what is missing of it becomes zero, and records
 * that no longer fit are dropped.
 */
void tape_open(struct tape *tape, bool wide, struct tape_bytes bytes);

/* Whether an op is a schedule line that says how the next op runs, and means nothing without it. */
static inline bool op_is_prelude(uint8_t code)
{
    return code == OP_PARK || code == OP_IRQ || code == OP_NMI;
}

static inline uint8_t tape_code(const struct tape *tape, size_t at)
{
    return tape->records[at * tape->record_size];
}

static inline struct op tape_load(const struct tape *tape, size_t at)
{
    return program_load_record(tape->records + at * tape->record_size, tape->wide);
}

static inline void tape_store(struct tape *tape, size_t at, const struct op *op)
{
    program_store_record(tape->records + at * tape->record_size, tape->wide, op);
}

/* Removes count records from at on; at + count <= tape->count. */
void tape_remove(struct tape *tape, size_t at, size_t count);

/*
 * Makes room for count records before at, for the caller to store. Returns how many it made room
 * for: where the tape is full, the records from at on make way first, and then the new ones.
 */
size_t tape_insert(struct tape *tape, size_t at, size_t count);

/*
 * A unit is an op and the prelude before it; cut between units, programs keep their races. These
 * take a cut, 0 .. count, backward to the beginning of the unit it is in, or forward to its end.
 */
size_t tape_cut_before(const struct tape *tape, size_t at);
size_t tape_cut_behind(const struct tape *tape, size_t at);

/* Exchanges two records. */
void tape_swap(struct tape *tape, size_t at, size_t other);

/* Copies count records from another tape, of whatever width, over those from at on. */
void tape_copy(struct tape *tape, size_t at, const struct tape *source, size_t from, size_t count);

/* Bytes of the whole program. */
static inline size_t tape_size(const struct tape *tape)
{
    return PROGRAM_HEADER_SIZE + tape->count * tape->record_size;
}

#endif
