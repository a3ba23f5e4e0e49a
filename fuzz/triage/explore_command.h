/* The subcommand explore: does any schedule of a program fail? */
#ifndef FUZZ_TRIAGE_EXPLORE_COMMAND_H
#define FUZZ_TRIAGE_EXPLORE_COMMAND_H

#include "fuzz/triage/command.h"

extern const struct command explore_command;

#endif
