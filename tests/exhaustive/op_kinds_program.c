#include "tests/exhaustive/op_kinds.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fuzz/trace.h"

/* What the second side adds to its slots; cache c0 is shared. */
enum { OBJECT_DISTANCE = 100, CACHE_DISTANCE = 10 };

enum { TEXT_MAX = 2048, PART_MAX = 16 };

/* Ops of one text, on the heap that a line describes. */
struct part {
    struct op ops[PART_MAX];
    struct program program;
};

static void read_part(struct part *part, const char *heap, const char *lines)
{
    char text[TEXT_MAX];
    struct trace_error error;
    int size = snprintf(text, sizeof(text), "slubbed trace 1\nheap %s\n%s", heap, lines);

    part->program.ops = part->ops;
    if (!trace_read(text, (size_t)size, &part->program, PART_MAX, &error)) {
        fprintf(stderr, "%s:%zu: %s\n", lines, error.line, error.cause);
        exit(1);
    }
}

static bool names_object(const struct op *op)
{
    return op_masks[OPERAND_FIELD_object][op->code] != 0;
}

/* Said as CPU 0 says it. */
static bool names_other_cpu(const struct op *op)
{
    return op->code == OP_OFFLINE || op->code == OP_ONLINE;
}

/* A second slot. */
static bool names_run(const struct op *op)
{
    return op->code == OP_GET_PAGE;
}

static struct op move_to_side(struct op op, unsigned side)
{
    op.a ^= names_other_cpu(&op) ? side : 0;
    op.a += names_run(&op) ? side * OBJECT_DISTANCE : 0;
    op.object += names_object(&op) ? side * OBJECT_DISTANCE : 0;
    op.cache = (uint8_t)(op.cache + (op.cache != 0 ? side * CACHE_DISTANCE : 0));
    return op;
}

static void add(struct program *program, struct op op)
{
    if (program->op_count == OP_KINDS_PROGRAM_MAX) {
        fprintf(stderr, "more than %d ops in a program\n", OP_KINDS_PROGRAM_MAX);
        exit(1);
    }
    program->ops[program->op_count++] = op;
}

static void add_cpu(struct program *program, unsigned cpu)
{
    add(program, (struct op){.code = OP_CPU, .a = cpu});
}

/* What both sides share, and only one of them can make: done by the first that wants it. */
static bool is_there(const struct part sides[2], size_t i, unsigned side)
{
    return side != 0 && i < sides[0].program.op_count &&
           sides[0].ops[i].code == OP_POOL_CREATE_SIZED &&
           sides[1].ops[i].code == OP_POOL_CREATE_SIZED;
}

/* The i-th op of a side, and with one that makes the next fail that one; returns what follows. */
static size_t add_turn(struct program *program, const struct part sides[2], unsigned side, size_t i)
{
    const struct part *part = &sides[side];
    bool is_last;

    do {
        if (!is_there(sides, i, side)) {
            add(program, move_to_side(part->ops[i], side));
        }
        is_last = part->ops[i].code != OP_FAIL_PAGE;
        i++;
    } while (!is_last && i < part->program.op_count);
    return i;
}

/* Both sides take turns, each time on another CPU, as long as they have any ops. */
static void add_setup(struct program *program, const struct part sides[2])
{
    size_t next[2] = {0};

    for (unsigned turn = 0; turn < PART_MAX; turn++) {
        for (unsigned side = 0; side < 2; side++) {
            if (next[side] < sides[side].program.op_count) {
                add_cpu(program, (turn + side) % 2);
                next[side] = add_turn(program, sides, side, next[side]);
            }
        }
    }
}

static void add_work(struct program *program, const struct part *part, unsigned side)
{
    add_cpu(program, side);
    for (size_t i = 0; i < part->program.op_count; i++) {
        add(program, move_to_side(part->ops[i], side));
    }
}

size_t op_kinds_program(const char *heap, const struct op_kind *first,
                        const struct op_kind *second, struct program *program)
{
    struct part setups[2];
    struct part works[2];
    struct part common;

    read_part(&setups[0], heap, first->setup);
    read_part(&setups[1], heap, second->setup);
    read_part(&works[0], heap, first->work);
    read_part(&works[1], heap, second->work);
    read_part(&common, heap, "create c0 size=2048\n");

    program->config = common.program.config;
    program->wide = false;
    program->op_count = 0;
    add(program, common.ops[0]);
    add_setup(program, setups);
    add_cpu(program, 0);

    size_t setup_count = program->op_count;

    add_work(program, &works[0], 0);
    add_work(program, &works[1], 1);
    return setup_count;
}
