/*
 * The text form of a program: a trace. docs/TRACE_FORMAT.md describes it for people.
 *
 *   slubbed trace 1
 *   heap page_count=16 debug_flags=RED_ZONE|POISON
 *   create c0 size=64 align_log2=0 flags=0 ctor=0
 *   alloc c0 o1
 *
 * Reading accepts spaces, comments, any order of the named operands, operands left out (0) and
 * numbers in hexadecimal; writing gives one spelling. Writing what was read and reading it again
 * gives the same program. No locale, no recursion, no allocation; O(size of the text).
 */
#ifndef FUZZ_TRACE_H
#define FUZZ_TRACE_H

#include <stdbool.h>
#include <stddef.h>

#include "fuzz/program.h"

enum {
    TRACE_CAUSE_SIZE = 160,    /* bytes of a cause, the final NUL included */
    TRACE_OP_SIZE = 384,       /* bytes that the text of one op never exceeds, NUL included */
};

/* Why a trace cannot be read; a tool prints "FILE:LINE: CAUSE". */
struct trace_error {
    size_t line;                      /* 1-based */
    char cause[TRACE_CAUSE_SIZE];     /* one line, printable ASCII whatever the text held */
};

/* An upper bound of the ops in a text. O(size). */
size_t trace_op_capacity(const char *text, size_t size);

/*
 * Reads a trace of size bytes, which need no final NUL. Before the call program->ops is the array,
 * of capacity ops, that takes the ops; all else of *program is set.
 *
 * False, and error filled in, for the first line that is malformed or does not fit into capacity;
 * program is then undefined. A capacity of trace_op_capacity() always suffices.
 */
bool trace_read(const char *text, size_t size, struct program *program, size_t capacity,
                struct trace_error *error);

/*
 * Writes the trace of a valid program, ending in a newline and a NUL, and returns its length
 * without the NUL. As snprintf does, it writes only what fits and returns what there was to write.
 */
size_t trace_write(const struct program *program, char *text, size_t capacity);

/* The same for one op: one line without newline. */
size_t trace_write_op(const struct op *op, char *text, size_t capacity);

/* The same for a configuration: "heap name=value ..." of the rows that are not at their default. */
size_t trace_write_config(const struct heap_config *config, char *text, size_t capacity);

#endif
