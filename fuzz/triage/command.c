#include "fuzz/triage/command.h"

#include <stdio.h>
#include <string.h>

enum option_kind { KIND_FLAG, KIND_STRING, KIND_NUMBER };

static const struct option_row {
    const char *name;
    unsigned bit;
    enum option_kind kind;
    size_t offset;           /* in struct options */
    uint32_t number_min;
    uint32_t number_max;     /* 9 digits at most; keeps every sum of them in range */
} option_rows[] = {
    {"target", OPTION_TARGET, KIND_STRING, offsetof(struct options, target), 0, 0},
    {"out", OPTION_OUT, KIND_STRING, offsetof(struct options, out), 0, 0},
    {"to", OPTION_TO, KIND_STRING, offsetof(struct options, to), 0, 0},
    {"strategy", OPTION_STRATEGY, KIND_STRING, offsetof(struct options, strategy), 0, 0},
    {"show", OPTION_SHOW, KIND_STRING, offsetof(struct options, show), 0, 0},
    {"attributes", OPTION_ATTRIBUTES, KIND_STRING, offsetof(struct options, attributes), 0, 0},
    {"at", OPTION_AT, KIND_NUMBER, offsetof(struct options, at), 1, 999999999},
    {"lines", OPTION_LINES, KIND_NUMBER, offsetof(struct options, lines), 1, 999999999},
    {"raw", OPTION_RAW, KIND_FLAG, offsetof(struct options, is_raw), 0, 0},
    {"seconds", OPTION_SECONDS, KIND_NUMBER, offsetof(struct options, seconds), 1, 86400},
    {"preemptions", OPTION_PREEMPTIONS, KIND_NUMBER, offsetof(struct options, preemptions), 0, 15},
    {"runs", OPTION_RUNS, KIND_NUMBER, offsetof(struct options, runs), 1, 999999999},
    {"seed", OPTION_SEED, KIND_NUMBER, offsetof(struct options, seed), 0, 999999999},
    {"verbose", OPTION_VERBOSE, KIND_FLAG, offsetof(struct options, is_verbose), 0, 0},
    {"json", OPTION_JSON, KIND_FLAG, offsetof(struct options, is_json), 0, 0},
    {"every-point", OPTION_EVERY_POINT, KIND_FLAG, offsetof(struct options, is_every_point), 0, 0},
};

enum { OPTION_COUNT = sizeof(option_rows) / sizeof(option_rows[0]) };

/* The command line as far as it is not read. */
struct reader {
    const struct command *command;
    char **next;
    char **end;
};

static bool fail(const struct reader *reader, const char *what, const char *word)
{
    fprintf(stderr, "%s: %s%s (usage: %s %s)\n", reader->command->name, what, word,
            reader->command->name, reader->command->usage);
    return false;
}

static const struct option_row *find_option(const struct command *command, const char *name,
                                            size_t size)
{
    for (size_t i = 0; i < OPTION_COUNT; i++) {
        const struct option_row *row = &option_rows[i];

        if ((command->options & row->bit) != 0 && strlen(row->name) == size &&
            memcmp(row->name, name, size) == 0) {
            return row;
        }
    }
    return NULL;
}

static bool parse_number(const struct option_row *row, const char *word, uint32_t *number)
{
    uint32_t sum = 0;

    for (const char *digit = word; *digit != '\0'; digit++) {
        if (*digit < '0' || *digit > '9' || sum > row->number_max / 10) {
            return false;
        }
        sum = sum * 10 + (uint32_t)(*digit - '0');
    }
    *number = sum;
    return word[0] != '\0' && sum >= row->number_min && sum <= row->number_max;
}

static bool read_number(const struct reader *reader, const struct option_row *row,
                        const char *word, uint32_t *number)
{
    char what[64];

    snprintf(what, sizeof(what), "not within %u..%u: ", (unsigned)row->number_min,
             (unsigned)row->number_max);
    return parse_number(row, word, number) || fail(reader, what, word);
}

/* One option whose name, with the dashes, is word. */
static bool read_option(struct reader *reader, const char *word, struct options *options)
{
    const char *equals = strchr(word, '=');
    size_t name_size = equals != NULL ? (size_t)(equals - word) - 2 : strlen(word) - 2;
    const struct option_row *row = find_option(reader->command, word + 2, name_size);
    void *field = row == NULL ? NULL : (char *)options + row->offset;
    const char *value = equals == NULL ? NULL : equals + 1;

    if (row == NULL) {
        return fail(reader, "no option ", word);
    }
    options->given |= row->bit;
    if (row->kind == KIND_FLAG) {
        *(bool *)field = true;
        return value == NULL || fail(reader, "takes no value: ", word);
    }
    if (value == NULL && reader->next == reader->end) {
        return fail(reader, "needs a value: ", word);
    }
    if (value == NULL) {
        value = *reader->next++;
    }
    if (row->kind == KIND_STRING) {
        *(const char **)field = value;
        return true;
    }
    return read_number(reader, row, value, field);
}

/* Gathers the arguments at the front of the words that were read, in their order. */
static bool read_words(struct reader *reader, struct options *options)
{
    bool options_end = false;

    options->arguments = reader->next;
    while (reader->next < reader->end) {
        char *word = *reader->next++;

        if (!options_end && strcmp(word, "--") == 0) {
            options_end = true;
        } else if (!options_end && strncmp(word, "--", 2) == 0) {
            if (!read_option(reader, word, options)) {
                return false;
            }
        } else if (!options_end && word[0] == '-' && word[1] != '\0') {
            return fail(reader, "no option ", word);
        } else {
            options->arguments[options->argument_count++] = word;
        }
    }
    if (options->argument_count < reader->command->argument_count_min) {
        return fail(reader, "too few arguments", "");
    }
    return options->argument_count <= reader->command->argument_count_max ||
           fail(reader, "too many arguments, from ",
                options->arguments[reader->command->argument_count_max]);
}

static void list(FILE *stream, const struct command *commands, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        fprintf(stream, "%s %s\n    %s\n", commands[i].name, commands[i].usage, commands[i].help);
    }
}

static const struct command *find_command(const struct command *commands, size_t count,
                                          const char *name)
{
    for (size_t i = 0; i < count; i++) {
        if (strcmp(commands[i].name, name) == 0) {
            return &commands[i];
        }
    }
    return NULL;
}

enum exit_code command_main(const struct command *commands, size_t count, int argc, char **argv)
{
    struct options options = {0};

    if (argc >= 2 && strcmp(argv[1], "--help") == 0) {
        list(stdout, commands, count);
        return EXIT_NOTHING_FOUND;
    }
    if (argc < 2) {
        list(stderr, commands, count);
        return EXIT_BAD_INPUT;
    }

    struct reader reader = {
        .command = find_command(commands, count, argv[1]),
        .next = argv + 2,
        .end = argv + argc,
    };

    if (reader.command == NULL) {
        fprintf(stderr, "no command '%s'; --help lists them\n", argv[1]);
        return EXIT_BAD_INPUT;
    }
    return read_words(&reader, &options) ? reader.command->run(&options) : EXIT_BAD_INPUT;
}
