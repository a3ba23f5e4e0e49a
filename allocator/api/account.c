#include "allocator/api/account.h"

#include "allocator/api/kmalloc_at.h"
#include "allocator/base/compiler.h"
#include "allocator/slub/extension.h"

void heap_account_enter(struct kmem_heap *heap, unsigned account)
{
    world_store(&heap->cpu_accounts[world_cpu()], account);
}

void heap_account_limit(struct kmem_heap *heap, unsigned account, uint64_t bytes)
{
    world_store(&heap->accounts[account].limit, bytes);
}

uint64_t heap_account_charged(const struct kmem_heap *heap, unsigned account)
{
    return world_load(&heap->accounts[account].charged);
}

void heap_account_enable(struct kmem_heap *heap, bool is_on)
{
    world_store(&heap->accounting_is_off, is_on ? 0 : 1);
}

NO_INLINE bool heap_charge(struct kmem_heap *heap, const void *object)
{
    struct allocation found;

    if (!allocation_find(heap, object, &found) || found.slab == NULL ||
        !extension_is_due(found.slab->cache, __GFP_ACCOUNT)) {
        return true;
    }
    return extension_charge(found.slab, object, world_site(RETURN_ADDRESS()));
}
