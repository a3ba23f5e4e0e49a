#include "allocator/api/slabinfo.h"

#include "allocator/base/bits.h"
#include "allocator/cache/heap_state.h"
#include "allocator/debug/text.h"
#include "allocator/slub/tally.h"

static const char heading[] =
    "slabinfo - version: 2.1\n"
    "# name            <active_objs> <num_objs> <objsize> <objperslab> <pagesperslab>"
    " : tunables <limit> <batchcount> <sharedfactor>"
    " : slabdata <active_slabs> <num_slabs> <sharedavail>\n";

struct slabinfo kmem_cache_slabinfo(struct kmem_cache *cache)
{
    struct cache_tally tally;

    slub_tally(cache, &tally);

    struct node_tally total = tally_total(&tally);

    return (struct slabinfo){
        .slabs = total.slab_count,
        .objects = total.object_count,
        .active_objects = tally_active(&total),
        .partial_slabs = total.partial_count,
        .partial_objects = total.partial_used,
        .cpu_slabs = total.cpu_slab_count,
    };
}

static void print_cache(struct text *text, struct kmem_cache *cache)
{
    const struct layout *layout = &cache->layout;
    struct slabinfo info = kmem_cache_slabinfo(cache);
    unsigned long slabs = (unsigned long)info.slabs;

    text_print(text, "%-17s %6lu %6lu %6u %4u %4d", cache->name,
               (unsigned long)info.active_objects, (unsigned long)info.objects,
               (unsigned)layout->stride, layout->objects_per_slab,
               (int)order_pages(layout->order));
    /* There is nothing to tune, and no slab of which nothing is active is told apart. */
    text_print(text, " : tunables %4u %4u %4u", 0u, 0u, 0u);
    text_print(text, " : slabdata %6lu %6lu %6lu\n", slabs, slabs, 0ul);
}

size_t heap_slabinfo(struct kmem_heap *heap, char *bytes, size_t capacity)
{
    struct text text = text_begin(bytes, capacity);

    text_print(&text, "%s", heading);
    world_lock(&heap->registry_lock);
    list_for_each_safe(link, following, &heap->caches) {
        print_cache(&text, container_of(link, struct kmem_cache, link));
    }
    world_unlock(&heap->registry_lock);
    return text.size;
}
