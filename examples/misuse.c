#include "examples/misuse.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "examples/bump.h"

enum { SIZE = 100, EXIT_NOTICED = 42 };

static void overflow_by_one(struct bump *bump)
{
    volatile unsigned char *object = bump_alloc(bump, SIZE);

    object[SIZE] = 'x';
    bump_free(bump, (void *)(uintptr_t)object);
}

static void underflow(struct bump *bump)
{
    volatile unsigned char *object = bump_alloc(bump, SIZE);

    object[-1] = 'x';
    bump_free(bump, (void *)(uintptr_t)object);
}

/* Writes to a free object, which is then allocated again. */
static void write_to_free(struct bump *bump, size_t offset)
{
    volatile unsigned char *object = bump_alloc(bump, SIZE);

    bump_free(bump, (void *)(uintptr_t)object);
    object[offset] = 'x';
    bump_alloc(bump, SIZE);
}

static void write_after_free(struct bump *bump)
{
    write_to_free(bump, SIZE / 2);
}

static void overwritten_link(struct bump *bump)
{
    write_to_free(bump, 3);
}

static void double_free_at_once(struct bump *bump)
{
    void *object = bump_alloc(bump, SIZE);

    bump_free(bump, object);
    bump_free(bump, object);
}

static void double_free_later(struct bump *bump)
{
    void *first = bump_alloc(bump, SIZE);
    void *second = bump_alloc(bump, SIZE);

    bump_free(bump, first);
    bump_free(bump, second);
    bump_free(bump, first);
}

static void free_interior(struct bump *bump)
{
    unsigned char *object = bump_alloc(bump, SIZE);

    bump_free(bump, object + 16);
}

static void free_foreign(struct bump *bump)
{
    void *foreign = calloc(1, SIZE);

    bump_free(bump, foreign);
    free(foreign);
}

static void read_after_free(struct bump *bump)
{
    volatile unsigned char *object = bump_alloc(bump, SIZE);
    unsigned char byte;

    bump_free(bump, (void *)(uintptr_t)object);
    byte = object[SIZE / 2];
    (void)byte;
    bump_alloc(bump, SIZE);
}

static const struct {
    const char *name;
    void (*act)(struct bump *bump);
} acts[MISUSE_COUNT] = {
#define X(name, plain, hardened, what) {#name, name},
    BUMP_MISUSE(X)
#undef X
};

const char *misuse_name(enum misuse misuse)
{
    return acts[misuse].name;
}

static void act_in_child(enum misuse misuse)
{
    struct bump *bump = bump_create(4, 1);

    acts[misuse].act(bump);
    _exit(bump_misuse_count(bump) != 0 ? EXIT_NOTICED : 0);
}

bool misuse_is_noticed(enum misuse misuse)
{
    int status = 0;
    pid_t child = fork();

    if (child == 0) {
        close(STDERR_FILENO);
        act_in_child(misuse);
    }
    if (child < 0 || waitpid(child, &status, 0) != child) {
        abort();
    }
    return WIFEXITED(status) && WEXITSTATUS(status) == EXIT_NOTICED;
}
