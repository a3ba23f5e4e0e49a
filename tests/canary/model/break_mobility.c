#include "allocator/api/mobility.h"
#include "allocator/api/pages.h"
#include "sanitizers/compare_mobility.h"
#include "tests/canary/model/model_canary.h"

static const struct compare_range all = {.first = 0, .end = 1};

/* The page is given out while its block is isolated. */
void break_block_isolated(struct model_canary *canary)
{
    struct compare_request request = compare_pages_request(canary->model, 0, false);
    struct page *page = heap_alloc_pages(canary->heap, GFP_KERNEL, 0);

    heap_isolate_pages(canary->heap, all.first, all.end);
    compare_alloc(canary->model, SLOT_VACANT, &request, heap_page_address(canary->heap, page));
}

/* As the frame may be left from whoever had it before. */
void break_type_is_asked(struct model_canary *canary)
{
    struct compare_request request = compare_pages_request(canary->model, 0, false);
    struct page *page = heap_alloc_pages(canary->heap, GFP_KERNEL, 0);

    page->asked_type = MIGRATE_RECLAIMABLE;
    compare_alloc(canary->model, SLOT_VACANT, &request, heap_page_address(canary->heap, page));
}

void break_watermark_kept(struct model_canary *canary)
{
    struct compare_request request = compare_pages_request(canary->model, 0, false);
    struct page *page = heap_alloc_pages(canary->heap, GFP_KERNEL, 0);

    canary->heap->config.min_free_pages = 1;
    canary->model->before.supplies[0] = (struct model_supply){.watermarks = {9}, .common_pages = 9};
    compare_alloc(canary->model, SLOT_VACANT, &request, heap_page_address(canary->heap, page));
}

/* One page less than there are is said to be out of reach. */
void break_isolation_result(struct model_canary *canary)
{
    compare_blocks_before(canary->model);

    int64_t result = heap_isolate_pages(canary->heap, all.first, all.end);

    compare_isolate(canary->model, all, result - 1);
}

void break_contig_result(struct model_canary *canary)
{
    uint32_t end = canary->heap->memory.page_count;
    struct compare_range range = {.first = end - 1, .end = end};
    struct compare_contig contig = compare_contig_request(canary->model, range, false);

    compare_blocks_before(canary->model);
    contig.result = HEAP_EBUSY;
    compare_contig(canary->model, SLOT_VACANT, &contig);
}
