/*
 * How many judged steps a second, and what judging adds to a step: a corpus is run in this process
 * again and again, creation and reset of each heap included. Built as the fuzz targets are, under
 * libFuzzer's instrumentation and ASan, and states are marked for an engine as they do.
 *
 *     corpus_speed TARGET FOLDER REPETITIONS
 *
 * TARGET is slub_sequence or slub_smp. Prints one JSON object.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/corpus_files.h"
#include "bench/processor_time.h"
#include "fuzz/engines/engine.h"
#include "fuzz/run.h"

struct corpus {
    struct corpus_files files;
    enum run_ops ops;
};

struct tally {
    uint64_t steps;
    uint64_t acts;
    uint64_t skipped;
    uint64_t items;
    unsigned failures;
    double seconds;
};

/* False for a target whose speed is not measured. */
static bool find_ops(const char *target, enum run_ops *ops)
{
    bool is_smp = strcmp(target, "slub_smp") == 0;

    *ops = is_smp ? RUN_SMP : RUN_SEQUENCE;
    return is_smp || strcmp(target, "slub_sequence") == 0;
}

static struct tally run_corpus(struct run *run, const struct corpus *corpus, bool is_unjudged)
{
    const struct run_options options = {
        .ops = corpus->ops,
        .is_unjudged = is_unjudged,
        .on_state = engine_feedback,
    };
    struct tally tally = {0};
    double start = processor_seconds();

    for (size_t i = 0; i < corpus->files.count; i++) {
        const struct corpus_file *file = &corpus->files.files[i];
        struct run_result result = run_bytes(run, file->bytes, file->size, &options);

        tally.steps += result.step_count;
        tally.acts += result.act_count;
        tally.skipped += result.skipped_count;
        tally.items += result.item_count;
        tally.failures += result.verdict == RUN_FAILED;
    }
    tally.seconds = processor_seconds() - start;
    return tally;
}

/*
 * Judged and unjudged take turns, so that a slow moment of the machine hits both. An unjudged run
 * has no model to stop it and goes through the same ops.
 */
int main(int argc, char **argv)
{
    struct corpus corpus;

    if (argc != 4 || !find_ops(argv[1], &corpus.ops)) {
        fprintf(stderr, "usage: corpus_speed TARGET FOLDER REPETITIONS\n");
        return 2;
    }

    corpus.files = corpus_files_read(argv[2]);

    int repetitions = atoi(argv[3]);
    struct run *run = run_create(0);
    struct tally judged = run_corpus(run, &corpus, false);

    printf("{\"programs\": %zu, \"steps\": %llu, \"acts\": %llu, \"skipped\": %llu, "
           "\"items\": %llu, \"failures\": %u, \"seconds\": [",
           corpus.files.count, (unsigned long long)judged.steps, (unsigned long long)judged.acts,
           (unsigned long long)judged.skipped, (unsigned long long)judged.items,
           judged.failures);
    for (int i = 0; i < repetitions; i++) {
        struct tally with = run_corpus(run, &corpus, false);
        struct tally without = run_corpus(run, &corpus, true);

        printf("%s[%.6f, %llu, %.6f, %llu]", i == 0 ? "" : ", ", with.seconds,
               (unsigned long long)with.steps, without.seconds,
               (unsigned long long)without.steps);
    }
    printf("]}\n");
    run_destroy(run);
    return 0;
}
