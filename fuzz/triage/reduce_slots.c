/* Slots numbered from 0, in the order in which the program names them. */
#include <stdlib.h>

#include "fuzz/triage/reduction.h"

enum { SLOTS_MAX = 1 << 14 };    /* they are searched one by one */

/* Slots that an op names from op->object on; 0 if its object is no operand. */
static uint32_t object_count(const struct op *op)
{
    switch (op->code) {
    case OP_BULK_ALLOC:
    case OP_BULK_FREE:
    case OP_KFREE_BULK:
        return op->a;
    default:
        return op_masks[OPERAND_FIELD_object][op->code] != 0 ? 1 : 0;
    }
}

/* A range of slots of which some may be empty: what lies between the others is of no use. */
static bool has_gaps(const struct op *op)
{
    return op->code == OP_BULK_FREE || op->code == OP_KFREE_BULK;
}

/* Object slots in the order of their new numbers. */
struct slots {
    uint32_t *old;
    size_t count;
};

/* New number of a slot, or count. Searched from the end: programs name what they named lately. */
static size_t find_slot(const struct slots *slots, uint32_t old)
{
    for (size_t i = slots->count; i > 0; i--) {
        if (slots->old[i - 1] == old) {
            return i - 1;
        }
    }
    return slots->count;
}

static void add_slots(struct slots *slots, const struct op *op)
{
    for (uint32_t i = 0; !has_gaps(op) && i < object_count(op); i++) {
        if (find_slot(slots, op->object + i) == slots->count) {
            slots->old[slots->count++] = op->object + i;
        }
    }
}

/* Largest number of slots that the program can name. */
static size_t slot_bound(const struct program *program)
{
    size_t bound = 0;

    for (size_t i = 0; i < program->op_count; i++) {
        bound += object_count(&program->ops[i]);
    }
    return bound;
}

/* The least range that holds all slots of the old one. */
static void renumber_range(struct op *op, const struct slots *slots)
{
    size_t first = slots->count;
    size_t end = 0;

    for (size_t i = 0; i < slots->count; i++) {
        if (slots->old[i] - op->object < op->a) {
            first = i < first ? i : first;
            end = i + 1;
        }
    }
    op->object = first < end ? (uint32_t)first : 0;
    op->a = first < end ? (uint32_t)(end - first) : 0;
    *op = op_canonical(*op);
}

static void renumber_objects(struct program *program, const struct slots *slots)
{
    for (size_t i = 0; i < program->op_count; i++) {
        struct op *op = &program->ops[i];

        if (has_gaps(op)) {
            renumber_range(op, slots);
        } else if (object_count(op) > 0) {
            op->object = (uint32_t)find_slot(slots, op->object);
        }
    }
    program->wide = program->wide && slots->count > OP_NARROW_OBJECT_MAX + 1;
}

static int compare_slots(const void *left, const void *right)
{
    uint32_t a = *(const uint32_t *)left;
    uint32_t b = *(const uint32_t *)right;

    return (a > b) - (a < b);
}

/* In the order of their old numbers if is_sorted: that keeps ranges of slots whole. */
static bool reduce_objects(struct reduction *reduction, bool is_sorted)
{
    struct slots slots = {calloc(slot_bound(&reduction->best) + 1, sizeof(uint32_t)), 0};

    if (slots.old == NULL) {
        return false;
    }
    reduction_begin(reduction);
    for (size_t i = 0; i < reduction->best.op_count; i++) {
        add_slots(&slots, &reduction->best.ops[i]);
    }
    if (is_sorted) {
        qsort(slots.old, slots.count, sizeof(*slots.old), compare_slots);
    }
    renumber_objects(&reduction->candidate, &slots);
    free(slots.old);
    return !program_is_equal(&reduction->candidate, &reduction->best) && reduction_try(reduction);
}

static bool reduce_caches(struct reduction *reduction)
{
    uint8_t renumbered[OP_CACHE_SLOT_COUNT];
    bool is_named[OP_CACHE_SLOT_COUNT] = {false};
    uint8_t count = 0;

    reduction_begin(reduction);
    for (size_t i = 0; i < reduction->candidate.op_count; i++) {
        struct op *op = &reduction->candidate.ops[i];

        if (op_masks[OPERAND_FIELD_cache][op->code] == 0) {
            continue;
        }
        if (!is_named[op->cache]) {
            is_named[op->cache] = true;
            renumbered[op->cache] = count++;
        }
        op->cache = renumbered[op->cache];
    }
    return !program_is_equal(&reduction->candidate, &reduction->best) && reduction_try(reduction);
}

bool reduce_slots(struct reduction *reduction)
{
    bool has_changed = reduce_caches(reduction);

    if (slot_bound(&reduction->best) > SLOTS_MAX) {
        return has_changed;
    }
    return reduce_objects(reduction, false) || reduce_objects(reduction, true) || has_changed;
}
