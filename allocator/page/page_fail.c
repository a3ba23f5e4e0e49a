#include "allocator/page/page_fail.h"

#include "allocator/page/page_alloc.h"

static bool fault_is_met(struct page_memory *memory, unsigned order, gfp_t gfp)
{
    struct fault *fault = &memory->fault;

    return memory->config->fault_injection && (gfp & __GFP_NOFAIL) == 0 &&
           ((gfp & __GFP_DIRECT_RECLAIM) == 0 || fault_includes_wait(fault)) &&
           order >= fault_order_min(fault) &&
           fault_is_due(fault, memory->platform, HEAP_FAULT_PAGES, UINT64_C(1) << order);
}

static void count_failure(struct page_zone *zone)
{
    uint64_t irq_state = zone_lock(zone);

    zone->failure_count++;
    zone_unlock(zone, irq_state);
}

bool page_is_to_fail(struct page_memory *memory, unsigned order, gfp_t gfp)
{
    bool is_to_fail = fault_is_met(memory, order, gfp);

    if (is_to_fail) {
        count_failure(&memory->zones[0]);
    }
    return is_to_fail;
}

bool page_failure_is_due(struct page_memory *memory)
{
    if (memory->fail_countdown == 0) {
        return false;
    }
    memory->fail_countdown--;
    return memory->fail_countdown == 0;
}

void page_fail_nth(struct page_memory *memory, uint64_t nth)
{
    uint64_t irq_state = zone_lock(&memory->zones[0]);

    memory->fail_countdown = nth;
    zone_unlock(&memory->zones[0], irq_state);
}
