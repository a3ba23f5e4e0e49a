#include "allocator/page/page_map.h"

#include "allocator/base/bits.h"

bool page_map_init(const struct heap_config *config, const struct platform *platform,
                   unsigned char *arena)
{
    size_t size = (size_t)config->page_count << PAGE_SHIFT;

    return !config->debug_pagealloc || platform->set_mapped == NULL ||
           platform->set_mapped(platform->context, arena, size, false);
}

static void set_mapped(struct page_memory *memory, struct page *head, unsigned order,
                       bool is_mapped)
{
    const struct platform *platform = memory->platform;

    if (!memory->config->debug_pagealloc) {
        return;
    }
    for (pfn_t index = 0; index < order_pages(order); index++) {
        head[index].mapped = is_mapped;
    }
    if (platform->set_mapped != NULL) {
        (void)platform->set_mapped(platform->context, memory_address(memory, head),
                                   order_size(order), is_mapped);
    }
}

void page_map(struct page_memory *memory, struct page *head, unsigned order)
{
    set_mapped(memory, head, order, true);
}

void page_unmap(struct page_memory *memory, struct page *head, unsigned order)
{
    set_mapped(memory, head, order, false);
}
