#include "sanitizers/charges.h"

#include "allocator/base/raw.h"
#include "sanitizers/kmalloc_rules.h"
#include "sanitizers/model.h"
#include "sanitizers/peek.h"

uint32_t charges_price(const struct model *model, const struct kmem_cache *home, gfp_t gfp)
{
    if (!model->heap->config.object_extensions || home == NULL ||
        kmalloc_rule_is_normal(home->flags)) {
        return 0;
    }
    return (gfp & __GFP_ACCOUNT) != 0 || (home->flags & SLAB_ACCOUNT) != 0
               ? (uint32_t)home->layout.stride
               : 0;
}

bool charges_may_refuse(const struct model *model, uint64_t bytes)
{
    const struct charges *charges = &model->charges;
    unsigned account = charges->present;

    if (bytes == 0 || account == CHARGES_ANY || model->is_shared) {
        return bytes != 0;
    }
    return !charges->is_off && charges->limits[account] != 0 &&
           charges->charged[account] + bytes > charges->limits[account];
}

/* The word of an object in its slab's vector: 0, or the number of its account plus 1. */
static uint64_t peek_word(const struct model *model, const unsigned char *address)
{
    const struct slab *slab = peek_slab(model->heap, address);
    uint64_t vector = slab != NULL ? view_word(&slab->extensions) : 0;

    if (vector == 0) {
        return 0;
    }

    uint64_t index = (uint64_t)(address - (unsigned char *)slab_object(slab, 0)) /
                     slab->cache->layout.stride;

    return raw_load_word((const uint64_t *)(uintptr_t)vector + index);
}

static bool word_is_right(const struct model *model, uint64_t word, uint32_t price)
{
    const struct charges *charges = &model->charges;

    if (price == 0) {
        return word == 0;
    }
    if (charges->present == CHARGES_ANY || model->is_shared) {
        return word <= ACCOUNT_COUNT;
    }
    return word == (charges->is_off ? 0 : charges->present + 1u);
}

bool charges_add(struct model *model, struct model_object *object, uint32_t price)
{
    uint64_t word = object->size != 0 ? peek_word(model, object->address) : 0;

    if (!model->heap->config.object_extensions || !model->is_judging) {
        return true;
    }
    if (!model_expect(model, word_is_right(model, word, price), MODEL_RULE_CHARGED,
                      object->address)) {
        return false;
    }
    object->account = (uint8_t)word;
    object->charge = word != 0 ? price : 0;
    if (word != 0) {
        model->charges.charged[word - 1] += price;
    }
    return true;
}

void charges_take_back(struct model *model, struct model_object *object)
{
    if (object->account != 0) {
        model->charges.charged[object->account - 1] -= object->charge;
    }
    object->account = 0;
    object->charge = 0;
}

bool charges_compare(struct model *model)
{
    const struct kmem_heap *heap = model->heap;

    for (unsigned i = 0; i < ACCOUNT_COUNT; i++) {
        if (!model_expect(model,
                          view_word(&heap->accounts[i].charged) == model->charges.charged[i],
                          MODEL_RULE_CHARGES_ADD_UP, &heap->accounts[i])) {
            return false;
        }
    }
    return true;
}
