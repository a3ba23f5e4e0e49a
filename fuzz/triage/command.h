/*
 * A program made of subcommands: which there are, what options each takes, and how they are read.
 *
 *     PROGRAM COMMAND [--name VALUE | --name=VALUE | --flag]... [--] ARGUMENT...
 *
 * "-" is an argument: the standard input or output.
 */
#ifndef FUZZ_TRIAGE_COMMAND_H
#define FUZZ_TRIAGE_COMMAND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "fuzz/triage/exit_code.h"

/* What was given; NULL, 0 or false where it was not. */
struct options {
    const char *target;
    const char *out;
    const char *to;
    const char *strategy;
    const char *show;
    const char *attributes;
    uint32_t at;
    uint32_t lines;
    uint32_t seconds;
    uint32_t preemptions;
    uint32_t runs;
    uint32_t seed;
    bool is_verbose;
    bool is_json;
    bool is_every_point;
    bool is_raw;
    unsigned given;                  /* enum option_bit of all that were: some may be 0 */
    char **arguments;
    size_t argument_count;
};

enum option_bit {
    OPTION_TARGET = 1,
    OPTION_OUT = 2,
    OPTION_TO = 4,
    OPTION_SECONDS = 8,
    OPTION_VERBOSE = 16,
    OPTION_JSON = 32,
    OPTION_STRATEGY = 64,
    OPTION_PREEMPTIONS = 128,
    OPTION_RUNS = 256,
    OPTION_SEED = 512,
    OPTION_EVERY_POINT = 1024,
    OPTION_SHOW = 2048,
    OPTION_ATTRIBUTES = 4096,
    OPTION_AT = 8192,
    OPTION_LINES = 16384,
    OPTION_RAW = 32768,
};

struct command {
    const char *name;
    const char *usage;               /* what follows the name */
    const char *help;                /* one line */
    unsigned options;                /* enum option_bit */
    size_t argument_count_min;
    size_t argument_count_max;
    enum exit_code (*run)(const struct options *options);
};

/*
 * Runs the command that argv names. A mistake of the caller is told on one line of stderr and gives
 * EXIT_BAD_INPUT; without any command, or with --help, the commands are listed.
 */
enum exit_code command_main(const struct command *commands, size_t count, int argc, char **argv);

#endif
