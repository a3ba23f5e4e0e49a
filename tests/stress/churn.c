#include "tests/stress/churn.h"

#include <pthread.h>
#include <stdlib.h>
#include <time.h>

#include "allocator/base/bits.h"
#include "allocator/base/config.h"
#include "allocator/base/world.h"
#include "tests/stress/churn_round.h"

enum { OPS_PER_ROUND = 5000, POLL_NANOSECONDS = 2000000 };

static double now_seconds(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

void churn_complain(struct churn_round *round, const char *judge, const char *detail)
{
    if (!atomic_flag_test_and_set(&round->has_complaint)) {
        round->judge = judge;
        round->detail = detail;
        atomic_store(&round->complaint_is_complete, true);
    }
}

static void report(void *context, const struct report *found)
{
    /* The test platform's context is the test platform, with which a round begins. */
    churn_complain(context, "report", report_kind_name(found->kind));
}

/*
 * Slabs of one page; each round keeps another small number of them. Now and then free pages are
 * unmapped: whoever looks at one, the allocator included, is stopped.
 */
static struct heap_config config_of(uint64_t ordinal)
{
    struct heap_config config = heap_config_default();

    config.cpu_count = CHURN_THREADS;
    config.page_count = 1 << ORDER_MAX;
    config.slab_order_max = 0;
    config.partial_floor = (uint32_t)(ordinal % 2);
    config.partial_ceiling = (uint32_t)(ordinal % 2);
    config.cpu_partial_slabs = (uint32_t)(ordinal % 3);
    config.debug_pagealloc = ordinal % 4 == 3;
    return config;
}

/* NULL if there is no memory. */
static struct churn_round *round_create(uint64_t ordinal)
{
    struct churn_round *round = calloc(1, sizeof(*round));
    struct heap_config config = config_of(ordinal);

    if (round == NULL) {
        return NULL;
    }
    world_native_enter(0);
    test_platform_init(&round->test);
    round->test.platform.report = report;
    round->heap = heap_create(&config, &round->test.platform);
    if (round->heap == NULL || !churn_create_caches(round)) {
        return NULL;
    }
    return round;
}

static void round_destroy(struct churn_round *round)
{
    heap_destroy(round->heap);
    free(round);
}

static void init_workers(struct churn_round *round, uint64_t seed)
{
    for (unsigned i = 0; i < CHURN_THREADS; i++) {
        struct churn_worker *worker = &round->workers[i];

        worker->round = round;
        worker->cpu = i;
        worker->random = (seed * CHURN_THREADS + i + 1) * 0x9e3779b97f4a7c15u;
    }
}

/* A worker as it was when it was seen to do something. */
struct sighting {
    uint64_t ops;
    double seconds;
};

/* Complains about a worker that has been in one call for too long. */
static void watch_worker(struct churn_worker *worker, struct sighting *last)
{
    uint64_t ops = atomic_load_explicit(&worker->ops, memory_order_relaxed);
    double now = now_seconds();

    if (last->seconds == 0 || ops != last->ops || atomic_load(&worker->is_done)) {
        *last = (struct sighting){ops, now};
    } else if (now - last->seconds > CHURN_PATIENCE_SECONDS) {
        churn_complain(worker->round, "hang", "thread");
    }
}

static unsigned busy_count(struct churn_round *round, unsigned worker_count)
{
    unsigned count = 0;

    for (unsigned i = 0; i < worker_count; i++) {
        count += !atomic_load(&round->workers[i].is_done);
    }
    return count;
}

/* Returns when all workers are done, or something is wrong. */
static void watch(struct churn_round *round, unsigned worker_count, double deadline)
{
    const struct timespec pause = {.tv_nsec = POLL_NANOSECONDS};
    struct sighting sightings[CHURN_THREADS] = {{0, 0}};

    while (!atomic_load(&round->complaint_is_complete) && busy_count(round, worker_count) != 0) {
        nanosleep(&pause, NULL);
        if (now_seconds() > deadline) {
            atomic_store_explicit(&round->time_is_up, true, memory_order_relaxed);
        }
        for (unsigned i = 0; i < worker_count; i++) {
            watch_worker(&round->workers[i], &sightings[i]);
        }
    }
}

/* Runs the first workers; true if they are done and nothing is wrong. If not, they are let go. */
static bool run_workers(struct churn_round *round, unsigned count, void *(*work)(void *),
                        double deadline)
{
    pthread_t threads[CHURN_THREADS];
    unsigned started = 0;

    for (; started < count; started++) {
        atomic_store(&round->workers[started].is_done, false);
        if (pthread_create(&threads[started], NULL, work, &round->workers[started]) != 0) {
            churn_complain(round, "heap", "threads");
            break;
        }
    }
    watch(round, started, deadline);

    bool is_fine = !atomic_load(&round->complaint_is_complete);

    for (unsigned i = 0; i < started; i++) {
        if (is_fine) {
            pthread_join(threads[i], NULL);
        } else {
            pthread_detach(threads[i]);
        }
    }
    return is_fine;
}

static uint64_t ops_done(struct churn_round *round)
{
    uint64_t ops = 0;

    for (unsigned i = 0; i < CHURN_THREADS; i++) {
        ops += atomic_load(&round->workers[i].ops);
    }
    return ops;
}

static struct churn_result run_round(struct churn_round *round, double deadline)
{
    if (!run_workers(round, CHURN_THREADS, churn_work, deadline)) {
        return (struct churn_result){.judge = round->judge, .detail = round->detail};
    }

    struct churn_result result = {.ops = ops_done(round)};

    if (!run_workers(round, 1, churn_tidy_up, deadline)) {
        return (struct churn_result){.judge = round->judge, .detail = round->detail};
    }
    round_destroy(round);
    return result;
}

struct churn_result churn(const struct churn_limits *limits, uint64_t seed)
{
    double deadline = now_seconds() + limits->seconds;
    uint64_t all_ops = 0;

    for (uint64_t i = 0; i * OPS_PER_ROUND < limits->ops && now_seconds() < deadline; i++) {
        struct churn_round *round = round_create(i);

        if (round == NULL) {
            return (struct churn_result){.judge = "heap", .detail = "memory"};
        }
        round->ops_max = OPS_PER_ROUND;
        init_workers(round, seed + i);

        struct churn_result result = run_round(round, deadline);

        if (result.judge != NULL) {
            return result;
        }
        all_ops += result.ops;
    }
    return (struct churn_result){.ops = all_ops};
}
