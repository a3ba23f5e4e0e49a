/*
 * The whole fast path: one CAS on {freelist, transaction} of this CPU.
 *
 * No branch here asks about debugging: a cache with debug flags never has a CPU slab, so its
 * freelist is always empty and its objects never lie in one. The link read from the first free
 * object may be garbage if another context has just taken that object; the transaction has changed
 * then, and the CAS fails.
 */
#include "allocator/slub/slub.h"

#include "allocator/base/bits.h"
#include "allocator/base/compiler.h"
#include "allocator/cache/freelist.h"
#include "allocator/hardening/double_free.h"
#include "allocator/slub/object_ready.h"
#include "allocator/slub/slow_path.h"

static struct kmem_cache_cpu *this_cpu(struct kmem_cache *cache)
{
    return &cache->cpus[world_cpu()];
}

void *slub_alloc(struct kmem_cache *cache, size_t requested_size, uint64_t site)
{
    struct kmem_cache_cpu *cpu = this_cpu(cache);
    uint64_t bits = world_load(&cpu->word);

    for (;;) {
        struct cpu_word word = cpu_word_unpack(bits);

        if (compiler_unlikely(word.freelist == 0)) {
            return slow_alloc(cache, requested_size, site);
        }

        void *object = object_from_ref(cache, word.freelist);

        word.freelist = object_to_ref(cache, freelist_next(cache, object));
        word.transaction += TRANSACTION_STEP;
        if (compiler_likely(world_cas(&cpu->word, &bits, cpu_word_pack(word)))) {
            return object;
        }
    }
}

/* The chain's slab is the one this CPU allocates from. Read after cpu->word: see cpu_slab.h. */
static bool slab_is_ours(const struct kmem_cache *cache, const struct kmem_cache_cpu *cpu,
                         const struct slab *slab)
{
    return world_load(&cpu->slab) == (uint64_t)(slab - cache->heap->slabs) + 1;
}

void slub_free_chain(struct kmem_cache *cache, struct slab *slab, struct object_chain chain)
{
    struct kmem_cache_cpu *cpu = this_cpu(cache);
    uint64_t bits = world_load(&cpu->word);

    for (;;) {
        struct cpu_word word = cpu_word_unpack(bits);

        if (compiler_unlikely(!slab_is_ours(cache, cpu, slab))) {
            slow_free(cache, slab, chain);
            return;
        }

        freelist_set_next(cache, chain.tail, object_from_ref(cache, word.freelist));
        word.freelist = object_to_ref(cache, chain.head);
        word.transaction += TRANSACTION_STEP;
        if (compiler_likely(world_cas(&cpu->word, &bits, cpu_word_pack(word)))) {
            return;
        }
    }
}

void slub_free(struct kmem_cache *cache, struct slab *slab, void *object, uint64_t site)
{
    const struct kmem_cache_cpu *cpu = this_cpu(cache);
    uint64_t bits = world_load(&cpu->word);

    if (compiler_unlikely(!slab_is_ours(cache, cpu, slab))) {
        slow_free_object(cache, slab, object, site);
        return;
    }

    const void *head = object_from_ref(cache, cpu_word_unpack(bits).freelist);

    if (cache->detects_double_free && double_free_is_immediate(object, head)) {
        slow_report_double_free(slab, object, site);
        return;
    }
    object_take_back(cache, object);
    slub_free_chain(cache, slab, (struct object_chain){object, object, 1});
}
