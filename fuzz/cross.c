/*
 * Crossover: one program made of two. Runs of records are taken from both in turn; what does not
 * fit together is mended.
 */
#include <string.h>

#include "fuzz/mutate.h"
#include "fuzz/mutation.h"

/* One way to go on from two programs. */
struct cross {
    struct tape out;
    struct tape parents[2];
    size_t taken[2];           /* records used up */
    struct random random;
};

/* Takes records of a parent, up to the end of a unit. */
static void append(struct cross *cross, unsigned parent, size_t count)
{
    struct tape *out = &cross->out;
    const struct tape *source = &cross->parents[parent];
    size_t from = cross->taken[parent];
    size_t left = source->count - from;
    size_t room = out->capacity - out->count;

    count = count < left ? tape_cut_behind(source, from + count) - from : left;
    cross->taken[parent] += count;
    count = count < room ? count : room;
    tape_copy(out, out->count, source, from, count);
    out->count += count;
}

static size_t below(struct cross *cross, size_t bound)
{
    return random_below(&cross->random, (uint32_t)bound);
}

/* Goes on with a parent from anywhere. */
static void skip(struct cross *cross, unsigned parent)
{
    struct tape *tape = &cross->parents[parent];

    cross->taken[parent] = tape_cut_before(tape, below(cross, tape->count + 1));
}

/* The beginning of one, then the end of the other. */
static void join_halves(struct cross *cross)
{
    append(cross, 0, below(cross, cross->parents[0].count + 1));
    skip(cross, 1);
    append(cross, 1, cross->parents[1].count);
}

/* A run of the second, within the first. */
static void insert_run(struct cross *cross)
{
    append(cross, 0, below(cross, cross->parents[0].count + 1));
    skip(cross, 1);
    append(cross, 1, 1 + below(cross, 64));
    append(cross, 0, cross->parents[0].count);
}

/* A few ops of each in turn, as if two programs ran on one heap. */
static void interleave(struct cross *cross)
{
    unsigned parent = 0;

    while (cross->taken[0] < cross->parents[0].count || cross->taken[1] < cross->parents[1].count) {
        append(cross, parent, 1 + below(cross, 16));
        parent ^= 1;
    }
}

static void open_parent(struct tape *tape, const uint8_t *data, size_t size)
{
    size_t header_size = program_header_size(data, size);

    /* A parent is only read. */
    tape->records = (uint8_t *)(uintptr_t)data + (size > header_size ? header_size : 0);
    tape->wide = size > 0 && (data[0] & PROGRAM_WIDE) != 0;
    tape->record_size = program_record_size(tape->wide);
    tape->count = program_op_count(data, size);
    tape->capacity = tape->count;
}

size_t cross_programs_as(enum mutate_profile profile, const uint8_t *a, size_t a_size,
                         const uint8_t *b, size_t b_size, uint8_t *out, size_t max_size,
                         uint64_t seed)
{
    static void (*const ways[])(struct cross *) = {join_halves, insert_run, interleave};
    struct cross cross = {.random = {random_mix(seed)}};
    struct heap_config config;
    struct mutation mutation;
    bool wide;

    if (max_size < PROGRAM_HEADER_SIZE) {
        memcpy(out, a, a_size < max_size ? a_size : max_size);
        return a_size < max_size ? a_size : max_size;
    }

    program_load_header(a, a_size, &wide, &config);
    open_parent(&cross.parents[0], a, a_size);
    open_parent(&cross.parents[1], b, b_size);
    wide = wide || cross.parents[1].wide;
    program_store_header(out, wide, &config);
    tape_open(&cross.out, wide, (struct tape_bytes){out, PROGRAM_HEADER_SIZE, max_size});
    ways[below(&cross, sizeof(ways) / sizeof(ways[0]))](&cross);

    mutation_open(&mutation, profile, (struct tape_bytes){out, tape_size(&cross.out), max_size},
                  seed);
    mutation_mend(&mutation);
    return mutation_close(&mutation, out);
}

size_t cross_programs(const uint8_t *a, size_t a_size, const uint8_t *b, size_t b_size,
                      uint8_t *out, size_t max_size, uint64_t seed)
{
    return cross_programs_as(mutate_profile, a, a_size, b, b_size, out, max_size, seed);
}
