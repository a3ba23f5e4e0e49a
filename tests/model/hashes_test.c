/*
 * Each trace gives the hash that is on record for it: the same in every build, and as long as the
 * allocator does what it did. A trace of which there is no record is new, and passes.
 *
 *     hashes_test sequence|smp|misuse|buddy RECORD FILE... [--print]
 *
 * RECORD has a line for each trace, its hash and its name. With --print what the record should be
 * is printed instead: docs/TESTING.md tells when.
 */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/model/replay.h"

enum { NAME_SIZE = 120, LINE_MAX_COUNT = 2000 };

struct line {
    unsigned long long hash;
    char name[NAME_SIZE];
    bool is_used;
};

struct record {
    struct line lines[LINE_MAX_COUNT];
    size_t count;
};

static void read_record(struct record *record, const char *path)
{
    FILE *file = fopen(path, "r");

    if (file == NULL) {
        perror(path);
        exit(1);
    }
    while (record->count < LINE_MAX_COUNT &&
           fscanf(file, "%16llx %119s", &record->lines[record->count].hash,
                  record->lines[record->count].name) == 2) {
        record->count++;
    }
    if (!feof(file)) {
        printf("%s: line %zu is no hash and name\n", path, record->count + 1);
        exit(1);
    }
    fclose(file);
}

static struct line *find_line(struct record *record, const char *name)
{
    for (size_t i = 0; i < record->count; i++) {
        if (strcmp(record->lines[i].name, name) == 0) {
            return &record->lines[i];
        }
    }
    return NULL;
}

static unsigned long long hash_of(struct run *run, const char *path, enum run_ops ops)
{
    const struct run_options options = {.ops = ops};
    const struct program program = replay_read(path);
    unsigned long long hash = run_program(run, &program, &options).hash;

    free(program.ops);
    return hash;
}

/* Without the folder: whether it is a seed or a regression says nothing. */
static const char *name_of(const char *path)
{
    const char *slash = strrchr(path, '/');

    return slash != NULL ? slash + 1 : path;
}

static bool is_as_recorded(struct record *record, const char *path, unsigned long long hash)
{
    struct line *line = find_line(record, name_of(path));

    if (line == NULL) {
        printf("%s: no hash on record, it is %016llx\n", path, hash);
        return true;
    }
    line->is_used = true;
    if (line->hash != hash) {
        printf("%s: hash %016llx, on record is %016llx\n", path, hash, line->hash);
    }
    return line->hash == hash;
}

static bool none_is_left(const struct record *record)
{
    bool is_none = true;

    for (size_t i = 0; i < record->count; i++) {
        if (!record->lines[i].is_used) {
            printf("%s: on record, but there is no such trace\n", record->lines[i].name);
            is_none = false;
        }
    }
    return is_none;
}

int main(int argc, char **argv)
{
    bool is_printed = strcmp(argv[argc - 1], "--print") == 0;
    enum run_ops ops = replay_ops_of(argv[1]);
    struct record *record = calloc(1, sizeof(*record));
    struct run *run = run_create(0);
    bool is_same = record != NULL && argc > 3;

    if (is_same && !is_printed) {
        read_record(record, argv[2]);
    }
    for (int i = 3; is_same && i < argc - is_printed; i++) {
        unsigned long long hash = hash_of(run, argv[i], ops);

        if (is_printed) {
            printf("%016llx %s\n", hash, name_of(argv[i]));
        } else {
            is_same &= is_as_recorded(record, argv[i], hash);
        }
    }
    is_same = is_same && none_is_left(record);
    run_destroy(run);
    free(record);
    return is_same ? 0 : 1;
}
