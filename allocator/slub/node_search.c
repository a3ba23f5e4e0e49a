#include "allocator/slub/node_search.h"

/* x of 1024 is the share of searches that go on; 0 is none at all. */
enum { RATIO_RANGE = 1024 };

struct node_wish node_wish_make(const struct kmem_heap *heap, int node, gfp_t gfp)
{
    if (node < 0 || !memory_node_is_online(&heap->memory, (uint32_t)node)) {
        return (struct node_wish){.node = NODE_ANY, .gfp = gfp};
    }
    return (struct node_wish){
        .node = (uint32_t)node,
        .gfp = gfp,
        .is_strict = (gfp & __GFP_THISNODE) != 0,
    };
}

/* Without a wish: where the CPU's own node has no memory, its neighbour stands in for it. */
static uint32_t first_node(const struct page_memory *memory, struct node_wish wish)
{
    uint32_t own = memory_node_of_cpu(memory, world_cpu());

    return wish.node != NODE_ANY ? wish.node : memory_nearest_node(memory, own);
}

struct node_search node_search_begin(const struct kmem_cache *cache, struct node_wish wish)
{
    return (struct node_search){
        .cache = cache,
        .wish = wish,
        .first = first_node(&cache->heap->memory, wish),
    };
}

static bool others_are_asked(const struct node_search *search)
{
    const struct kmem_heap *heap = search->cache->heap;
    const struct platform *platform = &heap->platform;
    uint64_t random = platform->random(platform->context, RANDOM_REMOTE_SEARCH, search->cache->id,
                                       search->ordinal);

    return random % RATIO_RANGE < search->cache->remote_defrag_ratio;
}

bool node_search_next(struct node_search *search)
{
    uint32_t node_count = search->cache->heap->memory.node_count;

    if (search->distance == 0) {
        search->node = search->first;
        search->floor = 0;
        search->distance = 1;
        return true;
    }
    if (search->wish.is_strict || node_count == 1 ||
        (search->distance == 1 && !others_are_asked(search))) {
        return false;
    }
    search->floor = search->cache->partial_min;
    do {
        search->node = search->first ^ search->distance++;
    } while (search->node >= node_count && search->distance <= NODE_MAX);
    return search->node < node_count && search->distance <= NODE_MAX;
}
