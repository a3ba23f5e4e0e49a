/*
 * A program to be recorded: does what its first argument says, and nothing else that allocates, so
 * that the whole trace is known. Ends with 1 if anything in it felt the recorder.
 */
#include <errno.h>
#include <fcntl.h>
#include <malloc.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { MANY = 100000, WAIT_SECONDS = 30, CROWD = 12, CROWD_CALLS = 1000 };

/* The compiler must not know what these do, or it leaves the calls out. */
static void *(*volatile allocate)(size_t size) = malloc;
static void *(*volatile allocate_array)(size_t count, size_t size) = calloc;
static void *(*volatile resize)(void *old, size_t size) = realloc;
static void (*volatile release)(void *pointer) = free;

static bool is_aligned(const void *pointer, uintptr_t alignment)
{
    return pointer != NULL && (uintptr_t)pointer % alignment == 0;
}

/* One call at least of each function. */
static int call_each(const char *self)
{
    void *aligned = NULL;
    void *pointer = allocate(10);
    bool is_fine = malloc_usable_size(pointer) >= 10;

    (void)self;
    pointer = resize(pointer, 20);
    pointer = reallocarray(pointer, 3, 10);
    is_fine = reallocarray(pointer, SIZE_MAX, 2) == NULL && errno == ENOMEM && is_fine;
    release(pointer);
    release(NULL);
    release(allocate_array(2, 8));
    release(allocate_array(1, 8));
    is_fine = posix_memalign(&aligned, 48, 8) == EINVAL && aligned == NULL && is_fine;
    is_fine = posix_memalign(&aligned, 64, 8) == 0 && is_aligned(aligned, 64) && is_fine;
    release(aligned);
    is_fine = is_aligned(aligned_alloc(128, 8), 128) && is_fine;
    is_fine = is_aligned(memalign(256, 8), 256) && is_fine;
    is_fine = is_aligned(valloc(8), 4096) && is_fine;
    is_fine = is_aligned(pvalloc(12289), 4096) && is_fine;
    is_fine = resize(allocate(30), 0) == NULL && is_fine;
    is_fine = allocate(PTRDIFF_MAX) == NULL && is_fine;
    return is_fine ? 0 : 1;
}

/* Several windows of the recording; errno and descriptors stay the program's own. */
static int call_many(const char *self)
{
    bool is_fine = true;

    (void)self;
    for (int i = 0; i < MANY; i++) {
        int descriptor = -1;

        errno = E2BIG;
        release(allocate(16));
        is_fine = errno == E2BIG && is_fine;
        if (i % 1000 == 0) {
            descriptor = open("/dev/null", O_RDONLY);
            is_fine = descriptor == STDERR_FILENO + 1 && is_fine;
            close(descriptor);
        }
    }
    return is_fine ? 0 : 1;
}

/* Frees what the main thread allocated, and allocates what that will free. */
static void *swap(void *argument)
{
    void **pointer = argument;

    release(*pointer);
    *pointer = allocate(500);
    return NULL;
}

static int call_from_threads(const char *self)
{
    pthread_t thread;
    void *pointer = allocate(400);

    (void)self;
    if (pthread_create(&thread, NULL, swap, &pointer) != 0 || pthread_join(thread, NULL) != 0) {
        return 1;
    }
    release(pointer);
    release(allocate(600));
    return 0;
}

/* Resizes what lies in its pocket and puts it into the next thread's. */
static void *jostle(void *argument)
{
    void *_Atomic *pocket = argument;

    for (size_t i = 0; i < CROWD_CALLS; i++) {
        void *pointer = resize(atomic_exchange(pocket, NULL), 10 + i % 50);

        pointer = resize(pointer, 100 + i % 300);
        release(atomic_exchange(pocket + 1, pointer));
    }
    return NULL;
}

/* Threads that free and resize what others allocated, all at once. */
static int call_from_crowd(const char *self)
{
    static void *_Atomic pockets[CROWD + 1];
    pthread_t threads[CROWD];

    (void)self;
    for (size_t i = 0; i < CROWD; i++) {
        if (pthread_create(&threads[i], NULL, jostle, &pockets[i]) != 0) {
            return 1;
        }
    }
    for (size_t i = 0; i < CROWD; i++) {
        (void)pthread_join(threads[i], NULL);
    }
    return 0;
}

static int wait_for(pid_t child)
{
    int status = 1;

    return child > 0 && waitpid(child, &status, 0) == child && status == 0 ? 0 : 1;
}

/* A child that goes on as a copy of its parent, and does more than that. */
static int call_after_fork(const char *self)
{
    void *pointer = allocate(100);
    pid_t child = fork();

    (void)self;
    if (child == 0) {
        release(pointer);
        for (int i = 0; i < 10; i++) {
            release(allocate(200));
        }
        _exit(0);
    }
    if (wait_for(child) != 0) {
        return 1;
    }
    release(pointer);
    release(allocate(300));
    return 0;
}

/* A child that runs another program. */
static int call_after_spawn(const char *self)
{
    void *pointer = allocate(100);
    pid_t child = fork();

    if (child == 0) {
        execl(self, self, "many", (char *)NULL);
        _exit(1);
    }
    release(pointer);
    return wait_for(child);
}

static int call_after_exec(const char *self)
{
    for (int i = 0; i < 100; i++) {
        (void)!allocate(1000);
    }
    execl(self, self, "each", (char *)NULL);
    return 1;
}

static int die(const char *self)
{
    (void)self;
    (void)!allocate(70);
    return raise(SIGKILL);
}

/* Says that it is there and waits for a signal. */
static int linger(const char *self)
{
    (void)self;
    (void)!allocate(80);
    (void)!write(STDOUT_FILENO, "here\n", 5);
    sleep(WAIT_SECONDS);
    return 1;
}

/* Copies its input, without the C library's buffers. */
static int copy(const char *self)
{
    char bytes[64];
    ssize_t size = read(STDIN_FILENO, bytes, sizeof(bytes));

    (void)self;
    (void)!allocate(90);
    return size < 0 || write(STDOUT_FILENO, bytes, (size_t)size) != size ? 1 : 5;
}

static int do_nothing(const char *self)
{
    (void)self;
    return 0;
}

int main(int argc, char **argv)
{
    static const struct {
        const char *name;
        int (*run)(const char *self);
    } modes[] = {
        {"each", call_each},         {"many", call_many},         {"threads", call_from_threads},
        {"fork", call_after_fork},   {"spawn", call_after_spawn}, {"exec", call_after_exec},
        {"die", die},                {"linger", linger},          {"copy", copy},
        {"nothing", do_nothing},     {"crowd", call_from_crowd},
    };

    for (size_t i = 0; argc == 2 && i < sizeof(modes) / sizeof(*modes); i++) {
        if (strcmp(argv[1], modes[i].name) == 0) {
            return modes[i].run(argv[0]);
        }
    }
    return 2;
}
