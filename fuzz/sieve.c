#include "fuzz/sieve.h"

#include <stdio.h>
#include <stdlib.h>

enum { EXIT_BED_FAILED = 3 };

static bool is_preemption(const struct sieve *sieve)
{
    return sieve->choice.points != STRATEGY_TO_END;
}

/* A search that goes deeper has failed, and only wants its run to end. */
static bool is_too_deep(const struct sieve *sieve)
{
    return sieve->position >= EXHAUSTIVE_DEPTH_MAX;
}

static size_t count_stops(const struct sieve *sieve)
{
    return sieve->stops_end - sieve->stops_first[sieve->position];
}

static struct strategy_choice choose(struct strategy *strategy,
                                     const struct strategy_situation *situation)
{
    struct sieve *sieve = (struct sieve *)strategy;
    struct strategy_choice choice = sieve->inner->choose(sieve->inner, situation);

    sieve->choice = choice;
    sieve->points = 0;
    sieve->is_running = true;
    if (is_too_deep(sieve)) {
        choice.points = STRATEGY_TO_END;
    } else if (is_preemption(sieve)) {
        sieve->stops_end = sieve->stops_first[sieve->position + 1];
        choice.points = choice.points <= count_stops(sieve)
                            ? sieve->stops[sieve->stops_first[sieve->position] + choice.points - 1]
                            : STRATEGY_TO_END;
    } else {
        sieve->stops_end = sieve->stops_first[sieve->position];
    }
    return choice;
}

/* In points as the inner strategy counts them: each stop ends one. */
static uint32_t count_points(const struct sieve *sieve, uint32_t points, bool op_ended)
{
    if (!op_ended) {
        return sieve->choice.points;
    }
    return points == 0 ? 0 : (uint32_t)count_stops(sieve) + 1;
}

static void ran(struct strategy *strategy, uint32_t points, bool op_ended)
{
    struct sieve *sieve = (struct sieve *)strategy;

    sieve->is_running = false;
    sieve->ended[sieve->choice.cpu] += op_ended;
    if (is_too_deep(sieve)) {
        sieve->inner->ran(sieve->inner, points, op_ended);
        return;
    }
    sieve->inner->ran(sieve->inner, count_points(sieve, points, op_ended), op_ended);
    sieve->stops_first[++sieve->position] = sieve->stops_end;
}

void sieve_init(struct sieve *sieve, struct strategy *inner)
{
    *sieve = (struct sieve){.strategy = {.choose = choose, .ran = ran}, .inner = inner};
    footprint_init(&sieve->footprint);
}

void sieve_fini(struct sieve *sieve)
{
    footprint_fini(&sieve->footprint);
    free(sieve->stops);
}

void sieve_begin_round(struct sieve *sieve)
{
    footprint_learn(&sieve->footprint);
}

void sieve_begin_run(struct sieve *sieve)
{
    sieve->position = 0;
    sieve->is_running = false;
    for (cpu_id_t cpu = 0; cpu < CPU_MAX; cpu++) {
        sieve->ended[cpu] = 0;
        sieve->held[cpu] = 0;
    }
}

static void add_stop(struct sieve *sieve)
{
    if (sieve->stops_end == sieve->stops_capacity) {
        size_t capacity = 2 * sieve->stops_capacity + 256;
        uint32_t *stops = realloc(sieve->stops, capacity * sizeof(*stops));

        if (stops == NULL) {
            fprintf(stderr, "sieve: no memory for %zu points\n", capacity);
            exit(EXIT_BED_FAILED);
        }
        sieve->stops = stops;
        sieve->stops_capacity = capacity;
    }
    sieve->stops[sieve->stops_end++] = sieve->points;
}

/* Takes note of an access to a word; true if it conflicts with what others may do. */
static bool take_access(struct sieve *sieve, const struct footprint_access *access)
{
    struct footprint *footprint = &sieve->footprint;
    uint64_t *held = &sieve->held[access->cpu];

    if (access->kind == WORLD_UNLOCK) {
        *held &= ~footprint_lock(footprint, access->address);
        return false;
    }
    footprint_add(footprint, access);
    if (access->kind == WORLD_LOCK) {
        *held |= footprint_lock(footprint, access->address);
    }
    return footprint_conflicts(footprint, access, sieve->ended);
}

/* The op that runs comes to its next point. */
static void pass_point(struct sieve *sieve, bool matters)
{
    if (matters && sieve->points != 0 && !is_preemption(sieve) && !is_too_deep(sieve)) {
        add_stop(sieve);
    }
    sieve->points++;
}

/*
 * What has no address concerns its CPU alone. A CPU that waits for a lock lets the holder, another
 * one, go on: those points are not its own.
 */
void sieve_on_access(struct sieve *sieve, cpu_id_t cpu, bool may_move, enum world_access kind,
                     const void *address)
{
    if (!sieve->is_running) {
        return;
    }

    bool conflicts = address != NULL && take_access(sieve, &(struct footprint_access){
                                                               .cpu = cpu,
                                                               .op = sieve->ended[cpu],
                                                               .held = sieve->held[cpu],
                                                               .kind = kind,
                                                               .address = address,
                                                           });

    if (cpu == sieve->choice.cpu) {
        pass_point(sieve, conflicts || may_move);
    }
}

bool sieve_has_learnt(const struct sieve *sieve)
{
    return sieve->footprint.is_new;
}
