#include "allocator/api/fault.h"

#include "allocator/base/errors.h"
#include "allocator/cache/heap_state.h"

static struct fault *state_of(struct kmem_heap *heap, enum heap_fault kind)
{
    return kind == HEAP_FAULT_SLAB ? &heap->slab_fault : &heap->memory.fault;
}

int heap_fault_set(struct kmem_heap *heap, enum heap_fault kind, const struct fault_attr *attr)
{
    if (!heap->config.fault_injection || !fault_attr_is_valid(attr)) {
        return HEAP_EINVAL;
    }
    fault_set(state_of(heap, kind), attr);
    return HEAP_OK;
}

int heap_fault_boot(struct kmem_heap *heap, enum heap_fault kind, const char *option,
                    const char **cause)
{
    struct fault_attr attr = {.order_min = kind == HEAP_FAULT_PAGES ? 1 : 0};

    *cause = fault_attr_parse(option, &attr);
    return *cause == NULL ? heap_fault_set(heap, kind, &attr) : HEAP_EINVAL;
}

int heap_fault_nth(struct kmem_heap *heap, enum heap_fault kind, uint64_t nth)
{
    if (!heap->config.fault_injection) {
        return HEAP_EINVAL;
    }
    fault_set_nth(state_of(heap, kind), nth);
    return HEAP_OK;
}

void kmem_cache_mark_failing(struct kmem_cache *cache, bool is_marked)
{
    world_store(&cache->may_fail, is_marked);
}

uint64_t heap_fault_count(const struct kmem_heap *heap, enum heap_fault kind)
{
    return world_load(&heap_fault(heap, kind)->failures);
}
