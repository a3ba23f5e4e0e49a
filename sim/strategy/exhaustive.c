#include "sim/strategy/exhaustive.h"

#include "sim/strategy/cpu_mask.h"

static bool is_preemption(const struct exhaustive_decision *decision)
{
    return decision->points != STRATEGY_TO_END;
}

/* Lets a run that tells nothing new come to its end. */
static struct strategy_choice first_to_end(uint32_t candidates)
{
    return (struct strategy_choice){
        .cpu = cpu_mask_lowest(candidates),
        .points = STRATEGY_TO_END,
    };
}

static void take_next_cpu(struct exhaustive_decision *decision)
{
    decision->cpu = cpu_mask_lowest(decision->untried);
    decision->untried &= decision->untried - 1;
    decision->points = STRATEGY_TO_END;
    decision->points_limit = STRATEGY_TO_END;
}

static void push_decision(struct exhaustive *exhaustive, uint32_t ready, uint32_t candidates)
{
    struct exhaustive_decision *decision = &exhaustive->decisions[exhaustive->depth++];

    decision->ready = ready;
    decision->untried = candidates;
    take_next_cpu(decision);
}

/* What is wrong with being asked for a choice in this situation; SEARCHING if nothing is. */
static enum exhaustive_state check_choice(const struct exhaustive *exhaustive, uint32_t ready)
{
    unsigned position = exhaustive->position;

    if (exhaustive->is_running) {
        return EXHAUSTIVE_DIVERGED;
    }
    if (position == exhaustive->depth) {
        return position == EXHAUSTIVE_DEPTH_MAX ? EXHAUSTIVE_TOO_DEEP : EXHAUSTIVE_SEARCHING;
    }
    return exhaustive->decisions[position].ready == ready ? EXHAUSTIVE_SEARCHING
                                                          : EXHAUSTIVE_DIVERGED;
}

static bool is_followed(const struct exhaustive *exhaustive)
{
    return exhaustive->state == EXHAUSTIVE_SEARCHING && !exhaustive->is_repeat;
}

static struct strategy_choice choose(struct strategy *strategy,
                                     const struct strategy_situation *situation)
{
    struct exhaustive *exhaustive = (struct exhaustive *)strategy;
    uint32_t candidates = cpu_mask_candidates(situation);
    const struct exhaustive_decision *decision;

    if (is_followed(exhaustive)) {
        exhaustive->state = check_choice(exhaustive, situation->ready);
    }
    if (!is_followed(exhaustive)) {
        return first_to_end(candidates);
    }

    if (exhaustive->position == exhaustive->depth) {
        push_decision(exhaustive, situation->ready, candidates);
    }
    decision = &exhaustive->decisions[exhaustive->position++];
    exhaustive->is_running = true;
    return (struct strategy_choice){.cpu = decision->cpu, .points = decision->points};
}

/* The decision let the op run to its end. */
static bool learn_end(struct exhaustive_decision *decision, uint32_t points)
{
    bool is_known = decision->points_limit != STRATEGY_TO_END;

    if (points == STRATEGY_TO_END || (is_known && decision->points_limit != points)) {
        return false;
    }
    decision->points_limit = points;
    return true;
}

/* The decision was to preempt the op, which ran on to its end: it would not stop later either. */
static bool learn_limit(struct exhaustive *exhaustive, uint32_t points)
{
    struct exhaustive_decision *decision = &exhaustive->decisions[exhaustive->position - 1];

    if (exhaustive->position != exhaustive->depth || points != decision->points_limit) {
        return false;
    }
    decision->points_limit = decision->points;
    exhaustive->is_repeat = true;
    return true;
}

/* Takes note of what the last choice came to; false if that cannot be. */
static bool learn(struct exhaustive *exhaustive, uint32_t points, bool op_ended)
{
    struct exhaustive_decision *decision;

    if (!exhaustive->is_running) {
        return false;
    }
    decision = &exhaustive->decisions[exhaustive->position - 1];
    if (!op_ended) {
        return points == decision->points && is_preemption(decision);
    }
    return is_preemption(decision) ? learn_limit(exhaustive, points)
                                   : learn_end(decision, points);
}

static void ran(struct strategy *strategy, uint32_t points, bool op_ended)
{
    struct exhaustive *exhaustive = (struct exhaustive *)strategy;

    if (is_followed(exhaustive)) {
        if (!learn(exhaustive, points, op_ended)) {
            exhaustive->state = EXHAUSTIVE_DIVERGED;
        }
        exhaustive->is_running = false;
    }
}

static unsigned count_preemptions(const struct exhaustive *exhaustive, unsigned depth)
{
    unsigned count = 0;

    for (unsigned i = 0; i < depth; i++) {
        count += is_preemption(&exhaustive->decisions[i]);
    }
    return count;
}

/* Moves the topmost decision to the next place at which its CPU can be preempted, if any. */
static bool try_next_preemption(struct exhaustive *exhaustive)
{
    struct exhaustive_decision *decision = &exhaustive->decisions[exhaustive->depth - 1];
    uint32_t points = is_preemption(decision) ? decision->points + 1 : 1;

    if (points >= decision->points_limit || cpu_mask_is_only(decision->ready, decision->cpu) ||
        count_preemptions(exhaustive, exhaustive->depth - 1) == exhaustive->preemptions_max) {
        return false;
    }
    decision->points = points;
    return true;
}

static bool try_next_cpu(struct exhaustive *exhaustive)
{
    struct exhaustive_decision *decision = &exhaustive->decisions[exhaustive->depth - 1];

    if (decision->untried == 0) {
        return false;
    }
    take_next_cpu(decision);
    return true;
}

/* Makes the stack the beginning of a schedule that was not run yet. */
static bool backtrack(struct exhaustive *exhaustive)
{
    for (; exhaustive->depth != 0; exhaustive->depth--) {
        if (try_next_preemption(exhaustive) || try_next_cpu(exhaustive)) {
            return true;
        }
    }
    return false;
}

void exhaustive_init(struct exhaustive *exhaustive, unsigned preemptions_max)
{
    *exhaustive = (struct exhaustive){
        .strategy = {.choose = choose, .ran = ran},
        .preemptions_max = preemptions_max,
    };
}

bool exhaustive_next_schedule(struct exhaustive *exhaustive)
{
    if (exhaustive->state == EXHAUSTIVE_NEW) {
        exhaustive->state = EXHAUSTIVE_SEARCHING;
        return true;
    }
    if (exhaustive->state == EXHAUSTIVE_SEARCHING &&
        (exhaustive->is_running || exhaustive->position != exhaustive->depth)) {
        exhaustive->state = EXHAUSTIVE_DIVERGED;
    }
    if (exhaustive->state != EXHAUSTIVE_SEARCHING) {
        return false;
    }

    exhaustive->count += !exhaustive->is_repeat;
    exhaustive->is_repeat = false;
    exhaustive->position = 0;
    if (!backtrack(exhaustive)) {
        exhaustive->state = EXHAUSTIVE_COVERED;
        return false;
    }
    return true;
}

uint64_t exhaustive_count(const struct exhaustive *exhaustive)
{
    return exhaustive->count;
}
