/*
 * The simulated machine's memory: one arena and one descriptor area a heap, at fixed addresses.
 *
 * Both are mapped once, for the largest heap, and kept; the host gives pages as they are touched.
 * Between heaps they are clean: zero, and the arena hidden. Keeping them so is sim_memory_clear()'s
 * work, which the journal tells where to look.
 */
#ifndef SIM_MEMORY_H
#define SIM_MEMORY_H

#include <stdbool.h>
#include <stddef.h>

struct journal;

struct sim_memory {
    unsigned char *arena;
    unsigned char *descriptors;
    size_t arena_size;            /* bytes given out; 0: none */
    size_t descriptors_size;
    size_t hidden_size;           /* bytes of the arena that were hidden once: the largest ever */
};

/*
 * Maps both areas of heap_index. If the addresses are taken or too large for the host, says so on
 * stderr and exits with code 3.
 */
void sim_memory_init(struct sim_memory *memory, unsigned heap_index);
void sim_memory_fini(struct sim_memory *memory);

/*
 * Clears what the journaled heap touched: its own fields, the cache slots and descriptors that were
 * written, and the pages of frames that were ever allocated. O(what was touched).
 */
void sim_memory_clear(const struct sim_memory *memory, const struct journal *journal);

/* True if all that was ever given out is clean. O(bytes). */
bool sim_memory_is_clean(const struct sim_memory *memory);

#endif
