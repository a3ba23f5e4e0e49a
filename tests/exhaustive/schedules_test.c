/*
 * Two CPUs with three ops each, every pair of op kinds, every schedule with at most so many
 * preemptions: none fails.
 *
 *     schedules_test PREEMPTIONS [--core] [--every-point] HEAP...
 *
 * HEAP are rows of the configuration, as a trace's `heap` line has them. With --every-point CPUs
 * are preempted before each access to shared memory; without, only where it can make a difference
 * (fuzz/sieve.h). With --core the kinds are those that every heap has use for. The pairs are dealt
 * out among the shards of the test.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fuzz/explore_all.h"
#include "fuzz/trace.h"
#include "sim/strategy/round_robin.h"
#include "tests/exhaustive/op_kinds.h"

enum {
    HEAP_MAX = 512,
    CORE_CODES_END = 64,     /* codes of ops on objects, pages and CPUs; features come behind */
    LEAST_SCHEDULES = 20,    /* of 6 ops by two CPUs, without any preemption: 6 over 3 */
};

struct test {
    char heap[HEAP_MAX];
    unsigned preemptions_max;
    bool is_unsieved;
    bool is_core;
    struct run *run;
    uint64_t pair_count;
    uint64_t schedule_count;
    bool has_failed;
};

struct shard {
    size_t index;
    size_t count;
};

/* Of the test runner, which wants to see that its shards are known. */
static struct shard find_shard(void)
{
    const char *index = getenv("TEST_SHARD_INDEX");
    const char *count = getenv("TEST_TOTAL_SHARDS");
    const char *status = getenv("TEST_SHARD_STATUS_FILE");
    FILE *file = status != NULL ? fopen(status, "w") : NULL;

    if (file != NULL) {
        fclose(file);
    }
    if (index == NULL || count == NULL) {
        return (struct shard){0, 1};
    }
    return (struct shard){(size_t)strtoul(index, NULL, 10), (size_t)strtoul(count, NULL, 10)};
}

static void fail(struct test *test, const char *what, const struct program *trace)
{
    char *text = malloc(trace_write(trace, NULL, 0) + 1);

    if (text != NULL) {
        trace_write(trace, text, trace_write(trace, NULL, 0) + 1);
        printf("%s\n%s", what, text);
        free(text);
    }
    test->has_failed = true;
}

static const char *describe(const struct explore_all_result *result)
{
    static const char *const ends[] = {
        [EXPLORE_STOPPED] = "stopped",
        [EXPLORE_TOO_DEEP] = "too deep",
        [EXPLORE_DIVERGED] = "diverged",
    };

    return result->end == EXPLORE_FAILED ? result->failure.signature : ends[result->end];
}

/* Counts what decodes to nothing before the second CPU begins. */
struct meaning {
    size_t op_count;
    size_t skipped_count;
};

static void note_skipped(void *context, const struct run_event *event)
{
    struct meaning *meaning = context;

    meaning->skipped_count +=
        event->op_index < meaning->op_count && event->outcome == RUN_OP_SKIPPED;
}

/* All that the set-up is for: the ops of the first CPU find what they need. */
static void check_meaning(struct test *test, struct explore *explore, const struct program *trace)
{
    struct meaning meaning = {.op_count = trace->op_count + OP_KINDS_WORK};
    const struct run_options options = {.context = &meaning, .on_event = note_skipped};
    struct round_robin in_turn;

    round_robin_init(&in_turn, STRATEGY_TO_END);
    explore_run(explore, test->run, &in_turn.strategy, &options);
    if (meaning.skipped_count != 0) {
        fail(test, "some op decodes to nothing in", trace);
    }
}

static void explore_pair(struct test *test, struct explore *explore, const struct program *trace)
{
    const struct explore_all request = {
        .explore = explore,
        .run = test->run,
        .preemptions_max = test->preemptions_max,
        .is_unsieved = test->is_unsieved,
    };
    struct explore_all_result result = explore_all(&request);

    printf("%" PRIu64 " schedules\n", result.schedule_count);
    if (result.end != EXPLORE_COVERED) {
        fail(test, describe(&result), trace);
    } else if (result.schedule_count < LEAST_SCHEDULES) {
        fail(test, "too few", trace);
    }
    test->pair_count++;
    test->schedule_count += result.schedule_count;
}

static bool is_wanted(const struct test *test, const struct op_kind *kind)
{
    return !test->is_core || kind->code < CORE_CODES_END;
}

static void test_pair(struct test *test, const struct op_kind *first, const struct op_kind *second)
{
    struct op ops[OP_KINDS_PROGRAM_MAX];
    struct program program = {.ops = ops};
    size_t setup_count = op_kinds_program(test->heap, first, second, &program);
    struct program trace = {.ops = calloc(explore_trace_capacity(&program), sizeof(struct op))};

    if (trace.ops == NULL) {
        fprintf(stderr, "no memory for a trace\n");
        exit(1);
    }

    struct explore *explore = explore_create(&program, setup_count, &trace);

    printf("%s x %s: ", op_rows[first->code].name, op_rows[second->code].name);
    check_meaning(test, explore, &trace);
    explore_pair(test, explore, &trace);
    explore_destroy(explore);
    free(trace.ops);
}

/*
 * Acts have no points, and some ops run alone or look at what is theirs: nothing can come between.
 * What `charge` does, which most heaps skip, `alloc_account` does too.
 */
static bool needs_row(unsigned code)
{
    static const uint8_t undivided[] = {
        OP_NOP, OP_CPU, OP_ONLINE, OP_FILL, OP_VERIFY, OP_ACCOUNT, OP_ACCOUNT_LIMIT,
        OP_ACCOUNTING, OP_CHARGE, OP_BUCKETS_CREATE, OP_BUCKETS_DESTROY, OP_SIZE_ROUNDUP,
        OP_PAGE_OWNER, OP_POOL_CREATE, OP_POOL_CREATE_SIZED, OP_POOL_DESTROY,
    };

    return op_rows[code].name != NULL &&
           (op_rows[code].class == OP_CLASS_PLAIN || op_rows[code].class == OP_CLASS_WORLD) &&
           memchr(undivided, (int)code, sizeof(undivided)) == NULL;
}

/* True if one of the lines is about the op of this name. */
static bool text_has_op(const char *text, const char *name)
{
    size_t size = strlen(name);
    bool is_found = false;

    while (text[0] != '\0' && !is_found) {
        is_found = strncmp(text, name, size) == 0 && (text[size] == ' ' || text[size] == '\n');
        text = strchr(text, '\n') + 1;
    }
    return is_found;
}

/* Every op is some row's work. */
static void check_table(struct test *test)
{
    for (unsigned code = 0; code < OP_CODE_COUNT; code++) {
        bool has_row = false;

        for (size_t i = 0; needs_row(code) && i < op_kinds_count; i++) {
            has_row |= text_has_op(op_kinds[i].work, op_rows[code].name);
        }
        if (needs_row(code) && !has_row) {
            printf("op_kinds.c has no row with %s\n", op_rows[code].name);
            test->has_failed = true;
        }
    }
}

static void read_arguments(struct test *test, int argc, char **argv)
{
    test->preemptions_max = argc > 1 ? (unsigned)strtoul(argv[1], NULL, 10) : 0;
    for (int i = 2; i < argc; i++) {
        if (strcmp(argv[i], "--every-point") == 0) {
            test->is_unsieved = true;
        } else if (strcmp(argv[i], "--core") == 0) {
            test->is_core = true;
        } else {
            size_t size = strlen(test->heap);

            snprintf(test->heap + size, HEAP_MAX - size, " %s", argv[i]);
        }
    }
}

int main(int argc, char **argv)
{
    struct test test = {.run = run_create(0)};
    struct shard shard = find_shard();
    size_t pair = 0;

    read_arguments(&test, argc, argv);
    check_table(&test);
    for (size_t first = 0; first < op_kinds_count; first++) {
        for (size_t second = first; second < op_kinds_count; second++) {
            if (is_wanted(&test, &op_kinds[first]) && is_wanted(&test, &op_kinds[second]) &&
                pair++ % shard.count == shard.index) {
                test_pair(&test, &op_kinds[first], &op_kinds[second]);
            }
        }
    }
    printf("%" PRIu64 " pairs, %" PRIu64 " schedules with at most %u preemptions%s\n",
           test.pair_count, test.schedule_count, test.preemptions_max,
           test.has_failed ? "" : ", none failed");
    run_destroy(test.run);
    return test.has_failed;
}
