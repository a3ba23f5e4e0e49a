/* Leaving ops out, putting several into one, and making them plainer. */
#include <string.h>

#include "fuzz/triage/reduction.h"

enum { PAIRS_MAX = 32 };    /* longest program of which all pairs are tried */

void program_leave_out(struct program *program, size_t first, size_t count)
{
    memmove(program->ops + first, program->ops + first + count,
            (program->op_count - first - count) * sizeof(struct op));
    program->op_count -= count;
}

/* From the end, where most programs go on after they failed. */
static bool reduce_chunks(struct reduction *reduction, size_t size)
{
    size_t end = reduction->best.op_count;
    bool has_changed = false;

    while (end > 0 && !reduction_is_over(reduction)) {
        size_t first = end > size ? end - size : 0;

        reduction_begin(reduction);
        program_leave_out(&reduction->candidate, first, end - first);
        has_changed |= reduction_try(reduction);
        end = first;
    }
    return has_changed;
}

bool reduce_ops(struct reduction *reduction)
{
    bool has_changed = false;

    for (size_t size = reduction->best.op_count / 2; size > 1; size /= 2) {
        has_changed |= reduce_chunks(reduction, size);
    }
    while (reduce_chunks(reduction, 1)) {
        has_changed = true;
    }
    return has_changed;
}

/* Pairs such as "to CPU 1, back to CPU 0", of which neither can be missed alone. */
bool reduce_pairs(struct reduction *reduction)
{
    bool has_changed = false;

    for (size_t i = 0; reduction->best.op_count <= PAIRS_MAX && i < reduction->best.op_count; i++) {
        for (size_t j = i + 1; j < reduction->best.op_count; j++) {
            reduction_begin(reduction);
            program_leave_out(&reduction->candidate, j, 1);
            program_leave_out(&reduction->candidate, i, 1);
            has_changed |= reduction_try(reduction);
        }
    }
    return has_changed;
}

/* Ops that do the same to one slot and to a range of slots. */
static const struct family {
    enum op_code single;
    enum op_code bulk;
} families[] = {
    {OP_ALLOC, OP_BULK_ALLOC},
    {OP_FREE, OP_BULK_FREE},
    {OP_KFREE, OP_KFREE_BULK},
};

static const struct family *find_family(const struct op *op)
{
    for (size_t i = 0; i < sizeof(families) / sizeof(families[0]); i++) {
        if (op->code == families[i].single || op->code == families[i].bulk) {
            return &families[i];
        }
    }
    return NULL;
}

/* Slot behind the last one that an op of a family names. */
static uint64_t range_end(const struct family *family, const struct op *op)
{
    return (uint64_t)op->object + (op->code == family->bulk ? op->a : 1);
}

/* Cache that the object of op number index came from, as far as the ops before it tell. */
static uint8_t find_cache(const struct program *program, size_t index)
{
    uint32_t object = program->ops[index].object;

    while (index > 0) {
        const struct op *op = &program->ops[--index];
        uint64_t end = op->object + (op->code == OP_BULK_ALLOC ? (uint64_t)op->a : 1);

        if ((op->code == OP_ALLOC || op->code == OP_ZALLOC || op->code == OP_BULK_ALLOC) &&
            object >= op->object && object < end) {
            return op->cache;
        }
    }
    return 0;
}

/* Makes ops number index and index + 1 one bulk op over the slots of both. */
static bool merge(struct program *program, size_t index)
{
    const struct op *first = &program->ops[index];
    const struct op *second = first + 1;
    const struct family *family = find_family(first);

    if (family == NULL || find_family(second) != family) {
        return false;
    }

    uint64_t first_end = range_end(family, first);
    uint64_t second_end = range_end(family, second);
    uint32_t start = first->object < second->object ? first->object : second->object;
    uint64_t end = first_end > second_end ? first_end : second_end;
    struct op bulk = {
        .code = (uint8_t)family->bulk,
        .cache = first->code == OP_FREE ? find_cache(program, index) : first->cache,
        .object = start,
        .a = (uint32_t)(end - start),
    };

    if (op_canonical(bulk).a != end - start) {
        return false;
    }
    program_leave_out(program, index + 1, 1);
    program->ops[index] = op_canonical(bulk);
    return true;
}

bool reduce_bulk(struct reduction *reduction)
{
    bool has_changed = false;
    size_t index = 0;

    while (index + 1 < reduction->best.op_count && !reduction_is_over(reduction)) {
        reduction_begin(reduction);
        if (merge(&reduction->candidate, index) && reduction_try(reduction)) {
            has_changed = true;
        } else {
            index++;
        }
    }
    return has_changed;
}

/* The plainer op has the same operands or fewer, in the same bits; but for kcalloc. */
static const struct plainer {
    enum op_code from;
    enum op_code to;
} plainer_ops[] = {
    {OP_BULK_ALLOC, OP_ALLOC}, {OP_BULK_FREE, OP_FREE},   {OP_KFREE_BULK, OP_KFREE},
    {OP_ZALLOC, OP_ALLOC},     {OP_KZALLOC, OP_KMALLOC},  {OP_KREALLOC, OP_KMALLOC},
    {OP_KCALLOC, OP_KMALLOC},  {OP_ALLOC_NODE, OP_ALLOC}, {OP_KMALLOC_NODE, OP_KMALLOC},
    {OP_PAGES_NODE, OP_PAGES},
};

/* False if the plainer op cannot say the same. */
static bool make_plainer(struct op *op, enum op_code code)
{
    uint64_t size = (uint64_t)op->a * op->b;
    bool is_array = op->code == OP_KCALLOC;

    op->code = (uint8_t)code;
    op->a = is_array ? (uint32_t)size : op->a;
    *op = op_canonical(*op);
    return !is_array || op->a == size;
}

bool reduce_kinds(struct reduction *reduction)
{
    bool has_changed = false;

    for (size_t index = 0; index < reduction->best.op_count && !reduction_is_over(reduction);
         index++) {
        for (size_t i = 0; i < sizeof(plainer_ops) / sizeof(plainer_ops[0]); i++) {
            struct op op = reduction->best.ops[index];

            if (op.code == plainer_ops[i].from && make_plainer(&op, plainer_ops[i].to)) {
                reduction_begin(reduction);
                reduction->candidate.ops[index] = op;
                has_changed |= reduction_try(reduction);
            }
        }
    }
    return has_changed;
}
