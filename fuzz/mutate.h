/*
 * The mutator of both engines: it changes programs op by op, in their form as bytes.
 *
 * It follows what the program does to its slots, so that what it inserts mostly makes sense where
 * it is inserted, and mends what a change broke; it leans to long programs on few slots, to tiny
 * arenas, and to sizes at class boundaries. The same bytes and seed give the same result.
 */
#ifndef FUZZ_MUTATE_H
#define FUZZ_MUTATE_H

#include <stddef.h>
#include <stdint.h>

/* Which ops a target runs: others are never inserted. */
enum mutate_profile {
    MUTATE_SEQUENCE,    /* every PLAIN and WORLD op */
    MUTATE_MISUSE,      /* the same and MISUSE ops */
    MUTATE_BUDDY,       /* page runs, large kmalloc, page failures; no caches */
    MUTATE_SMP,         /* every PLAIN, WORLD and SCHEDULE op: races */
    MUTATE_PROFILE_COUNT
};

/* Each fuzz target has its own, named in its cc_fuzz_test(): the engines call without a profile. */
extern const enum mutate_profile mutate_profile;

/*
 * Mutates data, size bytes of a buffer of max_size, in place and returns the new size, at most
 * max_size. Any bytes are accepted; the result is a canonical program if max_size leaves room for
 * its header, else the bytes are returned as they are. O(ops).
 */
size_t mutate_program(uint8_t *data, size_t size, size_t max_size, uint64_t seed);

/* Makes one program of two into out, of max_size bytes; returns its size. O(ops of both). */
size_t cross_programs(const uint8_t *a, size_t a_size, const uint8_t *b, size_t b_size,
                      uint8_t *out, size_t max_size, uint64_t seed);

/* The same, for callers that choose the profile. */
size_t mutate_program_as(enum mutate_profile profile, uint8_t *data, size_t size, size_t max_size,
                         uint64_t seed);
size_t cross_programs_as(enum mutate_profile profile, const uint8_t *a, size_t a_size,
                         const uint8_t *b, size_t b_size, uint8_t *out, size_t max_size,
                         uint64_t seed);

#endif
