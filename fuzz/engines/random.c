/*
 * The engine without feedback: each input is a seed, or nothing, after a random number of edits. It
 * is the yardstick for the engines with feedback, and needs no instrumentation.
 *
 * The same seed, inputs and options give the same run. Ends at the first finding, which is written
 * to a file; the last line printed is one JSON object.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "fuzz/engines/engine.h"
#include "fuzz/engines/last_words.h"
#include "fuzz/engines/random_edit.h"
#include "fuzz/engines/standalone.h"

enum exit_code {
    EXIT_NOTHING_FOUND = 0,
    EXIT_FINDINGS = 1,
    EXIT_BAD_INPUT = 2,
    EXIT_BED_FAILED = 3,
};

enum { DEFAULT_MAX_SIZE = 4096, EDITS_MAX_LOG2 = 7, FRESH_PERIOD = 8, CROSS_PERIOD = 8 };

struct input {
    uint8_t *data;
    size_t size;
};

static struct {
    uint64_t run_limit;      /* 0 for no limit */
    double second_limit;     /* 0 for no limit */
    uint64_t state;          /* of the random sequence */
    size_t max_size;         /* bytes */
    const char *out_folder;

    struct input *seeds;
    size_t seed_count;

    struct input present;    /* has room for max_size */
    uint64_t exec_count;
    double start_seconds;
} engine = {.max_size = DEFAULT_MAX_SIZE, .out_folder = "."};

static const char usage[] =
    "usage: %s [--runs N] [--seconds S] [--seed K] [--max-size BYTES] [--out FOLDER] [SEEDS...]\n"
    "At least one of --runs and --seconds is needed.\n";

/* Splitmix64. */
static uint64_t next_random(void)
{
    engine.state += 0x9e3779b97f4a7c15u;
    uint64_t mixed = engine.state;
    mixed = (mixed ^ (mixed >> 30)) * 0xbf58476d1ce4e5b9u;
    mixed = (mixed ^ (mixed >> 27)) * 0x94d049bb133111ebu;
    return mixed ^ (mixed >> 31);
}

static double now_seconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

/* Prints the last line; found is a signature, or NULL. */
static void print_result(const char *found)
{
    const char *quote = found != NULL ? "\"" : "";
    printf("{\"execs\": %llu, \"seconds\": %.3f, \"found\": %s%s%s}\n",
           (unsigned long long)engine.exec_count, now_seconds() - engine.start_seconds, quote,
           found != NULL ? found : "null", quote);
    fflush(stdout);
}

/* FNV-1a, so that one input has one name. */
static uint64_t hash_bytes(const uint8_t *data, size_t size)
{
    uint64_t hash = 0xcbf29ce484222325u;
    for (size_t i = 0; i < size; i++) {
        hash = (hash ^ data[i]) * 0x100000001b3u;
    }
    return hash;
}

/* Writes the present input under a temporary name first, so that no half of it is ever seen. */
static void save_present_input(void)
{
    char path[4096];
    char temporary[4096 + 8];
    uint64_t hash = hash_bytes(engine.present.data, engine.present.size);
    snprintf(path, sizeof(path), "%s/random-%016llx", engine.out_folder, (unsigned long long)hash);
    snprintf(temporary, sizeof(temporary), "%s.tmp", path);

    FILE *stream = fopen(temporary, "wb");
    int is_written = 0;
    if (stream != NULL) {
        size_t written = fwrite(engine.present.data, 1, engine.present.size, stream);
        is_written = fclose(stream) == 0 && written == engine.present.size;
    }
    if (!is_written || rename(temporary, path) != 0) {
        fprintf(stderr, "%s: %s\n", path, strerror(errno));
    } else {
        fprintf(stderr, "input written to %s\n", path);
    }
}

static void say_found(const char *found)
{
    save_present_input();
    print_result(found);
}

static void make_input(void)
{
    engine.present.size = 0;
    if (engine.seed_count > 0 && next_random() % FRESH_PERIOD != 0) {
        const struct input *first = &engine.seeds[next_random() % engine.seed_count];
        const struct input *second = &engine.seeds[next_random() % engine.seed_count];
        if (next_random() % CROSS_PERIOD == 0) {
            engine.present.size = random_cross(first->data, first->size, second->data, second->size,
                                               engine.present.data, engine.max_size, next_random());
        } else {
            engine.present.size = first->size < engine.max_size ? first->size : engine.max_size;
            memcpy(engine.present.data, first->data, engine.present.size);
        }
    }
    /* As often 1-2 edits as 64-128: small steps from a seed, and long programs from nothing. */
    uint64_t edits = 1 + next_random() % (1u << (1 + next_random() % EDITS_MAX_LOG2));
    for (; edits > 0; edits--) {
        engine.present.size =
            random_edit(engine.present.data, engine.present.size, engine.max_size, next_random());
    }
}

static int is_over(void)
{
    if (last_words_stop_asked()) {
        return 1;
    }
    if (engine.run_limit != 0 && engine.exec_count >= engine.run_limit) {
        return 1;
    }
    /* The clock is worth a look only now and then. */
    return engine.second_limit != 0 && engine.exec_count % 16 == 0 &&
           now_seconds() - engine.start_seconds >= engine.second_limit;
}

static int run(void)
{
    while (!is_over()) {
        make_input();
        LLVMFuzzerTestOneInput(engine.present.data, engine.present.size);
        engine.exec_count++;
        const char *signature = standalone_take_finding();
        if (signature != NULL) {
            say_found(signature);
            return EXIT_FINDINGS;
        }
    }
    print_result(NULL);
    return EXIT_NOTHING_FOUND;
}

static int add_seed(const char *path, void *context)
{
    (void)context;
    struct input *seeds = realloc(engine.seeds, (engine.seed_count + 1) * sizeof(*seeds));
    if (seeds == NULL) {
        return -1;
    }
    engine.seeds = seeds;
    struct input *seed = &seeds[engine.seed_count];
    seed->data = standalone_read_file(path, &seed->size);
    if (seed->data == NULL) {
        return -1;
    }
    engine.seed_count++;
    return 0;
}

/* Takes the option name with its value; returns 0 unless both are good. */
static int take_option(const char *name, const char *value)
{
    if (strcmp(name, "--out") == 0) {
        engine.out_folder = value;
        return access(value, W_OK) == 0;
    }
    char *end;
    double number = strtod(value, &end);
    if (end == value || *end != '\0' || !(number >= 0 && number < 1e15)) {
        return 0;
    }
    if (strcmp(name, "--runs") == 0) {
        engine.run_limit = (uint64_t)number;
    } else if (strcmp(name, "--seconds") == 0) {
        engine.second_limit = number;
    } else if (strcmp(name, "--seed") == 0) {
        engine.state = (uint64_t)number;
    } else if (strcmp(name, "--max-size") == 0 && number >= 1) {
        engine.max_size = (size_t)number;
    } else {
        return 0;
    }
    return 1;
}

/* Returns 0 unless all arguments are good. */
static int take_arguments(int argc, char **argv)
{
    int i = 1;
    for (; i + 1 < argc && argv[i][0] == '-'; i += 2) {
        if (!take_option(argv[i], argv[i + 1])) {
            fprintf(stderr, "%s: cannot use '%s %s'\n", argv[0], argv[i], argv[i + 1]);
            return 0;
        }
    }
    if ((i < argc && argv[i][0] == '-') || (engine.run_limit == 0 && engine.second_limit == 0)) {
        fprintf(stderr, usage, argv[0]);
        return 0;
    }
    for (; i < argc; i++) {
        if (standalone_visit_files(argv[i], add_seed, NULL) != 0) {
            return 0;
        }
    }
    return 1;
}

int main(int argc, char **argv)
{
    if (LLVMFuzzerInitialize != NULL) {
        LLVMFuzzerInitialize(&argc, &argv);
    }
    if (!take_arguments(argc, argv)) {
        return EXIT_BAD_INPUT;
    }
    engine.present.data = malloc(engine.max_size);
    if (engine.present.data == NULL) {
        fprintf(stderr, "%s: no memory for inputs of %zu bytes\n", argv[0], engine.max_size);
        return EXIT_BED_FAILED;
    }
    static const struct last_words words = {.progress = &engine.exec_count, .say = say_found};
    last_words_prepare(&words);
    engine.start_seconds = now_seconds();
    return run();
}
