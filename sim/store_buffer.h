/*
 * A store buffer: stores of one CPU that the others do not see yet, oldest first.
 *
 * As on x86: the CPU itself reads its newest store, the others see the stores in their order, and
 * a CAS or the taking of a lock lets all of them out first. Unlocking is a store like any other.
 */
#ifndef SIM_STORE_BUFFER_H
#define SIM_STORE_BUFFER_H

#include <stdbool.h>
#include <stdint.h>

#include "allocator/base/world.h"

enum { STORE_BUFFER_SIZE = 8 };

struct held_store {
    struct world_word *word;
    uint64_t value;
};

struct store_buffer {
    struct held_store stores[STORE_BUFFER_SIZE];
    unsigned count;
};

/* Holds a store back; a full buffer lets the oldest one out. */
void store_buffer_push(struct store_buffer *buffer, struct world_word *word, uint64_t value);

/* What the buffer's CPU reads: its own newest store, else memory. */
uint64_t store_buffer_read(const struct store_buffer *buffer, const struct world_word *word);

/* Lets all stores out. */
void store_buffer_drain(struct store_buffer *buffer);

#endif
