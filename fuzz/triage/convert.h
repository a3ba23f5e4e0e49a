/* The subcommand convert: from either form of a program to a canonical spelling of one. */
#ifndef FUZZ_TRIAGE_CONVERT_H
#define FUZZ_TRIAGE_CONVERT_H

#include "fuzz/triage/command.h"

/* Reads the first argument, writes the second, in the form that options->to names. */
enum exit_code convert_run(const struct options *options);

/* Its row for a table of commands. */
extern const struct command convert_command;

#endif
