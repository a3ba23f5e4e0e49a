#include "tests/support/test_zone.h"

#include <string.h>

#include "allocator/base/bits.h"
#include "allocator/page/page_map.h"
#include "allocator/page/pageblock.h"

/* What is known of a frame while the lists and the heads are walked. */
struct coverage {
    unsigned char times[TEST_ZONE_CHECK_MAX];    /* runs that cover the frame */
    uint32_t free_count;
    uint32_t type_counts[MIGRATE_TYPE_COUNT];
    uint32_t isolated_count;
    uint32_t guard_count;
};

static size_t descriptors_size(uint32_t page_count)
{
    return align_up(memory_table_size(page_count), PAGE_SIZE);
}

void test_zone_init_with(struct test_zone *fixture, const struct heap_config *config)
{
    test_platform_init(&fixture->test);
    fixture->config = *config;

    struct platform *platform = &fixture->test.platform;
    unsigned char *arena = platform->map(platform->context, MAP_ARENA,
                                         (size_t)config->page_count << PAGE_SHIFT,
                                         (size_t)PAGE_SIZE << ORDER_MAX);
    struct page *pages = platform->map(platform->context, MAP_DESCRIPTORS,
                                       descriptors_size(config->page_count), PAGE_SIZE);
    memory_init(&fixture->memory, arena, pages, &fixture->config, platform);
    (void)page_map_init(config, platform, arena);
}

void test_zone_init(struct test_zone *fixture, uint32_t page_count)
{
    struct heap_config config = heap_config_default();

    config.page_count = page_count;
    test_zone_init_with(fixture, &config);
}

void test_zone_fini(struct test_zone *fixture)
{
    struct platform *platform = &fixture->test.platform;
    struct page_memory *memory = &fixture->memory;

    platform->unmap(platform->context, MAP_ARENA, memory->arena,
                    (size_t)memory->page_count << PAGE_SHIFT);
    platform->unmap(platform->context, MAP_DESCRIPTORS, memory->pages,
                    descriptors_size(memory->page_count));
}

static bool run_fits(const struct page_zone *zone, pfn_t pfn, unsigned order)
{
    return order <= ORDER_MAX && pfn % (1u << order) == 0 && pfn >= zone->first &&
           pfn + (1u << order) <= zone->end;
}

static void cover(struct coverage *coverage, pfn_t pfn, unsigned order)
{
    for (pfn_t frame = pfn; frame < pfn + (1u << order); frame++) {
        coverage->times[frame]++;
    }
}

static bool blocks_agree(const struct page_zone *zone, pfn_t pfn, unsigned order,
                         enum migrate_type type)
{
    for (pfn_t frame = pfn; frame < pfn + (1u << order); frame++) {
        if (pageblock_type(zone, frame) != type) {
            return false;
        }
    }
    return true;
}

static const char *check_list(const struct page_zone *zone, enum migrate_type type, unsigned order,
                              struct coverage *coverage)
{
    const struct free_area *area = &zone->free_areas[free_area_index(type, order)];
    const struct list_link *head = &area->list;
    uint32_t count = 0;

    list_for_each (link, head) {
        pfn_t pfn = zone_pfn(zone, container_of(link, struct page, link));
        if (++count > zone->end - zone->first) {
            return "a free list has a cycle";
        }
        if (link->next->prev != link || link->prev->next != link) {
            return "neighbours on a free list disagree";
        }
        if (!run_fits(zone, pfn, order)) {
            return "a free run is out of place";
        }
        struct page_state state = page_state(zone_page(zone, pfn));
        if (state.kind != PAGE_FREE || state.order != order || state.type != type) {
            return "a listed run is not a free head of the list's order and type";
        }
        if (!blocks_agree(zone, pfn, order, type)) {
            return "a free run is of another type than its pageblock";
        }
        cover(coverage, pfn, order);
        coverage->free_count += 1u << order;
        coverage->type_counts[type] += 1u << order;
    }
    return count == area->count ? NULL : "a list's count is wrong";
}

/* The frames behind a head must be of this kind and name it if they are tails. */
static bool body_agrees(const struct page_zone *zone, pfn_t head, struct page_state state)
{
    bool is_free = state.kind == PAGE_FREE;

    for (pfn_t frame = head + 1; frame < head + (1u << state.order); frame++) {
        struct page_state behind = page_state(zone_page(zone, frame));
        if (behind.kind != (is_free ? PAGE_INTERIOR : PAGE_TAIL) || behind.order != 0 ||
            behind.head != (is_free ? 0 : head)) {
            return false;
        }
    }
    return true;
}

static bool buddy_is_free(const struct page_zone *zone, pfn_t pfn, unsigned order)
{
    pfn_t buddy = pfn ^ 1u << order;

    if (order == ORDER_MAX || !run_fits(zone, buddy, order)) {
        return false;
    }
    struct page_state state = page_state(zone_page(zone, buddy));
    struct page_state own = page_state(zone_page(zone, pfn));
    bool may_merge = order < zone->block_order ||
                     (own.type == state.type && own.type != MIGRATE_ISOLATE) ||
                     (own.type < MIGRATE_HIGHATOMIC && state.type < MIGRATE_HIGHATOMIC);
    return state.kind == PAGE_FREE && state.order == order && may_merge;
}

static const char *check_frame(const struct page_zone *zone, pfn_t pfn, struct coverage *coverage)
{
    struct page_state state = page_state(zone_page(zone, pfn));

    if (state.kind == PAGE_INTERIOR || state.kind == PAGE_TAIL) {
        return NULL;
    }
    if (state.kind == PAGE_HOLE) {
        cover(coverage, pfn, 0);
        return NULL;
    }
    if (state.kind >= PAGE_KIND_COUNT || !run_fits(zone, pfn, state.order)) {
        return "a run is out of place";
    }
    if (!body_agrees(zone, pfn, state)) {
        return "a frame disagrees with the head of its run";
    }
    if (state.kind == PAGE_FREE) {
        return buddy_is_free(zone, pfn, state.order) ? "two free buddies are not merged" : NULL;
    }
    cover(coverage, pfn, state.order);
    if (state.kind == PAGE_ISOLATED) {
        coverage->isolated_count += 1u << state.order;
    }
    if (state.kind == PAGE_GUARD) {
        coverage->guard_count += 1u << state.order;
        return buddy_is_free(zone, pfn, state.order) ? "a guard is beside a free run" : NULL;
    }
    return NULL;
}

static const char *check_totals(const struct page_zone *zone, const struct coverage *coverage)
{
    for (pfn_t pfn = zone->first; pfn < zone->end; pfn++) {
        if (coverage->times[pfn] != 1) {
            return coverage->times[pfn] == 0 ? "a frame is lost" : "two runs overlap";
        }
    }
    if (coverage->free_count != zone->free_page_count) {
        return "the zone's free page count is wrong";
    }
    if (memcmp(coverage->type_counts, zone->type_page_counts, sizeof coverage->type_counts) != 0) {
        return "the zone's free page count of a type is wrong";
    }
    if (coverage->guard_count != zone->guard_page_count) {
        return "the zone's guard page count is wrong";
    }
    return coverage->isolated_count == zone->isolated_page_count
               ? NULL
               : "the zone's isolated page count is wrong";
}

const char *test_zone_find_fault(const struct page_zone *zone)
{
    struct coverage coverage = {.free_count = 0};
    const char *fault = zone->end > TEST_ZONE_CHECK_MAX ? "too large to check" : NULL;

    for (unsigned area = 0; area < FREE_AREA_COUNT && fault == NULL; area++) {
        fault = check_list(zone, (enum migrate_type)(area / ORDER_COUNT), area % ORDER_COUNT,
                           &coverage);
    }
    for (pfn_t pfn = zone->first; pfn < zone->end && fault == NULL; pfn++) {
        fault = check_frame(zone, pfn, &coverage);
    }
    return fault != NULL ? fault : check_totals(zone, &coverage);
}
