#include "allocator/slub/tally.h"

#include "allocator/slub/cpu_slab.h"
#include "allocator/slub/partial.h"

static void count_partial(const struct list_link *head, struct node_tally *tally)
{
    list_for_each_safe(link, following, head) {
        struct slab_state state = slab_state(slab_of_link(link));

        tally->partial_count++;
        tally->partial_used += state.inuse_count;
        tally->partial_free += state.object_count - state.inuse_count;
    }
}

static void count_node(struct kmem_cache_node *node, struct node_tally *tally)
{
    uint64_t irq_state = node_lock(node);

    tally->slab_count = node->slab_count;
    tally->object_count = node->object_count;
    if (node->is_ready) {
        count_partial(&node->partial, tally);
    }
    node_unlock(node, irq_state);
}

static void count_cpu(struct kmem_cache *cache, struct kmem_cache_cpu *cpu,
                      struct cache_tally *tally, struct cpu_tally *held)
{
    uint64_t irq_state = world_irq_save();

    world_lock(&cpu->lock);

    const struct slab *own = cpu_slab(cache, cpu);

    if (own != NULL) {
        held->slab_count = 1;
        tally->nodes[own->node].cpu_slab_count++;
    }
    for (const struct slab *slab = cpu->partial; slab != NULL; slab = slab->cpu_next) {
        struct slab_state state = slab_state(slab);

        held->partial_count++;
        tally->nodes[slab->node].cpu_slab_count++;
        held->partial_free += state.object_count - state.inuse_count;
    }
    world_unlock(&cpu->lock);
    world_irq_restore(irq_state);
}

void slub_tally(struct kmem_cache *cache, struct cache_tally *tally)
{
    *tally = (struct cache_tally){0};
    for (uint32_t node = 0; node < cache->heap->memory.node_count; node++) {
        count_node(&cache->nodes[node], &tally->nodes[node]);
    }
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
