/*
 * A recording: the malloc traffic of one process, in a file that the recorder writes and the
 * converter reads.
 *
 *     0                 RECORDING_HEADER_SIZE       one window of events further
 *     | header | zeros  | event | event | ...       | event | ... | zeros  |
 *
 * The file grows by windows of zeros, and an event is there once its kind is: whatever ends the
 * process, what it did so far can be read. Threads write one after the other, in an order in which
 * the events can have happened. Numbers are in the byte order of the machine; a
 * recording is read where it was made.
 */
#ifndef RECORD_RECORDING_H
#define RECORD_RECORDING_H

#include <stdint.h>

enum {
    RECORDING_MAGIC = 0x52627553,         /* "SubR" */
    RECORDING_VERSION = 2,
    RECORDING_HEADER_SIZE = 64 * 1024,    /* a multiple of every page size */
    RECORDING_WINDOW_EVENTS = 32 * 1024,
};

/* kind, what pointer and detail hold; pointer is NULL where the call failed */
#define RECORDING_KINDS(X)                                                                         \
    X(NONE, "not written yet")                                                                     \
    X(MALLOC, "pointer returned")                                                                  \
    X(CALLOC, "pointer returned; detail elements of size bytes")                                   \
    X(REALLOC, "pointer returned for the pointer detail; NULL for size 0: only freed")             \
    X(FREE, "pointer given back, never NULL")                                                      \
    X(MEMALIGN, "pointer returned, aligned to detail bytes")                                       \
    X(USABLE_SIZE, "pointer asked about, never NULL")

enum recording_kind {
#define X(kind, why) RECORDING_##kind,
    RECORDING_KINDS(X)
#undef X
    RECORDING_KIND_COUNT
};

struct recording_event {
    uint32_t kind;       /* enum recording_kind; stored last */
    uint32_t thread;     /* number of the thread, in the order of their first events */
    uint64_t pointer;
    uint64_t size;       /* bytes asked for */
    uint64_t detail;
};

struct recording_header {
    uint32_t magic;                  /* RECORDING_MAGIC; stored last */
    uint32_t version;
    uint64_t exec_count;             /* programs that ran in the process before this one */
    uint64_t process;                /* the one that is recorded */
    uint64_t other_process_count;    /* of which nothing is recorded: started by it or before it */
    uint64_t handler_count;          /* events of signal handlers that interrupted the recorder */
    uint64_t lost_count;             /* events after the last one recorded */
    uint64_t lost_errno;             /* why the file could not grow; 0: it was not to */
};

enum { RECORDING_WINDOW_SIZE = RECORDING_WINDOW_EVENTS * (int)sizeof(struct recording_event) };

#endif
