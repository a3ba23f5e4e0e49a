/*
 * The memory of a heap: its arena, one descriptor a frame, and the zones that the frames belong to.
 *
 *     zones[0]               zones[1]
 *     +---------------------+-------------------------+
 *     | first ...           | end, first ...          | end
 *     +---------------------+-------------------------+
 *
 * The zones cover the arena in the order of their frames. What concerns all of them lies here.
 *
 * Each NUMA node with memory has one zone; node 0 has another one before it if devices reach only
 * config->dma_pages pages. The nodes share the arena equally but for config->node_skew. Node m is
 * as far from node n as m XOR n says. Whoever asks for pages near a node searches the zones of its
 * zonelist in turn: near nodes first, and of each node the zone for devices last.
 */
#ifndef ALLOCATOR_PAGE_MEMORY_H
#define ALLOCATOR_PAGE_MEMORY_H

#include <stddef.h>
#include <stdint.h>

#include "allocator/base/config.h"
#include "allocator/base/fault.h"
#include "allocator/base/platform.h"
#include "allocator/page/zone.h"

/* Zones in the order in which they are searched. */
struct zonelist {
    uint32_t count;
    uint8_t zones[ZONE_MAX];
};

struct page_owner;

struct page_memory {
    /* Fixed after memory_init(). */
    unsigned char *arena;            /* first byte of frame 0, aligned to the largest run */
    struct page *pages;              /* page_count descriptors */
    struct page_owner *owners;       /* as many records, see page_owner.h; NULL: none are kept */
    uint32_t page_count;
    uint32_t zone_count;
    uint32_t node_count;
    bool has_dma;                    /* zones[0] is what devices reach */
    const struct heap_config *config;
    const struct platform *platform;
    struct zonelist zonelists[NODE_MAX];    /* of each node */

    struct world_word online_nodes;  /* a bit for each node with memory; stored by one at a time */

    /* Protected by the lock of zones[0], which every machine has. */
    uint64_t fail_countdown;         /* allocations until one is failed on purpose; 0: never */

    struct fault fault;              /* failures on purpose, with config->fault_injection */
    struct world_word pcp_barred;    /* reasons why CPUs may have no pages at hand: pcp.h */
    struct page_zone zones[ZONE_MAX];
};

/* Bytes of the tables of an arena: page_count descriptors, and behind them the pageblocks'. */
size_t memory_table_size(uint32_t page_count);

/*
 * Makes all of the arena, config->page_count pages, free. arena, pages, config and platform are the
 * caller's and outlive the memory; pages is where the tables lie, zero-filled, and the arena is
 * hidden, as platform->map() returns them. O(pages / 1024).
 */
void memory_init(struct page_memory *memory, unsigned char *arena, struct page *pages,
                 const struct heap_config *config, const struct platform *platform);

/* True if the node has memory, offline or not; any number will do. */
bool memory_node_has_zone(struct page_memory *memory, uint32_t node);

/*
 * Takes a node's memory away: its pages are given out no more. False, and nothing changes, if one
 * of them is in use, if it has none, or for node 0. One caller at a time of this and the next; both
 * take the lock of the node's zone.
 */
bool memory_take_offline(struct page_memory *memory, uint32_t node);

/* Brings it back. False if it was not away. */
bool memory_take_online(struct page_memory *memory, uint32_t node);

/* True if the node has memory that is not offline; any number will do. Node 0 always has. */
static inline bool memory_node_is_online(const struct page_memory *memory, uint32_t node)
{
    return node == 0 ||
           (node < memory->node_count && (world_load(&memory->online_nodes) >> node & 1) != 0);
}

/*
 * True if no zone of the node wants to be balanced, or none any more: each that is above its high
 * watermark wants nothing from then on. Takes their locks.
 */
bool memory_end_balancing(struct page_memory *memory, uint32_t node);

/* The node nearest to this one that has memory now. */
uint32_t memory_nearest_node(const struct page_memory *memory, uint32_t node);

/* The node that a CPU is of. */
static inline uint32_t memory_node_of_cpu(const struct page_memory *memory, cpu_id_t cpu)
{
    return memory->node_count == 1 ? 0 : cpu % memory->node_count;
}

/* Allocations that returned NULL so far. Takes the lock of each zone. */
uint64_t memory_failure_count(struct page_memory *memory);

static inline struct page *memory_page(const struct page_memory *memory, pfn_t pfn)
{
    return &memory->pages[pfn];
}

static inline pfn_t memory_pfn(const struct page_memory *memory, const struct page *page)
{
    return (pfn_t)(page - memory->pages);
}

static inline void *memory_address(const struct page_memory *memory, const struct page *page)
{
    return memory->arena + ((size_t)memory_pfn(memory, page) << PAGE_SHIFT);
}

static inline bool memory_contains(const struct page_memory *memory, const void *address)
{
    uintptr_t offset = (uintptr_t)address - (uintptr_t)memory->arena;

    return offset < (size_t)memory->page_count << PAGE_SHIFT;
}

/* Descriptor of the frame an address lies in; memory_contains(memory, address) holds. */
static inline struct page *memory_page_at(const struct page_memory *memory, const void *address)
{
    return memory_page(memory,
                       (pfn_t)(((uintptr_t)address - (uintptr_t)memory->arena) >> PAGE_SHIFT));
}

/* Head of the run that a frame belongs to; the frame itself if it is no tail. */
static inline struct page *memory_head(const struct page_memory *memory, struct page *page)
{
    struct page_state state = page_state(page);

    return state.kind == PAGE_TAIL ? memory_page(memory, state.head) : page;
}

/* Head of the run an address lies in, or NULL if it lies outside the arena. */
static inline struct page *memory_head_at(const struct page_memory *memory, const void *address)
{
    return memory_contains(memory, address) ? memory_head(memory, memory_page_at(memory, address))
                                            : NULL;
}

/* The zone of a frame of the arena. O(zones). */
static inline struct page_zone *zone_of_page(struct page_memory *memory, const struct page *page)
{
    pfn_t pfn = memory_pfn(memory, page);
    struct page_zone *zone = memory->zones;

    while (pfn >= zone->end) {
        zone++;
    }
    return zone;
}

#endif
