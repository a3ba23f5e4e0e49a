/*
 * One number for all steps and results of the corpora: the same in every build, or something
 * depends on the machine. Every op is carried out, misuse too.
 *
 *     corpus_hash FOLDER...
 */
#include <stdio.h>

#include "bench/corpus_files.h"
#include "fuzz/run.h"

static uint64_t mix(uint64_t hash, uint64_t value)
{
    return (hash ^ value) * UINT64_C(0x100000001b3);
}

int main(int argc, char **argv)
{
    struct run *run = run_create(0);
    uint64_t hash = UINT64_C(0xcbf29ce484222325);
    uint64_t steps = 0;

    for (int i = 1; i < argc; i++) {
        struct corpus_files corpus = corpus_files_read(argv[i]);

        for (size_t k = 0; k < corpus.count; k++) {
            struct run_result result =
                run_bytes(run, corpus.files[k].bytes, corpus.files[k].size, NULL);

            hash = mix(mix(hash, result.hash), result.verdict);
            steps += result.step_count;
        }
    }
    printf("{\"hash\": \"%016llx\", \"steps\": %llu}\n", (unsigned long long)hash,
           (unsigned long long)steps);
    run_destroy(run);
    return 0;
}
