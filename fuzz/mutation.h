/*
 * What mutate.c and cross.c share: a program being changed, with the forecast of its beginning.
 * Private to the mutator.
 */
#ifndef FUZZ_MUTATION_H
#define FUZZ_MUTATION_H

#include "fuzz/generate.h"
#include "fuzz/tape.h"

struct mutation {
    struct heap_config config;
    struct tape tape;
    struct generator generator;    /* its forecast is before the op at position */
    size_t position;
    uint32_t counts[OP_CODE_COUNT];    /* ops before the position, by code */
};

/* Opens a program before its first op. Its bytes stay the caller's. */
void mutation_open(struct mutation *mutation, enum mutate_profile profile, struct tape_bytes bytes,
                   uint64_t seed);

/* Takes the forecast, which is not behind at, to the op at at. Makes what it passes canonical. */
void mutation_advance(struct mutation *mutation, size_t at);

/* Goes from the position to the end, and makes each op a step or drops it. */
void mutation_mend(struct mutation *mutation);

/* Starts the forecast again after the configuration was changed. */
void mutation_restart(struct mutation *mutation);

/* Writes the header; returns the bytes of the whole program. */
size_t mutation_close(struct mutation *mutation, uint8_t *data);

#endif
