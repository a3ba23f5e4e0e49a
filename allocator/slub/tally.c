#include "allocator/slub/tally.h"

#include "allocator/slub/cpu_slab.h"
#include "allocator/slub/partial.h"

static void count_node(struct kmem_cache_node *node, struct node_tally *tally)
{
    uint64_t irq_state = node_lock(node);

    tally->slab_count = node->slab_count;
    tally->object_count = node->object_count;
    list_for_each_safe(link, following, &node->partial) {
        struct slab_state state = slab_state(slab_of_link(link));

        tally->partial_count++;
        tally->partial_used += state.inuse_count;
        tally->partial_free += state.object_count - state.inuse_count;
    }
    node_unlock(node, irq_state);
}

static void count_cpu(struct kmem_cache *cache, struct kmem_cache_cpu *cpu,
                      struct cache_tally *tally, struct cpu_tally *held)
{
    uint64_t irq_state = world_irq_save();

    world_lock(&cpu->lock);
    held->slab_count = cpu_slab(cache, cpu) != NULL ? 1 : 0;
    for (const struct slab *slab = cpu->partial; slab != NULL; slab = slab->cpu_next) {
        struct slab_state state = slab_state(slab);

        held->partial_count++;
        held->partial_free += state.object_count - state.inuse_count;
    }
    tally->nodes[0].cpu_slab_count += held->slab_count + held->partial_count;
    world_unlock(&cpu->lock);
    world_irq_restore(irq_state);
}

void slub_tally(struct kmem_cache *cache, struct cache_tally *tally)
{
    *tally = (struct cache_tally){0};
    count_node(&cache->node, &tally->nodes[0]);
    for (cpu_id_t cpu = 0; cpu < cache->heap->config.cpu_count; cpu++) {
        count_cpu(cache, &cache->cpus[cpu], tally, &tally->cpus[cpu]);
    }
}

struct node_tally tally_total(const struct cache_tally *tally)
{
    struct node_tally total = {0};

    for (unsigned i = 0; i < TALLY_NODE_COUNT; i++) {
        const struct node_tally *node = &tally->nodes[i];

        total.slab_count += node->slab_count;
        total.object_count += node->object_count;
        total.partial_count += node->partial_count;
        total.partial_used += node->partial_used;
        total.partial_free += node->partial_free;
        total.cpu_slab_count += node->cpu_slab_count;
    }
    return total;
}
