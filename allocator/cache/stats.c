#include "allocator/cache/stats.h"

const char *stats_name(enum cache_stat item)
{
    static const char *const names[STAT_COUNT] = {
#define X(ID, name, why) #name,
        CACHE_STATS(X)
#undef X
    };

    return names[item];
}

void stats_add(struct cache_stats *stats, enum cache_stat item, uint64_t count)
{
    struct world_word *word = &stats->counts[world_cpu()][item];
    uint64_t old = world_load(word);

    while (!world_cas(word, &old, old + count)) {
    }
}

/* Cleared is read first: it is never ahead of the count. */
uint64_t stats_of_cpu(const struct cache_stats *stats, enum cache_stat item, cpu_id_t cpu)
{
    uint64_t cleared = world_load(&stats->cleared[cpu][item]);

    return world_load(&stats->counts[cpu][item]) - cleared;
}

uint64_t stats_total(const struct cache_stats *stats, enum cache_stat item)
{
    uint64_t total = 0;

    for (cpu_id_t cpu = 0; cpu < CPU_MAX; cpu++) {
        total += stats_of_cpu(stats, item, cpu);
    }
    return total;
}

void stats_clear(struct cache_stats *stats, enum cache_stat item)
{
    for (cpu_id_t cpu = 0; cpu < CPU_MAX; cpu++) {
        struct world_word *cleared = &stats->cleared[cpu][item];
        uint64_t old = world_load(cleared);
        uint64_t now = world_load(&stats->counts[cpu][item]);

        (void)world_cas(cleared, &old, now);
    }
}
