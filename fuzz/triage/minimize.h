/* The subcommand minimize: the shortest program with the same signature. */
#ifndef FUZZ_TRIAGE_MINIMIZE_H
#define FUZZ_TRIAGE_MINIMIZE_H

#include "fuzz/triage/command.h"

extern const struct command minimize_command;

#endif
