#include "fuzz/triage/output.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static bool complain(const char *path)
{
    fprintf(stderr, "%s: %s\n", path, strerror(errno));
    return false;
}

static bool write_all(int file, const void *bytes, size_t size)
{
    const char *next = bytes;

    while (size > 0) {
        ssize_t written = write(file, next, size);

        if (written < 0 && errno != EINTR) {
            return false;
        }
        next += written > 0 ? written : 0;
        size -= written > 0 ? (size_t)written : 0;
    }
    return true;
}

/* mkstemp() makes files for their owner alone; these are as any other program's. */
static bool give_usual_mode(int file)
{
    mode_t mask = umask(0);

    umask(mask);
    return fchmod(file, 0666 & ~mask) == 0;
}

/* Whatever fails last is what errno tells, so the clean-up keeps it. */
static bool write_beside(const char *path, char *temporary, const void *bytes, size_t size)
{
    int file = mkstemp(temporary);

    if (file < 0) {
        return false;
    }

    bool is_written = give_usual_mode(file) && write_all(file, bytes, size);
    bool is_done = close(file) == 0 && is_written && rename(temporary, path) == 0;
    int cause = errno;

    if (!is_done) {
        unlink(temporary);
        errno = cause;
    }
    return is_done;
}

/* A device or pipe is written to, never replaced. */
static bool is_special(const char *path)
{
    struct stat status;

    return stat(path, &status) == 0 && !S_ISREG(status.st_mode);
}

static bool write_into(const char *path, const void *bytes, size_t size)
{
    int file = open(path, O_WRONLY);

    if (file < 0) {
        return false;
    }

    bool is_written = write_all(file, bytes, size);

    return close(file) == 0 && is_written;
}

static bool replace(const char *path, const void *bytes, size_t size)
{
    static const char suffix[] = ".XXXXXX";
    size_t path_size = strlen(path);
    char *temporary = malloc(path_size + sizeof(suffix));

    if (temporary == NULL) {
        return false;
    }
    memcpy(temporary, path, path_size);
    memcpy(temporary + path_size, suffix, sizeof(suffix));

    bool is_written = write_beside(path, temporary, bytes, size);
    int cause = errno;

    free(temporary);
    errno = cause;
    return is_written;
}

bool output_write(const char *path, const void *bytes, size_t size)
{
    if (strcmp(path, "-") == 0) {
        return (fflush(stdout) == 0 && write_all(STDOUT_FILENO, bytes, size)) || complain("stdout");
    }
    return (is_special(path) ? write_into(path, bytes, size) : replace(path, bytes, size)) ||
           complain(path);
}
