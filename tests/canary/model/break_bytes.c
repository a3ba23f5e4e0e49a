#include "allocator/api/kmalloc.h"
#include "allocator/api/kmem_cache.h"
#include "allocator/base/raw.h"
#include "tests/canary/model/model_canary.h"

static struct kmem_cache *handle_of(const struct model_canary *canary, unsigned cache)
{
    return canary->model->caches[cache].handle;
}

static void flip(unsigned char *byte)
{
    raw_store_byte(byte, raw_load_byte(byte) ^ 0x10);
}

/* The final byte of the large object: as far as a check of contents reaches. */
void break_content_kept(struct model_canary *canary)
{
    const struct model_object *object = canary_object(canary, SLOT_LARGE);

    flip(object->address + object->size - 1);
    compare_content(canary->model, object);
}

void break_content_zeroed(struct model_canary *canary)
{
    struct compare_request request = compare_cache_request(canary->model, CACHE_PLAIN, true);
    unsigned char *given = kmem_cache_zalloc(handle_of(canary, CACHE_PLAIN), GFP_KERNEL);

    flip(given + 63);
    compare_alloc(canary->model, SLOT_VACANT, &request, given);
}

void break_content_constructed(struct model_canary *canary)
{
    struct compare_request request = compare_cache_request(canary->model, CACHE_CTOR, false);
    unsigned char *given = kmem_cache_alloc(handle_of(canary, CACHE_CTOR), GFP_KERNEL);

    flip(given);
    compare_alloc(canary->model, SLOT_VACANT, &request, given);
}

/* A heap that wipes promises zeros even to who did not ask for them. */
void break_content_wiped(struct model_canary *canary)
{
    struct compare_request request = compare_cache_request(canary->model, CACHE_PLAIN, false);
    unsigned char *given = kmem_cache_zalloc(handle_of(canary, CACHE_PLAIN), GFP_KERNEL);

    flip(given + 32);
    request.is_wiped = true;
    compare_alloc(canary->model, SLOT_VACANT, &request, given);
}

/* What was in the slot before the last resize is still there, behind the link. */
void break_sensitive_is_wiped(struct model_canary *canary)
{
    const struct model_object *object = canary_object(canary, SLOT_KMALLOC);

    heap_free_sensitive(canary->heap, object->address);
    flip(object->address + 63);
    compare_sensitive(canary->model, object);
}

void break_live_is_shown(struct model_canary *canary)
{
    const struct model_object *object = canary_object(canary, SLOT_OBJECT);

    memory_hide(object->address + 56, 8);
    compare_shown(canary->model, object);
    memory_show_defined(object->address + 56, 8);
}

/* One byte too many is shown behind an object of 60. */
void break_rest_is_hidden(struct model_canary *canary)
{
    const struct model_object *object = canary_object(canary, SLOT_DEBUG);

    memory_show_defined(object->address + 56, 5);
    compare_shown(canary->model, object);
}

void break_freed_is_hidden(struct model_canary *canary)
{
    struct model_object *object = canary_object(canary, SLOT_OBJECT);

    kmem_cache_free(handle_of(canary, CACHE_PLAIN), object->address);
    memory_show_defined(object->address, 8);
    model_release(canary->model, object, 0);
    compare_hidden(canary->model, object);
}

/* Damage to a redzone is repaired and nobody says so. */
void break_report_owed(struct model_canary *canary)
{
    const struct model_object *object = canary_object(canary, SLOT_DEBUG);
    uint32_t circumstances = misuse_of_live(canary->model, object) |
                             misuse_of_byte(canary->model, object, object->size);
    const struct misuse_row *row = misuse_find(OP_OVERFLOW, circumstances);
    unsigned char *byte = object->address + object->size;
    unsigned char intact = raw_load_byte(byte);

    owed_later(&canary->owed, row, object->address, byte, 0x01);
    raw_store_byte(byte, intact);
    owed_settle(&canary->owed);
}

void break_report_not_owed(struct model_canary *canary)
{
    const struct report report = {
        .kind = REPORT_DOUBLE_FREE,
        .stage = STAGE_FREE,
        .object = canary_object(canary, SLOT_OBJECT)->address,
    };

    owed_on_report(&canary->owed, &report);
}
