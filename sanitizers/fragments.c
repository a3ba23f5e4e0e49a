#include "sanitizers/fragments.h"

#include "allocator/base/bits.h"
#include "sanitizers/compare.h"
#include "sanitizers/compare_supply.h"
#include "sanitizers/peek.h"
#include "sanitizers/reserve.h"

enum { TABLE_SIZE = PAGE_COUNT_MAX * sizeof(uint32_t) };

bool fragments_init(struct fragments *fragments)
{
    fragments->live = reserve_memory(TABLE_SIZE);
    return fragments->live != NULL;
}

void fragments_fini(struct fragments *fragments)
{
    reserve_release(fragments->live, TABLE_SIZE);
}

void fragments_begin(struct fragments *fragments)
{
    for (unsigned set = 0; set < FRAGMENT_CACHE_COUNT; set++) {
        page_frag_cache_init(&fragments->caches[set], NULL);
        fragments->is_busy[set] = false;
    }
}

static pfn_t run_of(const struct model *model, const void *address)
{
    return memory_pfn(&model->heap->memory, peek_head(model->heap, address));
}

void fragments_join(struct model *model, struct model_object *object)
{
    pfn_t run = run_of(model, object->address);

    object->run = run + 1;
    model->fragments.live[run]++;
}

void fragments_leave(struct model *model, struct model_object *object)
{
    if (object->run != 0) {
        model->fragments.live[object->run - 1]--;
        object->run = 0;
    }
}

/* The larger run is asked for as somebody would who can do without. */
struct compare_request fragments_request(const struct model *model,
                                         const struct fragments_call *call)
{
    bool is_possible = call->size > 0 && call->size <= PAGE_FRAG_SIZE_MAX;
    bool is_single = call->size <= PAGE_SIZE;

    return (struct compare_request){
        .object = {
            .kind = MODEL_FRAGMENT,
            .size = (uint32_t)call->size,
            .usable = (uint32_t)call->size,
        },
        .align = call->align > PAGE_FRAG_ALIGN ? call->align : PAGE_FRAG_ALIGN,
        .order = PAGE_FRAG_ORDER,
        .order_least = !is_possible ? ORDER_MAX + 1 : is_single ? 0 : PAGE_FRAG_ORDER,
        .gfp = __GFP_NOMEMALLOC,
        .reads_zero = (call->gfp & __GFP_ZERO) != 0 || model->heap->config.init_on_alloc,
        .is_part_of_many = call->count > 1 || (call->gfp & __GFP_MEMALLOC) != 0,
    };
}

bool fragments_are_inside(const struct kmem_heap *heap, const void *first, size_t size)
{
    const struct page *head = peek_head(heap, first);
    struct page_state state = peek_page_state(head);
    uintptr_t offset =
        (uintptr_t)first - (uintptr_t)memory_address(&heap->memory, head);

    return state.kind == PAGE_RUN && offset + size <= order_size(state.order);
}

/* Who holds a run: users of pieces, and caches that cut it, for what they may still cut, too. */
struct holding {
    uint64_t references;
    bool is_held;
};

static struct holding holding_of(const struct model *model, const struct page *head)
{
    uint32_t live = model->fragments.live[memory_pfn(&model->heap->memory, head)];
    struct holding holding = {live, live != 0};

    for (unsigned set = 0; set < FRAGMENT_CACHE_COUNT; set++) {
        const struct page_frag_cache *cache = &model->fragments.caches[set];

        holding.references += cache->head == head ? cache->references : 0;
        holding.is_held = holding.is_held || cache->head == head;
    }
    return holding;
}

static bool compare_head(struct model *model, const struct page *head)
{
    struct page_state state = peek_page_state(head);
    struct holding holding = holding_of(model, head);
    bool is_run = state.kind == PAGE_RUN;
    bool is_right = holding.is_held ? is_run && state.references + 1 == holding.references
                                    : !is_run;

    return model_expect(model, is_right, MODEL_RULE_RUN_IS_HELD,
                        memory_address(&model->heap->memory, head));
}

bool fragments_compare_run(struct model *model, const void *address)
{
    return !model->is_judging || model->is_shared ||
           compare_head(model, memory_page_at(&model->heap->memory, address));
}

/* The run is the one before, and nothing was cut of it a second time: that begins a new count. */
static bool goes_on(const struct page_frag_cache *cache, const struct fragments_call *call)
{
    return cache->head == call->before.head &&
           cache->references + call->taken == call->before.references;
}

/* The final piece begins where what is left ends, and all of them lie below what was cut before. */
static bool is_cut(const struct model *model, const struct page_frag_cache *cache,
                   const struct fragments_call *call)
{
    size_t bytes = align_up(call->size, PAGE_FRAG_ALIGN) * call->taken;

    if (call->taken < call->count) {
        return true;
    }
    return call->last == (unsigned char *)memory_address(&model->heap->memory, cache->head) +
                             cache->left &&
           (!goes_on(cache, call) || cache->left + bytes <= call->before.left);
}

/* The run that the cache has now was asked of the page layer by this call, or should have been. */
static bool is_new(const struct page_frag_cache *cache, const struct fragments_call *call)
{
    return cache->head != call->before.head || (call->before.is_reserve && !goes_on(cache, call));
}

/* What the cache gave back in the same call may be among it. */
static bool watermark_was_kept(const struct model *model, const struct page_frag_cache *cache,
                               const struct fragments_call *call)
{
    const struct kmem_heap *heap = model->heap;
    const struct page_memory *memory = &heap->memory;

    if (!compare_keeps_pages(heap) || cache->head == NULL || !is_new(cache, call)) {
        return true;
    }

    pfn_t pfn = memory_pfn(memory, cache->head);
    struct model_supply supply = compare_supply_before(model, view_zone_of(heap, pfn));
    const struct supply_ask ask = {
        .order = peek_page_state(cache->head).order,
        .gfp = call->gfp,
        .mark = WATERMARK_MIN,
    };

    supply.common_pages += call->before.size >> PAGE_SHIFT;
    if ((call->gfp & __GFP_DIRECT_RECLAIM) != 0) {
        supply.common_pages += supply.reserve_pages;
    }
    return compare_supply_allows(&supply, &ask);
}

bool fragments_compare(struct model *model, const struct fragments_call *call)
{
    const struct page_frag_cache *cache = &model->fragments.caches[call->set];
    const struct page *before = call->before.head;

    if (!model->is_judging || model->is_shared) {
        return true;
    }
    return model_expect(model, is_cut(model, cache, call), MODEL_RULE_FRAGMENT_IS_CUT,
                        cache->head) &&
           (cache->head == NULL || compare_head(model, cache->head)) &&
           (before == NULL || before == cache->head ||
            peek_head(model->heap, memory_address(&model->heap->memory, before)) != before ||
            compare_head(model, before)) &&
           model_expect(model, watermark_was_kept(model, cache, call), MODEL_RULE_WATERMARK_KEPT,
                        cache->head);
}
