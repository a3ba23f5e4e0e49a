#include "sanitizers/compare.h"

#include "sanitizers/peek.h"

/* What is freed may be looked at by readers, if its cache keeps it an object for them. */

/* A link lies in the object only where its cache was told to put it. */
static struct content known_content(const struct model_object *object,
                                    const struct kmem_cache *cache)
{
    size_t link_offset = cache->layout.free_pointer_offset;

    if (link_offset >= cache->layout.metadata_offset) {
        return object->content;
    }
    if (link_offset + WORD_SIZE <= CONTENT_EDGE_SIZE) {
        return content_forget(object->content, link_offset + WORD_SIZE);
    }
    return (struct content){0};
}

static bool is_object_still(const struct model *model, const struct model_object *object)
{
    const struct slab *slab = peek_slab(model->heap, object->address);
    const struct model_cache *cache = model_find_cache(model, object);

    return slab != NULL && cache != NULL && slab->cache == cache->handle &&
           peek_slab_has(slab, object->address);
}

bool compare_read(struct model *model, const struct model_object *object, bool is_alone)
{
    if (!model_expect(model, is_object_still(model, object), MODEL_RULE_TYPE_IS_STABLE,
                      object->address) ||
        !model->is_judging) {
        return false;
    }

    const struct model_cache *cache = model_find_cache(model, object);
    struct model_object read = *object;

    if (!is_alone || object->is_reused || model_is_owned(model, object->address)) {
        return true;
    }
    /* Its user left it as the constructor made it. */
    if (cache->ctor_size != 0) {
        return model_expect(model, content_is_constructed(object->address, cache->ctor_size),
                            MODEL_RULE_CONTENT_CONSTRUCTED, object->address);
    }
    read.content = known_content(object, cache->handle);
    return compare_content(model, &read);
}
