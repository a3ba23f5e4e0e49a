/*
 * From a recording to an op program that asks the heap for what the recorded process asked of its
 * allocator.
 *
 *   malloc -> kmalloc     calloc -> kcalloc, or kzalloc of one     realloc -> krealloc
 *   free   -> kfree       malloc_usable_size -> ksize              memalign -> kmalloc of a size
 *                                                                  whose class is aligned enough
 *
 * Threads become CPUs, in the order of their first events; those that are more share them. The ops
 * of all stand in the recorded order, with a `cpu` before those of another CPU.
 *
 * Object slots are handed out densely, those freed last first. What was allocated or grew is filled
 * and what is freed is verified before, so that contents are judged, too. What was live when the
 * recording ended stays so. The arena is twice the peak, rounded up to a power of two.
 *
 * The same events give the same program, whatever their addresses were.
 */
#ifndef RECORD_CONVERT_H
#define RECORD_CONVERT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "fuzz/program.h"
#include "record/recording.h"

/* What a conversion counts: X(NAME, name, text), as a sentence that begins with the number. */
#define CONVERT_COUNTS(X)                                                                          \
    X(EVENTS, events, "events recorded")                                                           \
    X(OPS, ops, "ops")                                                                             \
    X(PEAK_BYTES, peak_bytes, "bytes live at the peak")                                            \
    X(PEAK_OBJECTS, peak_objects, "objects live at the peak")                                      \
    X(PAGES, pages, "pages in the arena of the replay")                                            \
    X(THREADS, threads, "threads")                                                                 \
    X(TURNS, turns, "times that another CPU went on")                                              \
    X(FAILED, failed, "left out: calls that failed in the program itself")                         \
    X(TOO_LARGE, too_large, "left out: allocations larger than kmalloc's largest, 4 MiB")          \
    X(TOO_ALIGNED, too_aligned, "left out: allocations aligned beyond what kmalloc's sizes give")  \
    X(STRANGE, strange, "left out: frees of what was allocated before, or by a signal handler")    \
    X(BEYOND, beyond, "left out: events beyond the largest number of ops")                         \
    X(IMPLIED, implied, "frees by others, noticed when the address was handed out again")

enum convert_count {
#define X(NAME, name, text) CONVERT_##NAME,
    CONVERT_COUNTS(X)
#undef X
    CONVERT_COUNT_COUNT
};

extern const char *const convert_count_texts[CONVERT_COUNT_COUNT];

struct conversion {
    struct program program;                  /* its ops are the conversion's */
    uint64_t counts[CONVERT_COUNT_COUNT];
};

enum convert_result {
    CONVERT_DONE,
    CONVERT_BAD_EVENT,    /* conversion->counts[CONVERT_EVENTS] is its number from 0 */
    CONVERT_NO_MEMORY,
};

/*
 * Converts events up to the first that was not written, into at most op_max ops. Whatever the
 * result, convert_fini() frees what the conversion holds. O(event_count).
 */
enum convert_result convert_events(struct conversion *conversion,
                                   const struct recording_event *events, size_t event_count,
                                   size_t op_max);

void convert_fini(struct conversion *conversion);

#endif
