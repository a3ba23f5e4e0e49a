#include "sim/shared_word.h"

#include "allocator/cache/heap_state.h"

/* Position of a word inside the entry of a table that it lies in. */
struct place {
    const void *entry;    /* NULL: the address is not in the table */
    size_t offset;
};

static struct place place_in(const void *table, size_t entry_size, size_t count,
                             const void *address)
{
    size_t distance = (uintptr_t)address - (uintptr_t)table;

    if (table == NULL || distance >= entry_size * count) {
        return (struct place){0};
    }
    return (struct place){
        .entry = (const unsigned char *)table + distance / entry_size * entry_size,
        .offset = distance % entry_size,
    };
}

static struct place cache_place(const struct kmem_heap *heap, const void *address)
{
    return place_in(heap->cache_slots, sizeof(heap->cache_slots[0]), CACHE_MAX, address);
}

static struct place slab_place_of(const struct kmem_heap *heap, const void *address)
{
    return place_in(heap->slabs, sizeof(heap->slabs[0]), heap->zone.page_count, address);
}

static struct place page_place(const struct kmem_heap *heap, const void *address)
{
    return place_in(heap->zone.pages, sizeof(heap->zone.pages[0]), heap->zone.page_count,
                    address);
}

static enum shared_word cache_word(size_t offset)
{
    if (offset == offsetof(struct kmem_cache, node.lock)) {
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

enum shared_word shared_word_at(const struct kmem_heap *heap, const void *address)
{
    if (heap == NULL) {
        return WORD_OTHER;
    }

    struct place cache = cache_place(heap, address);
    struct place slab = slab_place_of(heap, address);

    if (cache.entry != NULL) {
        return cache_word(cache.offset);
    }
    if (slab.entry != NULL) {
        return slab.offset == offsetof(struct slab, state)   ? WORD_SLAB_STATE
               : slab.offset == offsetof(struct slab, place) ? WORD_SLAB_PLACE
                                                             : WORD_OTHER;
    }
    if (page_place(heap, address).entry != NULL) {
        return WORD_PAGE_STATE;
    }
    return address == &heap->registry_lock ? WORD_REGISTRY_LOCK
           : address == &heap->zone.lock   ? WORD_ZONE_LOCK
                                           : WORD_OTHER;
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

const void *shared_word_object(const struct kmem_heap *heap, const void *address)
{
    if (heap == NULL) {
        return address;
    }

    struct place cache = cache_place(heap, address);
    struct place slab = slab_place_of(heap, address);
    struct place page = page_place(heap, address);

    return cache.entry != NULL  ? cache.entry
           : slab.entry != NULL ? slab.entry
           : page.entry != NULL ? page.entry
                                : address;
}
