/* Pageblocks: their types, and the free runs of those that changed. */
#include <string.h>

#include "allocator/base/bits.h"
#include "sanitizers/check_state.h"

static uint32_t count_blocks(const struct kmem_heap *heap)
{
    return pageblock_total(&heap->memory.zones[0]);
}

/* First frame of a block, or the one behind the arena's last. */
static pfn_t block_first(const struct kmem_heap *heap, uint32_t block)
{
    pfn_t first = block << heap->memory.zones[0].block_order;

    return first < heap->memory.page_count ? first : heap->memory.page_count;
}

/* A block in two zones belongs to neither, and stays what it was at first. */
static bool type_is_possible(const struct kmem_heap *heap, uint32_t block)
{
    unsigned byte = heap->memory.zones[0].blocks[block];
    unsigned type = byte & ~PAGEBLOCK_ISOLATED;
    bool is_shared = view_zone_of(heap, block_first(heap, block)) !=
                     view_zone_of(heap, block_first(heap, block + 1) - 1);

    if (heap->config.pageblock_order == 0) {
        return type == 0 && (byte == 0 || !is_shared);
    }
    return is_shared ? byte == 0 : type <= MIGRATE_HIGHATOMIC;
}

/* Free runs that begin in a block are of its type. */
static void check_changed(struct heap_check *check, uint32_t block)
{
    const struct kmem_heap *heap = check->heap;
    enum migrate_type type = view_block_type(heap, block_first(heap, block));

    for (pfn_t pfn = block_first(heap, block); pfn < block_first(heap, block + 1); pfn++) {
        struct page_state state = view_page(heap, pfn);

        judge_that(check, state.kind != PAGE_FREE || state.type == type, RULE_BUDDY_BLOCK_TYPE,
                   &heap->memory.pages[pfn]);
        check->items++;
    }
}

/* As many pages as the configuration grants a zone, but whole blocks. */
static uint64_t reserve_bound(const struct kmem_heap *heap, const struct page_zone *zone)
{
    uint64_t percent = heap->config.highatomic_percent;
    uint64_t block = order_pages(zone->block_order);
    uint64_t share = (uint64_t)view_present_pages(heap, zone) * percent / 100;

    if (heap->config.pageblock_order == 0 || percent == 0) {
        return 0;
    }
    return share < block ? block : (share + block - 1) / block * block;
}

static void check_reserves(struct heap_check *check)
{
    const struct kmem_heap *heap = check->heap;
    uint64_t pages[ZONE_MAX] = {0};
    uint32_t count = count_blocks(heap);

    for (uint32_t block = 0; block < count; block++) {
        unsigned type = heap->memory.zones[0].blocks[block] & ~PAGEBLOCK_ISOLATED;
        unsigned zone = view_zone_of(heap, block_first(heap, block));

        pages[zone] += type == MIGRATE_HIGHATOMIC ? order_pages(heap->memory.zones[0].block_order)
                                                  : 0;
    }
    for (unsigned i = 0; i < heap->memory.zone_count; i++) {
        const struct page_zone *zone = &heap->memory.zones[i];

        judge_equal(check, RULE_BLOCK_RESERVE, zone, zone->reserve_pages, pages[i]);
        judge_that(check, pages[i] <= reserve_bound(heap, zone), RULE_BLOCK_RESERVE, zone);
    }
}

void judge_blocks(struct heap_check *check)
{
    const struct kmem_heap *heap = check->heap;
    const unsigned char *blocks = heap->memory.zones[0].blocks;
    uint32_t count = count_blocks(heap);

    bool is_same = check->scope != JUDGE_SWEEP && memcmp(check->blocks, blocks, count) == 0;

    for (uint32_t block = 0; block < count && !is_same; block++) {
        if (check->scope != JUDGE_SWEEP && check->blocks[block] == blocks[block]) {
            continue;
        }
        judge_that(check, type_is_possible(heap, block), RULE_BLOCK_TYPE, &blocks[block]);
        if (check->scope != JUDGE_SWEEP) {
            check_changed(check, block);
        }
        if (check->scope != JUDGE_INSTANT) {
            check->blocks[block] = blocks[block];
        }
    }
    check_reserves(check);
}
