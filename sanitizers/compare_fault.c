#include "sanitizers/compare_fault.h"

#include "allocator/base/errors.h"
#include "sanitizers/view.h"

static bool bit_of(uint64_t settings, unsigned bit)
{
    return (settings >> bit & 1) != 0;
}

/* Who is never made to fail. */
static bool is_exempt(const struct model *model, const struct compare_question *question,
                      uint64_t settings)
{
    bool may_wait = (question->gfp & __GFP_DIRECT_RECLAIM) != 0;

    if (!model->heap->config.fault_injection || (question->gfp & __GFP_NOFAIL) != 0 ||
        (may_wait && !bit_of(settings, 40))) {
        return true;
    }
    return question->cache != NULL
               ? bit_of(settings, 41) && view_word(&question->cache->may_fail) == 0
               : question->order < (settings >> 42 & 15);
}

static bool is_due(const struct model *model, const struct fault *fault, enum heap_fault kind,
                   uint64_t size)
{
    const struct platform *platform = &model->heap->platform;
    uint64_t settings = view_word(&fault->settings);
    uint64_t interval = settings & UINT32_MAX;
    uint64_t percent = settings >> 32 & 0xff;
    uint64_t nth = view_word(&fault->nth);

    if (nth != 0) {
        return nth == 1;
    }
    if (percent == 0 || view_word(&fault->times) == 0 || view_word(&fault->space) > size) {
        return false;
    }
    if (interval > 1 && (view_word(&fault->turn) + 1) % interval != 0) {
        return false;
    }
    return platform->random(platform->context, RANDOM_FAULT, kind, view_word(&fault->calls)) %
               100 < percent;
}

struct compare_fault compare_fault_begin(const struct model *model,
                                         const struct compare_question *question)
{
    enum heap_fault kind = question->cache != NULL ? HEAP_FAULT_SLAB : HEAP_FAULT_PAGES;
    const struct fault *state = heap_fault(model->heap, kind);
    uint64_t size = question->cache != NULL ? question->cache->layout.object_size
                                            : UINT64_C(1) << question->order;
    struct compare_fault fault = {
        .is_known = true,
        .kind = kind,
        .before = view_word(&state->failures),
    };

    fault.due = !is_exempt(model, question, view_word(&state->settings)) &&
                is_due(model, state, kind, size);
    fault.times = view_word(&state->times);
    if (fault.due != 0 && view_word(&state->nth) == 0 && fault.times != UINT64_MAX) {
        fault.times--;
    }
    return fault;
}

bool compare_fault(struct model *model, const struct compare_fault *fault)
{
    uint64_t grown = view_faults(model->heap, fault->kind) - fault->before;

    return !fault->is_known || model->is_shared ||
           model_expect(model,
                        grown == fault->due &&
                            view_word(&heap_fault(model->heap, fault->kind)->times) ==
                                fault->times,
                        MODEL_RULE_FAILURE_IS_DUE, NULL);
}

bool compare_fault_first(struct model *model, const struct compare_fault *fault, bool gave_any)
{
    bool has_failed = view_faults(model->heap, fault->kind) != fault->before;

    return model->is_shared || fault->due == 0 ||
           (model_expect(model, has_failed, MODEL_RULE_FAILURE_IS_DUE, NULL) &&
            model_expect(model, !gave_any, MODEL_RULE_FAILED_GIVES_NOTHING, NULL));
}

bool compare_fault_result(struct model *model, int result, bool is_valid)
{
    bool is_right = (result == HEAP_OK) == (is_valid && model->heap->config.fault_injection);

    return model_expect(model, is_right, MODEL_RULE_FAULT_RESULT, NULL);
}
