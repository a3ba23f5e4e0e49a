#include "fuzz/triage/program_size.h"

struct program_size program_measure(const struct program *program)
{
    struct program_size size = {0, 0};

    for (size_t i = 0; i < program->op_count; i++) {
        const struct op *op = &program->ops[i];
        bool is_change_point = op_class(op) == OP_CLASS_SCHEDULE;

        size.change_count += is_change_point;
        size.op_count += !is_change_point && op->code != OP_CPU;
    }
    return size;
}
