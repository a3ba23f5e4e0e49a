#include "sanitizers/compare.h"

#include <string.h>

#include "allocator/base/bits.h"
#include "allocator/base/errors.h"
#include "allocator/cache/heap_state.h"
#include "sanitizers/compare_buckets.h"
#include "sanitizers/debug_rules.h"

/* Caches are made or refused, shared, destroyed or kept. Users may see a part of their objects. */

/* Cache lines are asked for, but not where objects would waste half of one. */
static size_t effective_align(const struct cache_request *request)
{
    size_t line = CACHE_LINE_SIZE;
    size_t align = request->align > WORD_SIZE ? request->align : WORD_SIZE;

    while (request->size <= line / 2) {
        line /= 2;
    }
    return request->flags & SLAB_HWCACHE_ALIGN && line > align ? line : align;
}

static bool link_place_is_legal(const struct cache_request *request)
{
    bool is_kept = (request->flags & SLAB_TYPESAFE_BY_RCU) != 0 || request->ctor != NULL;

    return !request->use_freeptr_offset ||
           (is_kept && request->freeptr_offset % WORD_SIZE == 0 &&
            request->freeptr_offset + WORD_SIZE <= request->size);
}

static bool request_is_legal(const struct cache_request *request)
{
    return request->size > 0 && request->size <= KMALLOC_SIZE_MAX &&
           (request->align == 0 || is_power_of_two(request->align)) &&
           request->align <= ALIGN_MAX && link_place_is_legal(request) &&
           (request->flags & ~(slab_flags_t)SLAB_CREATE_FLAGS) == 0;
}

/* Largest slot that an object of this size may need: all metadata there is, and alignment twice. */
static size_t largest_slot(const struct cache_request *request)
{
    enum { METADATA_MAX = 128 };

    return align_up(request->size, WORD_SIZE) + METADATA_MAX + 2 * effective_align(request);
}

/* Certainly refused, certainly granted, or a matter of the layout. */
static bool may_be_refused(const struct model *model, const struct cache_request *request)
{
    return !request_is_legal(request) || largest_slot(request) > KMALLOC_SIZE_MAX ||
           model->cache_total >= CACHE_MAX;
}

static bool window_is_legal(const struct cache_request *request)
{
    return request->usersize == 0 ? request->useroffset == 0
                                  : request->useroffset + request->usersize <= request->size;
}

static struct model_window effective_window(const struct cache_request *request)
{
    struct model_window window = {(uint32_t)request->useroffset, (uint32_t)request->usersize};

    return window_is_legal(request) ? window : (struct model_window){0};
}

static bool has_name(const struct model *model, const char *name)
{
    bool has_64 = 64u >> model->heap->config.kmalloc_align_log2 != 0;
    bool is_found = has_64 && strcmp(name, "kmalloc-64") == 0;

    for (unsigned slot = 0; slot < MODEL_CACHE_COUNT; slot++) {
        const struct model_cache *cache = &model->caches[slot];

        is_found = is_found || (cache->handle != NULL && strcmp(cache->name, name) == 0);
    }
    return is_found;
}

unsigned compare_create_owes(const struct model *model, const struct cache_request *request,
                             enum report_kind *kinds)
{
    bool is_sane = request->size <= KMALLOC_SIZE_MAX;
    bool checks_name = model->heap->config.name_checks && is_sane;
    bool reaches_window = is_sane && request->align <= ALIGN_MAX &&
                          (request->flags & ~(slab_flags_t)SLAB_CREATE_FLAGS) == 0;
    unsigned count = 0;

    if (checks_name && has_name(model, request->name)) {
        kinds[count++] = REPORT_DUPLICATE_NAME;
    }
    if (checks_name && strchr(request->name, ' ') != NULL) {
        kinds[count++] = REPORT_NAME_WITH_SPACE;
    }
    if (reaches_window && !window_is_legal(request)) {
        kinds[count++] = REPORT_USERCOPY_WINDOW;
    }
    return count;
}

bool compare_create_is_possible(const struct model *model, const struct cache_request *request)
{
    return !may_be_refused(model, request);
}

/* With what becomes of its flags: those that make a cache its creator's alone. */
static bool is_own(const struct model *model, const struct model_cache *cache)
{
    const slab_flags_t own = SLAB_DEBUG_PATH_FLAGS | SLAB_TYPESAFE_BY_RCU | SLAB_NOLEAKTRACE |
                             SLAB_FAILSLAB | SLAB_NO_MERGE;

    const struct heap_config *config = &model->heap->config;
    slab_flags_t flags = cache->flags;

    /* Whether allocations are to fail may be changed at any time. */
    if (cache->handle != NULL) {
        flags = (flags & ~(slab_flags_t)SLAB_FAILSLAB) | (cache->handle->flags & SLAB_FAILSLAB);
    }
    return !config->merging || config->quarantine_bytes != 0 || (flags & own) != 0 ||
           cache->ctor_size != 0 || cache->window.size != 0;
}

/* The cache of a slot that serves what a new one asks for, or NULL. */
static const struct model_cache *find_equal(const struct model *model,
                                            const struct model_cache *wanted)
{
    const slab_flags_t kind =
        SLAB_RECLAIM_ACCOUNT | SLAB_CACHE_DMA | SLAB_CACHE_DMA32 | SLAB_ACCOUNT;

    for (unsigned slot = 0; slot < MODEL_CACHE_COUNT && !is_own(model, wanted); slot++) {
        const struct model_cache *cache = &model->caches[slot];

        if (cache->handle != NULL && !is_own(model, cache) && cache->slot == wanted->slot &&
            ((cache->flags ^ wanted->flags) & kind) == 0) {
            return cache;
        }
    }
    return NULL;
}

/* Bytes from object to object, of a cache that may be shared. */
static size_t slot_size(const struct cache_request *request)
{
    return align_up(align_up(request->size, WORD_SIZE), effective_align(request));
}

/* What is asked of the cache by its creator and by the heap, as far as the layout bears it. */
static slab_flags_t effective_flags(const struct model *model,
                                    const struct compare_creation *created)
{
    const struct heap_config *config = &model->heap->config;
    const struct cache_request *request = created->request;
    slab_flags_t flags =
        request->flags | debug_rule_added(config, request->name, request->flags);
    bool is_limited = created->handle != NULL && config->slab_debug == DEBUG_RULE_LIMITING &&
                      (created->handle->flags & DEBUG_RULE_METADATA) == 0;

    return is_limited ? flags & ~(slab_flags_t)DEBUG_RULE_METADATA : flags;
}

/* Flags were left out for the sake of the order only where they could have changed it. */
static bool order_is_limited(const struct model *model, const struct compare_creation *created)
{
    const struct cache_request *request = created->request;
    const struct kmem_cache *handle = created->handle;
    unsigned order = order_for_size(request->size);
    slab_flags_t asked =
        debug_rule_added(&model->heap->config, request->name, request->flags) | request->flags;

    if (model->heap->config.slab_debug != DEBUG_RULE_LIMITING || handle == NULL ||
        (asked & DEBUG_RULE_METADATA) == 0) {
        return true;
    }
    return (handle->flags & DEBUG_RULE_METADATA) == 0
               ? order_for_size(largest_slot(request)) > order
               : order_for_size(handle->layout.stride) <= order;
}

static struct model_cache model_of(const struct model *model,
                                   const struct compare_creation *created)
{
    const struct cache_request *request = created->request;

    return (struct model_cache){
        .size = request->size,
        .slot = slot_size(request),
        .align = effective_align(request),
        .flags = effective_flags(model, created),
        .ctor_size = created->ctor_size,
        .window = effective_window(request),
    };
}

static int expected_error(const struct model *model, const struct cache_request *request,
                          int result)
{
    if (!request_is_legal(request) ||
        align_up(request->size, effective_align(request)) > KMALLOC_SIZE_MAX) {
        return HEAP_EINVAL;
    }
    if (largest_slot(request) > KMALLOC_SIZE_MAX && result == HEAP_EINVAL) {
        return HEAP_EINVAL;
    }
    if (model->is_shared && model->cache_total + CPU_MAX >= CACHE_MAX && result == HEAP_ENOMEM) {
        return HEAP_ENOMEM;
    }
    return model->cache_total >= CACHE_MAX ? HEAP_ENOMEM : HEAP_OK;
}

/* As many slots share a cache as it says it has users; objects of all are as large as any asked. */
static bool share(struct model *model, struct model_cache *cache)
{
    struct model_cache *first = model_find_alias(model, cache);
    size_t largest = first != NULL && first->size > cache->size ? first->size : cache->size;
    uint32_t count = 0;

    if (first != NULL) {
        memcpy(cache->name, first->name, sizeof(cache->name));
    }
    for (unsigned slot = 0; slot < MODEL_CACHE_COUNT; slot++) {
        if (model->caches[slot].handle == cache->handle) {
            model->caches[slot].size = largest;
            count++;
        }
    }
    return model->is_shared || model_expect(model, cache->handle->user_count == count,
                                            MODEL_RULE_CACHE_SHARED, cache->handle);
}

bool compare_create(struct model *model, const struct compare_creation *created)
{
    const struct cache_request *request = created->request;
    struct model_cache *cache = &model->caches[created->slot];
    bool is_legal = request_is_legal(request);
    struct model_cache wanted = is_legal ? model_of(model, created) : (struct model_cache){0};
    const struct model_cache *equal = is_legal ? find_equal(model, &wanted) : NULL;
    int expected =
        equal != NULL ? HEAP_OK : expected_error(model, request, created->result);
    bool has_handle = created->handle != NULL;

    if (!model_expect(model, created->result == expected, MODEL_RULE_CREATE_RESULT, request) ||
        !model_expect(model, has_handle == (expected == HEAP_OK), MODEL_RULE_CREATE_RESULT,
                      request) ||
        !has_handle) {
        return false;
    }
    if (!model_expect(model,
                      order_is_limited(model, created) &&
                          (equal != NULL || created->handle->flags == wanted.flags),
                      MODEL_RULE_CACHE_DEBUGGED, created->handle)) {
        return false;
    }
    wanted.handle = created->handle;
    wanted.generation = cache->generation + 1;
    wanted.busy_count = cache->busy_count;
    wanted.is_closed = cache->is_closed;
    *cache = wanted;
    model->has_traced = model->has_traced || (wanted.flags & SLAB_TRACE) != 0;
    strncpy(cache->name, request->name, sizeof(cache->name) - 1);

    const struct model_cache *alias = model_find_alias(model, cache);

    model->cache_total += alias == NULL ? 1 : 0;
    return model_expect(model, (equal != NULL) == (alias != NULL) &&
                                   (equal == NULL || equal->handle == cache->handle),
                        MODEL_RULE_CACHE_SHARED, cache->handle) &&
           share(model, cache);
}

/* Somebody else created it, too: he has the objects now. */
static bool leave(struct model *model, struct model_cache *cache, struct model_cache *alias,
                  int result)
{
    model_move_objects(model, cache, alias);
    cache->handle = NULL;
    return model_expect(model, result == HEAP_OK, MODEL_RULE_DESTROY_RESULT, alias->handle) &&
           share(model, alias);
}

bool compare_destroy(struct model *model, unsigned slot, int result, uint32_t named)
{
    struct model_cache *cache = &model->caches[slot];
    struct model_cache *alias = model_find_alias(model, cache);

    if (alias != NULL) {
        return leave(model, cache, alias, result);
    }

    uint32_t remaining = cache->live_count + cache->isolated_count;
    int expected = remaining == 0 ? HEAP_OK : HEAP_EBUSY;

    if (!model_expect(model, result == expected, MODEL_RULE_DESTROY_RESULT, cache->handle) ||
        !model_expect(model, named == remaining, MODEL_RULE_DESTROY_RESULT, cache->handle)) {
        return false;
    }
    if (result == HEAP_OK) {
        model->cache_total--;
        cache->handle = NULL;
    } else {
        model_strand(model, cache);
    }
    return true;
}

bool compare_copy_is_legal(const struct model *model, const struct model_object *object,
                           int64_t offset, size_t size)
{
    struct model_window window = {.size = object->usable};
    const struct model_cache *cache = model_find_cache(model, object);

    if (cache != NULL) {
        window = cache->window;
    } else if (compare_buckets_window(model, object, &window)) {
        /* Whatever the size, it is the set that says. */
    } else if (model_is_row(object)) {
        window.size = (uint32_t)align_up(object->usable, PAGE_SIZE);
    } else if (object->kind == MODEL_PAGES || object->usable > KMALLOC_CACHE_SIZE_MAX) {
        window.size = (uint32_t)order_size(object->order);
    }
    return size == 0 || (offset >= window.offset &&
                         (uint64_t)offset + size <= (uint64_t)window.offset + window.size);
}

bool compare_copy(struct model *model, const struct model_object *object, bool is_legal,
                  bool is_granted)
{
    return model_expect(model, is_granted == is_legal, MODEL_RULE_COPY_RESULT, object->address);
}
