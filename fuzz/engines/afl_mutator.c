/*
 * Gives AFL++ the project's mutator, as a shared library that afl-fuzz loads when it is named by
 * AFL_CUSTOM_MUTATOR_LIBRARY. Inputs are trimmed by AFL++ itself.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "fuzz/mutate.h"

/* The interface of AFL++ 4 custom mutators; it ships no header for C. */
struct mutator *afl_custom_init(void *afl, unsigned seed);
size_t afl_custom_fuzz(struct mutator *mutator, uint8_t *data, size_t size, uint8_t **out,
                       uint8_t *other, size_t other_size, size_t max_size);
void afl_custom_deinit(struct mutator *mutator);

enum { CROSS_PERIOD = 8, STACK_MAX = 4 };

struct mutator {
    uint64_t state;    /* of the random sequence */
    uint8_t *program;  /* what the last call returned */
    size_t capacity;   /* of program, bytes */
};

/* Splitmix64: any state, 0 included, is as good as any other. */
static uint64_t next_random(struct mutator *mutator)
{
    mutator->state += 0x9e3779b97f4a7c15u;
    uint64_t mixed = mutator->state;
    mixed = (mixed ^ (mixed >> 30)) * 0xbf58476d1ce4e5b9u;
    mixed = (mixed ^ (mixed >> 27)) * 0x94d049bb133111ebu;
    return mixed ^ (mixed >> 31);
}

struct mutator *afl_custom_init(void *afl, unsigned seed)
{
    (void)afl;
    struct mutator *mutator = calloc(1, sizeof(*mutator));
    if (mutator != NULL) {
        mutator->state = seed;
    }
    return mutator;
}

static int reserve(struct mutator *mutator, size_t capacity)
{
    if (capacity <= mutator->capacity) {
        return 1;
    }
    uint8_t *program = realloc(mutator->program, capacity);
    if (program == NULL) {
        return 0;
    }
    mutator->program = program;
    mutator->capacity = capacity;
    return 1;
}

/* Crosses data with another input of the queue now and then; else makes a few edits in a row. */
size_t afl_custom_fuzz(struct mutator *mutator, uint8_t *data, size_t size, uint8_t **out,
                       uint8_t *other, size_t other_size, size_t max_size)
{
    if (!reserve(mutator, max_size)) {
        *out = NULL;
        return 0;
    }
    *out = mutator->program;
    if (other != NULL && other_size > 0 && next_random(mutator) % CROSS_PERIOD == 0) {
        return cross_programs(data, size, other, other_size, mutator->program, max_size,
                              next_random(mutator));
    }

    size_t new_size = size < max_size ? size : max_size;
    memcpy(mutator->program, data, new_size);
    for (uint64_t edits = 1 + next_random(mutator) % STACK_MAX; edits > 0; edits--) {
        new_size = mutate_program(mutator->program, new_size, max_size, next_random(mutator));
    }
    return new_size;
}

void afl_custom_deinit(struct mutator *mutator)
{
    free(mutator->program);
    free(mutator);
}
