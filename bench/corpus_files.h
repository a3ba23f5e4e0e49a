/* The inputs of a folder, in the order of their names: the order must not depend on the machine. */
#ifndef BENCH_CORPUS_FILES_H
#define BENCH_CORPUS_FILES_H

#include <stddef.h>
#include <stdint.h>

struct corpus_file {
    uint8_t *bytes;
    size_t size;
};

struct corpus_files {
    struct corpus_file *files;
    size_t count;
};

/*
 * Reads every regular file of the folder. Says what is wrong in one line and exits with code 2 if
 * that cannot be done or there is none. The memory is never given back.
 */
struct corpus_files corpus_files_read(const char *folder);

#endif
