/*
 * The search for the shortest program with one signature, within a time.
 *
 * Candidates are run thoroughly, and without the end if the finding comes before it: many of those
 * of a program that corrupts a list loop for ever when all is freed. Should the result not be the
 * same finding for everybody, the search starts again with whole runs.
 */
#ifndef FUZZ_TRIAGE_SEARCH_H
#define FUZZ_TRIAGE_SEARCH_H

#include "fuzz/triage/target.h"
#include "fuzz/triage/trial.h"

enum { SEARCH_STATEMENT_SIZE = 256 };

struct search {
    const struct target *target;
    struct trials trials;
    double deadline;                              /* seconds, of a clock that only search.c reads */
    unsigned stall_milliseconds;                  /* after which a candidate hangs */
    bool is_thorough;                             /* how candidates are run */
    bool skips_end;
    bool is_exact;                                /* candidates are judged as findings are */
    char signature[RUN_SIGNATURE_SIZE];           /* to be kept */
    char statement[SEARCH_STATEMENT_SIZE];        /* of its rule */
};

/* Begins the time that the search may take. Exits with code 3 if the machine lacks memory. */
void search_init(struct search *search, const struct target *target, double seconds);
void search_fini(struct search *search);

/* Finds out what is wrong with a program. */
enum trial_verdict search_find_signature(struct search *search, const struct program *program);

/* Reduces the program that search_find_signature() found. False if there is no memory. */
bool search_reduce(struct search *search, struct program *program);

/* True if the time is over, or the user wants to go. */
bool search_is_over(const struct search *search);

#endif
