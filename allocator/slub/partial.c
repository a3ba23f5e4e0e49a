#include "allocator/slub/partial.h"

#include "allocator/base/invariant.h"

void partial_check_lock(const struct kmem_cache_node *node)
{
    INVARIANT(world_holds(&node->lock), LOCK_HELD);
}

void partial_add(struct kmem_cache_node *node, struct slab *slab, enum partial_end end)
{
    partial_check_lock(node);
    if (end == PARTIAL_HEAD) {
        list_push_front(&node->partial, &slab->link);
    } else {
        list_push_back(&node->partial, &slab->link);
    }
    node->partial_count++;
    slab_set_place(slab, SLAB_ON_PARTIAL);
}

void partial_remove(struct kmem_cache_node *node, struct slab *slab)
{
    partial_check_lock(node);
    list_remove(&slab->link);
    node->partial_count--;
    slab_set_place(slab, SLAB_ON_NONE);
}

struct slab *partial_first(const struct kmem_cache_node *node)
{
    struct list_link *link = node->is_ready ? list_first(&node->partial) : NULL;

    return link != NULL ? slab_of_link(link) : NULL;
}

void full_add(struct kmem_cache *cache, struct slab *slab)
{
    if (cache_stores_users(cache)) {
        partial_check_lock(cache_node_of(slab));
        list_push_back(&cache_node_of(slab)->full, &slab->link);
        slab_set_place(slab, SLAB_ON_FULL);
    }
}

void full_remove(struct kmem_cache *cache, struct slab *slab)
{
    if (cache_stores_users(cache)) {
        partial_check_lock(cache_node_of(slab));
        list_remove(&slab->link);
        slab_set_place(slab, SLAB_ON_NONE);
    }
}

bool partial_relist(struct kmem_cache *cache, struct slab *slab)
{
    bool is_listed = slab_place(slab) == SLAB_ON_PARTIAL;
    bool has_free = slab_state(slab).freelist != 0;

    if (has_free && !is_listed) {
        full_remove(cache, slab);
        partial_add(cache_node_of(slab), slab, PARTIAL_TAIL);
    } else if (!has_free && is_listed) {
        partial_remove(cache_node_of(slab), slab);
        full_add(cache, slab);
    }
    return has_free && !is_listed;
}

bool partial_is_satisfied(const struct slab *slab)
{
    partial_check_lock(cache_node_of(slab));
    return cache_node_of(slab)->partial_count >= slab->cache->partial_min;
}

bool partial_is_spare(const struct slab *slab)
{
    partial_check_lock(cache_node_of(slab));
    return cache_node_of(slab)->partial_count > slab->cache->partial_min;
}
