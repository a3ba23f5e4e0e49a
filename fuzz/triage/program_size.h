/* How long a program is, by what its lines are. */
#ifndef FUZZ_TRIAGE_PROGRAM_SIZE_H
#define FUZZ_TRIAGE_PROGRAM_SIZE_H

#include "fuzz/program.h"

struct program_size {
    size_t op_count;        /* lines that do something: neither those below nor `cpu` */
    size_t change_count;    /* change points: lines of class SCHEDULE */
};

/* O(ops). */
struct program_size program_measure(const struct program *program);

#endif
