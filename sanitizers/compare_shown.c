/* Which bytes a user may touch, and which not. Part of compare.h. */
#include "allocator/base/bits.h"
#include "allocator/base/compiler.h"
#include "sanitizers/compare.h"
#include "sanitizers/peek.h"

/* The bytes around an object that belong to nobody but its slot, relative to the object. */
struct slot_bounds {
    size_t before;
    size_t end;
};

static struct slot_bounds find_slot(const struct model *model, const struct model_object *object)
{
    const struct kmem_heap *heap = model->heap;
    const struct slab *slab = peek_slab(heap, object->address);
    const struct guarded_object *guarded = peek_guarded(heap, object->address);

    if (guarded != NULL) {
        size_t before = (size_t)(object->address - guarded_tile(&heap->guarded, guarded));

        return (struct slot_bounds){.before = before, .end = 2 * (size_t)PAGE_SIZE - before};
    }
    if (slab == NULL) {
        size_t unit = object->kind == MODEL_FRAGMENT ? PAGE_FRAG_ALIGN : order_size(object->order);

        return (struct slot_bounds){.end = align_up(object->usable, unit)};
    }
    return (struct slot_bounds){
        .before = slab->cache->layout.left_redzone_size,
        .end = slab->cache->layout.slot_end_offset,
    };
}

/* Every byte up to a granule's end, then one of each granule, in a window; and the final one. */
static bool rest_is_hidden(const unsigned char *first, size_t size)
{
    enum { WINDOW = 64 };
    size_t window = size < WINDOW ? size : WINDOW;

    for (size_t offset = 0; offset < window;
         offset = align_up((uintptr_t)first + offset + 1, GRANULE_SIZE) - (uintptr_t)first) {
        if (!memory_byte_is_hidden(first + offset)) {
            return false;
        }
    }
    return size == 0 || memory_byte_is_hidden(first + size - 1);
}

bool compare_shown(struct model *model, const struct model_object *object)
{
    if (!memory_is_guarded() || !model->is_judging) {
        return true;
    }

    const unsigned char *address = object->address;
    struct slot_bounds slot = find_slot(model, object);

    return model_expect(model, memory_first_hidden(address, object->size) == NULL,
                        MODEL_RULE_LIVE_IS_SHOWN, address) &&
           model_expect(model, rest_is_hidden(address + object->size, slot.end - object->size),
                        MODEL_RULE_REST_IS_HIDDEN, address) &&
           model_expect(model, slot.before == 0 || memory_byte_is_hidden(address - 1),
                        MODEL_RULE_REST_IS_HIDDEN, address);
}

bool compare_hidden(struct model *model, const struct model_object *object)
{
    const unsigned char *address = object->address;
    const struct model_cache *cache = model_find_cache(model, object);
    bool has_readers = cache != NULL && (cache->flags & SLAB_TYPESAFE_BY_RCU) != 0;

    return !memory_is_guarded() || !model->is_judging || model->is_shared || has_readers ||
           model_expect(model,
                        memory_byte_is_hidden(address) &&
                            memory_byte_is_hidden(address + object->size - 1),
                        MODEL_RULE_FREED_IS_HIDDEN, address);
}
