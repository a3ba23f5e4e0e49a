/* The registry, and what is fixed when a cache is created. */
#include <string.h>

#include "tests/canary/canary.h"

void break_registry_listed(struct canary *canary)
{
    list_remove(&canary->plain->link);
    canary_touch(&canary->heap->registry_lock);
}

void break_registry_count(struct canary *canary)
{
    canary->heap->cache_count--;
    canary_touch(&canary->heap->registry_lock);
}

void break_registry_ids(struct canary *canary)
{
    canary->debug->id = canary->plain->id;
    canary_touch(&canary->heap->registry_lock);
}

void break_registry_kmalloc(struct canary *canary)
{
    canary->heap->kmalloc_caches[3] = canary->heap->kmalloc_caches[4];
    canary_touch(&canary->heap->registry_lock);
}

/* The first slot that was never used. */
void break_cache_forgotten(struct canary *canary)
{
    struct kmem_cache *cache = canary->debug + 1;

    cache->partial_min = 1;
    canary_touch(&cache->nodes[0].lock);
}

void break_cache_secret(struct canary *canary)
{
    canary->debug->secret++;
}

void break_cache_heap(struct canary *canary)
{
    canary->plain->object_base += PAGE_SIZE;
}

void break_cache_name(struct canary *canary)
{
    memset(canary->plain->name, 'x', CACHE_NAME_SIZE);
}

void break_cache_flags(struct canary *canary)
{
    canary->plain->zeroes_on_alloc ^= true;
}

void break_cache_limits(struct canary *canary)
{
    canary->plain->partial_min = canary->heap->config.partial_ceiling + 1;
}

/* Two created it, and it has marks of one. */
void break_cache_users(struct canary *canary)
{
    canary->debug->user_count = 2;
}

void break_layout_valid(struct canary *canary)
{
    canary->plain->layout.padding_offset = canary->plain->layout.slot_end_offset + 1;
}

void break_layout_align(struct canary *canary)
{
    canary->plain->layout.align *= 2;
}

void break_layout_regions(struct canary *canary)
{
    canary->plain->layout.free_pointer_offset = 0;
}

void break_layout_order(struct canary *canary)
{
    canary->plain->layout.order++;
}

void break_layout_objects(struct canary *canary)
{
    canary->plain->layout.objects_per_slab--;
}
