#include "allocator/api/kmalloc.h"
#include "allocator/api/kmalloc_at.h"
#include "allocator/base/compiler.h"
#include "allocator/base/raw.h"
#include "allocator/debug/object.h"

/*
 * Bytes that may hold something of the user's: the slack keeps what a larger object left there,
 * unless it is redzone.
 */
static size_t secret_size(const struct allocation *found, const void *object)
{
    const struct kmem_cache *cache = found->slab != NULL ? found->slab->cache : NULL;

    if (cache != NULL && cache->layout.left_redzone_size != 0) {
        return object_requested_size(cache, object);
    }
    return allocation_usable_size(found);
}

NO_INLINE void heap_free_sensitive(struct kmem_heap *heap, void *object)
{
    uint64_t site = world_site(RETURN_ADDRESS());
    struct allocation found;

    if (is_zero_or_null(object) || !allocation_require(heap, object, STAGE_FREE, site, &found)) {
        return;
    }
    raw_fill(object, secret_size(&found, object), 0);
    kfree_at(heap, object, site);
}
