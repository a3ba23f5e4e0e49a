/*
 * Makes ops that mean something where they stand: a generator holds the forecast of a program up
 * to a place in it, and chooses ops, slots and operands to go on from there.
 */
#ifndef FUZZ_GENERATE_H
#define FUZZ_GENERATE_H

#include <stdbool.h>
#include <stdint.h>

#include "fuzz/forecast.h"
#include "fuzz/mutate.h"
#include "fuzz/mutate_random.h"
#include "fuzz/ops.h"

struct generator {
    struct random random;
    enum mutate_profile profile;
    uint32_t slot_span;                 /* new objects go to slots below it */
    uint16_t weights[OP_CODE_COUNT];    /* of each op in this program */
    uint32_t weight_sum;
    struct forecast forecast;
};

/*
 * Starts before the first op of a program. Each program prefers some ops to others (a swarm), as
 * the seed row of its configuration decides, sometimes chance. config must outlive the generator.
 */
void generator_init(struct generator *generator, enum mutate_profile profile,
                    const struct heap_config *config, struct random random);

/* How often the profile has an op, of about 200 in all, whatever the swarm; 0: never. */
unsigned generator_weight(const struct generator *generator, uint8_t code);

/*
 * Whether an op is a step here and, most of the time, whether it gets what it asks for: programs
 * would otherwise drift to full arenas, where one allocation after the other fails.
 */
bool generator_likes(struct generator *generator, const struct op *op);

/* Makes an op that is a step here; false in the rare case that none was found. */
bool generate_op(struct generator *generator, struct op *op);

/* The same for a given code: false if no slot is in the state that it needs. */
bool generate_op_of(struct generator *generator, enum op_code code, struct op *op);

/* Chooses the operands of an op anew, but not its slots. */
void generate_operands(struct generator *generator, struct op *op);

/* Changes the slots of an op, or at last the op, so that it is a step here; false if it cannot. */
bool generator_mend(struct generator *generator, struct op *op);

/*
 * Chooses a slot whose content is in the mask: below slot_span for what is not live, among all for
 * what is. False if there is none.
 */
bool choose_slot(struct generator *generator, unsigned contents, uint32_t *slot);

/* A cache slot that is present, or absent. */
bool choose_cache(struct generator *generator, bool is_present, uint8_t *cache);

#endif
