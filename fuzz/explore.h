/*
 * Runs of one program in which a strategy decides who runs.
 *
 *     program                            what a strategy may make of it (the trace)
 *
 *     create c0 ...    \                 create c0 ...
 *     alloc c0 o0      / the set-up      alloc c0 o0
 *     cpu cpu=1        \                 park after=2
 *     alloc c0 o1       > CPU 1's ops    free o0                 CPU 0 begins, and is preempted
 *     free o1          /                 cpu cpu=1
 *     cpu cpu=0        \                 alloc c0 o1
 *     free o0          / CPU 0's ops     cpu cpu=0               CPU 0 goes on
 *                                        cpu cpu=1
 *                                        free o1
 *
 * The set-up runs as it stands. Of the ops behind it only the CPU counts that they are done on:
 * each CPU has its own to do, in their order. SCHEDULE ops are left out, and so is misuse, which is
 * judged op by op.
 *
 * While a CPU is away (`offline`) its ops are done on the one that stands in for it, between the
 * ops of that one; there an op goes on, too, that it was in the middle of.
 *
 * The trace is complete at every moment, so a run that brings the process down has left one behind.
 * Run as a program it does the same again, hash included, and no strategy is asked.
 */
#ifndef FUZZ_EXPLORE_H
#define FUZZ_EXPLORE_H

#include <stdbool.h>
#include <stddef.h>

#include "fuzz/program.h"
#include "fuzz/run.h"
#include "sim/strategy/strategy.h"

struct explore;

/* Preemptions that are carried out in one run; with any more of them ops run to their end. */
enum { EXPLORE_PREEMPTIONS_MAX = 4096 };

/* Ops before the first `cpu`: the set-up, unless the caller knows better. O(ops). */
size_t explore_setup_count(const struct program *program);

/* Ops that a trace of the program may come to have. */
size_t explore_trace_capacity(const struct program *program);

/*
 * Takes a program apart; setup_count is at most its op_count. The program is not needed afterwards.
 * trace->ops is an array of explore_trace_capacity() ops, trace and array stay the caller's, and
 * each run fills them. Exits with code 3 and one line on stderr without memory.
 */
struct explore *explore_create(const struct program *program, size_t setup_count,
                               struct program *trace);
void explore_destroy(struct explore *explore);

/* Of the program's heap. */
const struct heap_config *explore_config(const struct explore *explore);

/* Ops that are not set-up. */
size_t explore_work_count(const struct explore *explore);

/*
 * One judged run under a strategy. options may be NULL; misuse is never carried out, whatever
 * options->ops says.
 */
struct run_result explore_run(struct explore *explore, struct run *run, struct strategy *strategy,
                              const struct run_options *options);

/* Scheduling points of the last run, without those of the set-up and of the end. */
uint64_t explore_point_count(const struct explore *explore);

/* The CPU whose ops the present run's op with this index in the trace is one of, wherever it is. */
unsigned explore_worker(const struct explore *explore, size_t op_index);

/* True if that CPU may go away before the others' ops are over, and what it does be moved. */
bool explore_may_move(const struct explore *explore, unsigned worker);

#endif
