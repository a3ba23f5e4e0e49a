#include "sanitizers/compare_buckets.h"

#include "sanitizers/compare.h"
#include "sanitizers/kmalloc_rules.h"
#include "sanitizers/peek.h"

/* As its constructor and its users left it, as far as it was asked for; it is not zeroed. */
static void expect_constructed(const struct model *model, unsigned set, size_t size,
                               struct compare_request *request)
{
    uint32_t ctor_size = model->bucket_ctor_sizes[set];

    request->ctor_size = ctor_size < size ? ctor_size : (uint32_t)size;
    request->object.ctor_size = (uint8_t)request->ctor_size;
    request->object.is_zero_kept = false;
    request->reads_zero = false;
    request->is_wiped = false;
    request->is_guardable = false;
}

struct compare_request compare_buckets_request(const struct model *model, unsigned set,
                                               const struct kmalloc_ask *ask)
{
    struct compare_request request = compare_ask_request(model, ask);

    if (request.home != NULL) {
        unsigned index = kmalloc_rule_index(&model->heap->config, ask->size);

        request.home = model->buckets[set].caches[index];
        request.slabs_before = view_slab_count(request.home);
        request.order = request.home->layout.order;
        request.order_least = request.home->layout.order_least;
        request.price = charges_price(model, request.home, ask->gfp);
        request.price_of_all = request.price;
        request.is_part_of_many = request.price != 0;
        if (request.home->ctor != NULL) {
            expect_constructed(model, set, ask->size, &request);
        }
    }
    return request;
}

struct compare_request compare_nolock_request(const struct model *model,
                                              const struct kmalloc_ask *ask, const void *given)
{
    const struct kmem_heap *heap = model->heap;
    struct compare_request request = compare_ask_request(model, ask);
    const struct slab *slab = peek_slab(heap, given);
    size_t usable = request.object.usable;

    if (usable > KMALLOC_CACHE_SIZE_MAX) {
        request.order_least = ORDER_MAX + 1;
    } else if (slab != NULL && usable < KMALLOC_CACHE_SIZE_MAX && slab->cache != request.home) {
        struct kmalloc_ask larger = *ask;

        larger.size = kmalloc_rule_usable(&heap->config, usable + 1);
        request = compare_ask_request(model, &larger);
        request.object.size = (uint32_t)ask->size;
    }
    request.is_guardable = false;
    request.price = 0;
    request.price_of_all = 0;
    return request;
}

/* Of objects of a size, users see what of the set's window lies in them. */
static struct model_window window_of(const struct kmem_buckets_args *args, uint32_t size)
{
    uint64_t end = (uint64_t)args->useroffset + args->usersize;
    uint32_t seen_end = end < size ? (uint32_t)end : size;

    return seen_end <= args->useroffset
               ? (struct model_window){0}
               : (struct model_window){args->useroffset, seen_end - args->useroffset};
}

static bool bucket_is_right(const struct model *model, const struct kmem_buckets *buckets,
                            const struct kmem_buckets_args *args, unsigned index)
{
    const struct kmem_heap *heap = model->heap;
    unsigned serving = kmalloc_rule_index(&heap->config, kmalloc_rule_class(index));
    const struct kmem_cache *cache = buckets->caches[index];
    struct model_window window = window_of(args, (uint32_t)kmalloc_rule_class(serving));

    return view_cache_slot_at(heap, cache) < CACHE_MAX && cache == buckets->caches[serving] &&
           cache->layout.object_size == kmalloc_rule_class(serving) &&
           (cache->flags & SLAB_NO_MERGE) != 0 && (cache->flags & SLAB_KMALLOC) == 0 &&
           cache->useroffset == window.offset && cache->usersize == window.size &&
           cache->ctor == args->ctor;
}

bool compare_buckets_create(struct model *model, unsigned set,
                            const struct kmem_buckets_args *args, uint32_t ctor_size, int result)
{
    const struct kmem_buckets *buckets = &model->buckets[set];
    uint32_t count = kmalloc_rule_class_count(&model->heap->config);
    bool has_room = model->cache_total + count <= CACHE_MAX;
    bool is_right = result == (has_room ? HEAP_OK : HEAP_ENOMEM);

    for (unsigned index = 0; is_right && has_room && index < KMALLOC_CACHE_COUNT; index++) {
        is_right = bucket_is_right(model, buckets, args, index);
    }
    model->bucket_args[set] = *args;
    model->bucket_ctor_sizes[set] = ctor_size;
    model->cache_total += result == HEAP_OK ? count : 0;
    is_right = is_right && model->heap->cache_count == model->cache_total;
    if (result != HEAP_OK) {
        model->buckets[set].heap = NULL;
    }
    return model_expect(model, is_right, MODEL_RULE_BUCKETS, buckets);
}

/* The address is that of an object of the set. */
static bool is_of(const struct model *model, const struct kmem_buckets *buckets,
                  const void *address)
{
    const struct kmem_cache *home = peek_home(model->heap, address);

    for (unsigned index = 0; home != NULL && index < KMALLOC_CACHE_COUNT; index++) {
        if (home == buckets->caches[index]) {
            return true;
        }
    }
    return false;
}

bool compare_buckets_window(const struct model *model, const struct model_object *object,
                            struct model_window *window)
{
    for (unsigned set = 0; set < MODEL_BUCKETS_COUNT; set++) {
        if (model->buckets[set].heap != NULL &&
            is_of(model, &model->buckets[set], object->address)) {
            *window = window_of(&model->bucket_args[set], object->usable);
            return true;
        }
    }
    return false;
}

void compare_buckets_spoil(struct model *model, struct model_object *object)
{
    for (unsigned set = 0; set < MODEL_BUCKETS_COUNT; set++) {
        if (object->ctor_size != 0 && is_of(model, &model->buckets[set], object->address)) {
            model->bucket_ctor_sizes[set] = 0;
        }
    }
    object->ctor_size = 0;
}

bool compare_buckets_are_empty(struct model *model, unsigned set)
{
    const struct kmem_buckets *buckets = &model->buckets[set];

    for (uint32_t i = 0; i < model->used_count; i++) {
        const struct model_object *object = model_object(model, model->used[i]);

        if (model_is_live(object) && is_of(model, buckets, object->address)) {
            return false;
        }
    }
    for (uint32_t i = 0; i < model->isolated_count; i++) {
        if (is_of(model, buckets, model->isolated[i].address)) {
            return false;
        }
    }
    return true;
}

bool compare_buckets_destroy(struct model *model, unsigned set, int result)
{
    model->cache_total -= kmalloc_rule_class_count(&model->heap->config);
    model->buckets[set].heap = NULL;
    return model_expect(model, result == HEAP_OK, MODEL_RULE_DESTROY_RESULT, NULL);
}
