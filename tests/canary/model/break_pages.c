#include "allocator/api/pages.h"
#include "allocator/api/pages_many.h"
#include "allocator/page/pageblock.h"
#include "sanitizers/compare_kv.h"
#include "sanitizers/compare_pages.h"
#include "sanitizers/sharing.h"
#include "tests/canary/model/model_canary.h"

/* A second holder of whom the allocator knows nothing. */
void break_run_is_held(struct model_canary *canary)
{
    struct model_object *run = canary_object(canary, SLOT_PAGES);

    sharing_join(canary->model, run, SLOT_VACANT);
    sharing_compare(canary->model, run, run->address);
}

/* One page more than the bytes need. */
void break_pages_are_exact(struct model_canary *canary)
{
    struct compare_request request = compare_exact_request(canary->model, PAGE_SIZE, false);
    void *given = heap_alloc_pages_exact(canary->heap, PAGE_SIZE, GFP_KERNEL);

    heap_alloc_pages(canary->heap, GFP_KERNEL, 0);
    if (compare_alloc(canary->model, SLOT_VACANT, &request, given)) {
        compare_pages_taken(canary->model, PAGE_SIZE);
    }
}

/* As many as there may be. */
void break_free_leaves_few(struct model_canary *canary)
{
    canary->heap->config.pcp_high = 4;
    canary->heap->memory.zones[0].pcps[0].count = 4;
    compare_at_hand(canary->model, canary_object(canary, SLOT_PAGES), 0);
}

/* A page at hand, of a block that is reserved. */
void break_reserve_kept_apart(struct model_canary *canary)
{
    struct page_zone *zone = &canary->heap->memory.zones[0];
    struct model_object *object = canary_object(canary, SLOT_PAGES);
    struct page *page = heap_page_at(canary->heap, object->address);

    canary->heap->config.pcp_high = 4;
    zone->blocks[pageblock_of(zone, zone_pfn(zone, page))] = MIGRATE_HIGHATOMIC;
    page_set_state(page, (struct page_state){.kind = PAGE_CACHED});
    compare_at_hand(canary->model, object, 0);
}

/* A page that the drain overlooked. */
void break_drain_leaves_nothing(struct model_canary *canary)
{
    canary->heap->memory.zones[0].pcps[0].count++;
    compare_drained(canary->model);
}

/* The entry that was filled before does not count. */
void break_bulk_pages_result(struct model_canary *canary)
{
    struct page *filled =
        heap_page_at(canary->heap, canary_object(canary, SLOT_PAGES)->address);
    struct page *pages[1] = {filled};
    const struct compare_pages_bulk bulk = {.count = 1, .before = pages, .after = pages};

    compare_pages_bulk(canary->model, &bulk);
}

/* A piece that the cache would cut again. */
void break_fragment_is_cut(struct model_canary *canary)
{
    struct page_frag_cache *cache = &canary->model->fragments.caches[0];
    cache->heap = canary->heap;

    struct fragments_call call = {.before = *cache, .size = 100, .count = 1, .taken = 1};
    unsigned char *given = page_frag_alloc(cache, call.size, GFP_KERNEL);
    struct compare_request request = fragments_request(canary->model, &call);

    if (compare_alloc(canary->model, SLOT_VACANT, &request, given)) {
        fragments_join(canary->model, canary_object(canary, SLOT_VACANT));
    }
    cache->left += PAGE_FRAG_ALIGN;
    call.last = given;
    fragments_compare(canary->model, &call);
}

/* Nothing failed. */
void break_view_is_second(struct model_canary *canary)
{
    const struct kmalloc_ask ask = {2 * PAGE_SIZE, GFP_KERNEL, 0};

    compare_kv_choice(canary->model, &ask,
                      heap_alloc_pages_exact(canary->heap, ask.size, GFP_KERNEL));
}

/* The heap was to have guards, and has none. */
void break_guard_is_left(struct model_canary *canary)
{
    struct compare_request request = compare_pages_request(canary->model, 0, false);
    const struct page *page = heap_alloc_pages(canary->heap, GFP_KERNEL, 0);

    canary->heap->memory.zones[0].guard_order = 1;
    compare_alloc(canary->model, SLOT_VACANT, &request,
                  heap_page_address(canary->heap, page));
}

/* As if the run had been split, of which its user knows nothing. */
void break_owner_agrees(struct model_canary *canary)
{
    const struct model_object *run = canary_object(canary, SLOT_PAGES);
    struct page_owner owner =
        heap_page_owner(canary->heap, heap_page_at(canary->heap, run->address));

    owner.alloc.order--;
    compare_page_owner(canary->model, run, &owner);
}
