/*
 * Calls for a context that may have come in the middle of anything on its CPU, between any two
 * instructions, with whatever locks held: it takes none, and waits for nobody.
 *
 * An allocation is one attempt on the fast path, and none where free pages are unmapped: that one
 * reads a link that may be gone with its page. A free to the CPU's own slab is the fast path too;
 * any other is put off, on a stack of the CPU linked like a freelist:
 *
 *     cpu->deferred -> object -> object -> none
 *
 * The stack grows by CAS and is taken off whole, so a top that comes back is harmless. What lies on
 * it still counts as used. The link is where a live object of a debug cache has its old one, which
 * a validation looks at: that empties the stacks before, and must not run beside such frees.
 */
#include "allocator/slub/nolock.h"

#include "allocator/base/compiler.h"
#include "allocator/cache/freelist.h"
#include "allocator/cache/object_bits.h"
#include "allocator/hardening/double_free.h"
#include "allocator/slub/cpu_slab.h"
#include "allocator/slub/extension.h"
#include "allocator/slub/follow.h"
#include "allocator/slub/guarded.h"
#include "allocator/slub/object_ready.h"
#include "allocator/slub/slow_path.h"
#include "allocator/slub/watch.h"

void *slub_alloc_nolock(struct kmem_cache *cache, size_t requested_size, gfp_t gfp)
{
    struct kmem_cache_cpu *cpu = cache_this_cpu(cache);
    uint64_t bits = world_load(&cpu->word);
    void *object = object_from_ref(cache, cpu_word_unpack(bits).freelist);

    if (object == NULL || cache->heap->config.debug_pagealloc) {
        return NULL;
    }

    const struct slab *slab = cpu_slab(cache, cpu);

    if (!follow_is_possible(cache, slab)) {
        return NULL;
    }

    struct followed followed = follow_link(cache, slab, object);

    if (!world_cas(&cpu->word, &bits, cpu_word_step(bits, followed.next))) {
        return NULL;
    }
    if (followed.is_cut) {
        follow_report(slab, object, STAGE_ALLOC, 0);
    }
    object_bits_note(cache, object);
    cache_count(cache, STAT_ALLOC_FASTPATH, 1);
    return object_hand_out(cache, object, requested_size, gfp);
}

/* To be asked after cpu->word was read: see cpu_slab.h. */
static bool is_ours(const struct kmem_cache_cpu *cpu, object_ref_t object)
{
    struct cpu_slab_word slab = cpu_slab_word_unpack(world_load(&cpu->slab));

    return object - slab.first < slab.count;
}

/* False if the object does not lie in the slab this CPU allocates from. */
static bool free_to_own_slab(struct kmem_cache *cache, void *object)
{
    struct kmem_cache_cpu *cpu = cache_this_cpu(cache);
    uint64_t bits = world_load(&cpu->word);
    object_ref_t head = object_to_ref(cache, object);

    while (is_ours(cpu, head)) {
        freelist_set_next_ref(cache, object, cpu_word_unpack(bits).freelist);
        if (world_cas(&cpu->word, &bits, cpu_word_step(bits, head))) {
            cache_count(cache, STAT_FREE_FASTPATH, 1);
            return true;
        }
    }
    return false;
}

static void put_off(struct kmem_cache *cache, void *object)
{
    struct world_word *deferred = &cache_this_cpu(cache)->deferred;
    uint64_t top = world_load(deferred);

    do {
        freelist_set_next_ref(cache, object, (object_ref_t)top);
    } while (!world_cas(deferred, &top, object_to_ref(cache, object)));
}

/*
 * Freed last without a lock, it is on top of what was put off. With debug flags nobody looks before
 * the stack is drained, and then it would be too late: the link of a free object were written.
 */
static bool is_freed_again(struct kmem_cache *cache, const struct slab *slab, const void *object)
{
    object_ref_t deferred = (object_ref_t)world_load(&cache_this_cpu(cache)->deferred);
    object_ref_t listed = cache->is_debug ? slab_state(slab).freelist : 0;

    return cache->detects_double_free &&
           (double_free_is_immediate(object, object_from_ref(cache, deferred)) ||
            double_free_is_immediate(object, object_from_ref(cache, listed)));
}

void slub_free_nolock(struct kmem_cache *cache, void *object, uint64_t site)
{
    if (guarded_contains(&cache->heap->guarded, object)) {
        guarded_free_nolock(cache->heap, cache, object, site);
        return;
    }

    struct slab *slab = slow_find_slab(cache, object, site);

    if (slab == NULL) {
        return;
    }
    if (is_freed_again(cache, slab, object)) {
        watch_report_refused(slab, REPORT_DOUBLE_FREE, object, site);
        return;
    }
    extension_uncharge(slab, object);
    if (cache->is_debug) {
        /* Its bytes are still to be checked, and are wiped after that. */
        object_hide(cache, object);
        put_off(cache, object);
        return;
    }
    object_take_back(cache, object);
    if (cache->quarantine_bytes != 0 || !free_to_own_slab(cache, object)) {
        put_off(cache, object);
    }
}

static object_ref_t take_all(struct world_word *deferred)
{
    uint64_t top = world_load(deferred);

    while (top != 0 && !world_cas(deferred, &top, 0)) {
    }
    return (object_ref_t)top;
}

void nolock_drain(struct kmem_cache *cache, cpu_id_t cpu, uint64_t site)
{
    object_ref_t top = take_all(&cache->cpus[cpu].deferred);

    while (top != 0) {
        void *object = object_from_ref(cache, top);

        top = freelist_next_ref(cache, object);
        freelist_set_next_ref(cache, object, 0);
        if (cache->knows_objects) {
            slow_free_found(cache, slab_at(cache->heap, object), object, site);
        } else {
            slow_free_now(cache, object, site);
        }
    }
}
