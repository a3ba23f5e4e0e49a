/*
 * Work in a process of its own: whatever it does to itself, crash, hang or write where it must not,
 * the caller learns how far it came and goes on.
 *
 * A child shares one block of memory with its parent, in which it notes its progress. It is stopped
 * when it makes none for a while, measured in the child's own processor time, so a busy machine
 * stops nobody; and when the parent is asked to stop.
 */
#ifndef FUZZ_TRIAGE_CHILD_H
#define FUZZ_TRIAGE_CHILD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum child_end {
    CHILD_DONE,       /* the work returned */
    CHILD_DIED,       /* by a signal or a sanitizer's report: see cause */
    CHILD_HUNG,
    CHILD_STOPPED,    /* the parent was asked to stop */
    CHILD_FAILED,     /* there could be no child */
};

enum { CHILD_CAUSE_SIZE = 48 };

/* The shared block. The child writes, the parent reads. */
struct child_note {
    volatile uint64_t beat;           /* changes as long as there is progress */
    volatile bool is_done;            /* the work returned */
    volatile bool is_hung;            /* written by the parent */
    char cause[CHILD_CAUSE_SIZE];     /* "SIGSEGV", "use-after-poison", ...; how it died */
};

struct child_work {
    void (*work)(void *context);
    void *context;
    struct child_note *note;          /* shared; its fields are reset */
    void (*on_wait)(void *context);   /* in the parent, now and then while it waits; or NULL */
    unsigned stall_milliseconds;      /* of processor time without a beat */
    bool is_quiet;                    /* what it prints on stderr, a sanitizer's report, is lost */
};

/* Zero-filled memory that children share with their parent, or NULL; and back. */
void *child_share(size_t size);
void child_unshare(void *memory, size_t size);

/* Runs the work and waits for its end. What it prints on stdout is printed. */
enum child_end child_run(const struct child_work *work);

/* True in a build with AddressSanitizer. */
bool child_is_under_asan(void);

/* From now on SIGINT and SIGTERM end the present child, and child_stop_asked() is true then. */
void child_watch_stop(void);
bool child_stop_asked(void);

#endif
