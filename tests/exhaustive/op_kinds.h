/*
 * Each kind of op that CPUs may do at the same time, with what it needs to be meaningful.
 *
 * Texts are lines of a trace, and say it for one side. The other side does the same with object
 * slots and caches of its own, see op_kinds_program(). Both share cache c0, whose slabs hold two
 * objects: three ops are enough for a slab to become full, partial or empty.
 */
#ifndef TESTS_EXHAUSTIVE_OP_KINDS_H
#define TESTS_EXHAUSTIVE_OP_KINDS_H

#include <stddef.h>

#include "fuzz/program.h"

enum {
    OP_KINDS_WORK = 3,           /* ops of each side */
    OP_KINDS_PROGRAM_MAX = 64,   /* ops of a program, the set-up included */
};

struct op_kind {
    enum op_code code;
    const char *setup;    /* what is there when the work begins */
    const char *work;     /* OP_KINDS_WORK ops, mostly of this kind */
};

extern const struct op_kind op_kinds[];
extern const size_t op_kinds_count;

/*
 * Makes the program in which CPU 0 does the work of one kind and CPU 1 that of another, on the heap
 * that a `heap` line describes. The ops of both set-ups alternate, and so do the CPUs they are done
 * on: each side finds objects in its own CPU's slab, in the other's, and in slabs of no CPU.
 *
 * program->ops is an array of OP_KINDS_PROGRAM_MAX ops. Returns how many of them are set-up. A text
 * that cannot be read is told on stderr and ends the process.
 */
size_t op_kinds_program(const char *heap, const struct op_kind *first,
                        const struct op_kind *second, struct program *program);

#endif
