#include "allocator/cache/heap_state.h"

#include "allocator/base/bits.h"

size_t heap_descriptor_size(uint32_t page_count)
{
    size_t per_frame = sizeof(struct page) + sizeof(struct slab);

    return align_up(sizeof(struct kmem_heap) + page_count * per_frame, PAGE_SIZE);
}
