#include "allocator/slub/debug_path.h"

#include "allocator/cache/freelist.h"
#include "allocator/cache/object_bits.h"
#include "allocator/debug/consistency.h"
#include "allocator/debug/object.h"
#include "allocator/debug/track.h"
#include "allocator/hardening/double_free.h"
#include "allocator/slub/extension.h"
#include "allocator/slub/new_slab.h"
#include "allocator/slub/object_ready.h"
#include "allocator/slub/partial.h"

/* What a free leaves to be done once node->lock is dropped. */
enum aftermath { AFTERMATH_NONE, AFTERMATH_DISCARD, AFTERMATH_RETIRE };

static bool checks(const struct kmem_cache *cache)
{
    return (cache->flags & SLAB_CONSISTENCY_CHECKS) != 0;
}

/*
 * Keeps a corrupt slab from ever being allocated from again: its free objects are leaked, its live
 * ones stay their users'. The counts keep telling how many live ones are to come back.
 */
static void isolate_slab(struct slab *slab)
{
    struct slab_state state = slab_state(slab);

    state.freelist = 0;
    slab_set_state(slab, state);
    slab_set_place(slab, SLAB_ON_ISOLATED);
}

static bool head_is_sound(const struct slab *slab, void *head, uint64_t site)
{
    const struct check_context context = {STAGE_ALLOC, ACTION_ISOLATE_SLAB, site};

    if (!checks(slab->cache)) {
        return !slab->cache->knows_objects || check_free_link(slab, head, &context);
    }
    if (!check_slab(slab, &context)) {
        return false;
    }
    if (!slab_has_object(slab, head)) {
        struct report report = check_report(slab, REPORT_FREELIST_HEAD, &context);

        report.object = head;
        heap_report(slab->cache->heap, &report);
        return false;
    }
    return check_object(slab, head, false, &context);
}

/* Pops the head of a partial slab, which leaves the partial list when that was its last one. */
static void *take_head(struct slab *slab)
{
    struct kmem_cache *cache = slab->cache;
    struct slab_state state = slab_state(slab);
    void *object = object_from_ref(cache, state.freelist);

    state.freelist = object_to_ref(cache, freelist_next(cache, object));
    state.inuse_count++;
    slab_set_state(slab, state);
    partial_relist(cache, slab);
    return object;
}

/* An allocation on its way through the nodes. */
struct debug_attempt {
    struct kmem_cache *cache;
    size_t requested_size;
    uint64_t site;
    struct slab *abandoned;    /* isolated, without live objects: to be retired without a lock */
};

/*
 * Takes an object from a node's partial list, if that is longer than floor. A slab whose next
 * object is corrupt is isolated and the next slab tried.
 */
static void *take_from_partial(struct debug_attempt *attempt, const struct kmem_cache_node *node,
                               uint32_t floor)
{
    struct kmem_cache *cache = attempt->cache;
    struct slab *slab;

    while (attempt->abandoned == NULL && node->partial_count > floor &&
           (slab = partial_first(node)) != NULL) {
        void *head = object_from_ref(cache, slab_state(slab).freelist);

        if (head_is_sound(slab, head, attempt->site)) {
            return take_head(slab);
        }
        partial_remove(cache_node_of(slab), slab);
        isolate_slab(slab);
        if (slab_state(slab).inuse_count == 0) {
            attempt->abandoned = slab;
        }
    }
    return NULL;
}

/* Tells the platform, if the cache is traced. */
static void tell(const struct kmem_cache *cache, const void *object, bool is_free, uint64_t site)
{
    const struct platform *platform = &cache->heap->platform;

    if ((cache->flags & SLAB_TRACE) == 0 || platform->trace == NULL) {
        return;
    }

    struct slab_state state = slab_state(slab_at(cache->heap, object));
    const struct object_trace trace = {
        .cache = cache,
        .object = object,
        .free_object = object_from_ref(cache, state.freelist),
        .inuse_count = state.inuse_count,
        .is_free = is_free,
        .site = site,
    };

    platform->trace(platform->context, &trace);
}

static void mark_allocated(const struct kmem_cache *cache, void *object, size_t requested_size,
                           uint64_t site)
{
    track_set(cache, object, TRACK_ALLOC, site);
    tell(cache, object, false, site);
    object_set_requested_size(cache, object, requested_size);
    object_paint(cache, object, true);
}

/* One attempt on one node. */
static void *try_node(struct debug_attempt *attempt, struct node_search *search)
{
    struct kmem_cache_node *node = &attempt->cache->nodes[search->node];
    uint64_t irq_state = node_lock(node);
    void *object = take_from_partial(attempt, node, search->floor);

    if (object != NULL) {
        mark_allocated(attempt->cache, object, attempt->requested_size, attempt->site);
    }
    if (object != NULL) {
        cache_count(attempt->cache, STAT_ALLOC_FROM_PARTIAL, 1);
    }
    search->ordinal = node->slabs_made;
    node_unlock(node, irq_state);
    return object;
}

/* An object, or NULL, with an abandoned slab if the attempt is worth repeating. */
static void *try_nodes(struct debug_attempt *attempt, struct node_wish wish)
{
    struct node_search search = node_search_begin(attempt->cache, wish);
    void *object = NULL;

    while (object == NULL && attempt->abandoned == NULL && node_search_next(&search)) {
        object = try_node(attempt, &search);
    }
    return object;
}

/*
 * A fresh slab is listed and taken from at once: between the two it would be empty for all to see,
 * and more than the node may keep.
 */
static void *try_fresh(struct debug_attempt *attempt, struct slab *fresh)
{
    struct kmem_cache_node *node = cache_node_of(fresh);
    uint64_t irq_state = node_lock(node);

    partial_add(node, fresh, PARTIAL_HEAD);

    void *object = take_from_partial(attempt, node, 0);

    if (object != NULL) {
        mark_allocated(attempt->cache, object, attempt->requested_size, attempt->site);
    }
    node_unlock(node, irq_state);
    return object;
}

/* Until there is an object, or neither a slab was found corrupt nor is there a fresh one. */
static void *alloc_as_wished(struct debug_attempt *attempt, struct node_wish wish)
{
    for (;;) {
        void *object = try_nodes(attempt, wish);

        if (object == NULL && attempt->abandoned == NULL) {
            struct slab *fresh = slab_create(attempt->cache, wish);

            if (fresh == NULL) {
                return NULL;
            }
            object = try_fresh(attempt, fresh);
        }
        if (attempt->abandoned != NULL) {
            slab_retire(attempt->abandoned);
            attempt->abandoned = NULL;
        }
        if (object != NULL) {
            return object;
        }
    }
}

void *debug_alloc(struct kmem_cache *cache, size_t requested_size, struct node_wish wish,
                  uint64_t site)
{
    const struct node_wish there = {
        .node = wish.node,
        .gfp = wish.gfp,
        .is_strict = wish.node != NODE_ANY,
    };
    struct debug_attempt attempt = {cache, requested_size, site, NULL};
    void *object = alloc_as_wished(&attempt, there);

    return object != NULL || wish.node == NODE_ANY || wish.is_strict
               ? object
               : alloc_as_wished(&attempt, wish);
}

static bool report_misuse(const struct slab *slab, enum report_kind kind, void *object,
                          const struct check_context *context)
{
    struct report report = check_report(slab, kind, context);

    report.object = object;
    heap_report(slab->cache->heap, &report);
    return false;
}

static bool free_is_sound(struct slab *slab, void *object, const struct check_context *context)
{
    if (!check_slab(slab, context)) {
        return false;
    }
    if (!slab_has_object(slab, object)) {
        return report_misuse(slab, REPORT_INVALID_POINTER, object, context);
    }
    /* Free ones of an isolated slab are on no list, but none is live when it waits for readers. */
    if (check_freelist(slab, object, context) || slab_state(slab).inuse_count == 0) {
        return report_misuse(slab, REPORT_DOUBLE_FREE, object, context);
    }
    return check_object(slab, object, true, context);
}

/*
 * Moves a slab to where it belongs after a free: one that took place, or one that was refused by a
 * check that may have cut the freelist. An isolated slab's objects only come home; the last one
 * takes the slab with it.
 */
static enum aftermath settle(struct slab *slab, bool was_freed)
{
    bool is_empty = was_freed && slab_state(slab).inuse_count == 0;

    if (slab_place(slab) == SLAB_ON_ISOLATED) {
        return is_empty ? AFTERMATH_RETIRE : AFTERMATH_NONE;
    }
    if (partial_relist(slab->cache, slab)) {
        cache_count(slab->cache, STAT_FREE_ADD_PARTIAL, 1);
    }
    if (is_empty && partial_is_spare(slab)) {
        partial_remove(cache_node_of(slab), slab);
        cache_count(slab->cache, STAT_FREE_REMOVE_PARTIAL, 1);
        return AFTERMATH_DISCARD;
    }
    return AFTERMATH_NONE;
}

static void put_object(struct slab *slab, void *object)
{
    struct kmem_cache *cache = slab->cache;
    struct slab_state state = slab_state(slab);

    freelist_set_next_ref(cache, object, state.freelist);
    state.freelist = object_to_ref(cache, object);
    state.inuse_count--;
    slab_set_state(slab, state);
}

static bool frees_head_again(const struct slab *slab, const void *object)
{
    const struct kmem_cache *cache = slab->cache;
    const void *head = object_from_ref(cache, slab_state(slab).freelist);

    return cache->detects_double_free && double_free_is_immediate(object, head);
}

static bool free_is_allowed(struct slab *slab, void *object, uint64_t site)
{
    const struct check_context context = {STAGE_FREE, ACTION_KEEP_OBJECT, site};

    if (checks(slab->cache)) {
        return free_is_sound(slab, object, &context);
    }
    return !frees_head_again(slab, object) ||
           report_misuse(slab, REPORT_DOUBLE_FREE, object, &context);
}

static enum aftermath free_locked(struct slab *slab, void *object, uint64_t site)
{
    struct kmem_cache *cache = slab->cache;
    bool is_allowed = free_is_allowed(slab, object, site);

    if (is_allowed) {
        extension_uncharge(slab, object);
        track_set(cache, object, TRACK_FREE, site);
        tell(cache, object, true, site);
        object_take_back(cache, object);
        object_paint(cache, object, false);
        put_object(slab, object);
        cache_count(cache, STAT_FREE_SLOWPATH, 1);
    } else {
        object_bits_note(cache, object);
    }
    return settle(slab, is_allowed);
}

void debug_free(struct slab *slab, void *object, uint64_t site)
{
    struct kmem_cache_node *node = cache_node_of(slab);
    uint64_t irq_state = node_lock(node);
    enum aftermath aftermath = free_locked(slab, object, site);

    node_unlock(node, irq_state);
    if (aftermath == AFTERMATH_DISCARD) {
        slab_discard(slab, site);
    } else if (aftermath == AFTERMATH_RETIRE) {
        slab_retire(slab);
    }
}
