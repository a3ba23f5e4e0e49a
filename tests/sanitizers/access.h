/*
 * What an allocator's user does, good or bad, each time in a process and on a heap of its own: what
 * becomes of it?
 */
#ifndef TESTS_SANITIZERS_ACCESS_H
#define TESTS_SANITIZERS_ACCESS_H

#include "allocator/base/config.h"
#include "allocator/base/report.h"

/* What becomes of an act: a report of some kind, or one of the last three. */
enum access_outcome {
#define X(id, headline) ACCESS_##id = REPORT_##id,
    REPORT_KINDS(X)
#undef X
    ACCESS_SILENT = REPORT_KIND_COUNT,    /* nobody notices */
    ACCESS_STOPPED,                       /* a sanitizer stops the program at the instruction */
    ACCESS_NOT_RUN,                       /* what would happen is undefined: not tried */
};

/* An act calls the allocator by the kernel's names. */
struct access {
    const char *name;
    void (*act)(void);
};

/*
 * Runs the act in a child process on a heap of config, then validates the caches of kmalloc.
 * Returns the first report's kind, or ACCESS_SILENT, or ACCESS_STOPPED if the child did not get so
 * far.
 */
int access_run(const struct access *access, const struct heap_config *config);

/* "SILENT", "STOPPED" or the name of a kind of report. */
const char *access_outcome_name(int outcome);

#endif
