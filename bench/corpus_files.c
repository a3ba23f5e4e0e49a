#include "bench/corpus_files.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { BAD_INPUT = 2 };

static void give_up(const char *path, const char *cause)
{
    fprintf(stderr, "%s: %s\n", path, cause);
    exit(BAD_INPUT);
}

static struct corpus_file read_file(const char *path, size_t size)
{
    struct corpus_file file = {malloc(size + 1), size};
    FILE *stream = fopen(path, "rb");

    if (file.bytes == NULL || stream == NULL) {
        give_up(path, strerror(errno));
    }
    if (fread(file.bytes, 1, size, stream) != size) {
        give_up(path, "cannot be read");
    }
    fclose(stream);
    return file;
}

static void add_file(struct corpus_files *files, const char *folder, const char *name)
{
    char path[4096];
    struct stat status;

    snprintf(path, sizeof(path), "%s/%s", folder, name);
    if (stat(path, &status) != 0 || !S_ISREG(status.st_mode)) {
        return;
    }
    files->files = realloc(files->files, (files->count + 1) * sizeof(*files->files));
    if (files->files == NULL) {
        give_up(path, strerror(errno));
    }
    files->files[files->count++] = read_file(path, (size_t)status.st_size);
}

struct corpus_files corpus_files_read(const char *folder)
{
    struct corpus_files files = {0};
    struct dirent **names;
    int count = scandir(folder, &names, NULL, alphasort);

    if (count < 0) {
        give_up(folder, strerror(errno));
    }
    for (int i = 0; i < count; i++) {
        add_file(&files, folder, names[i]->d_name);
    }
    if (files.count == 0) {
        give_up(folder, "no inputs");
    }
    return files;
}
