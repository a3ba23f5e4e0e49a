#include "allocator/api/rcu.h"

#include "allocator/api/kmalloc.h"
#include "allocator/api/kmalloc_at.h"
#include "allocator/base/compiler.h"

static_assert(sizeof(struct world_deferred) <= RCU_OBJECT_SIZE_MIN, "what lies in an object");

void heap_rcu_read_lock(struct kmem_heap *heap)
{
    world_rcu_read_lock(&heap->rcu);
}

void heap_rcu_read_unlock(struct kmem_heap *heap)
{
    world_rcu_read_unlock(&heap->rcu);
}

static void free_deferred(struct world_rcu *rcu, struct world_deferred *deferred)
{
    kfree_at(container_of(rcu, struct kmem_heap, rcu), deferred, world_site(RETURN_ADDRESS()));
}

NO_INLINE void heap_free_rcu(struct kmem_heap *heap, void *object)
{
    struct world_deferred *deferred = object;
    uint64_t site = world_site(RETURN_ADDRESS());
    struct allocation found;

    if (!is_zero_or_null(object) && allocation_require(heap, object, STAGE_FREE, site, &found)) {
        deferred->run = free_deferred;
        world_rcu_call(&heap->rcu, deferred);
    }
}

void heap_rcu_run(struct kmem_heap *heap)
{
    world_rcu_run(&heap->rcu);
}

void heap_rcu_barrier(struct kmem_heap *heap)
{
    world_rcu_barrier(&heap->rcu);
}
