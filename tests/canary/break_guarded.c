/* The guard pool: a heap is made to have one, of one object that was freed, as if it always had. */
#include "allocator/api/pages.h"
#include "allocator/base/bits.h"
#include "allocator/base/raw.h"
#include "tests/canary/canary.h"

static struct guarded_object *make_pool(struct canary *canary)
{
    struct kmem_heap *heap = canary->heap;
    struct guarded_pool *pool = &heap->guarded;
    struct page *page = heap_alloc_pages(heap, GFP_KERNEL, 2);
    struct guarded_object *object = &pool->objects[0];

    heap->config.guard_pool_interval = 1;
    pool->pages = memory_address(&heap->memory, page);
    pool->count = 1;
    pool->used_count = 1;
    pool->queue = (struct guard_queue){1, 1};
    memory_hide(pool->pages, order_size(2));
    raw_fill_pattern(pool->pages, order_size(2), guard_canary());
    world_store(&object->state, GUARD_FREED);
    object->address = pool->pages + PAGE_SIZE;
    object->size = PAGE_SIZE;
    object->use_count = 1;
    return object;
}

void break_guarded_queue(struct canary *canary)
{
    make_pool(canary);
    canary->heap->guarded.queue = (struct guard_queue){0, 0};
}

void break_guarded_place(struct canary *canary)
{
    struct guarded_object *object = make_pool(canary);

    canary->heap->guarded.queue = (struct guard_queue){0, 0};
    world_store(&object->state, GUARD_ALLOCATED);
    object->cache = canary->plain;
    object->address += 72;
    object->size = 72;
}

void break_guarded_canary(struct canary *canary)
{
    raw_store_byte(make_pool(canary)->address - 1, 0);
}

void break_guarded_hidden(struct canary *canary)
{
    memory_show_defined(make_pool(canary)->address - WORD_SIZE, WORD_SIZE);
}
