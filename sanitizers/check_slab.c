/*
 * One slab: its descriptor, and the freelists that run through its objects.
 *
 *     place         frozen   objects not on a freelist      free objects
 *     NONE          yes      inuse - length of the CPU's    CPU's list, and the slab's own
 *     CPU, PARTIAL  no       inuse                          the slab's list, at least one
 *     NONE, FULL    no       inuse                          none
 *     ISOLATED      no       at least inuse                 leaked on purpose: not looked at
 *
 * While others are in flight: a slab without debug flags changes by CAS, so its word and freelist
 * agree at every instant; one with debug flags changes under node->lock. Lists and places change
 * under their locks, and between two of them a slab is at NONE with or without free objects, or
 * still at CPU though its stack was taken. Before it is complete, and from when it is given up,
 * its word is 0 or it has no cache.
 */
#include <string.h>

#include "allocator/cache/freelist.h"
#include "sanitizers/check_extension.h"
#include "sanitizers/check_state.h"

/* A walk along one freelist. */
struct walk {
    const struct slab *slab;
    uint32_t object_count;
    uint32_t limit;          /* objects to visit at most */
    enum rule_id lost;       /* broken by a link that leads to no object of the slab */
    uint32_t length;         /* objects visited */
    bool is_complete;        /* the end of the list was reached */
};

/* Number of the object at this address, or object_count if none starts there. */
static inline NO_SANITIZE uint32_t object_index(const struct slab *slab, uint32_t object_count,
                                                 const void *object)
{
    const struct layout *layout = &slab->cache->layout;
    uintptr_t first = (uintptr_t)slab_base(slab->cache->heap, slab) + layout->left_redzone_size;
    uintptr_t offset = (uintptr_t)object - first;

    if (offset >= UINT32_MAX) {
        return object_count;
    }

    uint32_t index = (uint32_t)offset / (uint32_t)layout->stride;

    return index < object_count && index * layout->stride == offset ? index : object_count;
}

/* Adds an object to the set; false if it is there already. */
static inline NO_SANITIZE bool add_free(struct object_set *set, uint32_t index)
{
    uint64_t bit = UINT64_C(1) << (index % 64);
    bool is_new = (set->words[index / 64] & bit) == 0;

    set->words[index / 64] |= bit;
    return is_new;
}

/* A link that a user is known to have overwritten may lead anywhere. */
static void fail_link(struct heap_check *check, enum rule_id rule, const struct slab *slab,
                      const void *previous, const void *object)
{
    if (previous == NULL ||
        !judge_is_exempt(check, freelist_slot(slab->cache, previous), WORD_SIZE)) {
        judge_fail(check, rule, slab, (uintptr_t)object, (uintptr_t)previous);
    }
}

static bool list_has(const struct slab *slab, const void *wanted, uint32_t length)
{
    const void *object = object_from_ref(slab->cache, view_slab(slab).freelist);

    while (length > 0 && object != wanted) {
        object = freelist_next(slab->cache, object);
        length--;
    }
    return length > 0;
}

/* slab_length: objects that the slab's own list has put into the set before. */
static NO_SANITIZE void walk_freelist(struct heap_check *check, struct walk *walk,
                                      object_ref_t head, uint32_t slab_length)
{
    const struct kmem_cache *cache = walk->slab->cache;
    const void *previous = NULL;
    const void *object = object_from_ref(cache, head);

    while (object != NULL && walk->length < walk->limit) {
        uint32_t index = object_index(walk->slab, walk->object_count, object);

        if (index == walk->object_count) {
            fail_link(check, walk->lost, walk->slab, previous, object);
            return;
        }
        if (!add_free(&check->free_set, index)) {
            enum rule_id rule = list_has(walk->slab, object, slab_length) ? RULE_CPU_DISJOINT
                                                                          : RULE_SLAB_ACYCLIC;

            fail_link(check, rule, walk->slab, previous, object);
            return;
        }
        walk->length++;
        previous = object;
        object = freelist_next(cache, object);
    }
    walk->is_complete = object == NULL;
}

static void check_free_set(struct heap_check *check, const struct slab *slab, uint32_t object_count)
{
    for (uint32_t index = 0; index < object_count; index++) {
        if ((check->free_set.words[index / 64] >> (index % 64) & 1) != 0) {
            judge_free_object(check, slab, slab_object(slab, index));
        }
    }
}

/* In a step the object that heads a list is the one that the step freed, if it freed one. */
static void check_free_bytes(struct heap_check *check, const struct slab *slab,
                             uint32_t object_count, object_ref_t slab_head, object_ref_t cpu_head)
{
    const object_ref_t heads[] = {slab_head, cpu_head};

    if (check->scope == JUDGE_SWEEP) {
        check_free_set(check, slab, object_count);
        judge_slab_tail(check, slab);
        return;
    }
    for (unsigned i = 0; i < 2; i++) {
        const void *object = object_from_ref(slab->cache, heads[i]);

        if (object != NULL && object_index(slab, object_count, object) < object_count) {
            judge_free_object(check, slab, object);
        }
    }
}

void judge_freelists(struct heap_check *check, const struct slab *slab,
                     const struct kmem_cache_cpu *cpu)
{
    struct slab_state state = view_slab(slab);
    object_ref_t cpu_head = cpu != NULL ? view_cpu(cpu).freelist : 0;
    uint32_t bound = cpu != NULL ? state.object_count : state.object_count - state.inuse_count;
    uint32_t limit = judge_may_walk(check, bound) ? state.object_count : PREFIX_WALK;
    struct walk own = {slab, state.object_count, limit, RULE_SLAB_FREELIST, 0, false};
    struct walk lent = {slab, state.object_count, limit, RULE_CPU_FREELIST, 0, false};

    memset(check->free_set.words, 0, (state.object_count / 64 + 1) * sizeof(uint64_t));
    walk_freelist(check, &own, state.freelist, 0);
    walk_freelist(check, &lent, cpu_head, own.length);
    judge_walked(check, own.length + lent.length);

    if (own.is_complete && state.inuse_count + own.length != state.object_count &&
        !judge_is_exempt(check, slab_base(slab->cache->heap, slab),
                         (size_t)PAGE_SIZE << slab->order)) {
        judge_fail(check, RULE_SLAB_COUNT, slab, state.inuse_count + own.length,
                   state.object_count);
    }
    if (lent.length > state.inuse_count) {
        judge_fail(check, RULE_CPU_FREELIST, slab, lent.length, state.inuse_count);
    }
    check_free_bytes(check, slab, state.object_count, state.freelist, cpu_head);
}

/* No CPU is in the middle of taking a slab or of letting one go. */
static bool cpus_are_settled(const struct heap_check *check, const struct kmem_cache *cache)
{
    bool are_settled = true;

    for (cpu_id_t cpu = 0; cpu < CPU_MAX && are_settled; cpu++) {
        are_settled = judge_is_settled(check, &cache->cpus[cpu].lock);
    }
    return are_settled;
}

/* The CPUs of its cache that say the slab is theirs. */
static unsigned count_owners(const struct kmem_heap *heap, const struct slab *slab)
{
    unsigned count = 0;

    for (cpu_id_t cpu = 0; cpu < CPU_MAX; cpu++) {
        count += view_cpu_slab(heap, &slab->cache->cpus[cpu]) == slab;
    }
    return count;
}

static void check_owners(struct heap_check *check, const struct slab *slab, bool frozen)
{
    unsigned count = count_owners(check->heap, slab);

    if (count > frozen || (count < frozen && cpus_are_settled(check, slab->cache))) {
        judge_fail(check, RULE_CPU_SLAB, slab, count, frozen);
    }
}

static void check_place(struct heap_check *check, const struct slab *slab, struct slab_state state)
{
    const struct kmem_cache *cache = slab->cache;
    uint64_t place = view_word(&slab->place);
    bool is_listed = place == SLAB_ON_CPU || place == SLAB_ON_PARTIAL;
    bool has_readers = (cache->flags & SLAB_TYPESAFE_BY_RCU) != 0;
    bool may_be_moving = check->scope == JUDGE_INSTANT && place == SLAB_ON_NONE;
    bool is_full = !state.frozen && !may_be_moving &&
                   (place == SLAB_ON_NONE || place == SLAB_ON_FULL);

    judge_that(check, place < SLAB_PLACE_COUNT && (!state.frozen || place == SLAB_ON_NONE),
               RULE_SLAB_PLACE, slab);
    check_owners(check, slab, state.frozen);
    judge_that(check, !is_listed || state.freelist != 0, RULE_PARTIAL_HAS_FREE, slab);
    judge_that(check, !is_full || state.freelist == 0, RULE_FULL_HAS_NONE, slab);
    judge_that(check, place != SLAB_ON_GRACE || (state.inuse_count == 0 && has_readers),
               RULE_SLAB_WAITS, slab);
    judge_that(check, !is_full || (place == SLAB_ON_FULL) == cache_stores_users(cache),
               RULE_FULL_IS_LISTED, slab);
    if (cache->is_debug) {
        judge_that(check, !state.frozen && place != SLAB_ON_CPU, RULE_CPU_DEBUG, slab);
    }
}

static void check_slab_link(struct heap_check *check, const struct slab *slab)
{
    enum slab_place place = view_place(slab);
    bool is_listed = place == SLAB_ON_PARTIAL || place == SLAB_ON_FULL;

    if (is_listed && judge_is_settled(check, &cache_node_of(slab)->lock)) {
        judge_that(check, judge_link_is_sound(check->heap, slab),
                   place == SLAB_ON_FULL ? RULE_NODE_FULL : RULE_NODE_PARTIAL, slab);
    }
}

/* Numbers of the slab word; false if they make no sense. */
static bool check_counts(struct heap_check *check, const struct slab *slab, struct slab_state state)
{
    const struct layout *layout = &slab->cache->layout;
    uint32_t possible = layout_objects(layout, slab->order);

    judge_equal(check, RULE_SLAB_OBJECTS, slab, state.object_count, possible);
    if (state.inuse_count > state.object_count) {
        judge_fail(check, RULE_SLAB_INUSE, slab, state.inuse_count, state.object_count);
    }
    return state.object_count == possible && state.inuse_count <= state.object_count;
}

/* Belonging: false if what the slab says of itself cannot be relied on. */
static bool check_identity(struct heap_check *check, const struct slab *slab, unsigned run_order)
{
    const struct kmem_cache *cache = slab->cache;

    unsigned slot = view_cache_slot_at(check->heap, cache);

    if (slot == CACHE_MAX) {
        judge_fail(check, RULE_SLAB_CACHE, slab, (uintptr_t)cache, 0);
        return false;
    }
    if (slab->node != view_node_of(check->heap, view_slab_pfn(check->heap, slab))) {
        judge_fail(check, RULE_SLAB_NODE, slab, slab->node, 0);
        return false;
    }
    judge_that(check, slab->ordinal < cache_node_of(slab)->slabs_made, RULE_SLAB_ORDINAL, slab);
    if (slab->order != run_order ||
        (run_order != cache->layout.order && run_order != cache->layout.order_least)) {
        judge_fail(check, RULE_SLAB_ORDER, slab, slab->order, run_order);
        return false;
    }
    return judge_cache(check, slot);
}

void judge_no_slab(struct heap_check *check, pfn_t pfn)
{
    const struct slab *slab = &check->heap->slabs[pfn];
    bool is_blank = view_word(&slab->state) == 0 && view_word(&slab->place) == SLAB_ON_NONE &&
                    view_word(&slab->extensions) == 0 && slab->cache == NULL &&
                    slab->cpu_next == NULL && !list_is_linked(&slab->link);

    judge_that(check, is_blank, RULE_SLAB_FORGOTTEN, slab);
}

/* Its word and its cache are those of a slab in use. */
static bool slab_is_complete(const struct slab *slab)
{
    return view_word(&slab->state) != 0 && slab->cache != NULL;
}

/* Free objects of a CPU slab are judged with the CPU, of one out of circulation by nobody. */
static bool has_own_objects(const struct heap_check *check, const struct slab *slab,
                            struct slab_state state)
{
    enum slab_place place = view_place(slab);
    bool is_out = place == SLAB_ON_ISOLATED || place == SLAB_ON_GRACE;
    bool may_retire = slab->cache->is_debug && place == SLAB_ON_NONE;

    if (check->scope == JUDGE_INSTANT) {
        return !is_out && !may_retire;
    }
    return !is_out && !state.frozen;
}

static void check_complete_slab(struct heap_check *check, const struct slab *slab)
{
    struct slab_state state = view_slab(slab);

    check_place(check, slab, state);
    check_slab_link(check, slab);
    judge_extensions(check, slab);
    if (check_counts(check, slab, state) && has_own_objects(check, slab, state)) {
        judge_freelists(check, slab, NULL);
    }
}

void judge_slab(struct heap_check *check, pfn_t pfn)
{
    const struct slab *slab = &check->heap->slabs[pfn];

    if (check->scope == JUDGE_INSTANT && !slab_is_complete(slab)) {
        return;
    }
    if (!check_identity(check, slab, view_page(check->heap, pfn).order)) {
        return;
    }
    if (!slab->cache->is_debug || judge_is_settled(check, &cache_node_of(slab)->lock)) {
        check_complete_slab(check, slab);
    }
}
