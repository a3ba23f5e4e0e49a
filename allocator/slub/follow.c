#include "allocator/slub/follow.h"

#include "allocator/cache/freelist.h"
#include "allocator/cache/object_bits.h"
#include "allocator/debug/consistency.h"

/* slab->cache is not asked: the slab may be gone, and the answer of no use. */
static bool may_be_free(const struct kmem_cache *cache, const struct slab *slab, const void *object)
{
    const struct layout *layout = &cache->layout;
    uintptr_t first = (uintptr_t)slab_base(cache->heap, slab) + layout->left_redzone_size;
    uintptr_t offset = (uintptr_t)object - first;

    return offset % layout->stride == 0 &&
           offset / layout->stride < slab_state(slab).object_count &&
           !object_bits_has(cache, object);
}

struct followed follow_link(const struct kmem_cache *cache, const struct slab *slab,
                            const void *object)
{
    const void *next = freelist_next(cache, object);

    if (next != NULL && cache->knows_objects && !may_be_free(cache, slab, next)) {
        return (struct followed){.is_cut = true};
    }
    return (struct followed){.next = freelist_next_ref(cache, object)};
}

void follow_report(const struct slab *slab, const void *object, enum report_stage stage,
                   uint64_t site)
{
    const struct check_context context = {stage, ACTION_CUT_FREELIST, site};
    struct report report = check_report(slab, REPORT_FREE_POINTER, &context);

    report.object = object;
    report.damage = freelist_slot(slab->cache, object);
    report.damage_size = WORD_SIZE;
    heap_report(slab->cache->heap, &report);
}
