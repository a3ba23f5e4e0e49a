#include <stdatomic.h>

#include "allocator/api/kmalloc.h"
#include "allocator/api/kmem_cache.h"
#include "allocator/api/pages.h"
#include "allocator/api/rcu.h"
#include "sanitizers/compare_balance.h"
#include "sanitizers/compare_buckets.h"
#include "sanitizers/peek.h"
#include "sanitizers/waiting.h"
#include "tests/canary/model/model_canary.h"

static struct compare_request plain_request(const struct model_canary *canary)
{
    return compare_cache_request(canary->model, CACHE_PLAIN, false);
}

static struct kmem_cache *handle_of(const struct model_canary *canary, unsigned cache)
{
    return canary->model->caches[cache].handle;
}

void break_object_inside(struct model_canary *canary)
{
    struct compare_request request = plain_request(canary);

    compare_alloc(canary->model, SLOT_VACANT, &request, canary->heap->memory.arena - 64);
}

void break_object_aligned(struct model_canary *canary)
{
    struct compare_request request = plain_request(canary);
    unsigned char *given = kmem_cache_alloc(handle_of(canary, CACHE_PLAIN), GFP_KERNEL);

    compare_alloc(canary->model, SLOT_VACANT, &request, given + 4);
}

void break_object_owned_once(struct model_canary *canary)
{
    struct compare_request request = plain_request(canary);

    compare_alloc(canary->model, SLOT_VACANT, &request,
                  canary_object(canary, SLOT_OBJECT)->address);
}

void break_object_in_cache(struct model_canary *canary)
{
    struct compare_request request = plain_request(canary);
    void *given = kmem_cache_alloc(handle_of(canary, CACHE_UNUSED), GFP_KERNEL);

    compare_alloc(canary->model, SLOT_VACANT, &request, given);
}

void break_object_isolated(struct model_canary *canary)
{
    struct compare_request request = plain_request(canary);
    void *given = kmem_cache_alloc(handle_of(canary, CACHE_PLAIN), GFP_KERNEL);
    struct slab *slab = peek_slab(canary->heap, given);

    atomic_store_explicit(&slab->place.bits, SLAB_ON_ISOLATED, memory_order_relaxed);
    compare_alloc(canary->model, SLOT_VACANT, &request, given);
}

void break_null_has_cause(struct model_canary *canary)
{
    struct compare_request request = plain_request(canary);

    compare_alloc(canary->model, SLOT_VACANT, &request, NULL);
}

void break_null_is_due(struct model_canary *canary)
{
    struct compare_request request =
        compare_kmalloc_request(canary->model, (size_t)KMALLOC_SIZE_MAX + 1, false);

    compare_alloc(canary->model, SLOT_VACANT, &request, canary->heap->memory.arena);
}

/* As if the page layer had failed just now: on order, or of itself. */
static void pretend_failure(struct model_canary *canary, bool is_injected)
{
    canary->model->before.failure_count--;
    canary->model->before.fail_countdown = is_injected ? 1 : 0;
}

void break_null_is_last_resort(struct model_canary *canary)
{
    struct compare_request request = compare_cache_request(canary->model, CACHE_DEBUG, false);

    pretend_failure(canary, true);
    compare_alloc(canary->model, SLOT_VACANT, &request, NULL);
}

void break_page_failure_has_cause(struct model_canary *canary)
{
    struct compare_request request = compare_pages_request(canary->model, 0, false);

    pretend_failure(canary, false);
    compare_alloc(canary->model, SLOT_VACANT, &request, NULL);
}

/* A page of node 0, where this CPU is, for somebody who asked for one of node 1. */
static void give_from_other_node(struct model_canary *canary, bool is_strict)
{
    struct compare_request request = compare_pages_request(canary->model, 0, false);
    const struct page *page = heap_alloc_pages(canary->heap, GFP_KERNEL, 0);

    request.near_node = 2;
    request.is_strict = is_strict;
    compare_alloc(canary->model, SLOT_VACANT, &request, heap_page_address(canary->heap, page));
}

void break_node_strict(struct model_canary *canary)
{
    give_from_other_node(canary, true);
}

void break_node_nearest(struct model_canary *canary)
{
    give_from_other_node(canary, false);
}

/* The object is of a slab that was there before, and the node has one with room: but a new one. */
void break_node_partial_first(struct model_canary *canary)
{
    struct compare_request request = plain_request(canary);
    struct kmem_cache *plain = handle_of(canary, CACHE_PLAIN);
    void *given = kmem_cache_alloc(plain, GFP_KERNEL);

    kmem_cache_flush_cpu(plain, sim_cpu(canary->sim));
    request.slabs_before = 0;
    compare_alloc(canary->model, SLOT_VACANT, &request, given);
}

/* All of node 1 is free. */
void break_node_result(struct model_canary *canary)
{
    compare_node_offline(canary->model, 1, true, HEAP_EBUSY);
}

/* The node had less than its low watermark, and there was no other: but it wants nothing. */
void break_balance_asked(struct model_canary *canary)
{
    struct compare_request request = compare_pages_request(canary->model, 0, false);
    const struct page *page = heap_alloc_pages(canary->heap, GFP_KERNEL, 0);

    canary->heap->config.watermark_scale = 1;
    canary->model->before.supplies[0] =
        (struct model_supply){.watermarks = {0, 9, 9}, .common_pages = 5};
    request.is_strict = true;
    compare_alloc(canary->model, SLOT_VACANT, &request, heap_page_address(canary->heap, page));
}

void break_balance_result(struct model_canary *canary)
{
    struct compare_balancing before = compare_balancing(canary->model, 0);

    compare_balance(canary->model, &before, HEAP_ENOMEM);
}

void break_failure_changes_nothing(struct model_canary *canary)
{
    struct compare_request request = compare_pages_request(canary->model, 0, false);

    pretend_failure(canary, true);
    canary->model->before.page_count++;
    compare_alloc(canary->model, SLOT_VACANT, &request, NULL);
}

void break_create_result(struct model_canary *canary)
{
    const struct cache_request request = {.name = "fine", .size = 10};
    const struct compare_creation created = {
        .slot = CACHE_UNUSED + 1,
        .request = &request,
        .result = HEAP_ENOMEM,
    };

    compare_create(canary->model, &created);
}

/* Redzones were asked for, and the cache has none. */
void break_cache_debugged(struct model_canary *canary)
{
    const struct cache_request request = {.name = "fine", .size = 10, .flags = SLAB_RED_ZONE};
    const struct compare_creation created = {
        .slot = CACHE_UNUSED + 1,
        .request = &request,
        .result = HEAP_OK,
        .handle = handle_of(canary, CACHE_UNUSED),
    };

    compare_create(canary->model, &created);
}

void break_destroy_result(struct model_canary *canary)
{
    compare_destroy(canary->model, CACHE_PLAIN, HEAP_OK, 0);
}

void break_shrink_result(struct model_canary *canary)
{
    compare_shrink(canary->model, handle_of(canary, CACHE_UNUSED), 1);
}

void break_validate_result(struct model_canary *canary)
{
    compare_validate(canary->model, handle_of(canary, CACHE_PLAIN),
                     compare_validate_expects(handle_of(canary, CACHE_PLAIN)), 1);
}

void break_bulk_result(struct model_canary *canary)
{
    compare_bulk(canary->model, &canary->model->caches[CACHE_PLAIN], 5, 4);
}

void break_size_result(struct model_canary *canary)
{
    compare_size(canary->model, &canary->model->caches[CACHE_DEBUG], 64);
}

void break_usable_size(struct model_canary *canary)
{
    compare_usable_size(canary->model, canary_object(canary, SLOT_KMALLOC), 40);
}

/* 50 bytes fit the slot of 64; moving them is waste. */
void break_resize_place(struct model_canary *canary)
{
    const struct compare_resize resize = {
        .object = canary_object(canary, SLOT_KMALLOC),
        .usable = 64,
        .size = 50,
        .align = 1,
        .given = heap_alloc(canary->heap, 50, GFP_KERNEL),
    };

    compare_resize(canary->model, &resize);
}

/* 65 bytes are served by 96. */
void break_roundup(struct model_canary *canary)
{
    compare_roundup(canary->model, 65, 128);
}

void break_zero_size(struct model_canary *canary)
{
    compare_zero_size(canary->model, NULL);
}

/* Two sizes share a cache although each should have its own. */
void break_buckets(struct model_canary *canary)
{
    struct kmem_buckets *buckets = &canary->model->buckets[0];
    const struct kmem_buckets_args args = {.usersize = KMALLOC_CACHE_SIZE_MAX};
    int result = heap_buckets_create(canary->heap, "canary", &args, buckets);

    buckets->caches[3] = buckets->caches[4];
    compare_buckets_create(canary->model, 0, &args, 0, result);
}

/* The object should be charged, and is not. */
void break_charged(struct model_canary *canary)
{
    struct compare_request request = compare_accounted_request(canary->model, CACHE_PLAIN);

    compare_alloc(canary->model, SLOT_VACANT, &request,
                  kmem_cache_alloc(handle_of(canary, CACHE_PLAIN), GFP_KERNEL));
}

/* There is room in the account, and memory. */
void break_charge_result(struct model_canary *canary)
{
    compare_charge(canary->model, canary_object(canary, SLOT_OBJECT), false);
}

/* The allocator charges for an object that no user knows of. */
void break_charges_add_up(struct model_canary *canary)
{
    kmem_cache_alloc(handle_of(canary, CACHE_PLAIN), GFP_KERNEL | __GFP_ACCOUNT);
    charges_compare(canary->model);
}

/* The heap merges nothing, and yet two slots have one cache. */
void break_cache_shared(struct model_canary *canary)
{
    const struct cache_request request = {.name = "shared", .size = 64};
    const struct compare_creation created = {
        .slot = CACHE_UNUSED + 1,
        .request = &request,
        .handle = handle_of(canary, CACHE_PLAIN),
    };

    compare_create(canary->model, &created);
}

/* The slab of what a reader looks at went back to the page layer. */
void break_type_is_stable(struct model_canary *canary)
{
    struct model_object object = *canary_object(canary, SLOT_OBJECT);

    object.address = canary_object(canary, SLOT_PAGES)->address;
    compare_read(canary->model, &object, true);
}

/* Of an object whose cache lets users see nothing a byte was let through. */
void break_copy_result(struct model_canary *canary)
{
    const struct model_object *object = canary_object(canary, SLOT_OBJECT);

    compare_copy(canary->model, object, compare_copy_is_legal(canary->model, object, 0, 1), true);
}

/* Pages that nobody was told of are still in use when all users are done. */
void break_leak(struct model_canary *canary)
{
    heap_alloc_pages(canary->heap, GFP_KERNEL, 0);
    compare_end(canary->model);
}

/* The CPU is still there, and holds slabs. */
void break_offline_holds_nothing(struct model_canary *canary)
{
    compare_offline(canary->model, sim_cpu(canary->sim));
}

/* The object is freed while a reader looks at it. */
void break_readers_are_waited_for(struct model_canary *canary)
{
    struct model_object *object = canary_object(canary, SLOT_OBJECT);
    unsigned cpu = sim_cpu(canary->sim);
    struct waiting waiting;

    waiting_begin(&waiting, canary->model);
    heap_rcu_read_lock(canary->heap);
    waiting_enter(&waiting, cpu);
    waiting_add(&waiting, object);
    waiting_end(&waiting, object->address, cpu);
}

void break_waiting_frees_happen(struct model_canary *canary)
{
    struct waiting waiting;

    waiting_begin(&waiting, canary->model);
    waiting_add(&waiting, canary_object(canary, SLOT_OBJECT));
    waiting_compare_none(&waiting);
}
