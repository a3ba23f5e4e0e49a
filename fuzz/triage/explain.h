/* The subcommand explain: what is wrong with a program, in words and a picture. */
#ifndef FUZZ_TRIAGE_EXPLAIN_H
#define FUZZ_TRIAGE_EXPLAIN_H

#include "fuzz/triage/command.h"

extern const struct command explain_command;

#endif
