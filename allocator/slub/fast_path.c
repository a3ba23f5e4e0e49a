/*
 * The whole fast path: one CAS on {freelist, transaction} of this CPU.
 *
 * No branch here asks about debugging: a cache with debug flags never has a CPU slab, so its
 * freelist is always empty and its objects never lie in one. The link read from the first free
 * object may be garbage if another context has just taken that object; the transaction has changed
 * then, and the CAS fails.
 *
 * An object that lies in the CPU's slab belongs to this cache, and no frame descriptor has to be
 * asked. Whatever takes more than the CAS is left to a slow path by a tail call, a lost race
 * included: so nothing has to be kept in a frame.
 */
#include "allocator/slub/slub.h"

#include "allocator/base/bits.h"
#include "allocator/base/compiler.h"
#include "allocator/cache/freelist.h"
#include "allocator/slub/object_ready.h"
#include "allocator/slub/slow_path.h"

static struct kmem_cache_cpu *this_cpu(struct kmem_cache *cache)
{
    return &cache->cpus[world_cpu()];
}

/* The first object of the CPU's freelist. NULL if that is empty, or was changed meanwhile. */
static inline void *try_pop(struct kmem_cache *cache)
{
    struct kmem_cache_cpu *cpu = this_cpu(cache);
    uint64_t bits = world_load(&cpu->word);
    void *object = object_from_ref(cache, cpu_word_unpack(bits).freelist);

    if (compiler_unlikely(object == NULL)) {
        return NULL;
    }

    uint64_t desired = cpu_word_step(bits, freelist_next_ref(cache, object));

    return compiler_likely(world_cas(&cpu->word, &bits, desired)) ? object : NULL;
}

void *slub_take(struct kmem_cache *cache, size_t requested_size, uint64_t site)
{
    void *object = try_pop(cache);

    return object != NULL ? object : slow_take(cache, requested_size, site);
}

void *slub_alloc(struct kmem_cache *cache, size_t requested_size, gfp_t gfp, uint64_t site)
{
    void *object = try_pop(cache);

    if (compiler_unlikely(object == NULL)) {
        return slow_alloc(cache, requested_size, gfp, site);
    }
    return object_hand_out(cache, object, requested_size, gfp);
}

/*
 * What lies at this distance (object_ref_distance()) lies in the slab this CPU allocates from. To
 * be asked after cpu->word was read: see cpu_slab.h.
 */
static inline bool is_ours(const struct kmem_cache_cpu *cpu, uint64_t distance)
{
    struct cpu_slab_word slab = cpu_slab_word_unpack(world_load(&cpu->slab));

    return distance - slab.first < slab.count;
}

/* True if head .. tail now heads the CPU's freelist; if not, *bits is what cpu->word has become. */
static inline bool try_push(const struct kmem_cache *cache, struct kmem_cache_cpu *cpu,
                            uint64_t *bits, object_ref_t head, void *tail)
{
    freelist_set_next_ref(cache, tail, cpu_word_unpack(*bits).freelist);
    return world_cas(&cpu->word, bits, cpu_word_step(*bits, head));
}

void slub_free_chain(struct kmem_cache *cache, struct slab *slab, struct object_chain chain)
{
    struct kmem_cache_cpu *cpu = this_cpu(cache);
    uint64_t bits = world_load(&cpu->word);
    object_ref_t head = object_to_ref(cache, chain.head);

    do {
        if (!is_ours(cpu, head)) {
            slow_free_chain(cache, slab, chain);
            return;
        }
    } while (!try_push(cache, cpu, &bits, head, chain.tail));
}

void slub_free(struct kmem_cache *cache, void *object, uint64_t site)
{
    struct kmem_cache_cpu *cpu = this_cpu(cache);
    uint64_t bits = world_load(&cpu->word);
    uint64_t distance = object_ref_distance(cache, object);
    bool is_head = cpu_word_unpack(bits).freelist == distance;

    if (compiler_likely(is_ours(cpu, distance) && !is_head && !cache->zeroes_on_free)) {
        memory_hide(object, cache->layout.object_size);
        if (compiler_likely(try_push(cache, cpu, &bits, (object_ref_t)distance, object))) {
            return;
        }
    }
    slow_free(cache, object, site);
}
