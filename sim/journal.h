/*
 * The journal: what the allocator wrote to shared memory, found by the address of each store.
 *
 *     step      frames whose frame or slab descriptor was written, caches, zones, registry; of
 *               all steps since the world was quiet
 *     run       every frame written since the reset, and those whose page ever left the free lists
 *
 * A judge looks at what a step touched, a reset clears what a run touched: neither costs more than
 * that. Entries name entities, not words, and each entity once. Plain fields follow the words: the
 * allocator stores a frame's state whenever its links change, and takes a cache's lock before it
 * touches its counters.
 *
 * The addresses mean something only relative to the heap whose tables they point into. Its frame
 * table is known as soon as memory_init() set it; until then only words of the heap itself count.
 */
#ifndef SIM_JOURNAL_H
#define SIM_JOURNAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "allocator/base/params.h"
#include "allocator/page/page.h"

struct kmem_heap;

enum { JOURNAL_CACHE_WORDS = (CACHE_MAX + 63) / 64 };

struct journal {
    const struct kmem_heap *heap;    /* NULL: nothing mapped, nothing journaled */
    uint32_t step;                   /* stamp of the current step, never 0; steps that others
                                        are in the middle of share one */
    uint64_t clock;                  /* world_time() of the step that began last */

    /* Of this step. */
    pfn_t *step_frames;              /* in order of their first write */
    uint32_t step_frame_count;
    uint64_t step_caches[JOURNAL_CACHE_WORDS];    /* bit per slot of heap->cache_slots */
    uint32_t step_zones;             /* bit per zone: its lock was taken */
    bool step_registry;              /* heap->registry_lock was taken */

    /* Since the reset. */
    pfn_t *run_frames;               /* in order of their first write */
    uint32_t run_frame_count;
    uint32_t *frame_stamps;          /* per frame: step of its last write; 0: never written */
    uint64_t *written;               /* bit per frame: frame_stamps != 0 */
    uint64_t *used;                  /* bit per frame: an allocated state was overwritten */
    uint64_t run_caches[JOURNAL_CACHE_WORDS];
};

static inline bool journal_frame_was_written(const struct journal *journal, pfn_t pfn)
{
    return (journal->written[pfn / 64] >> (pfn % 64) & 1) != 0;
}

static inline bool journal_cache_was_touched(const struct journal *journal, unsigned slot)
{
    return (journal->step_caches[slot / 64] >> (slot % 64) & 1) != 0;
}

#endif
