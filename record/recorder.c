/*
 * Where the recorder keeps its state, and why there:
 *
 *     recorder ----> one page, which fork() wipes in the child
 *                      header ----> first page of the file, mapped for good
 *                      window ----> the window of the file that is being written
 *
 * A child thus finds no header and records nothing, however it was made. The file is opened anew
 * for each window, so that the process never sees a descriptor that is not its own. A recorder is
 * the one thing here that must be global: it stands behind malloc().
 *
 * One thread at a time writes. A signal handler that interrupts it in the middle of that and
 * allocates finds its own thread at work; its event is only counted.
 */
#include "record/recorder.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PATH_SIZE = 3 * 1024, STATE_SIZE = 4096 };

struct recorder {
    struct recording_header *header;    /* NULL: nothing is recorded in this process */
    struct recording_event *window;     /* the window of the next event, once it is mapped */
    uint64_t event_count;
    uint64_t event_max;
    uint32_t thread_count;              /* threads that noted something */
    uint32_t writer;                    /* number of the thread at work plus one; 0: nobody */
    char path[PATH_SIZE];
};

static_assert(sizeof(struct recorder) <= STATE_SIZE, "the recorder does not fit into a page");

static struct recorder *recorder;
static bool is_started;
static _Thread_local uint32_t thread;    /* number of this one plus one; 0: it has none yet */

static void count(uint64_t *counter)
{
    (void)__atomic_fetch_add(counter, 1, __ATOMIC_RELAXED);
}

static bool parse_number(const char *variable, uint64_t *number)
{
    const char *text = getenv(variable);
    char *end = NULL;

    if (text == NULL || *text == '\0') {
        return false;
    }
    *number = strtoull(text, &end, 10);
    return *end == '\0';
}

/* Maps size bytes of the file, which is made long enough. NULL, and errno set, if that fails. */
static void *map_file(int file, uint64_t offset, size_t size)
{
    /* Room is taken now: a full disk must not become a bus error in the middle of an event. */
    int error = posix_fallocate(file, (off_t)offset, (off_t)size);
    void *bytes = MAP_FAILED;

    if (error != 0) {
        errno = error;
        return NULL;
    }
    bytes = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, file, (off_t)offset);
    return bytes != MAP_FAILED ? bytes : NULL;
}

/* Another process than the one to be recorded. */
static void count_process(const char *path)
{
    int file = open(path, O_RDWR | O_CLOEXEC);
    struct recording_header *header = NULL;

    if (file < 0) {
        return;
    }
    header = map_file(file, 0, RECORDING_HEADER_SIZE);
    (void)close(file);
    if (header != NULL) {
        count(&header->other_process_count);
        (void)munmap(header, RECORDING_HEADER_SIZE);
    }
}

/* What the file says of its recording; nothing, if there is none. */
static struct recording_header read_header(int file)
{
    struct recording_header header = {0};

    if (pread(file, &header, sizeof(header), 0) != sizeof(header)) {
        return (struct recording_header){0};
    }
    return header;
}

/* Takes the file for this process, unless another one was first. */
static bool claim_file(const char *path)
{
    int file = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    bool is_ours = file >= 0;

    if (!is_ours) {
        file = open(path, O_RDWR | O_CLOEXEC);
        is_ours = file >= 0 && read_header(file).process == (uint64_t)getpid();
    }
    if (file >= 0) {
        (void)close(file);
    }
    return is_ours;
}

/* True if this process is the one to be recorded. */
static bool is_chosen(const char *path, uint64_t process)
{
    const char *program = getenv("SLUBBED_RECORD_PROGRAM");

    if (program == NULL || *program == '\0') {
        return process == (uint64_t)getpid();
    }
    return strcmp(program, program_invocation_short_name) == 0 && claim_file(path);
}

/*
 * Begins the recording of this program. If the process ran another one before, what that recorded
 * is dropped: its heap is gone.
 */
static struct recording_header *begin_file(const char *path)
{
    int file = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    struct recording_header old = {0};
    struct recording_header *header = NULL;
    bool has_old = false;

    if (file < 0) {
        return NULL;
    }
    old = read_header(file);
    has_old = old.magic == RECORDING_MAGIC;
    if (ftruncate(file, 0) == 0) {
        header = map_file(file, 0, RECORDING_HEADER_SIZE);
    }
    (void)close(file);
    if (header != NULL) {
        header->version = RECORDING_VERSION;
        header->process = (uint64_t)getpid();
        header->exec_count = has_old ? old.exec_count + 1 : 0;
        header->other_process_count = old.other_process_count;
        __atomic_store_n(&header->magic, (uint32_t)RECORDING_MAGIC, __ATOMIC_RELEASE);
    }
    return header;
}

static struct recorder *create_state(const char *path, uint64_t event_max)
{
    struct recorder *state = mmap(NULL, STATE_SIZE, PROT_READ | PROT_WRITE,
                                  MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    if (state == MAP_FAILED) {
        return NULL;
    }
    if (madvise(state, STATE_SIZE, MADV_WIPEONFORK) != 0) {
        (void)munmap(state, STATE_SIZE);
        return NULL;
    }
    state->event_max = event_max;
    memcpy(state->path, path, strlen(path) + 1);
    return state;
}

static void start(void)
{
    const char *path = getenv("SLUBBED_RECORD_FILE");
    uint64_t pid = 0;
    uint64_t event_max = 0;
    struct recorder *state = NULL;

    if (path == NULL || strlen(path) >= PATH_SIZE || !parse_number("SLUBBED_RECORD_PID", &pid) ||
        !parse_number("SLUBBED_RECORD_EVENT_MAX", &event_max)) {
        return;
    }
    if (!is_chosen(path, pid)) {
        count_process(path);
        return;
    }
    state = create_state(path, event_max);
    if (state != NULL) {
        state->header = begin_file(path);
        recorder = state;
    }
}

/* Replaces the window, which is full or not there, by the one that holds the next event. */
static bool map_next_window(void)
{
    uint64_t index = recorder->event_count / RECORDING_WINDOW_EVENTS;
    uint64_t offset = RECORDING_HEADER_SIZE + index * RECORDING_WINDOW_SIZE;
    int file = open(recorder->path, O_RDWR | O_CLOEXEC);

    if (recorder->window != NULL) {
        (void)munmap(recorder->window, RECORDING_WINDOW_SIZE);
        recorder->window = NULL;
    }
    if (file >= 0) {
        recorder->window = map_file(file, offset, RECORDING_WINDOW_SIZE);
        (void)close(file);
    }
    if (recorder->window == NULL) {
        recorder->header->lost_errno = (uint64_t)errno;
        /* Once an event is lost, those after it mean nothing. */
        recorder->event_max = recorder->event_count;
        return false;
    }
    return true;
}

/* Where the next event goes, or NULL if it cannot be recorded. */
static struct recording_event *next_event(void)
{
    uint64_t within = recorder->event_count % RECORDING_WINDOW_EVENTS;

    if (recorder->event_count >= recorder->event_max || (within == 0 && !map_next_window())) {
        return NULL;
    }
    return &recorder->window[within];
}

static void append(const struct recording_event *event)
{
    struct recording_event *place = next_event();

    if (place == NULL) {
        count(&recorder->header->lost_count);
        return;
    }
    place->thread = event->thread;
    place->pointer = event->pointer;
    place->size = event->size;
    place->detail = event->detail;
    __atomic_store_n(&place->kind, event->kind, __ATOMIC_RELEASE);
    recorder->event_count++;
}

/* False before anybody could have told where to record to: the C library is not up yet. */
static bool is_told(void)
{
    int error = errno;

    if (environ == NULL) {
        return false;
    }
    is_started = true;
    start();
    errno = error;
    return true;
}

static bool is_recording(void)
{
    return (is_started || is_told()) && recorder != NULL && recorder->header != NULL;
}

/* Becomes the thread at work. False in a handler that interrupted it. */
static bool take_turn(void)
{
    uint32_t nobody = 0;

    if (thread == 0) {
        thread = __atomic_add_fetch(&recorder->thread_count, 1, __ATOMIC_RELAXED);
    }
    if (__atomic_load_n(&recorder->writer, __ATOMIC_RELAXED) == thread) {
        return false;
    }
    while (!__atomic_compare_exchange_n(&recorder->writer, &nobody, thread, false,
                                        __ATOMIC_ACQUIRE, __ATOMIC_RELAXED)) {
        nobody = 0;
        (void)sched_yield();
    }
    return true;
}

bool recorder_begin(void)
{
    if (!is_recording()) {
        return false;
    }
    if (!take_turn()) {
        count(&recorder->header->handler_count);
        return false;
    }
    return true;
}

void recorder_end(enum recording_kind kind, const void *pointer, size_t size, uint64_t detail)
{
    const struct recording_event event = {
        .kind = (uint32_t)kind,
        .thread = thread - 1,
        .pointer = (uintptr_t)pointer,
        .size = size,
        .detail = detail,
    };
    int error = errno;

    append(&event);
    __atomic_store_n(&recorder->writer, 0, __ATOMIC_RELEASE);
    errno = error;
}

void recorder_note(enum recording_kind kind, const void *pointer, size_t size, uint64_t detail)
{
    if (recorder_begin()) {
        recorder_end(kind, pointer, size, detail);
    }
}
