/*
 * Frees that were put off: what lies on a CPU's stack is free to its user, who may not touch it,
 * and used to its slab. The stack changes by CAS, and is whole at every instant.
 */
#include "allocator/cache/freelist.h"
#include "sanitizers/check_features.h"
#include "sanitizers/check_state.h"
#include "sanitizers/peek.h"

static bool is_object_of(const struct kmem_cache *cache, const void *object)
{
    const struct slab *slab = peek_slab(cache->heap, object);

    return slab != NULL && slab->cache == cache && peek_slab_has(slab, object);
}

void judge_deferred(struct heap_check *check, const struct kmem_cache *cache, uint64_t deferred)
{
    bool is_sweep = check->scope == JUDGE_SWEEP;
    const unsigned char *object = object_from_ref(cache, (object_ref_t)deferred);
    uint64_t limit = is_sweep ? view_object_count(cache) : SMALL_WALK;
    uint64_t length = 0;

    for (; object != NULL && length < limit; length++) {
        if (!is_object_of(cache, object)) {
            judge_fail(check, RULE_CPU_DEFERRED, object, length, 0);
            return;
        }
        judge_unmarked(check, cache, object);
        judge_that(check, !judge_is_owned(check, object), RULE_OBJECT_UNOWNED, object);
        judge_hidden(check, cache, object);
        object = freelist_next(cache, object);
    }
    judge_that(check, object == NULL || !is_sweep, RULE_CPU_DEFERRED, cache);
    judge_walked(check, length);
}
