/* Runs that CPUs have at hand: their links, lists and counters. */
#include "allocator/base/bits.h"
#include "sanitizers/check_state.h"

static const struct list_link *list_of(const struct page_pcp *pcp, struct page_state cached)
{
    return &pcp->lists[(unsigned)cached.type * PCP_ORDER_COUNT + cached.order];
}

/* The link is the head of this list, or belongs to a run that says it is on it. */
static bool link_is_on_list(const struct kmem_heap *heap, const struct page_pcp *pcp,
                            const struct list_link *link, struct page_state cached)
{
    const struct page_memory *memory = &heap->memory;
    size_t pfn =
        view_index_at(link, &memory->pages[0].link, sizeof(struct page), memory->page_count);

    if (link == list_of(pcp, cached)) {
        return true;
    }
    return pfn < memory->page_count &&
           page_state_pack(view_page(heap, (pfn_t)pfn)) == page_state_pack(cached);
}

static const struct page_pcp *pcp_of(const struct kmem_heap *heap, pfn_t pfn, unsigned cpu)
{
    return &heap->memory.zones[view_zone_of(heap, pfn)].pcps[cpu];
}

void judge_cached_run(struct heap_check *check, pfn_t pfn, struct page_state state)
{
    const struct kmem_heap *heap = check->heap;
    const struct page *page = &heap->memory.pages[pfn];
    const struct page_pcp *pcp = pcp_of(heap, pfn, state.references);
    const struct list_link *link = &page->link;

    if (!judge_is_settled(check, &pcp->lock)) {
        return;
    }
    judge_that(check,
               link->next != NULL && link_is_on_list(heap, pcp, link->next, state) &&
                   link_is_on_list(heap, pcp, link->prev, state) && link->next->prev == link &&
                   link->prev->next == link && link->next != link,
               RULE_PCP_LISTED, page);
}

/* A bar is seen by all as soon as whoever raised it is done. */
static bool is_over_the_bar(const struct heap_check *check, const struct page_pcp *pcp)
{
    return check->scope != JUDGE_INSTANT && pcp->count != 0 &&
           view_word(&check->heap->memory.pcp_barred) != 0;
}

void judge_pcp_totals(struct heap_check *check, unsigned number, const struct page_totals *seen)
{
    const struct page_zone *zone = &check->heap->memory.zones[number];

    if (check->heap->config.pcp_high == 0) {
        return;
    }
    for (unsigned cpu = 0; cpu < CPU_MAX; cpu++) {
        const struct page_pcp *pcp = &zone->pcps[cpu];

        if (judge_is_settled(check, &pcp->lock) && judge_is_settled(check, &zone->lock)) {
            judge_equal(check, RULE_PCP_COUNT, pcp, pcp->count, seen->cached_pages[cpu]);
            judge_that(check, !is_over_the_bar(check, pcp), RULE_PCP_BARRED, pcp);
        }
    }
    check->items += CPU_MAX;
}

/* Pages on one list, as far as its links are sound. */
static uint64_t count_listed(struct heap_check *check, const struct page_pcp *pcp,
                             struct page_state cached)
{
    const struct kmem_heap *heap = check->heap;
    const struct list_link *head = list_of(pcp, cached);
    const struct list_link *link = head->next;
    uint64_t pages = 0;

    while (link != head && pages <= heap->memory.page_count &&
           link_is_on_list(heap, pcp, link, cached)) {
        pages += order_pages(cached.order);
        link = link->next;
    }
    check->items += pages;
    return pages;
}

static void check_lists(struct heap_check *check, unsigned zone, unsigned cpu)
{
    const struct page_pcp *pcp = &check->heap->memory.zones[zone].pcps[cpu];
    uint64_t pages = 0;

    for (unsigned index = 0; index < PCP_LIST_COUNT; index++) {
        const struct page_state cached = {
            .kind = PAGE_CACHED,
            .order = index % PCP_ORDER_COUNT,
            .type = (enum migrate_type)(index / PCP_ORDER_COUNT),
            .references = cpu,
        };

        pages += count_listed(check, pcp, cached);
    }
    judge_equal(check, RULE_PCP_LISTED, pcp, pages, check->pages[zone].cached_pages[cpu]);
}

void judge_pcp_lists(struct heap_check *check)
{
    const struct page_memory *memory = &check->heap->memory;

    for (unsigned i = 0; check->heap->config.pcp_high != 0 && i < memory->zone_count; i++) {
        for (unsigned cpu = 0; cpu < CPU_MAX; cpu++) {
            check_lists(check, i, cpu);
        }
    }
}
