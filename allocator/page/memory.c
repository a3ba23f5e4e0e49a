#include "allocator/page/memory.h"

#include "allocator/base/bits.h"
#include "allocator/page/highatomic.h"
#include "allocator/page/pageblock.h"
#include "allocator/page/watermark.h"

size_t memory_table_size(uint32_t page_count)
{
    return page_count * sizeof(struct page) +
           align_up(pageblock_table_size(page_count), sizeof(uint64_t));
}

/* Without pageblocks there is one type only, and nothing to reserve. */
static void init_reserves(struct page_zone *zone, const struct heap_config *config)
{
    watermark_init(zone, config->min_free_pages, config->page_count);
    highatomic_init(zone, config->pageblock_order != 0 ? config->highatomic_percent : 0);
}

void memory_init(struct page_memory *memory, unsigned char *arena, struct page *pages,
                 const struct heap_config *config, const struct platform *platform)
{
    *memory = (struct page_memory){
        .arena = arena,
        .pages = pages,
        .page_count = config->page_count,
        .zone_count = 1,
        .config = config,
        .platform = platform,
    };

    const struct frame_tables tables = {
        .pages = pages,
        .blocks = (unsigned char *)(pages + config->page_count),
        .end = config->page_count,
        .block_order = config->pageblock_order != 0 ? config->pageblock_order : ORDER_MAX,
    };

    zone_init(&memory->zones[0], &tables, 0, config->page_count, 0);
    init_reserves(&memory->zones[0], config);
}

uint64_t memory_failure_count(struct page_memory *memory)
{
    uint64_t count = 0;

    for (uint32_t i = 0; i < memory->zone_count; i++) {
        uint64_t irq_state = zone_lock(&memory->zones[i]);

        count += memory->zones[i].failure_count;
        zone_unlock(&memory->zones[i], irq_state);
    }
    return count;
}
