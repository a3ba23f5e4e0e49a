#include "allocator/slub/quarantine.h"

#include "allocator/base/invariant.h"
#include "allocator/cache/freelist.h"
#include "allocator/slub/slub.h"

static uint32_t size_of(const struct kmem_cache *cache)
{
    return (uint32_t)cache->layout.object_size;
}

static void append(struct kmem_cache *cache, struct kmem_cache_cpu *cpu, void *object)
{
    object_ref_t ref = object_to_ref(cache, object);
    void *last = object_from_ref(cache, cpu->quarantine.last);

    INVARIANT(world_holds(&cpu->lock), LOCK_HELD);
    freelist_set_next_ref(cache, object, 0);
    if (last != NULL) {
        freelist_set_next_ref(cache, last, ref);
    }
    cpu->quarantine = quarantine_with(cpu->quarantine, ref, size_of(cache));
}

/* Cuts off the front of the queue, down to a bound; returns its first object, or 0. */
static object_ref_t detach(struct kmem_cache *cache, struct kmem_cache_cpu *cpu, uint32_t bound)
{
    object_ref_t first = cpu->quarantine.first;
    void *final = NULL;

    INVARIANT(world_holds(&cpu->lock), LOCK_HELD);
    while (cpu->quarantine.first != 0 && quarantine_is_over(cpu->quarantine, bound)) {
        final = object_from_ref(cache, cpu->quarantine.first);
        cpu->quarantine = quarantine_without_first(
            cpu->quarantine, freelist_next_ref(cache, final), size_of(cache));
    }
    if (final == NULL) {
        return 0;
    }
    freelist_set_next_ref(cache, final, 0);
    return first;
}

static void release(struct kmem_cache *cache, object_ref_t first)
{
    while (first != 0) {
        void *object = object_from_ref(cache, first);

        first = freelist_next_ref(cache, object);
        slub_free_chain(cache, slab_at(cache->heap, object),
                        (struct object_chain){object, object, 1});
    }
}

void quarantine_put(struct kmem_cache *cache, void *object)
{
    uint64_t irq_state = world_irq_save();
    struct kmem_cache_cpu *cpu = &cache->cpus[world_cpu()];

    world_lock(&cpu->lock);
    append(cache, cpu, object);

    object_ref_t leaving = detach(cache, cpu, cache->quarantine_bytes);

    world_unlock(&cpu->lock);
    world_irq_restore(irq_state);
    release(cache, leaving);
}

void quarantine_purge(struct kmem_cache *cache, cpu_id_t cpu_id)
{
    struct kmem_cache_cpu *cpu = &cache->cpus[cpu_id];

    if (cache->quarantine_bytes == 0) {
        return;
    }

    uint64_t irq_state = world_irq_save();

    world_lock(&cpu->lock);

    object_ref_t leaving = detach(cache, cpu, 0);

    world_unlock(&cpu->lock);
    world_irq_restore(irq_state);
    release(cache, leaving);
}
