#include "sanitizers/sharing.h"

#include "sanitizers/peek.h"

/* siblings are numbered from 1, so that 0 is nobody. */
static struct model_object *sibling_of(struct model *model, const struct model_object *holder)
{
    return model_object(model, holder->sibling - 1);
}

static uint32_t link_to(const struct model *model, const struct model_object *holder)
{
    return model_slot(model, holder) + 1;
}

void sharing_join(struct model *model, struct model_object *holder, uint32_t slot)
{
    const struct model_object reference = {
        .address = holder->address,
        .kind = MODEL_REFERENCE,
        .order = holder->order,
        .is_compound = holder->is_compound,
        .sibling = sharing_is_shared(holder) ? holder->sibling : link_to(model, holder),
    };

    if (model_own(model, slot, &reference)) {
        holder->sibling = slot + 1;
    }
}

static uint32_t count_holders(struct model *model, const struct model_object *holder)
{
    const struct model_object *at = holder;
    uint32_t count = 1;

    if (sharing_is_shared(holder)) {
        for (at = sibling_of(model, holder); at != holder; at = sibling_of(model, at)) {
            count++;
        }
    }
    return count;
}

/* Takes a slot out of its ring; returns the one that follows. */
static struct model_object *unlink_holder(struct model *model, struct model_object *holder)
{
    struct model_object *following = sibling_of(model, holder);
    struct model_object *previous = following;

    while (sibling_of(model, previous) != holder) {
        previous = sibling_of(model, previous);
    }
    previous->sibling = previous == following ? 0 : holder->sibling;
    holder->sibling = 0;
    return following;
}

/* Of a run that is not compound all that is left when its owner goes is the first page. */
static void shorten(struct model *model, struct model_object *heir)
{
    struct model_object *at = heir;

    do {
        at->order = 0;
        at = sharing_is_shared(at) ? sibling_of(model, at) : heir;
    } while (at != heir);
}

static void inherit(struct model *model, struct model_object *heir, struct model_object *holder,
                    uint32_t size)
{
    uint32_t old_size = holder->size;

    model_resize(model, holder, holder->address, 0);
    if (model_resize(model, heir, heir->address, size)) {
        heir->usable = size;
        heir->content = content_resize(holder->content, old_size, size, false);
        heir->fill_count = holder->fill_count;
    }
}

struct model_object *sharing_leave(struct model *model, struct model_object *holder)
{
    if (!sharing_is_shared(holder)) {
        return NULL;
    }

    struct model_object *heir = unlink_holder(model, holder);
    bool is_whole = holder->is_compound || holder->kind == MODEL_REFERENCE;

    if (!is_whole) {
        shorten(model, heir);
    }
    if (holder->size != 0) {
        inherit(model, heir, holder, is_whole ? holder->size : (uint32_t)PAGE_SIZE);
    }
    return heir;
}

bool sharing_compare(struct model *model, const struct model_object *holder, const void *address)
{
    if (!model->is_judging || model->is_shared) {
        return true;
    }

    const struct page *page = memory_page_at(&model->heap->memory, address);
    struct page_state state = peek_page_state(page);

    if (holder == NULL) {
        return model_expect(model, !page_kind_is_allocated(state.kind), MODEL_RULE_RUN_IS_HELD,
                            address);
    }
    return model_expect(model, state.kind == PAGE_RUN && state.order == holder->order,
                        MODEL_RULE_RUN_IS_HELD, address) &&
           model_expect(model, state.references + 1 == count_holders(model, holder),
                        MODEL_RULE_RUN_IS_HELD, address);
}
