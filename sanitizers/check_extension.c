#include "sanitizers/check_extension.h"

#include "allocator/base/raw.h"
#include "sanitizers/kmalloc_rules.h"
#include "sanitizers/peek.h"

/* Bytes that the run or slot a vector starts at has room for; 0: no vector starts there. */
static size_t room_at(const struct heap_check *check, const struct slab *owner, const void *vector)
{
    const struct kmem_heap *heap = check->heap;
    const struct page *head = peek_head(heap, vector);
    const struct slab *slab = peek_slab(heap, vector);

    if (slab != NULL) {
        return slab != owner && kmalloc_rule_is_normal(slab->cache->flags) &&
                       peek_slab_has(slab, vector)
                   ? slab->cache->layout.object_size
                   : 0;
    }
    return head != NULL && peek_page_state(head).kind == PAGE_LARGE ? head->object_size : 0;
}

/*
 * The vector of an empty slab goes with it, and the store that says so may be seen after what held
 * it was freed.
 */
static bool may_have_gone(const struct heap_check *check, const struct slab *slab)
{
    return check->scope == JUDGE_INSTANT && check->heap->config.store_buffers &&
           view_slab(slab).inuse_count == 0;
}

void judge_extensions(struct heap_check *check, const struct slab *slab)
{
    const void *vector = (const void *)(uintptr_t)view_word(&slab->extensions);

    if (vector != NULL && !may_have_gone(check, slab)) {
        judge_that(check,
                   room_at(check, slab, vector) >=
                       view_slab(slab).object_count * sizeof(uint64_t),
                   RULE_SLAB_EXTENSIONS, slab);
    }
}

void judge_uncharged(struct heap_check *check, const struct slab *slab, const void *object)
{
    uint64_t vector = view_word(&slab->extensions);
    size_t offset = (size_t)((uintptr_t)object - (uintptr_t)slab_object(slab, 0));

    if (vector != 0 && !may_have_gone(check, slab)) {
        const uint64_t *words = (const uint64_t *)(uintptr_t)vector;

        judge_equal(check, RULE_OBJECT_UNCHARGED, object,
                    raw_load_word(&words[offset / slab->cache->layout.stride]), 0);
    }
}
