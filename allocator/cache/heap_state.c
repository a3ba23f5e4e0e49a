#include "allocator/cache/heap_state.h"

#include "allocator/base/bits.h"
#include "allocator/hardening/object_bitmap.h"

size_t heap_descriptor_size(uint32_t page_count)
{
    size_t bits_size = object_bitmap_words(PAGE_SIZE) * sizeof(struct world_word);
    size_t tables_size =
        memory_table_size(page_count) + page_count * (sizeof(struct slab) + bits_size);

    return align_up(sizeof(struct kmem_heap) + tables_size, PAGE_SIZE);
}
