#include "allocator/page/page_owner.h"

#include "allocator/base/bits.h"

static struct page_act act_now(unsigned order, gfp_t gfp, uint64_t site)
{
    return (struct page_act){
        .site = site,
        .time = world_time(),
        .gfp = gfp,
        .order = (uint8_t)order,
        .cpu = (uint8_t)world_cpu(),
        .is_known = true,
    };
}

void page_owner_allocated(struct page_memory *memory, const struct page *head, unsigned order,
                          gfp_t gfp, uint64_t site)
{
    if (memory->owners == NULL) {
        return;
    }

    struct page_act act = act_now(order, gfp, site);

    for (pfn_t index = 0; index < order_pages(order); index++) {
        struct page_owner *owner = &memory->owners[memory_pfn(memory, head) + index];

        owner->alloc = act;
        owner->is_allocated = true;
    }
}

void page_owner_freed(struct page_memory *memory, const struct page *head, unsigned order)
{
    if (memory->owners == NULL) {
        return;
    }

    struct page_act act = act_now(order, 0, world_site(0));

    for (pfn_t index = 0; index < order_pages(order); index++) {
        struct page_owner *owner = &memory->owners[memory_pfn(memory, head) + index];

        owner->free = act;
        owner->is_allocated = false;
    }
}

void page_owner_split(struct page_memory *memory, const struct page *head, unsigned order,
                      unsigned part_order)
{
    for (pfn_t index = 0; memory->owners != NULL && index < order_pages(order); index++) {
        memory->owners[memory_pfn(memory, head) + index].alloc.order = (uint8_t)part_order;
    }
}
