#include "allocator/api/mobility.h"

#include "allocator/api/kmalloc_at.h"
#include "allocator/cache/heap_state.h"
#include "allocator/page/contig.h"
#include "allocator/page/isolate.h"

int64_t heap_isolate_pages(struct kmem_heap *heap, uint32_t first, uint32_t end)
{
    return isolate_range(&heap->memory, first, end);
}

int64_t heap_unisolate_pages(struct kmem_heap *heap, uint32_t first, uint32_t end)
{
    return unisolate_range(&heap->memory, first, end);
}

int heap_alloc_contig(struct kmem_heap *heap, uint32_t first, uint32_t end, gfp_t gfp)
{
    int result = page_alloc_contig(&heap->memory, first, end, gfp);

    if (result == HEAP_OK) {
        kmalloc_show(heap, memory_address(&heap->memory, memory_page(&heap->memory, first)),
                     (size_t)(end - first) << PAGE_SHIFT, gfp);
    }
    return result;
}

void heap_free_contig(struct kmem_heap *heap, uint32_t first, uint32_t end)
{
    page_free_contig(&heap->memory, first, end);
}
