/* What a cache counts and holds back: one cache is made to, as if it always had. */
#include "allocator/base/compiler.h"
#include "allocator/cache/freelist.h"
#include "allocator/cache/object_bits.h"
#include "sanitizers/view.h"
#include "tests/canary/canary.h"

static void count(struct canary *canary, enum cache_stat item, uint64_t count)
{
    world_store(&canary->plain->stats.counts[0][item], count);
}

static void start_counting(struct canary *canary)
{
    struct kmem_cache *cache = canary->plain;
    uint64_t stacked = 0;

    for (unsigned cpu = 0; cpu < CPU_MAX; cpu++) {
        stacked += cache->cpus[cpu].partial_count;
    }
    cache->keeps_stats = true;
    count(canary, STAT_ALLOC_SLAB, cache->nodes[0].slab_count);
    count(canary, STAT_ALLOC_SLOWPATH, cache->nodes[0].slab_count);
    count(canary, STAT_CPU_PARTIAL_FREE, stacked);
    count(canary, STAT_FREE_ADD_PARTIAL, cache->nodes[0].partial_count);
}

void break_stat_slabs(struct canary *canary)
{
    start_counting(canary);
    count(canary, STAT_FREE_SLAB, 1);
}

void break_stat_cpu_partial(struct canary *canary)
{
    start_counting(canary);
    count(canary, STAT_CPU_PARTIAL_DRAIN, 1);
}

void break_stat_node_partial(struct canary *canary)
{
    start_counting(canary);
    count(canary, STAT_DEACTIVATE_TO_HEAD, 1);
}

void break_stat_sources(struct canary *canary)
{
    start_counting(canary);
    count(canary, STAT_ALLOC_REFILL, 1);
}

/* More bytes are said to be held back than are. */
void break_quarantine(struct canary *canary)
{
    canary->plain->quarantine_bytes = 4096;
    canary->plain->cpus[0].quarantine.bytes = 72;
    canary_touch(&canary->plain->cpus[0].lock);
}

void break_quarantine_bound(struct canary *canary)
{
    const struct slab *slab = canary->full;
    struct kmem_cache_cpu *cpu = &canary->plain->cpus[0];

    freelist_set_next_ref(canary->plain, slab_object(slab, 0), 0);
    cpu->quarantine.first = object_to_ref(canary->plain, slab_object(slab, 0));
    cpu->quarantine.last = cpu->quarantine.first;
    cpu->quarantine.bytes = 72;
    memory_hide(slab_object(slab, 0), 72);
    canary_touch(&cpu->lock);
}

void break_object_marked(struct canary *canary)
{
    canary->plain->knows_objects = true;
    object_bits_set(canary->plain, canary_free_object(canary->node_partial));
    canary_touch(&canary->node_partial->state);
}
