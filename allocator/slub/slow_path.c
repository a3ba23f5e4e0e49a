#include "allocator/slub/slow_path.h"

#include "allocator/cache/freelist.h"
#include "allocator/cache/object_bits.h"
#include "allocator/hardening/double_free.h"
#include "allocator/slub/cpu_slab.h"
#include "allocator/slub/debug_path.h"
#include "allocator/slub/extension.h"
#include "allocator/slub/guarded.h"
#include "allocator/slub/new_slab.h"
#include "allocator/slub/node_return.h"
#include "allocator/slub/node_search.h"
#include "allocator/slub/nolock.h"
#include "allocator/slub/object_ready.h"
#include "allocator/slub/owner.h"
#include "allocator/slub/partial.h"
#include "allocator/slub/quarantine.h"
#include "allocator/slub/watch.h"

/*
 * Takes the lock of the CPU this is, interrupts off: from here on it stays this CPU, and nothing on
 * it comes between two steps of a slow path. *irq_state is what unlock_cpu() needs.
 */
static struct kmem_cache_cpu *lock_this_cpu(struct kmem_cache *cache, uint64_t *irq_state)
{
    *irq_state = world_irq_save();

    struct kmem_cache_cpu *cpu = &cache->cpus[world_cpu()];

    world_lock(&cpu->lock);
    return cpu;
}

static void unlock_cpu(struct kmem_cache_cpu *cpu, uint64_t irq_state)
{
    world_unlock(&cpu->lock);
    world_irq_restore(irq_state);
}

/*
 * The CPU's slab may have gained objects since the fast path gave up: by frees from this CPU, which
 * an interrupt brought, or from elsewhere. If not, it is full: let it go.
 */
static void *refill_from_own_slab(struct kmem_cache *cache, struct kmem_cache_cpu *cpu,
                                  struct node_wish wish)
{
    struct slab *slab = cpu_slab(cache, cpu);

    (void)wish;
    if (slab == NULL) {
        return NULL;
    }

    object_ref_t freelist = cpu_withdraw(cpu);

    if (freelist == 0) {
        freelist = slab_take_freelist(slab);
    }
    if (freelist == 0) {
        cache_count(cache, STAT_DEACTIVATE_BYPASS, 1);
        return NULL;
    }
    cache_count(cache, STAT_ALLOC_REFILL, 1);
    return cpu_install(cache, cpu, slab, freelist);
}

static void *refill_from_cpu_partial(struct kmem_cache *cache, struct kmem_cache_cpu *cpu,
                                     struct node_wish wish)
{
    struct slab *slab = cpu_pop_partial(cpu);

    (void)wish;
    if (slab == NULL) {
        return NULL;
    }
    cache_count(cache, STAT_CPU_PARTIAL_ALLOC, 1);
    return cpu_install(cache, cpu, slab, slab_take_freelist(slab));
}

/* Besides the slab it needs now a CPU takes some more, so as not to come back soon. */
static void stock_up(struct kmem_cache *cache, struct kmem_cache_cpu *cpu,
                     struct kmem_cache_node *node)
{
    struct slab *slab;

    while (cpu->partial_count < cache->cpu_partial_max / 2 &&
           (slab = partial_first(node)) != NULL) {
        partial_remove(node, slab);
        cpu_push_partial(cpu, slab);
        cache_count(cache, STAT_CPU_PARTIAL_NODE, 1);
    }
}

static void *refill_from_node(struct kmem_cache *cache, struct kmem_cache_cpu *cpu,
                              struct node_search *search)
{
    struct kmem_cache_node *node = &cache->nodes[search->node];
    object_ref_t freelist = 0;
    uint64_t irq_state = node_lock(node);
    struct slab *slab = node->partial_count > search->floor ? partial_first(node) : NULL;

    if (slab != NULL) {
        partial_remove(node, slab);
        freelist = slab_take_freelist(slab);
        cache_count(cache, STAT_ALLOC_FROM_PARTIAL, 1);
        stock_up(cache, cpu, node);
    }
    search->ordinal = node->slabs_made;
    node_unlock(node, irq_state);
    return slab != NULL ? cpu_install(cache, cpu, slab, freelist) : NULL;
}

static void *refill_from_nodes(struct kmem_cache *cache, struct kmem_cache_cpu *cpu,
                               struct node_wish wish)
{
    struct node_search search = node_search_begin(cache, wish);
    void *object = NULL;

    while (object == NULL && node_search_next(&search)) {
        object = refill_from_node(cache, cpu, &search);
    }
    return object;
}

static void *refill_from_new_slab(struct kmem_cache *cache, struct kmem_cache_cpu *cpu,
                                  struct node_wish wish)
{
    struct slab *slab = slab_create(cache, wish);

    return slab != NULL ? cpu_install(cache, cpu, slab, slab_take_freelist(slab)) : NULL;
}

/* Where a CPU looks for objects, nearest first. */
static void *(*const sources[])(struct kmem_cache *cache, struct kmem_cache_cpu *cpu,
                                struct node_wish wish) = {
    refill_from_own_slab,
    refill_from_cpu_partial,
    refill_from_nodes,
    refill_from_new_slab,
};

static void *refill(struct kmem_cache *cache, struct kmem_cache_cpu *cpu, struct node_wish wish)
{
    void *object = NULL;

    for (size_t i = 0; object == NULL && i < sizeof(sources) / sizeof(sources[0]); i++) {
        object = sources[i](cache, cpu, wish);
    }
    return object;
}

/* What a CPU has parted with, and what wants the locks of others: an empty slab, and a stack. */
struct leftovers {
    struct slab *empty;
    struct slab *stack;
};

/* The CPU parts with what it holds of other nodes than the one that is wished for. */
static struct leftovers leave_other_nodes(struct kmem_cache *cache, struct kmem_cache_cpu *cpu,
                                          uint32_t node)
{
    struct slab *slab = cpu_slab(cache, cpu);
    struct leftovers left = {NULL, NULL};

    if (node != NODE_ANY && slab != NULL && slab->node != node) {
        left.empty = cpu_deactivate(cache, cpu);
    }
    if (node != NODE_ANY && cpu->partial != NULL && cpu->partial->node != node) {
        left.stack = cpu_take_partial(cpu);
    }
    return left;
}

static bool is_anything(struct leftovers left)
{
    return left.empty != NULL || left.stack != NULL;
}

static void put_away(struct leftovers left)
{
    if (left.empty != NULL) {
        slab_discard(left.empty, 0);
    }
    node_return_stack(left.stack);
}

/* A new slab of the node is better than an object of another one; that is better than nothing. */
static void *refill_near(struct kmem_cache *cache, struct kmem_cache_cpu *cpu,
                         struct node_wish wish)
{
    const struct node_wish there = {.node = wish.node, .gfp = wish.gfp, .is_strict = true};
    void *object = refill(cache, cpu, there);

    return object != NULL || wish.is_strict ? object : refill(cache, cpu, wish);
}

/* One attempt; if it ends with leftovers, it did no more than make them. */
static void *try_sources(struct kmem_cache *cache, struct node_wish wish, struct leftovers *left)
{
    uint64_t irq_state;
    struct kmem_cache_cpu *cpu = lock_this_cpu(cache, &irq_state);
    void *object = NULL;

    *left = leave_other_nodes(cache, cpu, wish.node);
    if (!is_anything(*left)) {
        object = wish.node == NODE_ANY ? refill(cache, cpu, wish) : refill_near(cache, cpu, wish);
    }
    unlock_cpu(cpu, irq_state);
    return object;
}

/* Slabs are put away under no CPU's lock: freeing what belongs to one may take that of a cache. */
static void *take_from_sources(struct kmem_cache *cache, struct node_wish wish)
{
    struct leftovers left;
    void *object = try_sources(cache, wish, &left);

    while (is_anything(left)) {
        put_away(left);
        object = try_sources(cache, wish, &left);
    }
    return object;
}

/* An object that its account cannot pay for was not allocated. */
static bool is_paid_for(struct kmem_cache *cache, void *object, gfp_t gfp, uint64_t site)
{
    if (!extension_is_due(cache, gfp) ||
        extension_charge(slab_at(cache->heap, object), object, site)) {
        return true;
    }
    slow_free_now(cache, object, site);
    return false;
}

void *slow_hand_out(struct kmem_cache *cache, void *object, size_t requested_size, gfp_t gfp,
                    uint64_t site)
{
    if (cache->extends_objects && !is_paid_for(cache, object, gfp, site)) {
        return NULL;
    }
    return object_hand_out(cache, object, requested_size, gfp);
}

void *slow_take(struct kmem_cache *cache, size_t requested_size, struct node_wish wish,
                uint64_t site)
{
    void *object;

    world_rcu_poll(&cache->heap->rcu);
    nolock_drain_here(cache, site);
    object = cache->is_debug ? debug_alloc(cache, requested_size, wish, site)
                             : take_from_sources(cache, wish);
    if (object != NULL) {
        object_bits_note(cache, object);
        cache_count(cache, STAT_ALLOC_SLOWPATH, 1);
    }
    return object;
}

void *slow_alloc(struct kmem_cache *cache, size_t requested_size, gfp_t gfp, uint64_t site)
{
    const struct node_wish anywhere = {.node = NODE_ANY, .gfp = gfp};
    void *object = slow_take(cache, requested_size, anywhere, site);

    return object != NULL ? slow_hand_out(cache, object, requested_size, gfp, site) : NULL;
}

void *slub_alloc_node(struct kmem_cache *cache, size_t requested_size, gfp_t gfp, int node,
                      uint64_t site)
{
    if (cache->is_watched && slub_is_to_fail(cache, gfp)) {
        return NULL;
    }

    const struct node_wish wish = node_wish_make(cache->heap, node, gfp);
    void *object = slow_take(cache, requested_size, wish, site);

    return object != NULL ? slow_hand_out(cache, object, requested_size, gfp, site) : NULL;
}

/* A slab that was full belongs to no list: the CPU that freed to it keeps it at hand. */
static void keep_as_cpu_partial(struct kmem_cache *cache, struct slab *slab)
{
    uint64_t irq_state;
    struct kmem_cache_cpu *cpu = lock_this_cpu(cache, &irq_state);
    /* Read once: who lowers it meanwhile empties the list later, and needs the lock for that. */
    uint32_t limit = cache->cpu_partial_max;
    struct slab *overflow = NULL;

    if (limit != 0 && cpu->partial_count >= limit) {
        overflow = cpu_take_partial(cpu);
    }
    cpu_push_partial(cpu, slab);
    /* There is no such list any more: it was asked for before the limit was set to 0. */
    if (limit == 0) {
        overflow = cpu_take_partial(cpu);
    }
    cache_count(cache, STAT_CPU_PARTIAL_FREE, 1);
    unlock_cpu(cpu, irq_state);
    node_return_stack(overflow);
}

/* What one attempt of slow_free_chain() came to. */
enum free_outcome { FREE_RETRY, FREE_DONE, FREE_GAVE_PARTIAL, FREE_EMPTIED };

static struct slab_state state_after_free(const struct kmem_cache *cache, struct slab_state old,
                                          struct object_chain chain)
{
    struct slab_state new = old;

    freelist_set_next_ref(cache, chain.tail, old.freelist);
    new.freelist = object_to_ref(cache, chain.head);
    new.inuse_count -= chain.count;
    return new;
}

/* node->lock is held and the free has happened: does the slab change lists? */
static enum free_outcome relist(struct slab *slab, bool was_full, bool is_empty)
{
    bool is_listed = slab_place(slab) == SLAB_ON_PARTIAL;

    /* Neither full before nor on the node's list: it is on some CPU's stack, which keeps it. */
    if (!was_full && !is_listed) {
        return FREE_DONE;
    }
    if (is_empty && (is_listed ? partial_is_spare(slab) : partial_is_satisfied(slab))) {
        if (is_listed) {
            partial_remove(cache_node_of(slab), slab);
            cache_count(slab->cache, STAT_FREE_REMOVE_PARTIAL, 1);
        }
        return FREE_EMPTIED;
    }
    if (was_full) {
        partial_add(cache_node_of(slab), slab, PARTIAL_TAIL);
        cache_count(slab->cache, STAT_FREE_ADD_PARTIAL, 1);
    }
    return FREE_DONE;
}

static enum free_outcome free_under_node_lock(struct slab *slab, struct slab_state *old,
                                              struct slab_state new)
{
    enum free_outcome outcome = FREE_RETRY;
    bool was_full = old->freelist == 0;
    struct kmem_cache_node *node = cache_node_of(slab);
    uint64_t irq_state = node_lock(node);

    if (slab_try_state(slab, old, new)) {
        outcome = relist(slab, was_full, new.inuse_count == 0);
    }
    node_unlock(node, irq_state);
    return outcome;
}

static enum free_outcome try_free(struct kmem_cache *cache, struct slab *slab,
                                  struct slab_state *old, struct object_chain chain)
{
    struct slab_state new = state_after_free(cache, *old, chain);
    bool was_full = old->freelist == 0;
    bool changes_lists = !old->frozen && (was_full || new.inuse_count == 0);
    bool becomes_cpu_partial = changes_lists && was_full && cache->cpu_partial_max != 0;

    if (changes_lists && !becomes_cpu_partial) {
        return free_under_node_lock(slab, old, new);
    }
    if (!slab_try_state(slab, old, new)) {
        return FREE_RETRY;
    }
    return becomes_cpu_partial ? FREE_GAVE_PARTIAL : FREE_DONE;
}

/* Frees to the slab whatever it takes; *old is what it was. */
static enum free_outcome free_to_slab(struct kmem_cache *cache, struct slab *slab,
                                      struct slab_state *old, struct object_chain chain)
{
    enum free_outcome outcome = try_free(cache, slab, old, chain);

    while (outcome == FREE_RETRY) {
        cache_count(cache, STAT_CMPXCHG_DOUBLE_FAIL, 1);
        outcome = try_free(cache, slab, old, chain);
    }
    return outcome;
}

void slow_free_chain(struct kmem_cache *cache, struct slab *slab, struct object_chain chain)
{
    struct slab_state old = slab_state(slab);
    enum free_outcome outcome = free_to_slab(cache, slab, &old, chain);

    cache_count(cache, STAT_FREE_SLOWPATH, chain.count);
    if (old.frozen) {
        cache_count(cache, STAT_FREE_FROZEN, 1);
    }
    if (outcome == FREE_GAVE_PARTIAL) {
        keep_as_cpu_partial(cache, slab);
    } else if (outcome == FREE_EMPTIED) {
        slab_discard(slab, 0);
    }
}

/* The head of the freelist that an object of the slab would be freed to. */
static const void *head_for_free(struct kmem_cache *cache, const struct slab *slab)
{
    const struct kmem_cache_cpu *cpu = &cache->cpus[world_cpu()];
    bool is_ours = cpu_slab(cache, cpu) == slab;
    object_ref_t head = is_ours ? cpu_word_unpack(world_load(&cpu->word)).freelist
                                : slab_state(slab).freelist;

    return object_from_ref(cache, head);
}

/* Caches with debug flags look for themselves, under node->lock. */
static bool is_freed_again(struct kmem_cache *cache, const struct slab *slab, const void *object)
{
    return cache->detects_double_free && !cache->is_debug &&
           double_free_is_immediate(object, head_for_free(cache, slab));
}

struct slab *slow_find_slab(struct kmem_cache *cache, const void *object, uint64_t site)
{
    struct slab *slab = object != NULL ? owner_of_cache_object(cache, object, site) : NULL;

    if (slab != NULL && cache->knows_objects && !watch_take_back(cache, slab, object, site)) {
        return NULL;
    }
    if (slab != NULL && is_freed_again(cache, slab, object)) {
        watch_report_refused(slab, REPORT_DOUBLE_FREE, object, site);
        return NULL;
    }
    return slab;
}

void slow_free_found(struct kmem_cache *cache, struct slab *slab, void *object, uint64_t site)
{
    if (cache->is_debug) {
        debug_free(slab, object, site);
        return;
    }
    extension_uncharge(slab, object);
    object_take_back(cache, object);
    if (cache->quarantine_bytes != 0) {
        quarantine_put(cache, object);
    } else {
        slub_free_chain(cache, slab, (struct object_chain){object, object, 1});
    }
}

void slow_free_now(struct kmem_cache *cache, void *object, uint64_t site)
{
    if (guarded_contains(&cache->heap->guarded, object)) {
        guarded_free(cache->heap, cache, object, site);
        return;
    }

    struct slab *slab = slow_find_slab(cache, object, site);

    if (slab != NULL) {
        slow_free_found(cache, slab, object, site);
    }
}

void slow_free(struct kmem_cache *cache, void *object, uint64_t site)
{
    nolock_drain_here(cache, site);
    slow_free_now(cache, object, site);
}

void slub_flush_cpu(struct kmem_cache *cache, cpu_id_t cpu_id, uint64_t site)
{
    nolock_drain(cache, cpu_id, site);
    quarantine_purge(cache, cpu_id);

    struct kmem_cache_cpu *cpu = &cache->cpus[cpu_id];
    uint64_t irq_state = world_irq_save();

    world_lock(&cpu->lock);

    if (cpu_slab(cache, cpu) != NULL) {
        cache_count(cache, STAT_CPUSLAB_FLUSH, 1);
    }

    struct slab *unwanted = cpu_deactivate(cache, cpu);
    struct slab *stack = cpu_take_partial(cpu);

    unlock_cpu(cpu, irq_state);
    if (unwanted != NULL) {
        slab_discard(unwanted, 0);
    }
    node_return_stack(stack);
}
