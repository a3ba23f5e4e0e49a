/*
 * Reading a heap from outside: plain loads of the allocator's words, and pointers tested before
 * they are followed. No scheduling point is passed, no lock taken. All O(1).
 *
 * The readers named view_*_at take an address or a number that may be anything and answer NULL or
 * false for one that names nothing.
 */
#ifndef SANITIZERS_VIEW_H
#define SANITIZERS_VIEW_H

#include <stdbool.h>
#include <stdint.h>

#include "allocator/cache/heap_state.h"
#include "sanitizers/view_sums.h"
#include "allocator/page/pageblock.h"

static inline uint64_t view_word(const struct world_word *word)
{
    return atomic_load_explicit(&word->bits, memory_order_relaxed);
}

/* True if nobody is inside: the holder's word is clear. */
static inline bool view_lock_is_free(const struct world_lock *lock)
{
    return view_word(&lock->holder) == 0;
}

static inline struct page_state view_page(const struct kmem_heap *heap, pfn_t pfn)
{
    return page_state_unpack(view_word(&heap->memory.pages[pfn].state));
}

static inline struct slab_state view_slab(const struct slab *slab)
{
    return slab_state_unpack(view_word(&slab->state));
}

static inline enum slab_place view_place(const struct slab *slab)
{
    return (enum slab_place)view_word(&slab->place);
}

static inline struct cpu_word view_cpu(const struct kmem_cache_cpu *cpu)
{
    return cpu_word_unpack(view_word(&cpu->word));
}

static inline pfn_t view_slab_pfn(const struct kmem_heap *heap, const struct slab *slab)
{
    return (pfn_t)(slab - heap->slabs);
}

/* Element of a table that starts exactly at address, or count if there is none. */
static inline size_t view_index_at(const void *address, const void *table, size_t element_size,
                                   size_t count)
{
    size_t offset = (uintptr_t)address - (uintptr_t)table;
    size_t index = offset / element_size;

    return index < count && index * element_size == offset ? index : count;
}

/* Number of the zone a frame of the arena belongs to, or ZONE_MAX if none claims it. */
static inline unsigned view_zone_of(const struct kmem_heap *heap, pfn_t pfn)
{
    const struct page_memory *memory = &heap->memory;

    for (unsigned i = 0; i < memory->zone_count && i < ZONE_MAX; i++) {
        if (zone_has_frame(&memory->zones[i], pfn)) {
            return i;
        }
    }
    return ZONE_MAX;
}

/* How many of the frames [first, end) are not there, as the map says. */
static inline uint32_t view_hole_pages(const struct kmem_heap *heap, pfn_t first, pfn_t end)
{
    pfn_t hole_first = heap->config.hole_first;
    pfn_t hole_end = hole_first + heap->config.hole_pages;

    first = first > hole_first ? first : hole_first;
    end = end < hole_end ? end : hole_end;
    return first < end ? end - first : 0;
}

/* Frames of a zone that are there. */
static inline uint32_t view_present_pages(const struct kmem_heap *heap,
                                          const struct page_zone *zone)
{
    return zone->end - zone->first - view_hole_pages(heap, zone->first, zone->end);
}

/* The type of the pageblock a frame lies in, as its byte says: what free pages there are. */
static inline enum migrate_type view_block_type(const struct kmem_heap *heap, pfn_t pfn)
{
    const struct page_zone *zone = &heap->memory.zones[0];
    unsigned byte = zone->blocks[pfn >> zone->block_order];

    return (byte & PAGEBLOCK_ISOLATED) != 0 ? MIGRATE_ISOLATE : (enum migrate_type)byte;
}

/* True if the node has a zone that is not offline. */
static inline bool view_node_is_online(const struct kmem_heap *heap, unsigned node)
{
    for (unsigned i = 0; i < heap->memory.zone_count; i++) {
        if (heap->memory.zones[i].node == node && !heap->memory.zones[i].is_offline) {
            return true;
        }
    }
    return false;
}

/* The node that a frame is of; 0 if no zone claims it. */
static inline unsigned view_node_of(const struct kmem_heap *heap, pfn_t pfn)
{
    unsigned zone = view_zone_of(heap, pfn);

    return zone < ZONE_MAX ? heap->memory.zones[zone].node % NODE_MAX : 0;
}

/* Allocations of a kind that failed on purpose so far. */
static inline uint64_t view_faults(const struct kmem_heap *heap, enum heap_fault kind)
{
    return view_word(&heap_fault(heap, kind)->failures);
}

/* The slab descriptor at this address, if its frame heads a slab; else NULL. */
static inline struct slab *view_slab_at(const struct kmem_heap *heap, const void *address)
{
    uint32_t count = heap->memory.page_count;
    size_t pfn = view_index_at(address, heap->slabs, sizeof(struct slab), count);

    return pfn < count && view_page(heap, (pfn_t)pfn).kind == PAGE_SLAB ? &heap->slabs[pfn] : NULL;
}

/* Slot of the cache at this address if it is in use, or CACHE_MAX. */
static inline unsigned view_cache_slot_at(const struct kmem_heap *heap, const void *address)
{
    size_t slot =
        view_index_at(address, heap->cache_slots, sizeof(struct kmem_cache), CACHE_MAX);

    return slot < CACHE_MAX && heap->cache_is_used[slot] ? (unsigned)slot : CACHE_MAX;
}

/* Frame of the CPU's slab as cpu->slab names it; none of any heap's if the CPU has no slab. */
static inline pfn_t view_cpu_frame(const struct kmem_cache_cpu *cpu)
{
    return object_ref_frame(cpu_slab_word_unpack(view_word(&cpu->slab)).first);
}

/* The CPU's slab as cpu->slab names it, if that frame heads a slab; else NULL. */
static inline struct slab *view_cpu_slab(const struct kmem_heap *heap,
                                         const struct kmem_cache_cpu *cpu)
{
    pfn_t frame = view_cpu_frame(cpu);

    return frame < heap->memory.page_count ? view_slab_at(heap, &heap->slabs[frame]) : NULL;
}

#endif
