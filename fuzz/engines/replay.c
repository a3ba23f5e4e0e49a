/*
 * The engine that runs each input it is given once, in order: for regression tests, for looking at
 * a finding, and for whatever other tool has no engine of its own (valgrind, gdb, coverage).
 */
#include <stdio.h>
#include <stdlib.h>

#include "fuzz/engines/engine.h"
#include "fuzz/engines/standalone.h"

enum exit_code { EXIT_NOTHING_FOUND = 0, EXIT_FINDINGS = 1, EXIT_BAD_INPUT = 2 };

struct tally {
    unsigned input_count;
    unsigned finding_count;
};

static int replay_file(const char *path, void *context)
{
    struct tally *tally = context;
    size_t size;
    uint8_t *data = standalone_read_file(path, &size);
    if (data == NULL) {
        return -1;
    }
    LLVMFuzzerTestOneInput(data, size);
    free(data);

    tally->input_count++;
    const char *signature = standalone_take_finding();
    if (signature != NULL) {
        tally->finding_count++;
        printf("%s: found %s\n", path, signature);
    }
    return 0;
}

int main(int argc, char **argv)
{
    if (LLVMFuzzerInitialize != NULL) {
        LLVMFuzzerInitialize(&argc, &argv);
    }
    if (argc < 2 || argv[1][0] == '-') {
        fprintf(stderr, "usage: %s FILE|FOLDER...\n", argv[0]);
        return EXIT_BAD_INPUT;
    }

    struct tally tally = {0, 0};
    for (int i = 1; i < argc; i++) {
        if (standalone_visit_files(argv[i], replay_file, &tally) != 0) {
            return EXIT_BAD_INPUT;
        }
    }
    printf("replayed %u inputs, %u findings\n", tally.input_count, tally.finding_count);
    return tally.finding_count > 0 ? EXIT_FINDINGS : EXIT_NOTHING_FOUND;
}
