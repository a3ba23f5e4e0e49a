#include "sim/shared_word.h"

#include "allocator/cache/heap_state.h"

unsigned node_of_lock(size_t offset)
{
    size_t in_nodes = offset - offsetof(struct kmem_cache, nodes[0].lock);
    size_t node = in_nodes / sizeof(struct kmem_cache_node);

    return node < NODE_MAX && in_nodes % sizeof(struct kmem_cache_node) == 0 ? (unsigned)node
                                                                             : NODE_MAX;
}

static enum shared_word cache_word(size_t offset)
{
    if (node_of_lock(offset) < NODE_MAX) {
        return WORD_NODE_LOCK;
    }
    if (offset < offsetof(struct kmem_cache, cpus)) {
        return WORD_OTHER;
    }
    switch ((offset - offsetof(struct kmem_cache, cpus)) % sizeof(struct kmem_cache_cpu)) {
    case offsetof(struct kmem_cache_cpu, word):
        return WORD_CPU_FREELIST;
    case offsetof(struct kmem_cache_cpu, slab):
        return WORD_CPU_SLAB;
    case offsetof(struct kmem_cache_cpu, lock):
        return WORD_CPU_LOCK;
    case offsetof(struct kmem_cache_cpu, deferred):
        return WORD_CPU_DEFERRED;
    default:
        return WORD_OTHER;
    }
}

static enum shared_word slab_word(size_t offset)
{
    switch (offset) {
    case offsetof(struct slab, state):
        return WORD_SLAB_STATE;
    case offsetof(struct slab, place):
        return WORD_SLAB_PLACE;
    default:
        return WORD_OTHER;
    }
}

unsigned zone_of_lock(const struct kmem_heap *heap, const void *address)
{
    size_t offset = (uintptr_t)address - (uintptr_t)&heap->memory.zones[0].lock;
    size_t zone = offset / sizeof(heap->memory.zones[0]);

    return zone < ZONE_MAX && offset % sizeof(heap->memory.zones[0]) == 0 ? (unsigned)zone
                                                                          : ZONE_MAX;
}

/* Of a word in the heap's own struct. */
static struct shared_place heap_place(const struct kmem_heap *heap, size_t offset,
                                      const void *address)
{
    size_t in_caches = offset - offsetof(struct kmem_heap, cache_slots);

    if (in_caches < sizeof(heap->cache_slots)) {
        size_t slot = in_caches / sizeof(heap->cache_slots[0]);

        return (struct shared_place){cache_word(in_caches % sizeof(heap->cache_slots[0])),
                                     &heap->cache_slots[slot]};
    }

    enum shared_word word = address == &heap->registry_lock          ? WORD_REGISTRY_LOCK
                            : zone_of_lock(heap, address) < ZONE_MAX ? WORD_ZONE_LOCK
                                                                     : WORD_OTHER;

    return (struct shared_place){word, address};
}

struct shared_place shared_place_at(const struct kmem_heap *heap, const void *address)
{
    if (heap == NULL) {
        return (struct shared_place){WORD_OTHER, address};
    }

    size_t in_heap = (uintptr_t)address - (uintptr_t)heap;
    size_t in_slabs = (uintptr_t)address - (uintptr_t)heap->slabs;
    size_t in_pages = (uintptr_t)address - (uintptr_t)heap->memory.pages;
    size_t slab = in_slabs / sizeof(heap->slabs[0]);
    size_t page = in_pages / sizeof(heap->memory.pages[0]);

    if (in_heap < sizeof(*heap)) {
        return heap_place(heap, in_heap, address);
    }
    if (heap->slabs != NULL && slab < heap->memory.page_count) {
        return (struct shared_place){slab_word(in_slabs % sizeof(heap->slabs[0])),
                                     &heap->slabs[slab]};
    }
    if (heap->memory.pages != NULL && page < heap->memory.page_count) {
        return (struct shared_place){WORD_PAGE_STATE, &heap->memory.pages[page]};
    }
    return (struct shared_place){WORD_OTHER, address};
}

enum shared_word shared_word_at(const struct kmem_heap *heap, const void *address)
{
    return shared_place_at(heap, address).word;
}

const char *shared_word_name(enum shared_word word)
{
    static const char *const names[SHARED_WORD_COUNT] = {
        [WORD_OTHER] = "another word",
        [WORD_REGISTRY_LOCK] = "registry_lock",
        [WORD_CPU_FREELIST] = "cpu->word",
        [WORD_CPU_SLAB] = "cpu->slab",
        [WORD_CPU_LOCK] = "cpu->lock",
        [WORD_CPU_DEFERRED] = "cpu->deferred",
        [WORD_NODE_LOCK] = "node->lock",
        [WORD_ZONE_LOCK] = "zone->lock",
        [WORD_SLAB_STATE] = "slab->state",
        [WORD_SLAB_PLACE] = "slab->place",
        [WORD_PAGE_STATE] = "page->state",
    };

    return names[word];
}
