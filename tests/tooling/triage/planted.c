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

/* First slab on the node's partial list, or NULL. */
static struct slab *partial_slab(const struct kmem_cache *cache)
{
    struct list_link *link = cache->nodes[0].partial.next;
    bool is_empty = link == &cache->nodes[0].partial;

    return is_empty ? NULL : (struct slab *)(void *)((char *)link - offsetof(struct slab, link));
}

/* First object on its freelist, or NULL. */
static unsigned char *free_object(const struct kmem_cache *cache)
{
    const struct slab *slab = partial_slab(cache);

    return slab == NULL ? NULL : object_from_ref(cache, slab_state(slab).freelist);
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
    cache->nodes[0].slab_count++;
}

static void damage_poison(struct kmem_cache *cache)
{
    unsigned char *object = free_object(cache);

    raw_store_byte(object + 5, (unsigned char)(raw_load_byte(object + 5) ^ 0x40));
}

static void lose_link(struct kmem_cache *cache)
{
    freelist_set_next(cache, free_object(cache), cache->heap->memory.arena + 12345);
}

static void miscount_pages(struct kmem_cache *cache)
{
    cache->heap->memory.zones[0].free_page_count--;
}

/* What another CPU does to the slab between load and store is undone. */
static void lose_update(struct kmem_cache *cache)
{
    struct slab *slab = partial_slab(cache);

    slab_set_state(slab, slab_state(slab));
}

/* An interrupt that comes between, and wants the lock, waits for ever. */
static void lock_with_interrupts_on(struct kmem_cache *cache)
{
    struct kmem_cache_cpu *cpu = &cache->cpus[world_cpu()];

    world_lock(&cpu->lock);
    world_unlock(&cpu->lock);
}

/* Two CPUs that come here take the same two locks in opposite orders. */
static void lock_crosswise(struct kmem_cache *cache)
{
    static struct world_lock locks[2];
    cpu_id_t cpu = world_cpu() % 2;

    (void)cache;
    world_lock(&locks[cpu]);
    world_lock(&locks[1 - cpu]);
    world_unlock(&locks[1 - cpu]);
    world_unlock(&locks[cpu]);
}

static const struct planted_bug {
    size_t object_size;
    void (*act)(struct kmem_cache *cache);
} bugs[] = {
    {1000, crash},         {1001, hang},      {1002, read_hidden_byte}, {1003, miscount_slabs},
    {1004, damage_poison}, {1005, lose_link}, {1006, miscount_pages},
    {1007, lose_update},   {1008, lock_with_interrupts_on},
    {1009, lock_crosswise},
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
