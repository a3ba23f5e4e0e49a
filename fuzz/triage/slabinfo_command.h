/* slabinfo: the caches of a heap as a program leaves them. */
#ifndef FUZZ_TRIAGE_SLABINFO_COMMAND_H
#define FUZZ_TRIAGE_SLABINFO_COMMAND_H

#include "fuzz/triage/command.h"

extern const struct command slabinfo_command;

#endif
