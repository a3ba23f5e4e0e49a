/*
 * Larger objects and other heaps: what takes many small objects to reach, a full slab or a full
 * arena, takes few large ones, or a smaller arena. Often not one of the ops can be missed before,
 * and most of them afterwards; so the change is tried as it is and with a part of the program left
 * out, and kept only if the program is shorter at its end.
 */
#include <stdlib.h>
#include <string.h>

#include "fuzz/triage/reduction.h"

enum {
    SHORT = 4,         /* ops of a program that nobody wants shorter */
    PARTS_MAX = 24,    /* ops of the longest program of which all parts are tried */
};

/* A change of the whole program: a row of its config, or the size of its objects if row is none. */
struct change {
    enum heap_config_index row;
    uint32_t value;
};

static const struct change changes[] = {
    {HEAP_CONFIG_COUNT, 4096},          {HEAP_CONFIG_COUNT, 2048},
    {HEAP_CONFIG_COUNT, 1024},          {HEAP_CONFIG_COUNT, 512},
    {HEAP_CONFIG_COUNT, 256},           {HEAP_CONFIG_page_count, 8},
    {HEAP_CONFIG_page_count, 16},       {HEAP_CONFIG_page_count, 32},
    {HEAP_CONFIG_page_count, 64},       {HEAP_CONFIG_page_count, 256},
    {HEAP_CONFIG_page_count, 1024},     {HEAP_CONFIG_slab_order_max, 0},
    {HEAP_CONFIG_slab_objects_min, 1},  {HEAP_CONFIG_partial_floor, 0},
    {HEAP_CONFIG_partial_ceiling, 0},   {HEAP_CONFIG_cpu_partial_slabs, 0},
    {HEAP_CONFIG_cpu_partial_slabs, 1},
};

enum { CHANGE_COUNT = sizeof(changes) / sizeof(changes[0]) };

/* Ops whose size makes objects, all in the same bits. */
static bool makes_objects(const struct op *op)
{
    return op->code == OP_CREATE || op->code == OP_KMALLOC || op->code == OP_KZALLOC;
}

static bool enlarge_objects(struct program *program, uint32_t size)
{
    bool is_other = false;

    for (size_t i = 0; i < program->op_count; i++) {
        struct op *op = &program->ops[i];

        if (makes_objects(op) && op_create_size(op) < size) {
            op->a = size;
            is_other = true;
        }
    }
    return is_other;
}

/* False if the program is the same, or has no such heap. */
static bool apply(struct program *program, const struct change *change)
{
    if (change->row == HEAP_CONFIG_COUNT) {
        return enlarge_objects(program, change->value);
    }
    if (heap_config_value(&program->config, change->row) == change->value ||
        !heap_config_set(&program->config, change->row, change->value)) {
        return false;
    }
    program_repair_config(&program->config);
    return true;
}

/* The change alone, and whatever can be left out then. */
static bool try_detour(struct reduction *reduction, const struct change *change)
{
    struct program saved = reduction->best;
    struct op *ops = malloc(saved.op_count * sizeof(*ops));

    if (ops == NULL) {
        return false;
    }
    memcpy(ops, saved.ops, saved.op_count * sizeof(*ops));
    reduction_begin(reduction);
    if (apply(&reduction->candidate, change) &&
        (reduction_try(reduction) || reduction_try_with_parks_moved(reduction))) {
        reduce_ops(reduction);
        reduce_bulk(reduction);
    }

    bool is_shorter = reduction->best.op_count < saved.op_count;

    if (!is_shorter) {
        memcpy(saved.ops, ops, saved.op_count * sizeof(*ops));
        reduction->best = saved;
    }
    free(ops);
    return is_shorter;
}

/* The change with some ops that follow each other left out. */
static bool try_part(struct reduction *reduction, const struct change *change, size_t first,
                     size_t count)
{
    reduction_begin(reduction);
    if (!apply(&reduction->candidate, change)) {
        return false;
    }
    program_leave_out(&reduction->candidate, first, count);
    return reduction_try(reduction);
}

static bool try_parts(struct reduction *reduction, const struct change *change)
{
    size_t op_count = reduction->best.op_count;

    for (size_t count = op_count - 1; op_count <= PARTS_MAX && count > 0; count--) {
        for (size_t first = 0; first + count <= op_count && !reduction_is_over(reduction);
             first++) {
            if (try_part(reduction, change, first, count)) {
                return true;
            }
        }
    }
    return false;
}

bool reduce_heap(struct reduction *reduction)
{
    bool has_changed = false;

    for (size_t i = 0; i < CHANGE_COUNT; i++) {
        if (reduction->best.op_count > SHORT) {
            has_changed |= try_parts(reduction, &changes[i]) || try_detour(reduction, &changes[i]);
        }
    }
    return has_changed;
}
