#include "tests/model/replay.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fuzz/engines/standalone.h"
#include "fuzz/trace.h"

enum { GROWTH_STEPS = 24 };

/* The mutator's own; here each call says which it wants. */
const enum mutate_profile mutate_profile = MUTATE_SEQUENCE;

struct program replay_read(const char *path)
{
    size_t size;
    char *text = (char *)standalone_read_file(path, &size);
    size_t capacity = text != NULL ? trace_op_capacity(text, size) : 0;
    struct program program = {.ops = calloc(capacity + 1, sizeof(struct op))};
    struct trace_error error;

    if (text == NULL || program.ops == NULL) {
        exit(1);
    }
    if (!trace_read(text, size, &program, capacity, &error)) {
        printf("%s:%zu: %s\n", path, error.line, error.cause);
        exit(1);
    }
    free(text);
    return program;
}

enum run_ops replay_ops(enum mutate_profile profile)
{
    static const enum run_ops ops[MUTATE_PROFILE_COUNT] = {
        [MUTATE_SEQUENCE] = RUN_SEQUENCE,
        [MUTATE_MISUSE] = RUN_ALL,
        [MUTATE_BUDDY] = RUN_BUDDY,
        [MUTATE_SMP] = RUN_SMP,
    };

    return ops[profile];
}

enum run_ops replay_ops_of(const char *name)
{
    static const char *const names[MUTATE_PROFILE_COUNT] = {
        [MUTATE_SEQUENCE] = "sequence",
        [MUTATE_MISUSE] = "misuse",
        [MUTATE_BUDDY] = "buddy",
        [MUTATE_SMP] = "smp",
    };

    for (int profile = 0; profile < MUTATE_PROFILE_COUNT; profile++) {
        if (strcmp(name, names[profile]) == 0) {
            return replay_ops((enum mutate_profile)profile);
        }
    }
    printf("%s: no such profile\n", name);
    exit(1);
}

size_t replay_grow(enum mutate_profile profile, uint64_t seed, uint8_t *bytes, size_t capacity)
{
    size_t size = 0;

    for (uint64_t step = 0; step < GROWTH_STEPS; step++) {
        size = mutate_program_as(profile, bytes, size, capacity, seed * GROWTH_STEPS + step);
    }
    return size;
}
