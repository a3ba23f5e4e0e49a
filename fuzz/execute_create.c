/* Caches are made in more ways than one, and say what users may see of their objects. */
#include "allocator/api/kmem_cache.h"
#include "allocator/api/usercopy.h"
#include "allocator/base/bits.h"
#include "allocator/base/compiler_fiber.h"
#include "fuzz/execute_parts.h"
#include "sanitizers/peek.h"

/* "c7": reports and pictures name a cache as the trace does. */
struct slot_name {
    char text[4];
};

static struct slot_name name_slot(unsigned slot)
{
    char tens = (char)('0' + slot / 10);
    char ones = (char)('0' + slot % 10);

    return slot < 10 ? (struct slot_name){{'c', ones}} : (struct slot_name){{'c', tens, ones}};
}

/* Names that several slots may give to their caches; 0 is the slot's own. */
static const char *const shared_names[] = {
    "", "c0", "c1", "kmalloc-64", "inode", "inode cache", "a", "a b",
};

/*
 * A constructor leaves the place alone that its cache keeps for links: it writes what lies before.
 */
static void add_ctor(struct cache_request *request, uint32_t *ctor_size)
{
    size_t room = request->size;

    if (request->use_freeptr_offset && request->freeptr_offset < room) {
        room = request->freeptr_offset;
    }
    if (room != 0) {
        request->ctor = content_ctor(room, ctor_size);
    }
}

/* Reports belong to this op alone; names and caches that it may share must not change meanwhile. */
static bool may_create(struct execution *execution, const struct model_cache *cache,
                       bool owes_reports)
{
    const struct heap_config *config = &execution->heap->config;
    bool must_be_alone = owes_reports || config->name_checks || config->merging;

    return cache->handle == NULL && (!must_be_alone || execute_alone(execution));
}

/* Objects of a shared cache may become larger: all other ops come before that, or behind. */
static void create_now(struct execution *execution, struct compare_creation *created)
{
    execution->panic_is_due = !compare_create_is_possible(execution->model, created->request);
    compiler_acquire(&execution->model->used_count);
    created->result = heap_cache_create(execution->heap, created->request, &created->handle);
    compiler_release(&execution->model->cache_total);
    execution->panic_is_due = false;
}

static enum run_op_outcome create(struct execution *execution, unsigned slot,
                                  struct cache_request *request, bool has_ctor)
{
    enum report_kind kinds[OWED_NOW_MAX];
    struct compare_creation created = {.slot = slot, .request = request};
    struct model_cache *cache = &execution->model->caches[slot];
    unsigned owed_count = compare_create_owes(execution->model, request, kinds);

    if (!may_create(execution, cache, owed_count != 0) ||
        !execute_close_cache(execution, cache)) {
        return RUN_OP_SKIPPED;
    }
    if (has_ctor) {
        add_ctor(request, &created.ctor_size);
    }

    execute_begin_step(execution);
    for (unsigned i = 0; i < owed_count; i++) {
        owed_now(execution->owed, kinds[i], NULL);
    }
    create_now(execution, &created);
    execute_end_call(execution);
    execute_note_value(execution, created.result);
    compare_create(execution->model, &created);
    return RUN_OP_STEP;
}

static size_t align_of(unsigned log2)
{
    return log2 != 0 ? (size_t)1 << log2 : 0;
}

enum run_op_outcome execute_create(struct execution *execution, const struct op *op)
{
    struct slot_name name = name_slot(op_create_cache(op));
    struct cache_request request = {
        .name = name.text,
        .size = op_create_size(op),
        .align = align_of(op_create_align_log2(op)),
        .flags = op_create_flags(op),
    };

    return create(execution, op_create_cache(op), &request, op_create_ctor(op) != 0);
}

enum run_op_outcome execute_create_args(struct execution *execution, const struct op *op)
{
    enum { FREEPTR_UNIT = 4 };
    struct slot_name own_name = name_slot(op_create_args_cache(op));
    uint32_t name = op_create_args_name(op);
    struct cache_request request = {
        .name = name == 0 ? own_name.text : shared_names[name],
        .size = op_create_args_size(op),
        .align = align_of(op_create_args_align_log2(op)),
        .flags = op_create_args_flags(op),
        .use_freeptr_offset = op_create_args_use_freeptr(op) != 0,
        .freeptr_offset = op_create_args_freeptr(op) * FREEPTR_UNIT,
    };

    return create(execution, op_create_args_cache(op), &request, op_create_args_ctor(op) != 0);
}

enum run_op_outcome execute_create_usercopy(struct execution *execution, const struct op *op)
{
    struct slot_name name = name_slot(op_create_usercopy_cache(op));
    struct cache_request request = {
        .name = name.text,
        .size = op_create_usercopy_size(op),
        .align = align_of(op_create_usercopy_align_log2(op)),
        .flags = op_create_usercopy_flags(op),
        .useroffset = op_create_usercopy_useroffset(op),
        .usersize = op_create_usercopy_usersize(op),
    };

    return create(execution, op_create_usercopy_cache(op), &request, false);
}

/* A place in the slot of an object, or in a run: counted from the object. */
static int64_t place_in_slot(const struct execution *execution, const struct model_object *object,
                             uint32_t offset)
{
    const struct slab *slab = peek_slab(execution->model->heap, object->address);

    if (peek_guarded(execution->heap, object->address) != NULL) {
        return offset % (PAGE_SIZE / 2);
    }
    if (slab == NULL) {
        return offset % (model_is_row(object) ? (uint32_t)align_up(object->usable, PAGE_SIZE)
                                              : (uint32_t)PAGE_SIZE << object->order);
    }

    const struct layout *layout = &slab->cache->layout;

    return (int64_t)(offset % layout->stride) - (int64_t)layout->left_redzone_size;
}

/* A run that lies there as it was allocated: parts of it may have gone, and some may share it. */
static bool is_whole(const struct execution *execution, const struct model_object *object)
{
    const struct kmem_heap *heap = execution->heap;
    const struct page *head = peek_head(heap, object->address);
    struct page_state state = peek_page_state(head);

    return memory_address(&heap->memory, head) == object->address &&
           state.order == object->order && object->size == order_size(object->order);
}

static struct model_object *find_copied(struct execution *execution, uint32_t slot)
{
    if (slot >= MODEL_OBJECT_COUNT) {
        return NULL;
    }

    struct model_object *object = model_object(execution->model, slot);

    if (!model_is_live(object) || object->size == 0 || object->is_busy) {
        return NULL;
    }

    bool has_bounds = object->kind == MODEL_CACHE_OBJECT || object->kind == MODEL_KMALLOC ||
                      model_is_row(object) ||
                      (object->kind == MODEL_PAGES && is_whole(execution, object));

    return has_bounds ? object : NULL;
}

enum run_op_outcome execute_usercopy_check(struct execution *execution, const struct op *op)
{
    struct model_object *object = find_copied(execution, op_usercopy_check_object(op));
    size_t size = op_usercopy_check_size(op);

    if (object == NULL) {
        return RUN_OP_SKIPPED;
    }

    int64_t offset = place_in_slot(execution, object, op_usercopy_check_offset(op));
    const unsigned char *address = object->address + offset;
    bool is_legal = compare_copy_is_legal(execution->model, object, offset, size);

    if (!is_legal && !execute_alone(execution)) {
        return RUN_OP_SKIPPED;
    }
    execute_hold(execution, object);
    execute_begin_step(execution);
    if (!is_legal) {
        owed_now(execution->owed, REPORT_USERCOPY, address);
    }

    bool is_granted = heap_check_usercopy(execution->heap, address, size);

    execute_end_call(execution);
    execute_note_value(execution, is_granted);
    compare_copy(execution->model, object, is_legal, is_granted);
    return RUN_OP_STEP;
}
