/*
 * Lets the random engine keep the input it dies or hangs on: by a signal, by a sanitizer's report,
 * or by a run that takes longer than HANG_SECONDS.
 */
#ifndef FUZZ_ENGINES_LAST_WORDS_H
#define FUZZ_ENGINES_LAST_WORDS_H

#include <stdbool.h>
#include <stdint.h>

enum { HANG_SECONDS = 10 };

struct last_words {
    const uint64_t *progress;          /* goes up with each run */
    void (*say)(const char *found);    /* called once, the process ends afterwards */
};

/* Installs the handlers, once in a process. words is kept. */
void last_words_prepare(const struct last_words *words);

/* True once SIGINT or SIGTERM has arrived. */
bool last_words_stop_asked(void);

#endif
