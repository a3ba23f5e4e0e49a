/* What a tool tells its caller; the same for every tool of the bed. */
#ifndef FUZZ_TRIAGE_EXIT_CODE_H
#define FUZZ_TRIAGE_EXIT_CODE_H

enum exit_code {
    EXIT_NOTHING_FOUND = 0,
    EXIT_FINDINGS = 1,
    EXIT_BAD_INPUT = 2,     /* usage, or a file that cannot be read, understood or written */
    EXIT_BED_FAILED = 3,    /* the tool itself or its surroundings */
    EXIT_INTERRUPTED = 130, /* by SIGINT or SIGTERM, with nothing found before; as shells say it */
};

#endif
