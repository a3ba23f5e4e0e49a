/* Freed objects that are held back, and the marks of all that are free. */
#include "allocator/cache/freelist.h"
#include "allocator/hardening/object_bitmap.h"
#include "sanitizers/check_features.h"
#include "sanitizers/peek.h"

void judge_unmarked(struct heap_check *check, const struct kmem_cache *cache, const void *object)
{
    const struct kmem_heap *heap = cache->heap;
    struct object_bit bit = object_bitmap_bit((uintptr_t)object - (uintptr_t)heap->memory.arena);

    judge_that(check,
               !cache->knows_objects ||
                   !object_bitmap_has(view_word(&heap->object_bits[bit.word]), bit),
               RULE_OBJECT_MARKED, object);
}

static bool is_object_of(const struct kmem_cache *cache, const void *object)
{
    const struct slab *slab = peek_slab(cache->heap, object);

    return slab != NULL && slab->cache == cache && peek_slab_has(slab, object);
}

void judge_quarantine(struct heap_check *check, const struct kmem_cache *cache,
                      const struct quarantine *quarantine)
{
    uint64_t limit = quarantine->bytes / cache->layout.object_size;
    object_ref_t last = 0;
    uint64_t length = 0;

    judge_that(check, quarantine->bytes <= cache->quarantine_bytes, RULE_QUARANTINE_BOUND, cache);
    for (object_ref_t at = quarantine->first; at != 0 && length <= limit; length++) {
        const void *object = object_from_ref(cache, at);

        if (!is_object_of(cache, object)) {
            judge_fail(check, RULE_QUARANTINE, object, length, limit);
            return;
        }
        judge_unmarked(check, cache, object);
        judge_that(check, !judge_is_owned(check, object), RULE_OBJECT_UNOWNED, object);
        judge_hidden(check, cache, object);
        last = at;
        at = freelist_next_ref(cache, object);
    }
    judge_walked(check, length);
    judge_equal(check, RULE_QUARANTINE, cache, length * cache->layout.object_size,
                quarantine->bytes);
    judge_equal(check, RULE_QUARANTINE, cache, last, quarantine->last);
}
