/*
 * Uses a heap by real threads until the time is up or something is wrong: churn SECONDS [SEED].
 *
 * Exit code 0: nothing wrong, and one line of JSON. 1: a line "churn: JUDGE@DETAIL" on stderr says
 * what is (churn.h). 2: bad usage. What a sanitizer finds ends the program its own way.
 */
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "tests/stress/churn.h"

static bool read_seconds(const char *text, double *seconds)
{
    char *end;

    *seconds = strtod(text, &end);
    return end != text && *end == '\0' && isfinite(*seconds) && *seconds > 0;
}

static bool read_seed(const char *text, uint64_t *seed)
{
    char *end;

    *seed = strtoull(text, &end, 10);
    return end != text && *end == '\0';
}

int main(int argc, char **argv)
{
    struct churn_limits limits = {.ops = UINT64_MAX};
    uint64_t seed = 0;

    if (argc < 2 || argc > 3 || !read_seconds(argv[1], &limits.seconds) ||
        (argc == 3 && !read_seed(argv[2], &seed))) {
        fprintf(stderr, "usage: churn SECONDS [SEED]\n");
        return 2;
    }

    struct churn_result result = churn(&limits, seed);

    if (result.judge != NULL) {
        fprintf(stderr, "churn: %s@%s\n", result.judge, result.detail);
        /* Threads may still be at it: nothing is torn down under them. */
        _exit(1);
    }
    printf("{\"ops\": %llu}\n", (unsigned long long)result.ops);
    return 0;
}
