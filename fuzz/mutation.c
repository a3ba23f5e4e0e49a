#include "fuzz/mutation.h"

#include <string.h>

void mutation_open(struct mutation *mutation, enum mutate_profile profile, struct tape_bytes bytes,
                   uint64_t seed)
{
    bool wide;

    program_load_header(bytes.data, bytes.size, &wide, &mutation->config);
    tape_open(&mutation->tape, wide, bytes);
    generator_init(&mutation->generator, profile, &mutation->config,
                   (struct random){random_mix(seed)});
    mutation->position = 0;
    memset(mutation->counts, 0, sizeof(mutation->counts));
}

void mutation_restart(struct mutation *mutation)
{
    forecast_init(&mutation->generator.forecast, &mutation->config);
    mutation->position = 0;
    memset(mutation->counts, 0, sizeof(mutation->counts));
}

static void pass(struct mutation *mutation, const struct op *op)
{
    tape_store(&mutation->tape, mutation->position, op);
    mutation->counts[op->code]++;
    mutation->position++;
}

void mutation_advance(struct mutation *mutation, size_t at)
{
    while (mutation->position < at) {
        struct op op = tape_load(&mutation->tape, mutation->position);

        (void)forecast_step(&mutation->generator.forecast, &op);
        pass(mutation, &op);
    }
}

/* Percent of a program that an op may be if it hardly needs mending. */
static size_t share_of(const struct generator *generator, uint8_t code)
{
    size_t weight = generator_weight(generator, code);

    /* A schedule line is a part of the op that it is for. */
    return op_rows[code].class == OP_CLASS_SCHEDULE ? 3 * weight : weight;
}

/*
 * Whether a program has far too many of an op that is a step nearly anywhere: such ops hardly need
 * mending, so they would pile up from one mutation to the next. A CPU switch while something is
 * parked is what a race is made of.
 */
static bool is_surplus(const struct mutation *mutation, const struct op *op)
{
    const struct generator *generator = &mutation->generator;
    size_t share = share_of(generator, op->code);

    if (op->code == OP_CPU && generator->forecast.schedule.flight_count > 0) {
        return false;
    }
    return op_needs[op->code].slot == 0 &&
           mutation->counts[op->code] > 2 + mutation->position * share / 100;
}

/* The op is dropped, and with it the lines before it that say how it would have run. */
static void drop(struct mutation *mutation)
{
    while (mutation->position > 0 &&
           op_is_prelude(tape_code(&mutation->tape, mutation->position - 1))) {
        mutation->position--;
        mutation->counts[tape_code(&mutation->tape, mutation->position)]--;
    }
    forecast_cancel_schedule(&mutation->generator.forecast);
}

void mutation_mend(struct mutation *mutation)
{
    struct generator *generator = &mutation->generator;
    size_t count = mutation->tape.count;

    for (size_t at = mutation->position; at < count; at++) {
        struct op op = tape_load(&mutation->tape, at);
        bool is_step = generator_likes(generator, &op);

        if (op_is_prelude(op.code) && (!is_step || is_surplus(mutation, &op))) {
            continue;
        }
        /* Most are given another slot; dropping some keeps a program from turning into noise. */
        if (!is_step && !random_one_in(&generator->random, 4)) {
            is_step = generator_mend(generator, &op);
        }
        if (is_step && !is_surplus(mutation, &op)) {
            forecast_follow(&generator->forecast, &op);
            pass(mutation, &op);
        } else {
            drop(mutation);
        }
    }
    mutation->tape.count = mutation->position;
}

size_t mutation_close(struct mutation *mutation, uint8_t *data)
{
    program_store_header(data, mutation->tape.wide, &mutation->config);
    return tape_size(&mutation->tape);
}
