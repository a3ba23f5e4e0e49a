/*
 * How fast simulated CPUs are by themselves: scheduling points and task switches a second, nobody
 * judging or watching. Of a corpus only the programs count in which a task parks. Built without a
 * sanitizer.
 *
 *     switch_speed FOLDER REPETITIONS
 *
 * Prints one JSON object. Each repetition makes the same points and switches.
 */
#include <stdio.h>
#include <stdlib.h>

#include "bench/corpus_files.h"
#include "bench/processor_time.h"
#include "fuzz/run.h"
#include "sim/sim.h"

struct tally {
    uint64_t points;
    uint64_t switches;
    uint64_t steps;
};

static const struct run_options options = {.ops = RUN_SMP, .is_unjudged = true};

static struct tally run_one(struct run *run, const struct corpus_file *file)
{
    struct run_result result = run_bytes(run, file->bytes, file->size, &options);

    return (struct tally){
        .points = sim_points(run_sim(run)),
        .switches = sim_switches(run_sim(run)),
        .steps = result.step_count,
    };
}

/* Drops the programs that never switch; returns what the others come to. */
static struct tally choose(struct run *run, struct corpus_files *corpus)
{
    struct tally total = {0};
    size_t kept = 0;

    for (size_t i = 0; i < corpus->count; i++) {
        struct tally tally = run_one(run, &corpus->files[i]);

        if (tally.switches != 0) {
            corpus->files[kept++] = corpus->files[i];
            total.points += tally.points;
            total.switches += tally.switches;
            total.steps += tally.steps;
        }
    }
    corpus->count = kept;
    return total;
}

static double seconds_of(struct run *run, const struct corpus_files *corpus)
{
    double start = processor_seconds();

    for (size_t i = 0; i < corpus->count; i++) {
        (void)run_one(run, &corpus->files[i]);
    }
    return processor_seconds() - start;
}

int main(int argc, char **argv)
{
    if (argc != 3) {
        fprintf(stderr, "usage: switch_speed FOLDER REPETITIONS\n");
        return 2;
    }

    struct corpus_files corpus = corpus_files_read(argv[1]);
    int repetitions = atoi(argv[2]);
    struct run *run = run_create(0);
    struct tally total = choose(run, &corpus);

    printf("{\"programs\": %zu, \"points\": %llu, \"switches\": %llu, \"steps\": %llu, "
           "\"seconds\": [",
           corpus.count, (unsigned long long)total.points, (unsigned long long)total.switches,
           (unsigned long long)total.steps);
    for (int i = 0; i < repetitions; i++) {
        printf("%s%.6f", i == 0 ? "" : ", ", seconds_of(run, &corpus));
    }
    printf("]}\n");
    run_destroy(run);
    return 0;
}
