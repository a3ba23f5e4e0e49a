#include "allocator/slub/node_return.h"

#include "allocator/slub/new_slab.h"
#include "allocator/slub/partial.h"

/* True if the slab is empty and its node has enough without it. */
static bool return_slab(struct slab *slab)
{
    struct kmem_cache_node *node = cache_node_of(slab);
    uint64_t irq_state = node_lock(node);
    bool unwanted = slab_state(slab).inuse_count == 0 && partial_is_satisfied(slab);

    if (!unwanted) {
        partial_add(node, slab, PARTIAL_TAIL);
        cache_count(slab->cache, STAT_FREE_ADD_PARTIAL, 1);
    }
    node_unlock(node, irq_state);
    return unwanted;
}

void node_return_stack(struct slab *top)
{
    while (top != NULL) {
        struct slab *slab = top;

        top = slab->cpu_next;
        slab->cpu_next = NULL;
        cache_count(slab->cache, STAT_CPU_PARTIAL_DRAIN, 1);
        if (return_slab(slab)) {
            slab_discard(slab, 0);
        }
    }
}
