/* The subcommand replay: is there anything wrong with these programs, and what do they do? */
#ifndef FUZZ_TRIAGE_REPLAY_H
#define FUZZ_TRIAGE_REPLAY_H

#include "fuzz/triage/command.h"

extern const struct command replay_command;

#endif
