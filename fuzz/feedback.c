#include "fuzz/feedback.h"

#include <assert.h>

#include "allocator/base/bits.h"
#include "sanitizers/peek.h"

/* Where a slab is, with what slab_place does not tell: no slab at all, and a CPU's own. */
enum {
    PLACE_NO_SLAB = SLAB_PLACE_COUNT,
    PLACE_FROZEN,
    PLACE_COUNT,
};

enum {
    OP_INDEX_COUNT = 192,     /* room for as many ops as there may ever be */
    RESULT_COUNT = 3,         /* nothing, a pointer, an error */
    RUN_BUCKETS = 4,          /* free runs of an order: 0, 1, 2, more */
    FILL_BUCKETS = 4,         /* free objects of a slab: none, one, some, all */
    FLAG_COUNT = SLAB_DEBUG_FLAGS + 1,
    KIND_ROOM = 64,           /* room for as many kinds of reports and stages as there may be */
    STAGE_ROOM = 16,
    LIST_BUCKETS = 8,         /* slabs on a list: 0 .. 3, up to 7, 15, 31, more */
};

/* The ops one after the other: codes have gaps. */
enum op_index {
#define X(code, NAME, name, class, operands, why) INDEX_##NAME,
    OPS(X, )
#undef X
    INDEX_COUNT
};

static const uint8_t op_indexes[OP_CODE_COUNT] = {
#define X(code, NAME, name, class, operands, why) [code] = INDEX_##NAME,
    OPS(X, )
#undef X
};

static_assert((int)INDEX_COUNT <= (int)OP_INDEX_COUNT, "each op has its states");

/* A scheduling point, by what it does to which kind of word. */
enum { POINT_COUNT = WORLD_ACCESS_COUNT * SHARED_WORD_COUNT };

/* Each kind of state has its range of slots. */
enum {
    OF_MOVE = 0,
    OF_RESULT = OF_MOVE + OP_INDEX_COUNT * PLACE_COUNT * PLACE_COUNT,
    OF_RUNS = OF_RESULT + OP_INDEX_COUNT * RESULT_COUNT,
    OF_SLAB = OF_RUNS + ORDER_COUNT * RUN_BUCKETS,
    OF_LISTS = OF_SLAB + FLAG_COUNT * FILL_BUCKETS * PLACE_COUNT,
    OF_REPORT = OF_LISTS + LIST_BUCKETS * LIST_BUCKETS,
    OF_MEETING = OF_REPORT + KIND_ROOM * STAGE_ROOM,
    OF_END = OF_MEETING + POINT_COUNT * POINT_COUNT * 2,
};

static_assert((int)OF_END == (int)RUN_STATE_COUNT, "run.h says how many there are");

static unsigned place_of(const struct slab *slab)
{
    if (slab == NULL) {
        return PLACE_NO_SLAB;
    }
    return view_slab(slab).frozen ? (unsigned)PLACE_FROZEN : (unsigned)view_place(slab);
}

static unsigned smaller(unsigned left, unsigned right)
{
    return left < right ? left : right;
}

static unsigned list_bucket(uint32_t count)
{
    return count < 4 ? count : smaller(log2_floor(count) + 2, LIST_BUCKETS - 1);
}

static unsigned fill_bucket(struct slab_state state)
{
    uint32_t free_count = state.object_count - state.inuse_count;

    if (free_count == state.object_count) {
        return FILL_BUCKETS - 1;
    }
    return smaller(free_count, FILL_BUCKETS - 2);
}

/* The object that an op names, if it has bytes; else NULL. */
static const void *named_object(const struct execution *execution, const struct op *op)
{
    if (op_masks[OPERAND_FIELD_object][op->code] == 0 || op->object >= MODEL_OBJECT_COUNT) {
        return NULL;
    }

    const struct model_object *object = model_object(execution->model, op->object);

    return object->size != 0 ? object->address : NULL;
}

static const struct slab *slab_of(const struct execution *execution, const void *address)
{
    return address != NULL ? peek_slab(execution->heap, address) : NULL;
}

void feedback_before(struct feedback *feedback, const struct execution *execution,
                     const struct op *op)
{
    if (feedback->on_state != NULL) {
        feedback->place_before = place_of(slab_of(execution, named_object(execution, op)));
        feedback->free_pages_before = view_free_pages(execution->heap);
    }
}

static void mark_runs(const struct feedback *feedback, const struct page_memory *memory)
{
    for (unsigned order = 0; order < ORDER_COUNT; order++) {
        unsigned count = 0;

        for (unsigned zone = 0; zone < memory->zone_count; zone++) {
            for (unsigned area = order; area < FREE_AREA_COUNT; area += ORDER_COUNT) {
                count += memory->zones[zone].free_areas[area].count;
            }
        }

        unsigned bucket = smaller(count, RUN_BUCKETS - 1);

        feedback->on_state(OF_RUNS + order * RUN_BUCKETS + bucket);
    }
}

static void mark_slab(const struct feedback *feedback, const struct slab *slab, unsigned cpu)
{
    const struct kmem_cache *cache = slab->cache;
    unsigned flags = cache->flags & SLAB_DEBUG_FLAGS;
    unsigned fill = fill_bucket(view_slab(slab));

    feedback->on_state(OF_SLAB + (flags * FILL_BUCKETS + fill) * PLACE_COUNT + place_of(slab));
    feedback->on_state(OF_LISTS + list_bucket(cache->cpus[cpu].partial_count) * LIST_BUCKETS +
                       list_bucket(view_partial_count(cache)));
}

void feedback_after(const struct feedback *feedback, const struct execution *execution,
                    const struct op *op)
{
    if (feedback->on_state == NULL) {
        return;
    }

    const struct slab *slab = slab_of(execution, execution->address);
    unsigned index = op_indexes[op->code];
    unsigned result = execution->value < 0 ? 2 : execution->address != NULL;

    feedback->on_state(OF_MOVE +
                       (index * PLACE_COUNT + feedback->place_before) * PLACE_COUNT +
                       place_of(slab));
    feedback->on_state(OF_RESULT + index * RESULT_COUNT + result);
    if (feedback->free_pages_before != view_free_pages(execution->heap)) {
        mark_runs(feedback, &execution->heap->memory);
    }
    if (slab != NULL) {
        mark_slab(feedback, slab, sim_cpu(execution->sim));
    }
}

static unsigned point_of(const struct sim_access *access)
{
    return (unsigned)access->kind * SHARED_WORD_COUNT + (unsigned)access->place.word;
}

void feedback_meeting(const struct feedback *feedback, const struct sim_access *parked,
                      const struct sim_access *made)
{
    unsigned pair = point_of(parked) * POINT_COUNT + point_of(made);
    bool is_same = parked->place.object == made->place.object;

    if (feedback->on_state != NULL) {
        feedback->on_state(OF_MEETING + pair * 2 + (is_same ? 1 : 0));
    }
}

void feedback_report(const struct feedback *feedback, const struct report *report)
{
    if (feedback->on_state != NULL) {
        feedback->on_state(OF_REPORT + (unsigned)report->kind * STAGE_ROOM +
                           (unsigned)report->stage);
    }
}
