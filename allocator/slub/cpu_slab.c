#include "allocator/slub/cpu_slab.h"

#include "allocator/base/bits.h"
#include "allocator/base/invariant.h"
#include "allocator/cache/freelist.h"
#include "allocator/slub/follow.h"
#include "allocator/slub/partial.h"

struct slab *cpu_slab(const struct kmem_cache *cache, const struct kmem_cache_cpu *cpu)
{
    object_ref_t first = cpu_slab_word_unpack(world_load(&cpu->slab)).first;

    return first != 0 ? &cache->heap->slabs[object_ref_frame(first)] : NULL;
}

static void announce_slab(const struct kmem_cache *cache, struct kmem_cache_cpu *cpu,
                          const struct slab *slab)
{
    const struct cpu_slab_word word = {
        .first = object_to_ref(cache, slab_base(cache->heap, slab)),
        .count = (uint32_t)(order_size(slab->order) / WORD_SIZE),
    };

    world_store(&cpu->slab, cpu_slab_word_pack(word));
}

/* Replaces the CPU's freelist whatever it is, in a transaction of its own; returns the old one. */
static object_ref_t swap_freelist(struct kmem_cache_cpu *cpu, object_ref_t freelist, bool careful)
{
    uint64_t bits = world_load(&cpu->word);
    struct cpu_word word;
    object_ref_t old;

    do {
        word = cpu_word_unpack(bits);
        old = word.freelist;
        word.transaction += TRANSACTION_STEP;
        word.freelist = freelist;
        word.careful = careful;
    } while (!world_cas(&cpu->word, &bits, cpu_word_pack(word)));
    return old;
}

object_ref_t cpu_withdraw(struct kmem_cache_cpu *cpu)
{
    world_store(&cpu->slab, 0);
    return swap_freelist(cpu, 0, false);
}

object_ref_t slab_take_freelist(struct slab *slab)
{
    struct slab_state old = slab_state(slab);
    struct slab_state new;

    do {
        new = old;
        new.freelist = 0;
        new.inuse_count = old.object_count;
        new.frozen = old.freelist != 0;
    } while (!slab_try_state(slab, &old, new));
    return old.freelist;
}

void *cpu_install(struct kmem_cache *cache, struct kmem_cache_cpu *cpu, struct slab *slab,
                  object_ref_t freelist)
{
    void *object = object_from_ref(cache, freelist);
    struct followed rest = follow_link(cache, slab, object);
    bool careful = cache_is_careful(cache) || slab->order != cache->layout.order;
    object_ref_t displaced = swap_freelist(cpu, rest.next, careful);

    INVARIANT(displaced == 0, CPU_FREELIST_LOST);
    announce_slab(cache, cpu, slab);
    if (rest.is_cut) {
        follow_report(slab, object, STAGE_ALLOC, 0);
    }
    return object;
}

struct counted_list {
    object_ref_t head;
    void *tail;
    uint32_t count;
};

static struct counted_list count_list(const struct slab *slab, object_ref_t head)
{
    const struct kmem_cache *cache = slab->cache;
    struct counted_list list = {.head = head};
    struct followed followed = {.next = head};

    while (followed.next != 0) {
        list.tail = object_from_ref(cache, followed.next);
        list.count++;
        followed = follow_link(cache, slab, list.tail);
    }
    if (followed.is_cut) {
        follow_report(slab, list.tail, STAGE_DISCARD, 0);
    }
    return list;
}

/* Puts the CPU's objects in front of the slab's own and unfreezes it; returns what it became. */
static struct slab_state merge_and_unfreeze(struct slab *slab, struct counted_list list)
{
    struct kmem_cache *cache = slab->cache;
    struct slab_state old = slab_state(slab);
    struct slab_state new;

    do {
        new = old;
        new.frozen = false;
        new.inuse_count -= list.count;
        if (list.count != 0) {
            freelist_set_next_ref(cache, list.tail, old.freelist);
            new.freelist = list.head;
        }
    } while (!slab_try_state(slab, &old, new));
    if (old.freelist != 0) {
        cache_count(cache, STAT_DEACTIVATE_REMOTE_FREES, 1);
    }
    return new;
}

struct slab *cpu_deactivate(struct kmem_cache *cache, struct kmem_cache_cpu *cpu)
{
    struct slab *slab = cpu_slab(cache, cpu);
    struct slab *unwanted = NULL;

    if (slab == NULL) {
        return NULL;
    }

    struct counted_list list = count_list(slab, cpu_withdraw(cpu));

    struct kmem_cache_node *node = cache_node_of(slab);
    uint64_t irq_state = node_lock(node);
    struct slab_state state = merge_and_unfreeze(slab, list);

    if (state.inuse_count == 0 && partial_is_satisfied(slab)) {
        unwanted = slab;
        cache_count(cache, STAT_DEACTIVATE_EMPTY, 1);
    } else if (state.freelist != 0) {
        partial_add(node, slab, PARTIAL_HEAD);
        cache_count(cache, STAT_DEACTIVATE_TO_HEAD, 1);
    } else {
        cache_count(cache, STAT_DEACTIVATE_FULL, 1);
    }
    node_unlock(node, irq_state);
    return unwanted;
}

struct slab *cpu_take_partial(struct kmem_cache_cpu *cpu)
{
    struct slab *top = cpu->partial;

    cpu->partial = NULL;
    cpu->partial_count = 0;
    return top;
}

void cpu_push_partial(struct kmem_cache_cpu *cpu, struct slab *slab)
{
    slab->cpu_next = cpu->partial;
    cpu->partial = slab;
    cpu->partial_count++;
    slab_set_place(slab, SLAB_ON_CPU);
}

struct slab *cpu_pop_partial(struct kmem_cache_cpu *cpu)
{
    struct slab *slab = cpu->partial;

    if (slab != NULL) {
        cpu->partial = slab->cpu_next;
        cpu->partial_count--;
        slab->cpu_next = NULL;
        slab_set_place(slab, SLAB_ON_NONE);
    }
    return slab;
}
