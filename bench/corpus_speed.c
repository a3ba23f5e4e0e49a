/*
 * How many judged steps a second, and what judging adds to a step: a corpus is run in this process
 * again and again, creation and reset of each heap included. Built as the fuzz targets are, under
 * libFuzzer's instrumentation and ASan.
 *
 *     corpus_speed FOLDER REPETITIONS
 *
 * Prints one JSON object. Times are of the calling thread's processor, so other load on the machine
 * costs less accuracy.
 */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "bench/corpus_files.h"
#include "fuzz/run.h"

struct tally {
    uint64_t steps;
    uint64_t acts;
    uint64_t skipped;
    uint64_t items;
    unsigned failures;
    double seconds;
};

static double processor_seconds(void)
{
    struct timespec now;

    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static struct tally run_corpus(struct run *run, const struct corpus_files *corpus,
                               bool is_unjudged)
{
    const struct run_options options = {.ops = RUN_SEQUENCE, .is_unjudged = is_unjudged};
    struct tally tally = {0};
    double start = processor_seconds();

    for (size_t i = 0; i < corpus->count; i++) {
        const struct corpus_file *file = &corpus->files[i];
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
    if (argc != 3) {
        fprintf(stderr, "usage: corpus_speed FOLDER REPETITIONS\n");
        return 2;
    }

    struct corpus_files corpus = corpus_files_read(argv[1]);
    int repetitions = atoi(argv[2]);
    struct run *run = run_create(0);
    struct tally judged = run_corpus(run, &corpus, false);

    printf("{\"programs\": %zu, \"steps\": %llu, \"acts\": %llu, \"skipped\": %llu, "
           "\"items\": %llu, \"failures\": %u, \"seconds\": [",
           corpus.count, (unsigned long long)judged.steps, (unsigned long long)judged.acts,
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
