#include "sim/strategy/pct.h"

#include "allocator/hardening/keyed_random.h"
#include "sim/strategy/cpu_mask.h"

enum purpose { PURPOSE_PRIORITY, PURPOSE_CHANGE };

/* Priorities of CPUs that never fell; those of the fallen lie below, the latest lowest. */
static const uint64_t UNFALLEN = UINT64_C(1) << 63;

static unsigned highest_priority(const struct pct *pct, uint32_t mask)
{
    unsigned best = cpu_mask_lowest(mask);

    for (mask &= mask - 1; mask != 0; mask &= mask - 1) {
        unsigned cpu = cpu_mask_lowest(mask);
        if (pct->priority[cpu] > pct->priority[best]) {
            best = cpu;
        }
    }
    return best;
}

static uint32_t points_to_change(const struct pct *pct)
{
    if (pct->changes_passed == pct->changes_count) {
        return STRATEGY_TO_END;
    }
    return (uint32_t)(pct->changes[pct->changes_passed] - pct->points_passed);
}

static struct strategy_choice choose(struct strategy *strategy,
                                     const struct strategy_situation *situation)
{
    struct pct *pct = (struct pct *)strategy;

    pct->running = highest_priority(pct, situation->ready);
    return (struct strategy_choice){
        .cpu = pct->running,
        .points = cpu_mask_is_only(situation->ready, pct->running) ? STRATEGY_TO_END
                                                                   : points_to_change(pct),
    };
}

static void ran(struct strategy *strategy, uint32_t points, bool op_ended)
{
    struct pct *pct = (struct pct *)strategy;

    (void)op_ended;
    pct->points_passed += points;
    while (pct->changes_passed < pct->changes_count &&
           pct->changes[pct->changes_passed] <= pct->points_passed) {
        pct->changes_passed++;
        pct->priority[pct->running] = pct->changes_count - pct->changes_passed;
    }
}

static void insert_change(struct pct *pct, uint32_t change)
{
    unsigned i = pct->changes_count++;

    for (; i != 0 && pct->changes[i - 1] > change; i--) {
        pct->changes[i] = pct->changes[i - 1];
    }
    pct->changes[i] = change;
}

bool pct_init(struct pct *pct, uint64_t seed, unsigned depth, uint32_t points_expected)
{
    if (depth == 0 || depth > PCT_DEPTH_MAX || points_expected == 0) {
        return false;
    }

    *pct = (struct pct){.strategy = {.choose = choose, .ran = ran}};
    for (unsigned cpu = 0; cpu < STRATEGY_CPU_COUNT; cpu++) {
        pct->priority[cpu] = UNFALLEN | keyed_random(seed, PURPOSE_PRIORITY, cpu, 0);
    }
    for (unsigned i = 0; i + 1 < depth; i++) {
        uint64_t number = keyed_random(seed, PURPOSE_CHANGE, i, 0);
        insert_change(pct, 1 + (uint32_t)(number % points_expected));
    }
    return true;
}
