#include "allocator/page/memory.h"

#include "allocator/base/bits.h"
#include "allocator/page/highatomic.h"
#include "allocator/page/page_owner.h"
#include "allocator/page/pageblock.h"
#include "allocator/page/watermark.h"

/* Behind the descriptors and the pageblocks' bytes lie the records of owners. */
static size_t owners_offset(uint32_t page_count)
{
    return page_count * sizeof(struct page) +
           align_up(pageblock_table_size(page_count), sizeof(uint64_t));
}

size_t memory_table_size(uint32_t page_count)
{
    return owners_offset(page_count) + page_count * sizeof(struct page_owner);
}

/* Without pageblocks there is one type only, and nothing to reserve. */
static void init_reserves(struct page_zone *zone, const struct heap_config *config)
{
    watermark_init(zone, config);
    highatomic_init(zone, config->pageblock_order != 0 ? config->highatomic_percent : 0);
    zone->guard_order =
        config->guard_order < zone->block_order ? config->guard_order : zone->block_order;
}

static bool node_has_memory(const struct heap_config *config, uint32_t node)
{
    return node == 0 || (node < config->node_count && (config->memoryless_nodes >> node & 1) == 0);
}

static void add_zone(struct page_memory *memory, pfn_t first, pfn_t end, uint32_t node)
{
    const struct heap_config *config = memory->config;
    struct page_zone *zone = &memory->zones[memory->zone_count++];
    const struct frame_tables tables = {
        .pages = memory->pages,
        .blocks = (unsigned char *)(memory->pages + config->page_count),
        .end = config->page_count,
        .hole_first = config->hole_first,
        .hole_end = config->hole_first + config->hole_pages,
        .block_order = config->pageblock_order != 0 ? config->pageblock_order : ORDER_MAX,
    };

    zone_init(zone, &tables, first, end, node);
    init_reserves(zone, config);
}

/*
 * The pages of node 0: the first of them may be a zone of their own, with a reserve by the size of
 * the other one.
 */
static void add_first_node(struct page_memory *memory, pfn_t end)
{
    uint32_t dma_pages = memory->config->dma_pages < end ? memory->config->dma_pages : end - 1;
    uint32_t ratio = memory->config->lowmem_reserve_ratio;

    memory->has_dma = dma_pages > 0;
    if (memory->has_dma) {
        add_zone(memory, 0, dma_pages, 0);
        memory->zones[0].is_dma = true;
    }
    add_zone(memory, dma_pages, end, 0);
    if (memory->has_dma && ratio != 0) {
        memory->zones[0].lowmem_reserve = zone_present_pages(&memory->zones[1]) / ratio;
    }
}

/*
 * Where the index-th of count nodes ends: each has a page at least, whatever the skew, and the last
 * one ends with the arena.
 */
static pfn_t node_end(const struct heap_config *config, uint32_t index, uint32_t count)
{
    uint64_t share = (uint64_t)config->page_count * (index + 1) / count + config->node_skew;
    pfn_t latest = config->page_count - (count - 1 - index);

    return index == count - 1 || share > latest ? latest : (pfn_t)share;
}

static void add_zones(struct page_memory *memory)
{
    const struct heap_config *config = memory->config;
    uint32_t count = 0;
    uint32_t index = 0;
    pfn_t first = 0;

    for (uint32_t node = 0; node < NODE_MAX; node++) {
        count += node_has_memory(config, node);
    }
    for (uint32_t node = 0; node < NODE_MAX; node++) {
        if (!node_has_memory(config, node)) {
            continue;
        }

        pfn_t end = node_end(config, index++, count);

        if (node == 0) {
            add_first_node(memory, end);
        } else {
            add_zone(memory, first, end, node);
        }
        first = end;
    }
}

static struct zonelist make_zonelist(const struct page_memory *memory, uint32_t node)
{
    struct zonelist list = {.count = 0};

    for (uint32_t distance = 0; distance < NODE_MAX; distance++) {
        for (uint32_t i = memory->zone_count; i > 0; i--) {
            if (memory->zones[i - 1].node == (node ^ distance)) {
                list.zones[list.count++] = (uint8_t)(i - 1);
            }
        }
    }
    return list;
}

static void note_online(struct page_memory *memory, uint32_t node, bool is_online)
{
    uint64_t others = world_load(&memory->online_nodes) & ~(UINT64_C(1) << node);

    world_store(&memory->online_nodes, others | (uint64_t)is_online << node);
}

void memory_init(struct page_memory *memory, unsigned char *arena, struct page *pages,
                 const struct heap_config *config, const struct platform *platform)
{
    struct page_owner *owners =
        (void *)((unsigned char *)pages + owners_offset(config->page_count));

    *memory = (struct page_memory){
        .arena = arena,
        .pages = pages,
        .owners = config->page_owner ? owners : NULL,
        .page_count = config->page_count,
        .node_count = config->node_count,
        .config = config,
        .platform = platform,
    };
    add_zones(memory);
    for (uint32_t i = 0; i < memory->zone_count; i++) {
        note_online(memory, memory->zones[i].node, true);
    }
    for (uint32_t node = 0; node < NODE_MAX; node++) {
        memory->zonelists[node] = make_zonelist(memory, node);
    }
}

/* The zone of a node, the one that is not for devices, or NULL. */
static struct page_zone *zone_of_node(struct page_memory *memory, uint32_t node)
{
    struct page_zone *zone =
        node < memory->node_count ? &memory->zones[memory->zonelists[node].zones[0]] : NULL;

    return zone != NULL && zone->node == node ? zone : NULL;
}

uint32_t memory_nearest_node(const struct page_memory *memory, uint32_t node)
{
    uint32_t distance = 0;

    if (memory->node_count == 1) {
        return 0;
    }
    while (!memory_node_is_online(memory, node ^ distance)) {
        distance++;
    }
    return node ^ distance;
}

bool memory_node_has_zone(struct page_memory *memory, uint32_t node)
{
    return zone_of_node(memory, node) != NULL;
}

/* Pages that somebody may still use; zone->lock is held. */
static uint32_t count_used(const struct page_zone *zone)
{
    return zone_present_pages(zone) - zone->free_page_count - zone->isolated_page_count -
           zone->guard_page_count;
}

bool memory_take_offline(struct page_memory *memory, uint32_t node)
{
    struct page_zone *zone = zone_of_node(memory, node);

    if (zone == NULL || node == 0) {
        return false;
    }

    uint64_t irq_state = zone_lock(zone);
    bool is_due = !zone->is_offline && count_used(zone) == 0;

    zone->is_offline |= is_due;
    zone_unlock(zone, irq_state);
    if (is_due) {
        note_online(memory, node, false);
    }
    return is_due;
}

bool memory_take_online(struct page_memory *memory, uint32_t node)
{
    struct page_zone *zone = zone_of_node(memory, node);

    if (zone == NULL) {
        return false;
    }

    uint64_t irq_state = zone_lock(zone);
    bool is_due = zone->is_offline;

    zone->is_offline = false;
    zone_unlock(zone, irq_state);
    if (is_due) {
        note_online(memory, node, true);
    }
    return is_due;
}

/* Nothing is asked of a zone that is away until it is back. */
static bool end_balancing(struct page_zone *zone)
{
    uint64_t irq_state = zone_lock(zone);
    bool is_wanted = zone->wants_balance && !zone->is_offline && !watermark_is_balanced(zone);

    zone->wants_balance = is_wanted;
    zone_unlock(zone, irq_state);
    return !is_wanted;
}

bool memory_end_balancing(struct page_memory *memory, uint32_t node)
{
    bool is_over = true;

    for (uint32_t i = 0; i < memory->zone_count; i++) {
        if (memory->zones[i].node == node) {
            is_over = end_balancing(&memory->zones[i]) && is_over;
        }
    }
    return is_over;
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
