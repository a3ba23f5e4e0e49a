#include "allocator/cache/heap_state.h"

#include "allocator/base/bits.h"

size_t heap_descriptor_size(uint32_t page_count)
{
    size_t tables_size = memory_table_size(page_count) + page_count * sizeof(struct slab);

    return align_up(sizeof(struct kmem_heap) + tables_size, PAGE_SIZE);
}
