/*
 * The converter as a program:
 *
 *     convert [--raw] [--max-ops N] RECORDING OUTPUT
 *
 * Writes the op program of a recording, a trace unless it is to be raw, and says on stdout what
 * went into it and what was left out: lines of a number and what it counts.
 */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fuzz/trace.h"
#include "fuzz/triage/exit_code.h"
#include "fuzz/triage/output.h"
#include "record/convert.h"
#include "record/recording.h"

struct request {
    bool is_raw;
    size_t op_max;
    const char *recording;
    const char *output;
};

struct recording {
    struct recording_header header;
    const struct recording_event *events;    /* mapped */
    size_t event_count;                      /* that fit; the last ones may not be written */
};

static int complain(const char *path, const char *cause, enum exit_code code)
{
    fprintf(stderr, "%s: %s\n", path, cause);
    return (int)code;
}

static bool parse_count(const char *text, size_t *number)
{
    char *end = NULL;

    errno = 0;
    *number = strtoull(text, &end, 10);
    return errno == 0 && *text >= '0' && *text <= '9' && *end == '\0' && *number > 0;
}

static bool parse_request(int argc, char **argv, struct request *request)
{
    static const struct option options[] = {
        {"raw", no_argument, NULL, 'r'},
        {"max-ops", required_argument, NULL, 'm'},
        {NULL, 0, NULL, 0},
    };
    int option = 0;

    *request = (struct request){.op_max = SIZE_MAX};
    while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
        if (option == 'r') {
            request->is_raw = true;
        } else if (option != 'm' || !parse_count(optarg, &request->op_max)) {
            return false;
        }
    }
    if (argc - optind != 2) {
        return false;
    }
    request->recording = argv[optind];
    request->output = argv[optind + 1];
    return true;
}

/* Maps a whole file for reading. NULL, and errno set, if that fails. */
static const unsigned char *map_file(const char *path, size_t *size)
{
    int file = open(path, O_RDONLY | O_CLOEXEC);
    struct stat status = {0};
    void *bytes = MAP_FAILED;

    if (file < 0) {
        return NULL;
    }
    if (fstat(file, &status) == 0) {
        *size = (size_t)status.st_size;
        bytes = mmap(NULL, *size, PROT_READ, MAP_PRIVATE, file, 0);
    }
    (void)close(file);
    return bytes != MAP_FAILED ? bytes : NULL;
}

static bool open_recording(const char *path, struct recording *recording)
{
    size_t size = 0;
    const unsigned char *bytes = map_file(path, &size);

    if (bytes == NULL) {
        complain(path, size == 0 && errno == EINVAL ? "is empty" : strerror(errno), EXIT_BAD_INPUT);
        return false;
    }
    if (size >= RECORDING_HEADER_SIZE) {
        memcpy(&recording->header, bytes, sizeof(recording->header));
        recording->events = (const void *)(bytes + RECORDING_HEADER_SIZE);
        recording->event_count = (size - RECORDING_HEADER_SIZE) / sizeof(*recording->events);
    }
    if (recording->header.magic != RECORDING_MAGIC ||
        recording->header.version != RECORDING_VERSION) {
        complain(path, "is no recording, or one of another version", EXIT_BAD_INPUT);
        return false;
    }
    return true;
}

static bool write_text(const struct program *program, const char *path)
{
    size_t capacity = trace_write(program, NULL, 0) + 1;
    char *text = malloc(capacity);
    bool is_written =
        text != NULL && output_write(path, text, trace_write(program, text, capacity));

    free(text);
    return is_written;
}

static bool write_raw(const struct program *program, const char *path)
{
    size_t size = program_encoded_size(program);
    uint8_t *bytes = malloc(size);
    bool is_written =
        bytes != NULL && output_write(path, bytes, program_encode(program, bytes, size));

    free(bytes);
    return is_written;
}

static void print_count(uint64_t number, const char *text)
{
    if (number > 0) {
        printf("%12" PRIu64 "  %s\n", number, text);
    }
}

static void print_summary(const struct recording_header *header,
                          const struct conversion *conversion)
{
    for (size_t row = 0; row < CONVERT_COUNT_COUNT; row++) {
        print_count(conversion->counts[row], convert_count_texts[row]);
    }
    print_count(header->other_process_count, "left out: other programs that were started");
    print_count(header->exec_count, "left out: programs that the process ran before this one");
    print_count(header->handler_count, "left out: events of signal handlers");
    print_count(header->lost_count,
                header->lost_errno == 0 ? "left out: events beyond the most that are recorded"
                                        : "left out: events for which the file could not grow");
}

static int convert(const struct recording *recording, const struct request *request)
{
    struct conversion conversion;
    enum convert_result result = convert_events(&conversion, recording->events,
                                                recording->event_count, request->op_max);
    int code = EXIT_NOTHING_FOUND;

    if (result == CONVERT_NO_MEMORY) {
        code = complain(request->recording, "too large for the memory there is", EXIT_BED_FAILED);
    } else if (result == CONVERT_BAD_EVENT) {
        fprintf(stderr, "%s: event %" PRIu64 " is of no known kind\n", request->recording,
                conversion.counts[CONVERT_EVENTS]);
        code = EXIT_BAD_INPUT;
    } else if (!(request->is_raw ? write_raw : write_text)(&conversion.program, request->output)) {
        code = EXIT_BAD_INPUT;
    } else {
        print_summary(&recording->header, &conversion);
    }
    convert_fini(&conversion);
    return code;
}

int main(int argc, char **argv)
{
    struct recording recording = {0};
    struct request request;

    if (!parse_request(argc, argv, &request)) {
        fprintf(stderr, "usage: %s [--raw] [--max-ops N] RECORDING OUTPUT\n", argv[0]);
        return EXIT_BAD_INPUT;
    }
    if (!open_recording(request.recording, &recording)) {
        return EXIT_BAD_INPUT;
    }
    return convert(&recording, &request);
}
