/*
 * Each trace given passes all judges, does what it says (nearly every op is one), and gives the
 * same hash again after any other has run.
 *
 *     corpus_test sequence|smp|misuse|buddy FILE...
 */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/model/replay.h"

/* Of the ops of a hand-written trace so many may be there to show that nothing happens. */
enum { SKIPPED_PER_CENT_MAX = 10 };

struct entry {
    const char *path;
    struct program program;
    struct run_result result;
};

static bool complain(const struct entry *entry, const char *what)
{
    printf("%s: %s\n", entry->path, what);
    return false;
}

static bool entry_passes(struct run *run, struct entry *entry, const struct run_options *options)
{
    const struct run_result *result = &entry->result;

    entry->program = replay_read(entry->path);
    entry->result = run_program(run, &entry->program, options);
    if (result->verdict != RUN_PASSED) {
        return complain(entry, result->signature);
    }
    if (result->skipped_count * 100 > entry->program.op_count * SKIPPED_PER_CENT_MAX) {
        return complain(entry, "too many ops decode to nothing");
    }
    return true;
}

/* first, second, first: the first gives its hash twice. */
static bool pair_repeats(struct run *run, const struct entry *first, const struct entry *second,
                         const struct run_options *options)
{
    run_program(run, &second->program, options);

    struct run_result again = run_program(run, &first->program, options);

    return again.hash == first->result.hash && again.item_count == first->result.item_count
               ? true
               : complain(first, "another result after another program");
}

/* Results do not depend on being judged. */
static bool entry_is_independent(struct run *run, const struct entry *entry, enum run_ops ops)
{
    const struct run_options options = {.ops = ops, .is_unjudged = true};

    return run_program(run, &entry->program, &options).hash == entry->result.hash
               ? true
               : complain(entry, "another result without judges");
}

int main(int argc, char **argv)
{
    size_t count = (size_t)argc - 2;
    enum run_ops ops = replay_ops_of(argv[1]);
    const struct run_options options = {.ops = ops};
    struct entry *entries = calloc(count, sizeof(*entries));
    struct run *run = run_create(0);
    bool all_pass = argc > 2;

    for (size_t i = 0; i < count; i++) {
        entries[i].path = argv[i + 2];
        all_pass &= entry_passes(run, &entries[i], &options);
    }
    for (size_t i = 0; i < count; i++) {
        for (size_t j = 0; j < count; j++) {
            all_pass &= pair_repeats(run, &entries[i], &entries[j], &options);
        }
        all_pass &= ops != RUN_SEQUENCE || entry_is_independent(run, &entries[i], ops);
    }
    for (size_t i = 0; i < count; i++) {
        free(entries[i].program.ops);
    }
    run_destroy(run);
    free(entries);
    return all_pass ? 0 : 1;
}
