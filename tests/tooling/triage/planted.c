/*
 * Bugs that shrinking has for caches of certain sizes, put before the real function by the linker
 * (--wrap), so that a trace chooses how the allocator goes wrong.
 */
#include "allocator/api/kmem_cache.h"
#include "allocator/base/raw.h"
#include "allocator/cache/freelist.h"
#include "allocator/cache/heap_state.h"

int __real_kmem_cache_shrink(struct kmem_cache *cache);
int __wrap_kmem_cache_shrink(struct kmem_cache *cache);

/* First object on the freelist of the first slab on the node's partial list, or NULL. */
static unsigned char *free_object(const struct kmem_cache *cache)
{
    const struct list_link *link = cache->node.partial.next;

    if (link == &cache->node.partial) {
        return NULL;
    }

    const struct slab *slab = (const void *)((const char *)link - offsetof(struct slab, link));

    return object_from_ref(cache, slab_state(slab).freelist);
}

static void crash(struct kmem_cache *cache)
{
    *(volatile char *)(uintptr_t)(cache->flags & 7) = 1;
}

static void hang(struct kmem_cache *cache)
{
    for (volatile unsigned i = cache->flags;; i++) {
    }
}

static void read_hidden_byte(struct kmem_cache *cache)
{
    (void)*(volatile char *)free_object(cache);
}

static void miscount_slabs(struct kmem_cache *cache)
{
    cache->node.slab_count++;
}

static void damage_poison(struct kmem_cache *cache)
{
    unsigned char *object = free_object(cache);

    raw_store_byte(object + 5, (unsigned char)(raw_load_byte(object + 5) ^ 0x40));
}

static void lose_link(struct kmem_cache *cache)
{
    freelist_set_next(cache, free_object(cache), cache->heap->zone.arena + 12345);
}

static void miscount_pages(struct kmem_cache *cache)
{
    cache->heap->zone.free_page_count--;
}

static const struct planted_bug {
    size_t object_size;
    void (*act)(struct kmem_cache *cache);
} bugs[] = {
    {1000, crash},         {1001, hang},      {1002, read_hidden_byte}, {1003, miscount_slabs},
    {1004, damage_poison}, {1005, lose_link}, {1006, miscount_pages},
};

int __wrap_kmem_cache_shrink(struct kmem_cache *cache)
{
    int result = __real_kmem_cache_shrink(cache);

    for (size_t i = 0; i < sizeof(bugs) / sizeof(bugs[0]); i++) {
        if (cache->layout.object_size == bugs[i].object_size && free_object(cache) != NULL) {
            bugs[i].act(cache);
        }
    }
    return result;
}
