#include "fuzz/tape.h"

#include <string.h>

void tape_open(struct tape *tape, bool wide, struct tape_bytes bytes)
{
    size_t header_size = program_header_size(bytes.data, bytes.size);
    size_t read_size = bytes.size < header_size ? bytes.size : header_size;
    size_t count = program_op_count(bytes.data, bytes.size);

    tape->wide = wide;
    tape->record_size = program_record_size(wide);
    tape->records = bytes.data + PROGRAM_HEADER_SIZE;
    tape->capacity = (bytes.max_size - PROGRAM_HEADER_SIZE) / tape->record_size;
    tape->count = count < tape->capacity ? count : tape->capacity;
    memmove(tape->records, bytes.data + header_size, tape->count * tape->record_size);
    memset(bytes.data + read_size, 0, PROGRAM_HEADER_SIZE - read_size);
    bytes.data[0] |= PROGRAM_LONG;
}

static void move(struct tape *tape, size_t target, size_t source, size_t count)
{
    memmove(tape->records + target * tape->record_size, tape->records + source * tape->record_size,
            count * tape->record_size);
}

void tape_remove(struct tape *tape, size_t at, size_t count)
{
    move(tape, at, at + count, tape->count - at - count);
    tape->count -= count;
}

size_t tape_insert(struct tape *tape, size_t at, size_t count)
{
    size_t room = tape->capacity - at;
    size_t made = count < room ? count : room;
    size_t kept = tape->count - at < room - made ? tape->count - at : room - made;
    size_t final = tape->count - kept;

    /* The final ones are kept: what is overwritten is what the new records stand in for. */
    move(tape, at + made, final, kept);
    tape->count = at + made + kept;
    return made;
}

size_t tape_cut_before(const struct tape *tape, size_t at)
{
    while (at > 0 && op_is_prelude(tape_code(tape, at - 1))) {
        at--;
    }
    return at;
}

size_t tape_cut_behind(const struct tape *tape, size_t at)
{
    while (at > 0 && at < tape->count && op_is_prelude(tape_code(tape, at - 1))) {
        at++;
    }
    return at;
}

void tape_swap(struct tape *tape, size_t at, size_t other)
{
    struct op first = tape_load(tape, at);
    struct op second = tape_load(tape, other);

    tape_store(tape, at, &second);
    tape_store(tape, other, &first);
}

void tape_copy(struct tape *tape, size_t at, const struct tape *source, size_t from, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct op op = tape_load(source, from + i);

        tape_store(tape, at + i, &op);
    }
}
