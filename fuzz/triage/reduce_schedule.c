/*
 * Fewer interruptions: SCHEDULE ops left out, parks that come earlier, ops gathered on one CPU.
 *
 * An op that cannot be missed as it is may only be needed for its accesses, which a park behind it
 * counts: leaving it out is tried once more with each park moved.
 */
#include <stdlib.h>
#include <string.h>

#include "fuzz/triage/reduction.h"

enum {
    AFTER_EXACT = 64,        /* parks up to here are tried one by one */
    PROGRAM_MAX = 32,        /* ops of the longest program that is tried with parks moved */
    PARKS_MAX = 3,           /* most parks of one that is */
    EARLIER_MAX = 128,       /* how far a park is moved */
    LATER_MAX = 16,
};

static bool is_change_point(const struct op *op)
{
    return op_class(op) == OP_CLASS_SCHEDULE;
}

static bool leave_out_all(struct reduction *reduction)
{
    struct program *candidate = &reduction->candidate;
    size_t kept = 0;

    reduction_begin(reduction);
    for (size_t i = 0; i < candidate->op_count; i++) {
        if (!is_change_point(&candidate->ops[i])) {
            candidate->ops[kept++] = candidate->ops[i];
        }
    }

    bool is_other = kept < candidate->op_count;

    candidate->op_count = kept;
    return is_other && reduction_try(reduction);
}

bool reduce_change_points(struct reduction *reduction)
{
    bool has_changed = leave_out_all(reduction);

    for (size_t i = reduction->best.op_count; i > 0 && !reduction_is_over(reduction); i--) {
        if (is_change_point(&reduction->best.ops[i - 1])) {
            reduction_begin(reduction);
            program_leave_out(&reduction->candidate, i - 1, 1);
            has_changed |= reduction_try(reduction);
        }
    }
    return has_changed;
}

static bool try_after(struct reduction *reduction, size_t index, uint32_t after)
{
    reduction_begin(reduction);
    reduction->candidate.ops[index].a = after;
    return reduction_try(reduction);
}

/* The earliest place that will do. */
static bool reduce_park(struct reduction *reduction, size_t index)
{
    uint32_t after = reduction->best.ops[index].a;

    for (uint32_t less = 1; less < after && !reduction_is_over(reduction);
         less += less < AFTER_EXACT ? 1 : less / 8) {
        if (try_after(reduction, index, less)) {
            return true;
        }
    }
    return false;
}

bool reduce_parks(struct reduction *reduction)
{
    bool has_changed = false;

    for (size_t i = 0; i < reduction->best.op_count; i++) {
        if (reduction->best.ops[i].code == OP_PARK) {
            has_changed |= reduce_park(reduction, i);
        }
    }
    return has_changed;
}

/* The op that names a CPU from index on, or the op count. */
static size_t find_switch(const struct program *program, size_t index)
{
    while (index < program->op_count && program->ops[index].code != OP_CPU) {
        index++;
    }
    return index;
}

/* "cpu 1, ..., cpu 0, ...": what is in between runs on the CPU that it was before. */
static bool try_without_pair(struct reduction *reduction, size_t first)
{
    size_t second = find_switch(&reduction->best, first + 1);

    if (second == reduction->best.op_count) {
        return false;
    }
    reduction_begin(reduction);
    program_leave_out(&reduction->candidate, second, 1);
    program_leave_out(&reduction->candidate, first, 1);
    return reduction_try(reduction);
}

/* Exchanges ops first .. middle - 1 and middle .. end - 1. False if there is no memory. */
static bool exchange(struct op *ops, size_t first, size_t middle, size_t end)
{
    size_t size = (middle - first) * sizeof(*ops);
    struct op *saved = malloc(size);

    if (saved == NULL) {
        return false;
    }
    memcpy(saved, ops + first, size);
    memmove(ops + first, ops + middle, (end - middle) * sizeof(*ops));
    memcpy(ops + first + (end - middle), saved, size);
    free(saved);
    return true;
}

/* What runs after a switch and after the next one changes places; one of the switches goes. */
static bool try_exchanged(struct reduction *reduction, size_t first)
{
    size_t middle = find_switch(&reduction->best, first + 1);
    size_t end = find_switch(&reduction->best, middle + 1);

    for (unsigned which = 0; middle < reduction->best.op_count && which < 2; which++) {
        reduction_begin(reduction);
        if (!exchange(reduction->candidate.ops, first, middle, end)) {
            return false;
        }
        /* The block that came first now, or the one behind it, goes on where the last one was. */
        program_leave_out(&reduction->candidate, which == 0 ? first : first + (end - middle), 1);
        if (reduction_try(reduction)) {
            return true;
        }
    }
    return false;
}

/* The ops between two switches run where the switch before the first one leads. */
static bool reduce_switches(struct reduction *reduction,
                            bool (*try_without)(struct reduction *reduction, size_t index))
{
    size_t index = find_switch(&reduction->best, 0);
    bool has_changed = false;

    while (index < reduction->best.op_count && !reduction_is_over(reduction)) {
        if (try_without(reduction, index)) {
            has_changed = true;
            index = find_switch(&reduction->best, index);
        } else {
            index = find_switch(&reduction->best, index + 1);
        }
    }
    return has_changed;
}

bool reduce_cpus(struct reduction *reduction)
{
    bool has_fewer = reduce_switches(reduction, try_without_pair);

    return reduce_switches(reduction, try_exchanged) || has_fewer;
}

static bool try_park_at(struct reduction *reduction, struct op *park, uint32_t after)
{
    park->a = after;
    return reduction_try(reduction);
}

/* Earlier places come first: a heap with less in it mostly takes fewer accesses. */
static bool try_park_moved(struct reduction *reduction, struct op *park)
{
    uint32_t after = park->a;

    for (uint32_t i = 1; i <= EARLIER_MAX && i < after; i++) {
        if (try_park_at(reduction, park, after - i)) {
            return true;
        }
    }
    for (uint32_t i = 1; i <= LATER_MAX && after + i <= UINT16_MAX; i++) {
        if (try_park_at(reduction, park, after + i)) {
            return true;
        }
    }
    park->a = after;
    return false;
}

static size_t count_parks(const struct program *program)
{
    size_t count = 0;

    for (size_t i = 0; i < program->op_count; i++) {
        count += program->ops[i].code == OP_PARK;
    }
    return count;
}

bool reduction_try_with_parks_moved(struct reduction *reduction)
{
    struct program *candidate = &reduction->candidate;

    if (candidate->op_count > PROGRAM_MAX || count_parks(candidate) > PARKS_MAX) {
        return false;
    }
    for (size_t i = 0; i < candidate->op_count && !reduction_is_over(reduction); i++) {
        if (candidate->ops[i].code == OP_PARK && try_park_moved(reduction, &candidate->ops[i])) {
            return true;
        }
    }
    return false;
}

static bool reduce_row_with_parks_moved(struct reduction *reduction, size_t row)
{
    uint64_t initial = heap_config_rows[row].initial;

    reduction_begin(reduction);
    return heap_config_value(&reduction->candidate.config, row) != initial &&
           heap_config_set(&reduction->candidate.config, row, initial) &&
           heap_config_is_valid(&reduction->candidate.config) &&
           reduction_try_with_parks_moved(reduction);
}

bool reduce_with_parks_moved(struct reduction *reduction)
{
    bool has_changed = false;

    for (size_t i = reduction->best.op_count; i > 0; i--) {
        reduction_begin(reduction);
        program_leave_out(&reduction->candidate, i - 1, 1);
        has_changed |= reduction_try_with_parks_moved(reduction);
    }
    for (size_t row = 0; row < HEAP_CONFIG_COUNT; row++) {
        has_changed |= reduce_row_with_parks_moved(reduction, row);
    }
    return has_changed;
}
