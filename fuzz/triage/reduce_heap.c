/*
 * Larger objects and smaller heaps: what takes many small objects to reach, a full slab or a full
 * arena, takes few large ones. The detour is taken only if the program is shorter at its end.
 */
#include <stdlib.h>
#include <string.h>

#include "fuzz/triage/reduction.h"

enum { SHORT = 10 };    /* ops of a program that nobody wants shorter */

struct row_value {
    enum heap_config_index row;
    uint64_t value;
};

static const struct row_value smaller_heaps[] = {
    {HEAP_CONFIG_slab_order_max, 0}, {HEAP_CONFIG_page_count, 8},
    {HEAP_CONFIG_page_count, 16},    {HEAP_CONFIG_page_count, 32},
    {HEAP_CONFIG_partial_floor, 0},  {HEAP_CONFIG_partial_ceiling, 0},
    {HEAP_CONFIG_cpu_partial_slabs, 0}, {HEAP_CONFIG_cpu_partial_slabs, 1},
    {HEAP_CONFIG_slab_objects_min, 1},
};

static const uint32_t larger_sizes[] = {4096, 2048, 1024, 512, 256};

/* Ops whose size makes objects, all in the same bits. */
static bool makes_objects(const struct op *op)
{
    return op->code == OP_CREATE || op->code == OP_KMALLOC || op->code == OP_KZALLOC;
}

static bool is_detour_shorter(struct reduction *reduction)
{
    size_t capacity = reduction->best.op_count;
    struct program saved = reduction->best;
    struct op *ops = malloc(capacity * sizeof(*ops));

    if (ops == NULL) {
        return false;
    }
    memcpy(ops, saved.ops, capacity * sizeof(*ops));

    if (reduction_try(reduction)) {
        reduce_ops(reduction);
        reduce_bulk(reduction);
    }

    bool is_shorter = reduction->best.op_count < saved.op_count;

    if (!is_shorter) {
        memcpy(saved.ops, ops, capacity * sizeof(*ops));
        reduction->best = saved;
    }
    free(ops);
    return is_shorter;
}

static bool try_heap(struct reduction *reduction, const struct row_value *row)
{
    struct heap_config *config = &reduction->candidate.config;

    reduction_begin(reduction);
    if (heap_config_value(config, row->row) == row->value ||
        !heap_config_set(config, row->row, row->value)) {
        return false;
    }
    program_repair_config(config);
    return is_detour_shorter(reduction);
}

static bool try_size(struct reduction *reduction, uint32_t size)
{
    bool is_other = false;

    reduction_begin(reduction);
    for (size_t i = 0; i < reduction->candidate.op_count; i++) {
        struct op *op = &reduction->candidate.ops[i];

        if (makes_objects(op) && op_create_size(op) < size) {
            op->a = size;
            is_other = true;
        }
    }
    return is_other && is_detour_shorter(reduction);
}

bool reduce_heap(struct reduction *reduction)
{
    bool has_changed = false;

    for (size_t i = 0; i < sizeof(larger_sizes) / sizeof(larger_sizes[0]); i++) {
        has_changed |= reduction->best.op_count > SHORT && try_size(reduction, larger_sizes[i]);
    }
    for (size_t i = 0; i < sizeof(smaller_heaps) / sizeof(smaller_heaps[0]); i++) {
        has_changed |= reduction->best.op_count > SHORT && try_heap(reduction, &smaller_heaps[i]);
    }
    return has_changed;
}
