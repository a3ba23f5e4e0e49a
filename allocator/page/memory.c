#include "allocator/page/memory.h"

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
    zone_init(&memory->zones[0], pages, 0, config->page_count, 0);
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
