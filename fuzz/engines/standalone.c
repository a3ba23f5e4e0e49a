#include "fuzz/engines/standalone.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "fuzz/engines/stats.h"

static char finding[SIGNATURE_MAX];
static int has_finding;

void engine_feedback(uint32_t slot)
{
    stats_state(slot);
}

void engine_finding(const char *signature)
{
    snprintf(finding, sizeof(finding), "%s", signature);
    has_finding = 1;
}

const char *standalone_take_finding(void)
{
    const char *taken = has_finding ? finding : NULL;
    has_finding = 0;
    return taken;
}

static void complain(const char *path)
{
    fprintf(stderr, "%s: %s\n", path, strerror(errno));
}

/* Grows the buffer as it goes, since pipes and devices do not tell their size. */
static uint8_t *read_stream(FILE *stream, size_t *size)
{
    size_t capacity = 4096;
    uint8_t *bytes = malloc(capacity);
    *size = 0;
    while (bytes != NULL) {
        *size += fread(bytes + *size, 1, capacity - *size, stream);
        if (*size < capacity) {
            break;
        }
        uint8_t *larger = realloc(bytes, capacity *= 2);
        if (larger == NULL) {
            free(bytes);
        }
        bytes = larger;
    }
    if (bytes != NULL && ferror(stream)) {
        free(bytes);
        bytes = NULL;
    }
    return bytes;
}

uint8_t *standalone_read_file(const char *path, size_t *size)
{
    FILE *stream = fopen(path, "rb");
    if (stream == NULL) {
        complain(path);
        return NULL;
    }
    uint8_t *bytes = read_stream(stream, size);
    if (bytes == NULL) {
        complain(path);
    }
    fclose(stream);
    return bytes;
}

static int is_not_hidden(const struct dirent *entry)
{
    return entry->d_name[0] != '.';
}

static int visit_folder(const char *folder, int (*visit)(const char *path, void *context),
                        void *context)
{
    struct dirent **entries;
    int count = scandir(folder, &entries, is_not_hidden, alphasort);
    if (count < 0) {
        complain(folder);
        return -1;
    }
    int result = 0;
    for (int i = 0; i < count; i++) {
        char path[4096];
        snprintf(path, sizeof(path), "%s/%s", folder, entries[i]->d_name);
        result = result != 0 ? result : standalone_visit_files(path, visit, context);
        free(entries[i]);
    }
    free(entries);
    return result;
}

int standalone_visit_files(const char *path, int (*visit)(const char *path, void *context),
                           void *context)
{
    struct stat status;
    if (stat(path, &status) != 0) {
        complain(path);
        return -1;
    }
    return S_ISDIR(status.st_mode) ? visit_folder(path, visit, context) : visit(path, context);
}
