/*
 * The whole fast path: one CAS on {freelist, transaction} of this CPU.
 *
 * No branch here asks about debugging: a cache with debug flags never has a CPU slab, so its
 * freelist is always closed. Nor does one ask about wiping: lists of such objects are closed too
 * (cpu_word.h), and so are those of a cache whose every call is watched. The link read from the
 * first free object may be garbage if another context has just taken that object; the transaction
 * has changed then, and the CAS fails.
 *
 * An object that lies in the same run as the list's first one belongs to the CPU's slab. Neither
 * the slab nor a frame descriptor has to be asked; that the list is still this one, the CAS says.
 *
 * Whatever takes more than the CAS is left to a slow path by a tail call, a lost race included: so
 * nothing has to be kept in a frame.
 */
#include "allocator/slub/fast_path.h"

#include "allocator/base/compiler.h"
#include "allocator/cache/freelist.h"
#include "allocator/cache/object_bits.h"
#include "allocator/slub/cpu_slab.h"
#include "allocator/slub/follow.h"
#include "allocator/slub/guarded.h"
#include "allocator/slub/object_ready.h"
#include "allocator/slub/slow_path.h"

/* Takes the first object of the CPU's list, unless that is closed or was changed meanwhile. */
static inline bool try_take(struct kmem_cache *cache, void **object)
{
    struct kmem_cache_cpu *cpu = cache_this_cpu(cache);
    uint64_t bits = world_load(&cpu->word);
    uint64_t place = cpu_word_first(bits);

    if (compiler_unlikely(cpu_word_is_closed(bits))) {
        return false;
    }
    *object = object_at_place(cache, place);

    uint64_t link = freelist_link(cache, *object, place);

    return compiler_likely(world_cas(&cpu->word, &bits, cpu_word_take(bits, link)));
}

/*
 * The same with a careful list, and with no other; or NULL. Where free pages are unmapped the first
 * object may be gone with its slab before its link is read, so there the lock is taken instead.
 */
static void *try_take_careful(struct kmem_cache *cache, uint64_t site)
{
    struct kmem_cache_cpu *cpu = cache_this_cpu(cache);
    uint64_t bits = world_load(&cpu->word);
    struct cpu_word word = cpu_word_unpack(bits);
    void *object = object_from_ref(cache, word.freelist);

    if (!word.careful || object == NULL || cache->heap->config.debug_pagealloc) {
        return NULL;
    }

    const struct slab *slab = cpu_slab(cache, cpu);

    if (!follow_is_possible(cache, slab)) {
        return NULL;
    }

    struct followed followed = follow_link(cache, slab, object);

    if (!world_cas(&cpu->word, &bits, cpu_word_step(bits, followed.next))) {
        cache_count(cache, STAT_CMPXCHG_DOUBLE_CPU_FAIL, 1);
        return NULL;
    }
    if (followed.is_cut) {
        follow_report(slab, object, STAGE_ALLOC, site);
    }
    object_bits_note(cache, object);
    cache_count(cache, STAT_ALLOC_FASTPATH, 1);
    return object;
}

void *slub_take(struct kmem_cache *cache, size_t requested_size, gfp_t gfp, uint64_t site)
{
    const struct node_wish anywhere = {.node = NODE_ANY, .gfp = gfp};
    void *object;

    if (compiler_likely(try_take(cache, &object))) {
        return object;
    }
    object = cache_is_careful(cache) ? try_take_careful(cache, site) : NULL;
    return object != NULL ? object : slow_take(cache, requested_size, anywhere, site);
}

static void *alloc_of_slab(struct kmem_cache *cache, size_t requested_size, gfp_t gfp,
                           uint64_t site)
{
    void *object = cache_is_careful(cache) ? try_take_careful(cache, site) : NULL;

    return object != NULL ? slow_hand_out(cache, object, requested_size, gfp, site)
                          : slow_alloc(cache, requested_size, gfp, site);
}

static void *alloc_slowly(struct kmem_cache *cache, size_t requested_size, gfp_t gfp, uint64_t site)
{
    if (cache->is_watched && slub_is_to_fail(cache, gfp)) {
        return NULL;
    }

    void *object = cache->is_guarded ? guarded_alloc(cache, requested_size, gfp, site) : NULL;

    return object != NULL ? object : alloc_of_slab(cache, requested_size, gfp, site);
}

void *slub_alloc(struct kmem_cache *cache, size_t requested_size, gfp_t gfp, uint64_t site)
{
    void *object;

    if (compiler_likely(try_take(cache, &object))) {
        return object_hand_out(cache, object, requested_size, gfp);
    }
    return alloc_slowly(cache, requested_size, gfp, site);
}

void *slub_alloc_kept(struct kmem_cache *cache, size_t requested_size, gfp_t gfp, uint64_t site)
{
    if (!cache->is_guarded) {
        return slub_alloc(cache, requested_size, gfp, site);
    }
    if (cache->is_watched && slub_is_to_fail(cache, gfp)) {
        return NULL;
    }
    return alloc_of_slab(cache, requested_size, gfp, site);
}

void *slub_alloc_zeroed(struct kmem_cache *cache, gfp_t gfp, uint64_t site)
{
    gfp_t granted = object_grant_zeroing(cache, gfp | __GFP_ZERO, site);

    return slub_alloc(cache, cache->layout.object_size, granted, site);
}

static NO_INLINE void *alloc_otherwise(struct kmem_cache *cache, gfp_t gfp, uint64_t site)
{
    return (gfp & __GFP_ZERO) != 0 ? slub_alloc_zeroed(cache, gfp, site)
                                   : alloc_slowly(cache, cache->layout.object_size, gfp, site);
}

NO_INLINE void *kmem_cache_alloc(struct kmem_cache *cache, gfp_t gfp)
{
    void *object;

    if (compiler_likely((gfp & __GFP_ZERO) == 0) && compiler_likely(try_take(cache, &object))) {
        object_show(cache, object, cache->layout.object_size);
        return object;
    }
    return alloc_otherwise(cache, gfp, world_site(RETURN_ADDRESS()));
}

/* Puts an object on the CPU's list, if it is of the list's slab and not its first one already. */
static inline bool try_put(struct kmem_cache *cache, void *object)
{
    struct kmem_cache_cpu *cpu = cache_this_cpu(cache);
    uint64_t bits = world_load(&cpu->word);
    uint64_t place = object_place(cache, object);
    uint64_t link = cpu_word_link(bits, place);

    /* 0 becomes the largest of all. */
    if (compiler_unlikely(link - 1 >= cache->slab_reach)) {
        return false;
    }
    object_hide(cache, object);
    freelist_set_link(cache, object, place, link);
    return compiler_likely(world_cas(&cpu->word, &bits, cpu_word_put(bits, link)));
}

void slub_free(struct kmem_cache *cache, void *object, uint64_t site)
{
    if (compiler_unlikely(!try_put(cache, object))) {
        slow_free(cache, object, site);
    }
}

NO_INLINE void kmem_cache_free(struct kmem_cache *cache, void *object)
{
    if (compiler_unlikely(!try_put(cache, object))) {
        slow_free(cache, object, world_site(RETURN_ADDRESS()));
    }
}

/*
 * What lies at this place lies in the slab this CPU allocates from. To be asked after cpu->word was
 * read: see cpu_slab.h.
 */
static inline bool is_ours(const struct kmem_cache_cpu *cpu, uint64_t place)
{
    struct cpu_slab_word slab = cpu_slab_word_unpack(world_load(&cpu->slab));

    return place - slab.first < slab.count;
}

void slub_free_chain(struct kmem_cache *cache, struct slab *slab, struct object_chain chain)
{
    struct kmem_cache_cpu *cpu = cache_this_cpu(cache);
    uint64_t bits = world_load(&cpu->word);
    object_ref_t head = object_to_ref(cache, chain.head);

    for (;;) {
        if (!is_ours(cpu, head)) {
            slow_free_chain(cache, slab, chain);
            return;
        }
        freelist_set_next_ref(cache, chain.tail, cpu_word_unpack(bits).freelist);
        if (world_cas(&cpu->word, &bits, cpu_word_step(bits, head))) {
            break;
        }
        cache_count(cache, STAT_CMPXCHG_DOUBLE_CPU_FAIL, 1);
    }
    cache_count(cache, STAT_FREE_FASTPATH, chain.count);
}
