#include "allocator/api/pages_many.h"

#include "allocator/api/kmalloc_at.h"
#include "allocator/api/nodes.h"
#include "allocator/api/pages.h"
#include "allocator/base/bits.h"
#include "allocator/base/compiler.h"
#include "allocator/cache/heap_state.h"
#include "allocator/page/page_alloc.h"
#include "allocator/page/page_ref.h"

static uint32_t pages_for(size_t size)
{
    return (uint32_t)(align_up(size, PAGE_SIZE) >> PAGE_SHIFT);
}

unsigned heap_get_order(size_t size)
{
    return order_for_size(size);
}

void *heap_alloc_pages_exact(struct kmem_heap *heap, size_t size, gfp_t gfp)
{
    if (size == 0 || size > KMALLOC_SIZE_MAX || (gfp & __GFP_COMP) != 0) {
        return NULL;
    }

    unsigned order = heap_get_order(size);
    struct page *head = page_alloc(&heap->memory, order, gfp, PAGE_RUN);

    if (head == NULL || !page_split(&heap->memory, head, order)) {
        return NULL;
    }
    head[pages_for(size) - 1].has_next = false;
    for (uint32_t index = pages_for(size); index < order_pages(order); index++) {
        page_free(&heap->memory, head + index, 0, PAGE_RUN);
    }

    void *memory = memory_address(&heap->memory, head);

    kmalloc_show(heap, memory, size, gfp);
    return memory;
}

void heap_free_pages_exact(struct kmem_heap *heap, void *memory, size_t size)
{
    struct page *first = memory_page_at(&heap->memory, memory);

    for (uint32_t index = 0; index < pages_for(size); index++) {
        heap_free_pages(heap, first + index, 0);
    }
}

/*
 * Takes at most count pages into pages, showing them. Where nothing is easily had there may be
 * something that takes more effort: one page is worth it, unless this is to fail on purpose.
 */
static size_t take_pages(struct kmem_heap *heap, const struct page_ask *ask, size_t count,
                         bool is_one_due, struct page *pages[])
{
    int taken = page_alloc_some(&heap->memory, ask, count, pages);

    if (taken == 0 && is_one_due) {
        pages[0] = page_alloc_node(&heap->memory, *ask);
        taken = pages[0] != NULL;
    }
    for (int i = 0; i < taken; i++) {
        kmalloc_show(heap, memory_address(&heap->memory, pages[i]), PAGE_SIZE, ask->gfp);
    }
    return taken > 0 ? (size_t)taken : 0;
}

/* Empty entries from one on, up to so many. */
static size_t count_holes(struct page *const pages[], size_t first, size_t count, size_t limit)
{
    size_t holes = 0;

    for (size_t i = first; i < count && holes < limit; i++) {
        holes += pages[i] == NULL;
    }
    return holes;
}

static size_t skip_filled(struct page *const pages[], size_t first, size_t count)
{
    while (first < count && pages[first] != NULL) {
        first++;
    }
    return first;
}

size_t heap_alloc_pages_bulk(struct kmem_heap *heap, gfp_t gfp, size_t count, struct page *pages[])
{
    return heap_alloc_pages_bulk_node(heap, gfp, NUMA_NO_NODE, count, pages);
}

size_t heap_alloc_pages_bulk_node(struct kmem_heap *heap, gfp_t gfp, int node, size_t count,
                                  struct page *pages[])
{
    const struct page_ask ask = pages_ask(heap, gfp & ~(gfp_t)__GFP_COMP, 0, node);
    size_t filled = skip_filled(pages, 0, count);
    bool is_one_due = true;
    size_t taken = 1;

    while (filled < count && taken != 0) {
        struct page *fresh[PAGE_ALLOC_SOME_MAX];
        size_t holes = count_holes(pages, filled, count, PAGE_ALLOC_SOME_MAX);

        taken = take_pages(heap, &ask, holes, is_one_due, fresh);
        for (size_t i = 0; i < taken; i++) {
            pages[filled] = fresh[i];
            filled = skip_filled(pages, filled, count);
        }
        is_one_due = false;
    }
    return filled;
}

void heap_free_pages_bulk(struct kmem_heap *heap, size_t count, struct page *pages[])
{
    for (size_t i = 0; i < count; i++) {
        if (pages[i] != NULL) {
            heap_free_pages(heap, pages[i], 0);
            pages[i] = NULL;
        }
    }
}
