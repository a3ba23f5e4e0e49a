#include "tests/tooling/record/slots.h"

#include <stdlib.h>

/* Allocations that a recording is made of. */
static bool op_allocates(const struct op *op)
{
    return op->code == OP_KMALLOC || op->code == OP_KZALLOC || op->code == OP_KCALLOC;
}

/* What needs a live object. */
static bool op_uses(const struct op *op)
{
    return op->code == OP_KREALLOC || op->code == OP_KSIZE || op->code == OP_FILL ||
           op->code == OP_VERIFY || op->code == OP_KFREE;
}

static bool step(const struct op *op, bool *is_live, struct slot_usage *usage)
{
    if (op->code == OP_CPU) {
        return true;
    }
    if (op->object > usage->slot_count || (op->object == usage->slot_count && !op_allocates(op))) {
        return false;
    }
    if (op->object == usage->slot_count) {
        usage->slot_count++;
    }
    if (is_live[op->object] ? !op_uses(op) : !op_allocates(op)) {
        return false;
    }
    if (op_allocates(op)) {
        is_live[op->object] = true;
        usage->live_count++;
    } else if (op->code == OP_KFREE) {
        is_live[op->object] = false;
        usage->live_count--;
    }
    if (usage->live_count > usage->live_peak) {
        usage->live_peak = usage->live_count;
    }
    return true;
}

bool slots_are_balanced(const struct program *program, struct slot_usage *usage)
{
    bool *is_live = calloc(program->op_count + 1, sizeof(*is_live));

    *usage = (struct slot_usage){0};
    while (is_live != NULL && usage->fault < program->op_count &&
           step(&program->ops[usage->fault], is_live, usage)) {
        usage->fault++;
    }
    free(is_live);
    return is_live != NULL && usage->fault == program->op_count;
}
