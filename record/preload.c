/*
 * The C library's allocator as the recorded program sees it: each function asks the real one, which
 * is the next in the order of symbol lookup, and notes what was asked.
 *
 * A free is noted before it happens and an allocation after: whoever is handed the memory next
 * comes later in the recording. A realloc is both, so no other thread notes anything meanwhile.
 * Functions that are made of others here (reallocarray of realloc)
 * are noted as those.
 */
#include <dlfcn.h>
#include <errno.h>
#include <malloc.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "record/bootstrap.h"
#include "record/recorder.h"

#define NEXT_FUNCTIONS(X)                                                                          \
    X(malloc)                                                                                      \
    X(calloc)                                                                                      \
    X(realloc)                                                                                     \
    X(free)                                                                                        \
    X(memalign)                                                                                    \
    X(malloc_usable_size)

/* The real functions. */
static struct {
#define X(name) __typeof__(&name) name;
    NEXT_FUNCTIONS(X)
#undef X
} next;

static enum { UNKNOWN, LOOKING, KNOWN } lookup;
static struct bootstrap bootstrap;

static void *look_up(const char *name)
{
    static const char complaint[] = "slubbed: the recorder finds no allocator to stand before\n";
    void *function = dlsym(RTLD_NEXT, name);

    if (function == NULL) {
        (void)!write(STDERR_FILENO, complaint, sizeof(complaint) - 1);
        _exit(3);
    }
    return function;
}

/* False while the real functions are being looked up. */
static bool is_ready(void)
{
    if (lookup == UNKNOWN) {
        lookup = LOOKING;
#define X(name) next.name = (__typeof__(&name))look_up(#name);
        NEXT_FUNCTIONS(X)
#undef X
        lookup = KNOWN;
    }
    return lookup == KNOWN;
}

static void *aligned(size_t alignment, size_t size)
{
    void *pointer = is_ready() ? next.memalign(alignment, size) : NULL;

    recorder_note(RECORDING_MEMALIGN, pointer, size, alignment);
    return pointer;
}

static size_t page_size(void)
{
    return (size_t)sysconf(_SC_PAGESIZE);
}

void *malloc(size_t size)
{
    if (!is_ready()) {
        return bootstrap_alloc(&bootstrap, size);
    }

    void *pointer = next.malloc(size);

    recorder_note(RECORDING_MALLOC, pointer, size, 0);
    return pointer;
}

void *calloc(size_t count, size_t size)
{
    if (!is_ready()) {
        return size == 0 || count <= SIZE_MAX / size ? bootstrap_alloc(&bootstrap, count * size)
                                                     : NULL;
    }

    void *pointer = next.calloc(count, size);

    recorder_note(RECORDING_CALLOC, pointer, size, count);
    return pointer;
}

/* Moves what was handed out during the lookup into memory that can be freed. */
static void *leave_bootstrap(void *old, size_t size)
{
    void *pointer = malloc(size);
    size_t old_size = bootstrap_size(old);

    if (pointer != NULL) {
        memcpy(pointer, old, old_size < size ? old_size : size);
    }
    return pointer;
}

void *realloc(void *old, size_t size)
{
    if (bootstrap_owns(&bootstrap, old)) {
        return leave_bootstrap(old, size);
    }
    if (!is_ready()) {
        return bootstrap_alloc(&bootstrap, size);
    }

    uintptr_t old_address = (uintptr_t)old;
    bool is_recorded = recorder_begin();
    void *pointer = next.realloc(old, size);

    if (is_recorded) {
        recorder_end(RECORDING_REALLOC, pointer, size, old_address);
    }
    return pointer;
}

void *reallocarray(void *old, size_t count, size_t size)
{
    if (size != 0 && count > SIZE_MAX / size) {
        errno = ENOMEM;
        return NULL;
    }
    return realloc(old, count * size);
}

void free(void *pointer)
{
    if (pointer == NULL || bootstrap_owns(&bootstrap, pointer) || !is_ready()) {
        return;
    }
    recorder_note(RECORDING_FREE, pointer, 0, 0);
    next.free(pointer);
}

void *memalign(size_t alignment, size_t size)
{
    return aligned(alignment, size);
}

void *aligned_alloc(size_t alignment, size_t size)
{
    return aligned(alignment, size);
}

int posix_memalign(void **pointer, size_t alignment, size_t size)
{
    int error = errno;
    void *found = NULL;

    if (alignment == 0 || alignment % sizeof(void *) != 0 || (alignment & (alignment - 1)) != 0) {
        return EINVAL;
    }
    found = aligned(alignment, size);
    errno = error;
    if (found == NULL) {
        return ENOMEM;
    }
    *pointer = found;
    return 0;
}

void *valloc(size_t size)
{
    return aligned(page_size(), size);
}

void *pvalloc(size_t size)
{
    size_t page = page_size();

    if (size > SIZE_MAX - page) {
        errno = ENOMEM;
        return NULL;
    }
    return aligned(page, (size + page - 1) / page * page);
}

size_t malloc_usable_size(void *pointer)
{
    if (pointer == NULL || !is_ready()) {
        return 0;
    }
    if (bootstrap_owns(&bootstrap, pointer)) {
        return bootstrap_size(pointer);
    }
    recorder_note(RECORDING_USABLE_SIZE, pointer, 0, 0);
    return next.malloc_usable_size(pointer);
}
