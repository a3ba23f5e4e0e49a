#include "sim/strategy/random.h"

#include "allocator/hardening/keyed_random.h"
#include "sim/strategy/cpu_mask.h"

enum purpose { PURPOSE_CPU, PURPOSE_REMAINDER, PURPOSE_HALF_LIVES };

/*
 * Some half-lives, each one more half as likely, and a part of one: with h for half_life,
 * (3 * h + 1) / 2 points on average, and 1 at least.
 */
static uint64_t draw_stretch(struct random *random)
{
    uint64_t ordinal = random->stretch_count++;
    uint64_t coins = keyed_random(random->seed, PURPOSE_HALF_LIVES, 0, ordinal);
    uint64_t remainder = keyed_random(random->seed, PURPOSE_REMAINDER, 0, ordinal);
    unsigned half_lives = coins == 0 ? 64 : (unsigned)__builtin_ctzll(coins);

    return 1 + half_lives * random->half_life + remainder % random->half_life;
}

static struct strategy_choice choose(struct strategy *strategy,
                                     const struct strategy_situation *situation)
{
    struct random *random = (struct random *)strategy;
    uint32_t candidates = cpu_mask_candidates(situation);
    uint64_t number = keyed_random(random->seed, PURPOSE_CPU, 0, random->choice_count++);
    unsigned cpu = cpu_mask_at(candidates, (unsigned)(number % cpu_mask_count(candidates)));
    bool runs_to_end = random->half_life == 0 || random->left >= STRATEGY_TO_END ||
                       cpu_mask_is_only(situation->ready, cpu);

    return (struct strategy_choice){
        .cpu = cpu,
        .points = runs_to_end ? STRATEGY_TO_END : (uint32_t)random->left,
    };
}

static void ran(struct strategy *strategy, uint32_t points, bool op_ended)
{
    struct random *random = (struct random *)strategy;

    (void)op_ended;
    if (random->half_life == 0) {
        return;
    }
    if (points < random->left) {
        random->left -= points;
    } else {
        random->left = draw_stretch(random);
    }
}

/* That of stretches of points_expected / preemptions on average, as far as whole numbers allow. */
static uint64_t compute_half_life(uint64_t preemptions, uint64_t points_expected)
{
    uint64_t half_life;

    if (preemptions == 0) {
        return 0;
    }
    half_life = 2 * points_expected / (3 * preemptions);
    return half_life != 0 ? half_life : 1;
}

void random_init(struct random *random, uint64_t seed, uint32_t preemptions,
                 uint32_t points_expected)
{
    *random = (struct random){
        .strategy = {.choose = choose, .ran = ran},
        .seed = seed,
        .half_life = compute_half_life(preemptions, points_expected),
    };
    if (random->half_life != 0) {
        random->left = draw_stretch(random);
    }
}
