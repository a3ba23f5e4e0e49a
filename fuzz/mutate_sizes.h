/*
 * Which numbers are worth trying: sizes at class boundaries, tiny arenas, few CPUs, debug flags in
 * the combinations people use. One function a kind of number, each over one table.
 */
#ifndef FUZZ_MUTATE_SIZES_H
#define FUZZ_MUTATE_SIZES_H

#include <stdint.h>

#include "allocator/base/config.h"
#include "fuzz/mutate.h"
#include "fuzz/mutate_random.h"

/*
 * Bytes of a cache's objects; rarely one that no cache can have. Where races are looked for, slabs
 * shall hold few objects, so that slow paths are taken all the time: objects are large, or, as that
 * costs those who write and compare them nothing, aligned to a large part of a page.
 */
uint32_t choose_object_size(struct random *random, enum mutate_profile profile);

/* Bytes for kmalloc, of an arena of page_count pages; rarely 0 or more than there can be. */
uint32_t choose_kmalloc_size(struct random *random, uint32_t page_count);

/* The same, but large enough to come from the page layer. */
uint32_t choose_large_size(struct random *random, uint32_t page_count);

/* log2 of an alignment as create has it; mostly 0, none. */
uint32_t choose_align_log2(struct random *random, enum mutate_profile profile);

/* SLAB_ flags of a new cache; debug flags more often if the cache is to be misused. */
uint32_t choose_create_flags(struct random *random, enum mutate_profile profile);

/* Log2 of the pages of a run; rarely more than ORDER_MAX. */
uint32_t choose_order(struct random *random, uint32_t page_count);

/* Slots of a bulk op, 1..63: a few, or as many as a slab may hold. */
uint32_t choose_bulk_count(struct random *random);

/* Where misuse hits a range of size bytes: at its ends, in its middle, or anywhere. */
uint32_t choose_offset(struct random *random, uint32_t size);

/*
 * Accesses to shared memory before an op parks, at least 1: mostly few, as most windows lie within
 * a fast path or at the beginning of a slow one.
 */
uint32_t choose_after(struct random *random);

/* The same where interrupts shall still be on: mostly in a fast path, or before a lock is taken. */
uint32_t choose_early_after(struct random *random);

/* The same in an op that goes through slabs, or caches, one by one. */
uint32_t choose_late_after(struct random *random);

/* A value of a row of config.def, within its range. */
uint64_t choose_config_value(struct random *random, enum mutate_profile profile, size_t index);

#endif
