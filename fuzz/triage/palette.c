#include "fuzz/triage/palette.h"

#include <stdlib.h>
#include <unistd.h>

static const struct palette colours = {
    .bad = "\033[1;31m",
    .focus = "\033[1m",
    .dim = "\033[2m",
    .reset = "\033[0m",
};

static const struct palette plain = {.bad = "", .focus = "", .dim = "", .reset = ""};

const struct palette *palette_choose(void)
{
    const char *refusal = getenv("NO_COLOR");

    return isatty(STDOUT_FILENO) && (refusal == NULL || refusal[0] == '\0') ? &colours : &plain;
}
