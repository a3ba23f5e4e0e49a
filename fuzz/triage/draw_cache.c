#include "fuzz/triage/draw_cache.h"

#include <inttypes.h>
#include <stdio.h>

#include "fuzz/triage/describe.h"
#include "fuzz/triage/draw_lists.h"
#include "sanitizers/view.h"

enum { SLABS_TOLD_MAX = 8 };

static const char *const flag_names[] = {
#define X(name, bit, letter, why) [bit] = #name,
    SLAB_FLAGS(X)
#undef X
};

static void draw_flags(slab_flags_t flags)
{
    bool is_first = true;

    for (unsigned bit = 0; bit < sizeof(flag_names) / sizeof(flag_names[0]); bit++) {
        if ((flags >> bit & 1) != 0) {
            printf("%s%s", is_first ? ", " : "|", flag_names[bit]);
            is_first = false;
        }
    }
    printf("\n");
}

static void draw_slabs(const struct kmem_cache *cache)
{
    const struct kmem_heap *heap = cache->heap;
    uint32_t count = 0;

    for (pfn_t pfn = 0; pfn < heap->memory.page_count; pfn++) {
        const struct slab *slab = &heap->slabs[pfn];
        char text[DESCRIPTION_SIZE];

        if (view_page(heap, pfn).kind != PAGE_SLAB || slab->cache != cache) {
            continue;
        }
        if (count++ < SLABS_TOLD_MAX) {
            printf("  slab at frame %u: %s\n", pfn,
                   describe_slab(view_slab(slab), view_place(slab), text));
        }
    }
    if (count > SLABS_TOLD_MAX) {
        printf("  ... more slabs: %u\n", count - SLABS_TOLD_MAX);
    }
}

static void draw_node(const struct kmem_cache *cache, unsigned number)
{
    const struct kmem_cache_node *node = &cache->nodes[number];

    if (cache->heap->memory.node_count > 1) {
        printf("  node %u%s:", number, node->is_ready ? "" : ", without lists");
    }
    printf("  slabs: %u, objects: %" PRIu64 ", slabs on the node's partial list: %u\n",
           node->slab_count, node->object_count, node->partial_count);
}

void draw_cache(const struct kmem_cache *cache)
{
    printf("cache %.*s: objects of %zu bytes every %zu, %u to a slab", CACHE_NAME_SIZE, cache->name,
           cache->layout.object_size, cache->layout.stride, cache->layout.objects_per_slab);
    draw_flags(cache->flags);
    for (unsigned i = 0; i < cache->heap->memory.node_count; i++) {
        draw_node(cache, i);
    }
    draw_lists(cache);
    draw_slabs(cache);
}
