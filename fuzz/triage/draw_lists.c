#include "fuzz/triage/draw_lists.h"

#include <inttypes.h>
#include <stdio.h>

#include "allocator/cache/freelist.h"
#include "fuzz/triage/draw_pages.h"
#include "sanitizers/view.h"

enum {
    BAR_MAX = 16,       /* objects of a slab that has a letter for each */
    SHOWN_MAX = 10,     /* slabs of a list that are drawn */
};

/* "12[######..]", "12[37/64]" */
static void put_slab(const struct slab *slab)
{
    const struct kmem_heap *heap = slab->cache->heap;
    struct slab_state state = view_slab(slab);

    printf("%u[", view_slab_pfn(heap, slab));
    if (state.object_count > BAR_MAX || state.inuse_count > state.object_count) {
        printf("%u/%u", state.inuse_count, state.object_count);
    } else {
        for (uint32_t i = 0; i < state.object_count; i++) {
            putchar(i < state.inuse_count ? '#' : '.');
        }
    }
    putchar(']');
}

/* One list that is being drawn. */
struct chain {
    const struct kmem_cache *cache;
    const char *name;
    uint32_t count;      /* slabs that it led to so far */
    uint32_t limit;      /* no list is longer */
};

/* The next slab of the chain; false where it leads to none of the cache, or too far. */
static bool put_link(struct chain *chain, const struct slab *slab)
{
    const char *before = chain->count == 0 ? chain->name : " -> ";
    bool is_slab = view_slab_at(chain->cache->heap, slab) != NULL && slab->cache == chain->cache;

    if (chain->count == SHOWN_MAX) {
        printf(" -> ...");
    }
    if (!is_slab || chain->count == chain->limit) {
        printf("%s%s", before, is_slab ? "..., without end" : "nowhere");
        return false;
    }
    if (chain->count < SHOWN_MAX) {
        printf("%s", before);
        put_slab(slab);
    }
    chain->count++;
    return true;
}

static void put_list(const struct kmem_cache *cache, const char *name,
                     const struct list_link *head)
{
    struct chain chain = {cache, name, 0, cache->heap->memory.page_count};
    const struct list_link *link = head->next;

    while (link != head && put_link(&chain, container_of(link, struct slab, link))) {
        link = link->next;
    }
    if (chain.count > SHOWN_MAX) {
        printf(" (%u slabs)", chain.count);
    }
}

static void put_stack(const struct kmem_cache *cache, const struct kmem_cache_cpu *cpu)
{
    struct chain chain = {cache, "; partial ", 0, cache->heap->memory.page_count};
    const struct slab *slab = cpu->partial;

    while (slab != NULL && put_link(&chain, slab)) {
        slab = slab->cpu_next;
    }
}

/* Objects on the CPU's own freelist, as far as they lie in its slab. */
static uint32_t count_at_hand(const struct kmem_cache *cache, const struct kmem_cache_cpu *cpu)
{
    struct cpu_slab_word slab = cpu_slab_word_unpack(view_word(&cpu->slab));
    object_ref_t object = view_cpu(cpu).freelist;
    uint32_t count = 0;

    while (object != 0 && object - slab.first < slab.count && count < SLAB_OBJECTS_MAX) {
        object = freelist_next_ref(cache, object_from_ref(cache, object));
        count++;
    }
    return count;
}

static void draw_cpu(const struct kmem_cache *cache, unsigned number)
{
    const struct kmem_cache_cpu *cpu = &cache->cpus[number];
    const struct slab *slab = view_cpu_slab(cache->heap, cpu);

    if (view_word(&cpu->slab) == 0 && view_cpu(cpu).freelist == 0 && cpu->partial == NULL) {
        return;
    }
    printf("  CPU %u   ", number);
    if (view_word(&cpu->slab) == 0) {
        printf("no slab");
    } else if (slab == NULL) {
        printf("slab %u, which is none", view_cpu_frame(cpu));
    } else {
        printf("slab ");
        put_slab(slab);
        printf(" with %u free at hand", count_at_hand(cache, cpu));
    }
    put_stack(cache, cpu);
    printf("\n");
}

static void draw_node(const struct kmem_cache *cache, unsigned number)
{
    const struct kmem_cache_node *node = &cache->nodes[number];

    if (!node->is_ready ||
        (node->partial.next == &node->partial && node->full.next == &node->full)) {
        return;
    }
    if (cache->heap->memory.node_count == 1) {
        printf("  node    ");
    } else {
        printf("  node %u  ", number);
    }
    put_list(cache, "partial ", &node->partial);
    put_list(cache, node->partial.next != &node->partial ? "; full " : "full ", &node->full);
    printf("\n");
}

/* Slabs that no list has, and no CPU: full ones, and isolated ones. */
static void draw_others(const struct kmem_cache *cache)
{
    const struct kmem_heap *heap = cache->heap;
    uint32_t count = 0;

    for (pfn_t pfn = 0; pfn < heap->memory.page_count; pfn++) {
        const struct slab *slab = &heap->slabs[pfn];
        enum slab_place place = view_place(slab);
        bool is_listed = view_slab(slab).frozen || place == SLAB_ON_CPU ||
                         place == SLAB_ON_PARTIAL || place == SLAB_ON_FULL;

        if (view_page(heap, pfn).kind != PAGE_SLAB || slab->cache != cache || is_listed) {
            continue;
        }
        if (count < SHOWN_MAX) {
            printf(count == 0 ? "  nowhere " : " ");
            put_slab(slab);
            printf("%s", place == SLAB_ON_ISOLATED ? " isolated" : "");
        }
        count++;
    }
    if (count > SHOWN_MAX) {
        printf(" ... (%u slabs)", count);
    }
    printf(count > 0 ? "\n" : "");
}

void draw_lists(const struct kmem_cache *cache)
{
    for (unsigned cpu = 0; cpu < CPU_MAX; cpu++) {
        draw_cpu(cache, cpu);
    }
    for (unsigned node = 0; node < cache->heap->memory.node_count; node++) {
        draw_node(cache, node);
    }
    draw_others(cache);
}

void draw_heap(const struct kmem_heap *heap)
{
    for (unsigned slot = 0; slot < CACHE_MAX; slot++) {
        const struct kmem_cache *cache = &heap->cache_slots[slot];

        if (heap->cache_is_used[slot] && view_slab_count(cache) != 0) {
            printf("cache %.*s: %u slabs, %" PRIu64 " objects of %zu bytes\n", CACHE_NAME_SIZE,
                   cache->name, view_slab_count(cache), view_object_count(cache),
                   cache->layout.object_size);
            draw_lists(cache);
        }
    }
    draw_free_lists(heap);
}
