#include "fuzz/triage/child.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdnoreturn.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* Of the sanitizers; absent from a binary without them. */
__attribute__((weak)) const char *__asan_get_report_description(void);
__attribute__((weak)) void __sanitizer_set_death_callback(void (*callback)(void));

/* AddressSanitizer calls it, if there is one, before it writes a report. */
void __asan_on_error(void);

static volatile sig_atomic_t stop_asked;

/* In a child: its own note and manner. */
static struct child_note *own_note;
static bool own_is_quiet;

static void put_cause(struct child_note *note, const char *cause, size_t size)
{
    size_t length = size < sizeof(note->cause) ? size : sizeof(note->cause) - 1;

    memcpy(note->cause, cause, length);
    note->cause[length] = '\0';
}

/* A report costs most of a second, for its stacks; who is quiet does without. */
void __asan_on_error(void)
{
    const char *description = __asan_get_report_description();

    if (own_note == NULL) {
        return;
    }
    put_cause(own_note, description, strlen(description));
    if (own_is_quiet) {
        _exit(1);
    }
}

static void take_death(void)
{
    if (own_note->cause[0] == '\0') {
        put_cause(own_note, "sanitizer", strlen("sanitizer"));
    }
}

/* Nothing on stderr, and signals as they are without a sanitizer. */
static void silence(void)
{
    static const int deadly[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGTRAP};
    int nowhere = open("/dev/null", O_WRONLY);

    if (nowhere >= 0) {
        dup2(nowhere, STDERR_FILENO);
        close(nowhere);
    }
    for (size_t i = 0; i < sizeof(deadly) / sizeof(deadly[0]); i++) {
        signal(deadly[i], SIG_DFL);
    }
}

static noreturn void be_child(const struct child_work *work)
{
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    signal(SIGINT, SIG_IGN);
    signal(SIGTERM, SIG_DFL);
    setrlimit(RLIMIT_CORE, &(struct rlimit){0, 0});
    if (work->is_quiet) {
        silence();
    }
    own_note = work->note;
    own_is_quiet = work->is_quiet;
    if (__sanitizer_set_death_callback != NULL) {
        __sanitizer_set_death_callback(take_death);
    }
    work->work(work->context);
    fflush(stdout);
    work->note->is_done = true;
    _exit(0);
}

static const char *signal_cause(int number, char *buffer, size_t size)
{
    const char *name = sigabbrev_np(number);

    snprintf(buffer, size, "SIG%s", name != NULL ? name : "?");
    return buffer;
}

static enum child_end judge_end(const struct child_work *work, int status)
{
    char name[16];

    if (work->note->is_done) {
        return CHILD_DONE;
    }
    if (work->note->is_hung) {
        return CHILD_HUNG;
    }
    if (WIFSIGNALED(status)) {
        const char *cause = signal_cause(WTERMSIG(status), name, sizeof(name));

        put_cause(work->note, cause, strlen(cause));
    } else if (work->note->cause[0] == '\0') {
        put_cause(work->note, "exit", strlen("exit"));
    }
    return CHILD_DIED;
}

void *child_share(size_t size)
{
    void *memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

    return memory == MAP_FAILED ? NULL : memory;
}

void child_unshare(void *memory, size_t size)
{
    munmap(memory, size);
}

/* What a child had done when it was looked at last. */
struct watch {
    pid_t child;
    uint64_t beat;
    double cpu_seconds;     /* used by the child */
    double wall_seconds;
};

static double seconds_of(clockid_t clock)
{
    struct timespec time = {0};

    clock_gettime(clock, &time);
    return (double)time.tv_sec + (double)time.tv_nsec * 1e-9;
}

static double cpu_seconds_of(pid_t child)
{
    clockid_t clock;

    return clock_getcpuclockid(child, &clock) == 0 ? seconds_of(clock) : 0;
}

/* True if there was no beat for too long; a child that sleeps uses no processor time. */
static bool is_stalled(struct watch *watch, const struct child_work *work)
{
    enum { ASLEEP_MILLISECONDS_MAX = 60000 };
    double cpu_seconds = cpu_seconds_of(watch->child);
    double wall_seconds = seconds_of(CLOCK_MONOTONIC);

    if (watch->beat != work->note->beat) {
        watch->beat = work->note->beat;
        watch->cpu_seconds = cpu_seconds;
        watch->wall_seconds = wall_seconds;
        return false;
    }
    return (cpu_seconds - watch->cpu_seconds) * 1000 >= work->stall_milliseconds ||
           (wall_seconds - watch->wall_seconds) * 1000 >= ASLEEP_MILLISECONDS_MAX;
}

/* Waits until the child has gone, which closes the pipe that it holds, or has to go. */
static void watch_child(pid_t child, int pipe_end, const struct child_work *work)
{
    struct watch watch = {.child = child, .wall_seconds = seconds_of(CLOCK_MONOTONIC)};
    struct pollfd poll_end = {.fd = pipe_end, .events = POLLIN};
    int period = (int)work->stall_milliseconds / 4 + 1;

    while (!stop_asked && poll(&poll_end, 1, period) <= 0) {
        if (is_stalled(&watch, work)) {
            work->note->is_hung = true;
            break;
        }
        if (work->on_wait != NULL) {
            work->on_wait(work->context);
        }
    }
    if (stop_asked || work->note->is_hung) {
        kill(child, SIGKILL);
    }
}

enum child_end child_run(const struct child_work *work)
{
    int pipe_ends[2];
    int status = 0;

    if (stop_asked) {
        return CHILD_STOPPED;
    }
    *work->note = (struct child_note){0};
    fflush(NULL);
    if (pipe2(pipe_ends, O_CLOEXEC) != 0) {
        return CHILD_FAILED;
    }

    pid_t child = fork();

    if (child == 0) {
        be_child(work);
    }
    close(pipe_ends[1]);
    if (child > 0) {
        watch_child(child, pipe_ends[0], work);
    }
    close(pipe_ends[0]);
    if (child < 0) {
        return CHILD_FAILED;
    }
    while (waitpid(child, &status, 0) < 0 && errno == EINTR) {
    }
    return stop_asked && !work->note->is_done ? CHILD_STOPPED : judge_end(work, status);
}

bool child_is_under_asan(void)
{
    return __asan_get_report_description != NULL;
}

static void note_stop(int signal_number)
{
    (void)signal_number;
    stop_asked = 1;
}

/* Without SA_RESTART: waiting for a child is what has to be interrupted. */
void child_watch_stop(void)
{
    struct sigaction action = {.sa_handler = note_stop};

    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
}

bool child_stop_asked(void)
{
    return stop_asked != 0;
}
