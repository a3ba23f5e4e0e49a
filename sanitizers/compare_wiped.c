#include "allocator/base/raw.h"
#include "sanitizers/compare.h"
#include "sanitizers/peek.h"

/* Bytes of a slot that hold its free pointer now, from the object; none: both are equal. */
struct link_range {
    size_t first;
    size_t end;
};

static struct link_range find_link(const struct layout *layout)
{
    return (struct link_range){layout->free_pointer_offset,
                               layout->free_pointer_offset + WORD_SIZE};
}

/* Zero, but for the link. O(size). */
static bool is_zero_around(const unsigned char *bytes, size_t size, struct link_range link)
{
    size_t first = link.first < size ? link.first : size;
    size_t end = link.end < size ? link.end : size;

    return raw_find_other(bytes, first, 0) == first &&
           raw_find_other(bytes + end, size - end, 0) == size - end;
}

static bool is_poisoned(const struct model *model, const struct slab *slab)
{
    return model->heap->config.page_poison || (slab != NULL && slab->cache->layout.poisons_objects);
}

/* The slack of an object whose size is tracked holds redzone, and held it before. */
static size_t wiped_size(const struct model_object *object, const struct slab *slab)
{
    bool slack_is_redzone = slab != NULL && slab->cache->layout.left_redzone_size != 0 &&
                            slab->cache->layout.requested_size_offset != 0;

    return slack_is_redzone ? object->size : object->usable;
}

/* A slab that lost its last object may be pages by now, which keep what they held. */
bool compare_sensitive(struct model *model, const struct model_object *object)
{
    const struct slab *slab = peek_slab(model->heap, object->address);
    struct link_range link = {0, 0};

    if (model->is_shared || is_poisoned(model, slab)) {
        return true;
    }
    if (slab == NULL && object->usable <= KMALLOC_CACHE_SIZE_MAX) {
        return true;
    }
    if (slab != NULL) {
        link = find_link(&slab->cache->layout);
    }
    return model_expect(model,
                        is_zero_around(object->address, wiped_size(object, slab), link),
                        MODEL_RULE_SENSITIVE_IS_WIPED, object->address);
}

bool compare_roundup(struct model *model, size_t size, size_t result)
{
    bool is_possible = size > 0 && size <= KMALLOC_SIZE_MAX;
    size_t expected = is_possible ? kmalloc_rule_usable(&model->heap->config, size) : size;

    return model_expect(model, result == expected, MODEL_RULE_ROUNDUP, NULL);
}
