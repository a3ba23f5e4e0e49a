/*
 * The counters of a cache: what its allocations and frees came to, CPU by CPU.
 *
 * Off by default. A cache that counts takes no fast path: its lists are careful (cpu_word.h), so
 * that every call passes a place where it is counted. Each counter is a word of one CPU, changed by
 * CAS: an interrupt counts too, and a task may have moved on by the time it counts.
 *
 * Nothing is ever set back. Clearing a counter remembers what it was, and readers see the
 * difference, so what was counted meanwhile is not lost.
 */
#ifndef ALLOCATOR_CACHE_STATS_H
#define ALLOCATOR_CACHE_STATS_H

#include <stdint.h>

#include "allocator/base/params.h"
#include "allocator/base/world.h"
#include "allocator/cache/stats.def"

enum cache_stat {
#define X(ID, name, why) STAT_##ID,
    CACHE_STATS(X)
#undef X
    STAT_COUNT
};

struct cache_stats {
    struct world_word counts[CPU_MAX][STAT_COUNT];     /* since the cache was made */
    struct world_word cleared[CPU_MAX][STAT_COUNT];    /* what they were when cleared last */
};

/* "alloc_fastpath"; item < STAT_COUNT. */
const char *stats_name(enum cache_stat item);

/* Adds to a counter of the CPU this is. No lock: any context. O(1). */
void stats_add(struct cache_stats *stats, enum cache_stat item, uint64_t count);

/* A counter of one CPU, or of all, since it was cleared last. O(1), O(CPU_MAX). */
uint64_t stats_of_cpu(const struct cache_stats *stats, enum cache_stat item, cpu_id_t cpu);
uint64_t stats_total(const struct cache_stats *stats, enum cache_stat item);

/* From here on readers see what is counted from here on. O(CPU_MAX). */
void stats_clear(struct cache_stats *stats, enum cache_stat item);

#endif
