/*
 * Pageblocks: the unit of mobility. All free pages of a block are of one type, the block's.
 *
 *     block     0          1          2 ...
 *             +----------+----------+----------+
 *     byte    | MOVABLE  | UNMOVABLE| MOVABLE, |
 *             |          |          | isolated |
 *             +----------+----------+----------+
 *
 * A free run that covers several blocks has all of them of its type (BUDDY_BLOCK_TYPE). Isolation
 * hides the type of a block and does not change it: the block reads as MIGRATE_ISOLATE until that
 * is over. A block that lies in two zones belongs to neither and keeps its type for good.
 *
 * Every function wants zone->lock held; the bytes of a zone's blocks are read and written under it
 * alone. Without pageblocks (config->pageblock_order is 0) a block is a largest run, and only
 * isolation knows of it.
 */
#ifndef ALLOCATOR_PAGE_PAGEBLOCK_H
#define ALLOCATOR_PAGE_PAGEBLOCK_H

#include <stddef.h>

#include "allocator/base/bits.h"
#include "allocator/base/invariant.h"
#include "allocator/page/zone.h"

/* Bit of a block's byte; the others are its type. */
static const unsigned PAGEBLOCK_ISOLATED = 0x80;

/* Bytes of the table of an arena's blocks: enough for any order of a block. */
static inline size_t pageblock_table_size(uint32_t page_count)
{
    return page_count / 2 + 1;
}

/* Blocks of the arena, the last of which may be short. */
static inline uint32_t pageblock_total(const struct page_zone *zone)
{
    return ((zone->arena_end - 1) >> zone->block_order) + 1;
}

static inline uint32_t pageblock_of(const struct page_zone *zone, pfn_t pfn)
{
    return pfn >> zone->block_order;
}

static inline pfn_t pageblock_first(const struct page_zone *zone, uint32_t block)
{
    return block << zone->block_order;
}

/* What the table says of a block, which the arena has: a frame number may be anything, this not. */
static inline unsigned pageblock_byte(const struct page_zone *zone, uint32_t block)
{
    INVARIANT(block < pageblock_total(zone), BLOCK_KNOWN);
    return zone->blocks[block];
}

/* The type of the block a frame lies in, isolated or not. */
static inline enum migrate_type pageblock_own_type(const struct page_zone *zone, pfn_t pfn)
{
    return (enum migrate_type)(pageblock_byte(zone, pageblock_of(zone, pfn)) &
                               ~PAGEBLOCK_ISOLATED);
}

static inline bool pageblock_is_isolated(const struct page_zone *zone, uint32_t block)
{
    return (pageblock_byte(zone, block) & PAGEBLOCK_ISOLATED) != 0;
}

/* The type of the free pages around a frame: the list that they are on. */
static inline enum migrate_type pageblock_type(const struct page_zone *zone, pfn_t pfn)
{
    return pageblock_is_isolated(zone, pageblock_of(zone, pfn)) ? MIGRATE_ISOLATE
                                                                : pageblock_own_type(zone, pfn);
}

/* True if all frames of the block that the arena has are the zone's. */
bool pageblock_is_whole(const struct page_zone *zone, uint32_t block);

/* Marks every block of a run that is on no list, and covers blocks, as being of the type. */
void pageblock_mark(struct page_zone *zone, pfn_t pfn, unsigned order, enum migrate_type type);

/*
 * Gives a whole block another type, or isolates it, or ends that, and moves its free runs to the
 * lists they belong on from then on. Returns the pages that were moved. O(pages of the block).
 */
uint32_t pageblock_set_type(struct page_zone *zone, uint32_t block, enum migrate_type type);
uint32_t pageblock_isolate(struct page_zone *zone, uint32_t block);
uint32_t pageblock_unisolate(struct page_zone *zone, uint32_t block);

/* What a block holds, in pages. */
struct pageblock_use {
    uint32_t free;
    uint32_t alike;    /* in use by those who asked for the type */
    uint32_t other;    /* everything else */
};

/* O(pages of the block). */
struct pageblock_use pageblock_count(const struct page_zone *zone, uint32_t block,
                                     enum migrate_type type);

/*
 * The frame behind the run that a frame lies in, where that is known: behind the frame itself, if
 * it lies inside a free run. What is no order, a damaged one or a hole's, counts as 0.
 */
pfn_t pageblock_run_end(const struct page_zone *zone, pfn_t pfn);

#endif
