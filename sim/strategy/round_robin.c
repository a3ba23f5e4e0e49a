#include "sim/strategy/round_robin.h"

#include "sim/strategy/cpu_mask.h"

static struct strategy_choice choose(struct strategy *strategy,
                                     const struct strategy_situation *situation)
{
    struct round_robin *round_robin = (struct round_robin *)strategy;
    struct strategy_choice choice = {.cpu = situation->current};

    if (round_robin->left == 0 || !cpu_mask_has(situation->ready, choice.cpu)) {
        choice.cpu = cpu_mask_next(situation->ready, choice.cpu);
        round_robin->left = round_robin->quantum;
    }
    /* Nobody to hand over to: a preemption would only be a park line that does nothing. */
    choice.points = cpu_mask_is_only(situation->ready, choice.cpu) ? STRATEGY_TO_END
                                                                   : round_robin->left;
    return choice;
}

static void ran(struct strategy *strategy, uint32_t points, bool op_ended)
{
    struct round_robin *round_robin = (struct round_robin *)strategy;

    (void)op_ended;
    round_robin->left -= points < round_robin->left ? points : round_robin->left;
}

void round_robin_init(struct round_robin *round_robin, uint32_t quantum)
{
    *round_robin = (struct round_robin){
        .strategy = {.choose = choose, .ran = ran},
        .quantum = quantum,
        .left = quantum,
    };
}
