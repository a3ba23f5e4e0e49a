#include "sanitizers/compare.h"

#include "allocator/base/bits.h"
#include "allocator/base/compiler.h"
#include "allocator/hardening/object_bitmap.h"
#include "sanitizers/compare_guarded.h"
#include "sanitizers/compare_mobility.h"
#include "sanitizers/compare_node.h"
#include "sanitizers/compare_supply.h"
#include "sanitizers/peek.h"

/* Where nothing is kept, nobody looks at it. */
static void note_supplies(struct model *model)
{
    const struct page_memory *memory = &model->heap->memory;

    for (unsigned i = 0; i < memory->zone_count && compare_keeps_pages(model->heap); i++) {
        model->before.supplies[i] = compare_supply(&memory->zones[i]);
    }
}

void compare_begin_step(struct model *model, uint32_t step)
{
    model->step = step;
    model->before = (struct model_moment){
        .failure_count = view_failure_count(model->heap),
        .fail_countdown = model->heap->memory.fail_countdown,
        .slab_faults = view_faults(model->heap, HEAP_FAULT_SLAB),
        .page_faults = view_faults(model->heap, HEAP_FAULT_PAGES),
        .page_count = view_idle_pages(model->heap),
    };
    model->before.guarded = compare_guarded_now(model->heap);
    note_supplies(model);
}

void compare_end_call(struct model *model, uint32_t step, const struct model_moment *before,
                      bool is_shared)
{
    model->step = step;
    model->before = *before;
    model->is_shared = is_shared;
}

/* What the heap's configuration promises of memory that no constructor, poison or reader claims. */
static void promise_zeros(const struct model *model, struct compare_request *request,
                          bool is_zeroed, bool is_claimed)
{
    const struct heap_config *config = &model->heap->config;
    bool is_free_for_zeros = !is_claimed && request->ctor_size == 0;

    request->object.is_zero_kept = is_zeroed;
    request->reads_zero = (is_zeroed && request->ctor_size == 0) ||
                          (config->init_on_alloc && is_free_for_zeros);
    request->is_wiped = config->init_on_free && !config->page_poison && is_free_for_zeros;
}

static void set_home(struct compare_request *request, const struct kmem_cache *home)
{
    request->home = home;
    request->gfp = GFP_KERNEL;
    request->order = home->layout.order;
    request->order_least = home->layout.order_least;
    request->slabs_before = view_slab_count(home);
    request->wants_dma = (home->flags & (SLAB_CACHE_DMA | SLAB_CACHE_DMA32)) != 0;
}

/* Whoever pays needs a vector for the slab, too: that takes memory, and can fail. */
static void set_price(const struct model *model, struct compare_request *request, gfp_t gfp)
{
    request->price = charges_price(model, request->home, gfp);
    request->price_of_all = request->price;
    request->is_part_of_many = request->price != 0;
}

struct compare_request compare_cache_request(const struct model *model, unsigned cache,
                                             bool is_zeroed)
{
    const struct model_cache *of = &model->caches[cache];
    struct compare_request request = {
        .object = {
            .kind = MODEL_CACHE_OBJECT,
            .cache = (uint8_t)cache,
            .cache_generation = of->generation,
            .size = (uint32_t)of->size,
            .usable = (uint32_t)of->size,
        },
        .align = of->align,
        .ctor_size = of->ctor_size,
        .is_guardable = true,
    };

    set_home(&request, of->handle);
    set_price(model, &request, 0);
    promise_zeros(model, &request, is_zeroed,
                  (of->flags & (SLAB_POISON | SLAB_TYPESAFE_BY_RCU)) != 0);
    return request;
}

struct compare_request compare_accounted_request(const struct model *model, unsigned cache)
{
    struct compare_request request = compare_cache_request(model, cache, false);

    set_price(model, &request, __GFP_ACCOUNT);
    return request;
}

struct compare_request compare_free_of_charge_request(const struct model *model, unsigned cache)
{
    struct compare_request request = compare_cache_request(model, cache, false);

    request.price = 0;
    request.price_of_all = 0;
    request.is_guardable = false;
    return request;
}

static const struct kmem_cache *find_kmalloc_cache(const struct kmem_heap *heap,
                                                   const struct kmalloc_ask *ask)
{
    unsigned type = kmalloc_rule_type(heap, ask->gfp, ask->site);

    return heap->kmalloc_caches[type * KMALLOC_CACHE_COUNT +
                                kmalloc_rule_index(&heap->config, ask->size)];
}

struct compare_request compare_ask_request(const struct model *model,
                                           const struct kmalloc_ask *ask)
{
    const struct heap_config *config = &model->heap->config;
    bool is_possible = ask->size > 0 && ask->size <= KMALLOC_SIZE_MAX;
    size_t usable = is_possible ? kmalloc_rule_usable(config, ask->size) : 0;
    bool is_large = usable > KMALLOC_CACHE_SIZE_MAX;
    bool is_poisoned = (config->debug_flags & SLAB_POISON) != 0;
    struct compare_request request = {
        .object = {
            .kind = MODEL_KMALLOC,
            .size = (uint32_t)ask->size,
            .usable = (uint32_t)usable,
        },
        .order_least = ORDER_MAX + 1,
        .gfp = ask->gfp,
        .is_guardable = (ask->gfp & (__GFP_DMA | __GFP_DMA32 | __GFP_MOVABLE)) == 0,
    };

    if (!is_possible) {
        return request;
    }
    request.align = kmalloc_rule_align(usable);
    if (is_large) {
        request.order = order_for_size(ask->size);
        request.order_least = request.order;
        request.object.order = (uint8_t)request.order;
        request.wants_dma = (ask->gfp & (__GFP_DMA | __GFP_DMA32)) != 0;
    } else {
        set_home(&request, find_kmalloc_cache(model->heap, ask));
        set_price(model, &request, ask->gfp);
    }
    promise_zeros(model, &request, (ask->gfp & __GFP_ZERO) != 0, is_poisoned && !is_large);
    return request;
}

struct compare_request compare_kmalloc_request(const struct model *model, size_t size,
                                               bool is_zeroed)
{
    const struct kmalloc_ask ask = {size, is_zeroed ? GFP_KERNEL | __GFP_ZERO : GFP_KERNEL,
                                    model->step};

    return compare_ask_request(model, &ask);
}

struct compare_request compare_pages_request(const struct model *model, unsigned order,
                                             bool is_zeroed)
{
    bool is_possible = order <= ORDER_MAX;
    size_t size = is_possible ? order_size(order) : 0;
    struct compare_request request = {
        .object = {
            .kind = MODEL_PAGES,
            .size = (uint32_t)size,
            .usable = (uint32_t)size,
            .order = (uint8_t)order,
        },
        .align = size,
        .order = order,
        .order_least = order,
        .gfp = GFP_KERNEL,
    };

    promise_zeros(model, &request, is_zeroed, false);
    return request;
}

/* Page failures of this step that were ordered. */
static uint64_t count_injected(const struct model *model)
{
    bool is_nth = model->before.fail_countdown != 0 && model->heap->memory.fail_countdown == 0;

    return (is_nth ? 1 : 0) + view_faults(model->heap, HEAP_FAULT_PAGES) -
           model->before.page_faults;
}

/* An object was not allocated on purpose. */
static bool object_was_refused(const struct model *model)
{
    return view_faults(model->heap, HEAP_FAULT_SLAB) != model->before.slab_faults;
}

static uint64_t count_failures(const struct model *model)
{
    return view_failure_count(model->heap) - model->before.failure_count;
}

/* Any page failure of this step that was not ordered wants a free run missing. */
static bool failures_were_ordered(const struct model *model)
{
    return count_failures(model) == count_injected(model);
}

/* The attempt that was failed on purpose may have been the one that would have been granted. */
static bool was_refused_for_want(const struct model *model, const struct compare_request *request)
{
    return count_injected(model) != 0
               ? !compare_first_had_free_run(model, request, request->order)
               : !compare_has_free_run(model, request, request->order_least);
}

static bool pages_were_taken(const struct model *model)
{
    return view_idle_pages(model->heap) < model->before.page_count;
}

/* A run is not missing as long as some CPU has pages at hand. */
static bool all_was_drained(const struct model *model)
{
    return view_cached_pages(model->heap) == 0;
}

static bool judge_single_null(struct model *model, const struct compare_request *request)
{
    const void *home = request->home;
    unsigned attempts = request->order_least < request->order ? 2 : 1;

    return model_expect(model, count_failures(model) >= attempts, MODEL_RULE_NULL_HAS_CAUSE,
                        home) &&
           model_expect(model, failures_were_ordered(model) || was_refused_for_want(model, request),
                        MODEL_RULE_PAGE_FAILURE_HAS_CAUSE, home) &&
           model_expect(model,
                        count_injected(model) != 0 || home != NULL || all_was_drained(model) ||
                            compare_is_hopeless(model, request),
                        MODEL_RULE_PAGE_FAILURE_HAS_CAUSE, home) &&
           model_expect(model, request->home == NULL || !compare_has_partial(model, request),
                        MODEL_RULE_NULL_IS_LAST_RESORT, home) &&
           model_expect(model, !pages_were_taken(model), MODEL_RULE_FAILURE_CHANGES_NOTHING,
                        home) &&
           compare_balance_asked(model, request, NULL);
}

bool compare_null(struct model *model, const struct compare_request *request)
{
    if (request->order_least > ORDER_MAX || !model->is_judging ||
        charges_may_refuse(model, request->price_of_all)) {
        return true;
    }
    if (object_was_refused(model)) {
        return model->is_shared || model_expect(model, !pages_were_taken(model),
                                                MODEL_RULE_FAILURE_CHANGES_NOTHING, request->home);
    }
    if (request->is_part_of_many || model->is_shared) {
        return model_expect(model, count_failures(model) != 0, MODEL_RULE_NULL_HAS_CAUSE,
                            request->home);
    }
    return judge_single_null(model, request);
}

/* An object starts a slot of a slab of its cache, a run is one of its kind and order. */
static bool lies_at_home(const struct model *model, const struct compare_request *request,
                         const void *given)
{
    const struct kmem_heap *heap = model->heap;

    if (request->home != NULL) {
        const struct slab *slab = peek_slab(heap, given);

        if (peek_guarded(heap, given) != NULL) {
            return compare_is_guarded(model, request, given);
        }
        return slab != NULL && slab->cache == request->home && peek_slab_has(slab, given);
    }

    if (request->object.kind == MODEL_CONTIG) {
        return compare_is_range(heap, given, request->object.size);
    }
    if (request->object.kind == MODEL_FRAGMENT) {
        return fragments_are_inside(heap, given, request->object.size);
    }

    const struct page *head = peek_head(heap, given);
    struct page_state state = peek_page_state(head);
    enum page_kind kind = request->object.kind == MODEL_KMALLOC ? PAGE_LARGE : PAGE_RUN;
    bool is_cut = request->object.kind == MODEL_EXACT || request->object.kind == MODEL_VIEW;
    unsigned order = is_cut ? 0 : request->order;

    return state.kind == kind && state.order == order &&
           state.is_compound == request->object.is_compound &&
           memory_address(&heap->memory, head) == given;
}

/* One of many may have been taken before the next one was found corrupt. */
static bool is_out_of_circulation(const struct model *model, const struct compare_request *request,
                                  const void *given)
{
    const struct slab *slab = peek_slab(model->heap, given);

    return slab != NULL && !request->is_part_of_many && view_place(slab) == SLAB_ON_ISOLATED;
}

/* The second try, for one page, may take back a reserve that the first one, for more, spared. */
static bool may_end_reserve(const struct model *model, const struct compare_request *request)
{
    return request->object.kind == MODEL_FRAGMENT && model->heap->config.highatomic_percent != 0;
}

/* Pages that the call freed after a failure would look as if they had been free before. */
static bool pages_were_needed(const struct model *model, const struct compare_request *request)
{
    return request->is_part_of_many || request->is_replacement || model->is_shared ||
           may_end_reserve(model, request) ||
           failures_were_ordered(model) ||
           !compare_first_had_free_run(model, request, request->order);
}

/* A fragment may be cut from what was taken long ago. */
static bool takes_pages(const struct compare_request *request)
{
    return request->home == NULL && request->object.kind != MODEL_FRAGMENT;
}

/* Who can wait may have been given what was reserved for others. */
static bool watermark_was_kept(const struct model *model, const struct compare_request *request,
                               const void *given)
{
    const struct kmem_heap *heap = model->heap;
    bool is_run = takes_pages(request) && request->object.kind != MODEL_CONTIG;

    if (!compare_keeps_pages(heap) || !is_run || request->is_replacement ||
        model->is_shared) {
        return true;
    }

    pfn_t pfn = memory_pfn(&heap->memory, memory_page_at(&heap->memory, given));
    struct model_supply supply = compare_supply_before(model, view_zone_of(heap, pfn));
    struct supply_ask ask = compare_least_ask(request, request->order);

    if ((request->gfp & __GFP_DIRECT_RECLAIM) != 0) {
        supply.common_pages += supply.reserve_pages;
        supply.reserve_pages = 0;
    }
    return compare_supply_allows(&supply, &ask);
}

/* The mark of an object that lies in a slab. */
static bool is_marked(const struct model *model, const struct compare_request *request,
                      const void *given)
{
    const struct kmem_heap *heap = model->heap;
    struct object_bit bit = object_bitmap_bit((uintptr_t)given - (uintptr_t)heap->memory.arena);

    return request->home == NULL || !request->home->knows_objects ||
           peek_guarded(heap, given) != NULL ||
           object_bitmap_has(view_word(&heap->object_bits[bit.word]), bit);
}

/*
 * A small run that was free was beside nothing that is free, or they were one; if it was cut off a
 * larger one, what was beside it is a guard. What CPUs have at hand was taken long ago.
 */
static bool guard_was_left(const struct model *model, const struct compare_request *request,
                           const void *given)
{
    const struct kmem_heap *heap = model->heap;
    pfn_t pfn = memory_pfn(&heap->memory, memory_page_at(&heap->memory, given));
    pfn_t buddy = pfn ^ order_pages(request->order);
    unsigned zone = view_zone_of(heap, pfn);
    bool is_fresh = takes_pages(request) && request->object.kind <= MODEL_PAGES &&
                    !request->is_part_of_many && !request->is_replacement && !model->is_shared;

    if (!is_fresh || heap->config.pcp_high != 0 || view_zone_of(heap, buddy) != zone ||
        request->order >= heap->memory.zones[zone].guard_order) {
        return true;
    }

    struct page_state state = view_page(heap, buddy);

    return state.kind != PAGE_FREE || state.order != request->order;
}

static bool judge_place(struct model *model, const struct compare_request *request,
                        const void *given)
{
    return model_expect(model, request->order_least <= ORDER_MAX, MODEL_RULE_NULL_IS_DUE, given) &&
           model_expect(model, ownership_covers(&model->ownership, given, request->object.size),
                        MODEL_RULE_OBJECT_INSIDE, given) &&
           model_expect(model, is_aligned((uintptr_t)given, request->align),
                        MODEL_RULE_OBJECT_ALIGNED, given) &&
           model_expect(model, lies_at_home(model, request, given), MODEL_RULE_OBJECT_IN_CACHE,
                        given) &&
           model_expect(model, !is_out_of_circulation(model, request, given),
                        MODEL_RULE_OBJECT_ISOLATED, given) &&
           model_expect(model,
                        !takes_pages(request) || model->is_shared ||
                            !compare_is_isolated(model->heap, given),
                        MODEL_RULE_BLOCK_ISOLATED, given) &&
           model_expect(model,
                        !takes_pages(request) ||
                            compare_is_of_type(model->heap, given, request->object.size,
                                               request->gfp),
                        MODEL_RULE_TYPE_IS_ASKED, given) &&
           model_expect(model, watermark_was_kept(model, request, given),
                        MODEL_RULE_WATERMARK_KEPT, given) &&
           model_expect(model, guard_was_left(model, request, given), MODEL_RULE_GUARD_IS_LEFT,
                        given) &&
           model_expect(model, is_marked(model, request, given), MODEL_RULE_GIVEN_IS_MARKED,
                        given) &&
           model_expect(model,
                        model->is_shared || request->is_retried || !object_was_refused(model) ||
                            (request->home != NULL && request->home->extends_objects),
                        MODEL_RULE_FAILED_GIVES_NOTHING, given) &&
           model_expect(model, pages_were_needed(model, request),
                        MODEL_RULE_PAGE_FAILURE_HAS_CAUSE, given) &&
           (peek_guarded(model->heap, given) != NULL || compare_nearness(model, request, given)) &&
           compare_balance_asked(model, request, given) && compare_guarded(model, request, given);
}

/* What a fresh object holds; where nobody promised anything, its user writes a pattern at once. */
static bool judge_fresh_content(struct model *model, struct model_object *object,
                                const struct compare_request *request)
{
    if (request->ctor_size != 0) {
        object->content = (struct content){0};
        return model_expect(model, content_is_constructed(object->address, request->ctor_size),
                            MODEL_RULE_CONTENT_CONSTRUCTED, object->address);
    }
    if (request->reads_zero) {
        object->content = content_zero(object->size);
        return model_expect(model, content_has_zeros(&object->content, object->address),
                            MODEL_RULE_CONTENT_ZEROED, object->address);
    }
    if (request->is_wiped &&
        !model_expect(model, content_is_wiped(object->address, object->size),
                      MODEL_RULE_CONTENT_WIPED, object->address)) {
        return false;
    }
    model_fill(model, object, 0);
    return true;
}

bool compare_place(struct model *model, uint32_t slot, const struct compare_request *request,
                   void *given)
{
    struct model_object object = request->object;

    object.address = given;
    if (peek_guarded(model->heap, given) != NULL) {
        object.usable = object.size;
    }
    return (!model->is_judging || judge_place(model, request, given)) &&
           model_own(model, slot, &object) &&
           charges_add(model, model_object(model, slot), request->price);
}

bool compare_alloc(struct model *model, uint32_t slot, const struct compare_request *request,
                   void *given)
{
    struct model_object *object = model_object(model, slot);

    if (given == NULL) {
        compare_null(model, request);
        return false;
    }
    return compare_place(model, slot, request, given) && compare_shown(model, object) &&
           (!model->is_judging || judge_fresh_content(model, object, request));
}

bool compare_content(struct model *model, const struct model_object *object)
{
    const struct content *content = &object->content;

    if (!model->is_judging) {
        return true;
    }
    return model_expect(model, content_has_pattern(&model->table, content, object->address),
                        MODEL_RULE_CONTENT_KEPT, object->address) &&
           model_expect(model, content_has_zeros(content, object->address),
                        MODEL_RULE_CONTENT_KEPT, object->address);
}
