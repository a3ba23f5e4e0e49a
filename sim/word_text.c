#include "sim/word_text.h"

#include <stdio.h>

#include "allocator/cache/heap_state.h"
#include "sim/shared_word.h"

/* Index of the entry of a table that an address lies in, or count. */
static size_t index_in(const void *table, size_t entry_size, size_t count, const void *address)
{
    size_t index = ((uintptr_t)address - (uintptr_t)table) / entry_size;

    return table != NULL && index < count ? index : count;
}

static void put_cache(const char *name, const struct kmem_cache *cache, const void *address,
                      char text[WORD_TEXT_SIZE])
{
    size_t cpu = index_in(cache->cpus, sizeof(cache->cpus[0]), CPU_MAX, address);
    const char *owner = cache->name[0] != '\0' ? cache->name : "a cache that is gone";

    if (cpu < CPU_MAX) {
        snprintf(text, WORD_TEXT_SIZE, "%s of %.*s on CPU %zu", name, CACHE_NAME_SIZE, owner, cpu);
    } else {
        snprintf(text, WORD_TEXT_SIZE, "%s of %.*s", name, CACHE_NAME_SIZE, owner);
    }
}

const char *word_text(const struct kmem_heap *heap, const void *address,
                      char text[WORD_TEXT_SIZE])
{
    const char *name = shared_word_name(shared_word_at(heap, address));

    snprintf(text, WORD_TEXT_SIZE, "%s", name);
    if (heap == NULL) {
        return text;
    }

    uint32_t page_count = heap->memory.page_count;
    size_t cache = index_in(heap->cache_slots, sizeof(heap->cache_slots[0]), CACHE_MAX, address);
    size_t slab = index_in(heap->slabs, sizeof(heap->slabs[0]), page_count, address);
    size_t page = index_in(heap->memory.pages, sizeof(heap->memory.pages[0]), page_count, address);

    if (cache < CACHE_MAX) {
        put_cache(name, &heap->cache_slots[cache], address, text);
    } else if (slab < page_count) {
        snprintf(text, WORD_TEXT_SIZE, "%s of slab %zu", name, slab);
    } else if (page < page_count) {
        snprintf(text, WORD_TEXT_SIZE, "%s of frame %zu", name, page);
    }
    return text;
}
