#include "sanitizers/compare_kv.h"

#include "allocator/base/bits.h"
#include "sanitizers/compare_pages.h"
#include "sanitizers/peek.h"

static bool is_view(const struct kmem_heap *heap, const void *given)
{
    return given != NULL && peek_page_state(peek_head(heap, given)).kind == PAGE_RUN &&
           peek_guarded(heap, given) == NULL;
}

uint32_t compare_view_room(size_t size)
{
    return (uint32_t)align_up(size, PAGE_SIZE);
}

/* Pages were refused on purpose: kmalloc's, whatever they were, or those of the view. */
static bool pages_were_refused(const struct model *model)
{
    bool is_nth = model->before.fail_countdown != 0 && model->heap->memory.fail_countdown == 0;

    return is_nth || view_faults(model->heap, HEAP_FAULT_PAGES) != model->before.page_faults;
}

/* What kmalloc did before the pages of the view were asked for may have moved some. */
static struct compare_request view_request(const struct model *model,
                                           const struct kmalloc_ask *ask, const void *given)
{
    struct compare_request request =
        compare_exact_request(model, ask->size, (ask->gfp & __GFP_ZERO) != 0);

    request.object.kind = MODEL_VIEW;
    request.object.usable = compare_view_room(ask->size);
    request.gfp = ask->gfp;
    request.is_retried = true;
    request.is_part_of_many = given != NULL || pages_were_refused(model);
    return request;
}

struct compare_request compare_kv_request(const struct model *model, const struct kmalloc_ask *ask,
                                          const void *given)
{
    struct kmalloc_ask modest = *ask;

    if (ask->size <= PAGE_SIZE) {
        return compare_ask_request(model, ask);
    }
    if (given == NULL || is_view(model->heap, given)) {
        return view_request(model, ask, given);
    }
    modest.gfp = (ask->gfp & ~(gfp_t)(__GFP_DIRECT_RECLAIM | __GFP_NOFAIL)) | __GFP_NOWARN;

    struct compare_request request = compare_ask_request(model, &modest);

    request.gfp = modest.gfp;
    return request;
}

/* Something was refused during the call; what others were refused meanwhile hides that. */
static bool something_failed(const struct model *model)
{
    return view_failure_count(model->heap) != model->before.failure_count ||
           view_faults(model->heap, HEAP_FAULT_SLAB) != model->before.slab_faults;
}

bool compare_kv_choice(struct model *model, const struct kmalloc_ask *ask, const void *given)
{
    if (!is_view(model->heap, given)) {
        return true;
    }

    const struct page *first = peek_head(model->heap, given);

    return model_expect(model, ask->size > PAGE_SIZE && something_failed(model),
                        MODEL_RULE_VIEW_IS_SECOND, given) &&
           model_expect(model, first->object_size == ask->size, MODEL_RULE_VIEW_IS_SECOND, given);
}
