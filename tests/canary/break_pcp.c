/* Pages that CPUs have at hand. */
#include "allocator/base/bits.h"
#include "allocator/base/compiler.h"
#include "allocator/base/raw.h"
#include "allocator/hardening/page_poison.h"
#include "tests/canary/canary.h"

/* The heap of the canaries has none: from here on it may have so many. */
static struct page_pcp *begin(struct canary *canary, uint32_t pcp_high)
{
    canary->heap->config.pcp_high = pcp_high;
    return &canary->heap->memory.zones[0].pcps[1];
}

/* A run that a user has becomes one that CPU 1 has, but for being on no list. */
static void cache_run(struct canary *canary, struct page_pcp *pcp, struct page *head,
                      unsigned order)
{
    unsigned char *bytes = memory_address(&canary->heap->memory, head);

    memory_hide(bytes, order_size(order));
    raw_fill(bytes, order_size(order), PAGE_POISON_BYTE);
    for (pfn_t index = 0; index < order_pages(order); index++) {
        head[index].poisoned = true;
    }
    pcp->count += order_pages(order);
    canary_set_page_state(head, (struct page_state){
                                    .kind = PAGE_CACHED,
                                    .order = order,
                                    .references = 1,
                                });
}

void break_pcp_listed(struct canary *canary)
{
    cache_run(canary, begin(canary, 8), canary->run, 1);
}

void break_pcp_count(struct canary *canary)
{
    begin(canary, 8)->count++;
    canary_touch(&canary->heap->memory.zones[0].lock);
}

void break_pcp_barred(struct canary *canary)
{
    struct page_pcp *pcp = begin(canary, 8);

    cache_run(canary, pcp, canary->run, 1);
    list_push_front(&pcp->lists[1], &canary->run->link);
    world_store(&canary->heap->memory.pcp_barred, 1);
}
