#include "allocator/page/isolate.h"

#include "allocator/base/errors.h"
#include "allocator/page/pageblock.h"
#include "allocator/page/pcp.h"

/* The blocks of a range: [first, end). */
struct block_range {
    uint32_t first;
    uint32_t end;
};

/* What is done to one block under its zone's lock: pages moved, or a negative error. */
typedef int64_t block_function(struct page_zone *zone, uint32_t block);

static struct page_zone *zone_of_block(struct page_memory *memory, uint32_t block)
{
    return zone_of_page(memory,
                        memory_page(memory, pageblock_first(&memory->zones[0], block)));
}

static bool find_blocks(struct page_memory *memory, pfn_t first, pfn_t end,
                        struct block_range *blocks)
{
    const struct page_zone *zone = &memory->zones[0];

    if (first >= end || end > memory->page_count) {
        return false;
    }
    *blocks = (struct block_range){pageblock_of(zone, first), pageblock_of(zone, end - 1) + 1};
    for (uint32_t block = blocks->first; block < blocks->end; block++) {
        if (!pageblock_is_whole(zone_of_block(memory, block), block)) {
            return false;
        }
    }
    return true;
}

static int64_t isolate_block(struct page_zone *zone, uint32_t block)
{
    if (pageblock_is_isolated(zone, block)) {
        return HEAP_EBUSY;
    }
    return pageblock_isolate(zone, block);
}

static int64_t unisolate_block(struct page_zone *zone, uint32_t block)
{
    if (!pageblock_is_isolated(zone, block)) {
        return HEAP_EINVAL;
    }
    return pageblock_unisolate(zone, block);
}

static int64_t with_lock(struct page_memory *memory, uint32_t block, block_function *act)
{
    struct page_zone *zone = zone_of_block(memory, block);
    uint64_t irq_state = zone_lock(zone);
    int64_t result = act(zone, block);

    zone_unlock(zone, irq_state);
    return result;
}

/* Pages moved; one reason less to keep pages off the CPUs, if the block was isolated. */
static int64_t end_isolation(struct page_memory *memory, uint32_t block)
{
    int64_t moved = with_lock(memory, block, unisolate_block);

    if (moved < 0) {
        return 0;
    }
    pcp_allow(memory, 1);
    return moved;
}

int64_t isolate_range(struct page_memory *memory, pfn_t first, pfn_t end)
{
    struct block_range blocks;
    int64_t moved = 0;

    if (!find_blocks(memory, first, end, &blocks)) {
        return HEAP_EINVAL;
    }
    pcp_bar(memory, blocks.end - blocks.first);
    for (uint32_t block = blocks.first; block < blocks.end; block++) {
        int64_t result = with_lock(memory, block, isolate_block);

        if (result < 0) {
            pcp_allow(memory, blocks.end - block);
            while (block-- > blocks.first) {
                end_isolation(memory, block);
            }
            return result;
        }
        moved += result;
    }
    return moved;
}

int64_t unisolate_range(struct page_memory *memory, pfn_t first, pfn_t end)
{
    struct block_range blocks;
    int64_t moved = 0;

    if (!find_blocks(memory, first, end, &blocks)) {
        return HEAP_EINVAL;
    }
    for (uint32_t block = blocks.first; block < blocks.end; block++) {
        moved += end_isolation(memory, block);
    }
    return moved;
}
