/*
 * One mutation: a row of the table of kinds changes the tape somewhere, and what follows is mended.
 *
 * A kind leaves the forecast before the first op that it changed; it may have advanced it to look
 * around, and has then inserted what it drafted there.
 */
#include "fuzz/mutate.h"

#include "allocator/base/config_boot.h"
#include "allocator/base/flags.h"
#include "fuzz/bursts.h"
#include "fuzz/mutate_schedule.h"
#include "fuzz/mutate_sizes.h"
#include "fuzz/mutation.h"

typedef void mutate_function(struct mutation *mutation);

struct mutate_row {
    const char *name;
    uint8_t weights[MUTATE_PROFILE_COUNT];
    mutate_function *run;
};

enum { RUN_MAX = 32 };    /* ops moved or repeated at once */

/* Most races need no history, so their programs are short, and more of them are tried. */
static const struct {
    size_t short_count;    /* ops; shorter programs mostly grow */
    size_t start_count;    /* ops of a program made from nothing, at least */
} lengths[MUTATE_PROFILE_COUNT] = {
    [MUTATE_SEQUENCE] = {96, 64},
    [MUTATE_MISUSE] = {96, 64},
    [MUTATE_BUDDY] = {96, 64},
    [MUTATE_SMP] = {48, 32},
};

static uint32_t below(struct mutation *mutation, size_t bound)
{
    return random_below(&mutation->generator.random, (uint32_t)bound);
}

static bool one_in(struct mutation *mutation, uint32_t count)
{
    return random_one_in(&mutation->generator.random, count);
}

/* 1 .. bound, the half as often for each one more; bound is not 0. */
static size_t short_length(struct mutation *mutation, size_t bound)
{
    size_t length = 1;

    while (length < bound && !one_in(mutation, 3)) {
        length++;
    }
    return length;
}

/* Where to insert: 0 .. count, the end more often while there is room behind it. */
static size_t choose_gap(struct mutation *mutation)
{
    struct tape *tape = &mutation->tape;

    if (tape->count < tape->capacity && one_in(mutation, 3)) {
        return tape->count;
    }
    return tape_cut_before(tape, below(mutation, tape->count + 1));
}

/* Inserts a draft, whose ops the forecast has passed already, at the position. */
static void insert_draft(struct mutation *mutation, const struct draft *draft)
{
    size_t made = tape_insert(&mutation->tape, mutation->position, draft->count);

    for (size_t i = 0; i < made; i++) {
        tape_store(&mutation->tape, mutation->position + i, &draft->ops[i]);
    }
    mutation->position += made;
}

static void begin_draft(struct mutation *mutation, struct draft *draft, size_t at)
{
    mutation_advance(mutation, at);
    draft_init(draft, &mutation->generator, mutation->tape.capacity - at);
}

static void insert_ops(struct mutation *mutation)
{
    struct draft draft;

    begin_draft(mutation, &draft, choose_gap(mutation));
    draft_walk(&draft, short_length(mutation, 8));
    insert_draft(mutation, &draft);
}

static void insert_burst(struct mutation *mutation)
{
    struct draft draft;

    begin_draft(mutation, &draft, choose_gap(mutation));
    draft_burst(&draft);
    insert_draft(mutation, &draft);
}

static void append_bursts(struct mutation *mutation)
{
    struct draft draft;

    begin_draft(mutation, &draft, mutation->tape.count);
    for (uint32_t i = 1 + below(mutation, 4); i > 0; i--) {
        draft_burst(&draft);
    }
    insert_draft(mutation, &draft);
}

static void replace_ops(struct mutation *mutation)
{
    struct tape *tape = &mutation->tape;
    size_t at = below(mutation, tape->count);
    size_t count = short_length(mutation, tape->count - at);
    struct draft draft;

    tape_remove(tape, at, count);
    begin_draft(mutation, &draft, at);
    draft_walk(&draft, count);
    insert_draft(mutation, &draft);
}

static void delete_ops(struct mutation *mutation)
{
    struct tape *tape = &mutation->tape;
    size_t at = below(mutation, tape->count);
    size_t rest = tape->count - at;
    size_t count = one_in(mutation, 16) ? 1 + below(mutation, rest) : short_length(mutation, rest);

    mutation_advance(mutation, at);
    tape_remove(tape, at, count);
}

static void repeat_ops(struct mutation *mutation)
{
    struct tape *tape = &mutation->tape;
    size_t at = tape_cut_before(tape, below(mutation, tape->count));
    size_t rest = tape->count - at < RUN_MAX ? tape->count - at : RUN_MAX;
    size_t count = tape_cut_behind(tape, at + 1 + below(mutation, rest)) - at;

    mutation_advance(mutation, at);
    for (size_t rounds = short_length(mutation, 4); rounds > 0; rounds--) {
        struct tape source = *tape;
        size_t target = at + count;
        size_t made = tape_insert(tape, target, count);

        tape_copy(tape, target, &source, at, made);
    }
}

static void move_ops(struct mutation *mutation)
{
    struct tape *tape = &mutation->tape;
    size_t at = tape_cut_before(tape, below(mutation, tape->count));
    size_t rest = tape->count - at < RUN_MAX ? tape->count - at : RUN_MAX;
    size_t end = tape_cut_behind(tape, at + short_length(mutation, rest));
    size_t count = end - at < RUN_MAX ? end - at : RUN_MAX;
    struct op moved[RUN_MAX];
    size_t target;
    size_t made;

    for (size_t i = 0; i < count; i++) {
        moved[i] = tape_load(tape, at + i);
    }
    tape_remove(tape, at, count);
    target = tape_cut_before(tape, below(mutation, tape->count + 1));
    mutation_advance(mutation, target < at ? target : at);
    made = tape_insert(tape, target, count);
    for (size_t i = 0; i < made; i++) {
        tape_store(tape, target + i, &moved[i]);
    }
}

/* Exchanges two records if both are units of their own. */
static void swap_ops(struct mutation *mutation, size_t at, size_t other)
{
    struct tape *tape = &mutation->tape;

    if (tape_cut_behind(tape, at + 1) - tape_cut_before(tape, at) == 1 &&
        tape_cut_behind(tape, other + 1) - tape_cut_before(tape, other) == 1) {
        tape_swap(tape, at, other);
    }
}

static void shuffle_ops(struct mutation *mutation)
{
    struct tape *tape = &mutation->tape;
    size_t at = below(mutation, tape->count);
    size_t rest = tape->count - at < RUN_MAX ? tape->count - at : RUN_MAX;
    size_t count = short_length(mutation, rest);

    mutation_advance(mutation, at);
    for (size_t i = count; i > 1; i--) {
        swap_ops(mutation, at + i - 1, at + below(mutation, i));
    }
    if (count == 1) {
        swap_ops(mutation, at, at + below(mutation, rest));
    }
}

/* One slot becomes another, in one op or from one op on. */
static void retarget_object(struct mutation *mutation)
{
    struct tape *tape = &mutation->tape;
    size_t at = below(mutation, tape->count);
    size_t end = one_in(mutation, 2) ? tape->count : at + 1;
    struct op op = tape_load(tape, at);
    uint32_t source = op.object;
    uint32_t target = below(mutation, one_in(mutation, 2) ? 16 : mutation->generator.slot_span);

    mutation_advance(mutation, at);
    for (; at < end; at++) {
        op = tape_load(tape, at);
        if (op.object == source && op_masks[OPERAND_FIELD_object][op.code] != 0) {
            op.object = target;
            tape_store(tape, at, &op);
        }
    }
}

static void retarget_cache(struct mutation *mutation)
{
    struct tape *tape = &mutation->tape;
    size_t at = below(mutation, tape->count);
    size_t end = one_in(mutation, 2) ? tape->count : at + 1;
    struct op op = tape_load(tape, at);
    uint8_t source = op.cache;
    uint8_t target = source;

    mutation_advance(mutation, at);
    (void)choose_cache(&mutation->generator, !one_in(mutation, 4), &target);
    for (; at < end; at++) {
        op = tape_load(tape, at);
        if (op.cache == source && op_masks[OPERAND_FIELD_cache][op.code] != 0) {
            op.cache = target;
            tape_store(tape, at, &op);
        }
    }
}

static uint32_t nudge(struct mutation *mutation, uint32_t value)
{
    switch (below(mutation, 4)) {
    case 0:
        return value + 1;
    case 1:
        return value - 1;
    case 2:
        return value ^ 1u << below(mutation, 24);
    default:
        return random_bits(&mutation->generator.random);
    }
}

/* The operands that are no slots are chosen anew, or one operand becomes a little different. */
static void change_operand(struct mutation *mutation)
{
    struct tape *tape = &mutation->tape;
    size_t at = below(mutation, tape->count);
    struct op op;
    size_t count = 0;

    mutation_advance(mutation, at);
    op = tape_load(tape, at);
    while (op_rows[op.code].operands[count].name != NULL) {
        count++;
    }
    if (count == 0 || one_in(mutation, 2)) {
        generate_operands(&mutation->generator, &op);
    } else {
        const struct operand_row *row = &op_rows[op.code].operands[below(mutation, count)];
        bool is_slot = row->kind == OPERAND_KIND_OBJECT;
        uint32_t value = operand_value(row, &op);

        operand_set(row, &op, is_slot ? below(mutation, 64) : nudge(mutation, value));
    }
    tape_store(tape, at, &op);
}

/* Much misuse is noticed in caches with debug flags, or on poisoned pages, only. */
static void choose_config_row(struct mutation *mutation, size_t index)
{
    struct random *random = &mutation->generator.random;
    enum mutate_profile profile = mutation->generator.profile;
    uint64_t value = choose_config_value(random, profile, index);

    if (index == HEAP_CONFIG_debug_flags && profile == MUTATE_MISUSE) {
        value |= choose_create_flags(random, profile) & SLAB_DEBUG_FLAGS;
    }
    if (index == HEAP_CONFIG_page_poison && profile == MUTATE_MISUSE) {
        value = random_below(random, 2);
    }
    /* As at boot the last word on orders counts: a higher least order raises the largest. */
    if (!heap_config_boot(&mutation->config, index, value)) {
        (void)heap_config_set(&mutation->config, index, value);
    }
}

static void change_config(struct mutation *mutation)
{
    for (size_t i = short_length(mutation, 4); i > 0; i--) {
        choose_config_row(mutation, below(mutation, HEAP_CONFIG_COUNT));
    }
    program_repair_config(&mutation->config);
    mutation_restart(mutation);
}

/* The same work, on several CPUs. */
static void sprinkle_cpus(struct mutation *mutation)
{
    for (size_t i = short_length(mutation, 8); i > 0; i--) {
        size_t rest = mutation->tape.count - mutation->position;
        struct draft draft;
        struct op op;

        begin_draft(mutation, &draft, mutation->position + below(mutation, rest + 1));
        if (draft.limit > 0 && generate_op_of(&mutation->generator, OP_CPU, &op)) {
            (void)forecast_step(&mutation->generator.forecast, &op);
            draft.ops[0] = op;
            draft.count = 1;
            insert_draft(mutation, &draft);
        }
    }
}

/* A program from nothing: a heap of its own, and enough ops to matter. */
static void start(struct mutation *mutation)
{
    enum mutate_profile profile = mutation->generator.profile;

    for (size_t index = 0; index < HEAP_CONFIG_COUNT; index++) {
        if (index == HEAP_CONFIG_page_count || profile == MUTATE_SMP || one_in(mutation, 2)) {
            choose_config_row(mutation, index);
        }
    }
    program_repair_config(&mutation->config);
    generator_init(&mutation->generator, profile, &mutation->config, mutation->generator.random);
    for (int i = 0; i < 8 && mutation->tape.count < lengths[profile].start_count; i++) {
        append_bursts(mutation);
    }
}

/* Nothing of the program is kept. */
static void start_over(struct mutation *mutation)
{
    mutation->tape.count = 0;
    mutation_restart(mutation);
    start(mutation);
}

/* A stretch of the program is kept, on the same heap. */
static void keep_stretch(struct mutation *mutation)
{
    struct tape *tape = &mutation->tape;
    size_t start_count = lengths[mutation->generator.profile].start_count;
    size_t at = tape_cut_before(tape, below(mutation, tape->count));
    size_t rest = tape->count - at;
    size_t count = rest < start_count ? rest : start_count;

    tape_remove(tape, at + count, rest - count);
    tape_remove(tape, 0, at);
}

/* Weights: MUTATE_SEQUENCE, MUTATE_MISUSE, MUTATE_BUDDY, MUTATE_SMP. */
static const struct mutate_row mutate_rows[] = {
    {"insert_ops", {10, 10, 10, 10}, insert_ops},
    {"insert_burst", {12, 12, 12, 12}, insert_burst},
    {"append_bursts", {6, 6, 6, 6}, append_bursts},
    {"replace_ops", {8, 8, 8, 8}, replace_ops},
    {"delete_ops", {5, 5, 5, 5}, delete_ops},
    {"repeat_ops", {5, 5, 5, 5}, repeat_ops},
    {"move_ops", {4, 4, 4, 4}, move_ops},
    {"shuffle_ops", {4, 4, 4, 4}, shuffle_ops},
    {"retarget_object", {4, 4, 4, 4}, retarget_object},
    {"retarget_cache", {3, 3, 3, 3}, retarget_cache},
    {"change_operand", {12, 12, 12, 12}, change_operand},
    {"change_config", {6, 6, 6, 6}, change_config},
    {"sprinkle_cpus", {3, 3, 3, 3}, sprinkle_cpus},
    {"start_over", {0, 0, 0, 24}, start_over},
    {"keep_stretch", {0, 0, 0, 12}, keep_stretch},
    {"insert_park", {0, 0, 0, 4}, mutate_insert_park},
    {"drop_park", {0, 0, 0, 4}, mutate_drop_park},
    {"nudge_park", {0, 0, 0, 16}, mutate_nudge_park},
    {"shift_park", {0, 0, 0, 5}, mutate_shift_park},
    {"sweep_park", {0, 0, 0, 5}, mutate_sweep_park},
    {"wrap_op", {0, 0, 0, 12}, mutate_wrap_op},
    {"move_to_cpu", {0, 0, 0, 6}, mutate_move_to_cpu},
    {"switch_to_interrupt", {0, 0, 0, 8}, mutate_switch_to_interrupt},
    {"interrupt_to_switch", {0, 0, 0, 3}, mutate_interrupt_to_switch},
    {"change_flavour", {0, 0, 0, 6}, mutate_change_flavour},
    {"insert_migrate", {0, 0, 0, 8}, mutate_insert_migrate},
};

enum { MUTATE_ROW_COUNT = sizeof(mutate_rows) / sizeof(mutate_rows[0]) };

static mutate_function *choose_kind(struct mutation *mutation)
{
    enum mutate_profile profile = mutation->generator.profile;
    uint32_t total = 0;
    uint32_t left;
    size_t index = 0;

    if (mutation->tape.count < lengths[profile].short_count && one_in(mutation, 3)) {
        return append_bursts;
    }
    for (size_t i = 0; i < MUTATE_ROW_COUNT; i++) {
        total += mutate_rows[i].weights[profile];
    }
    left = below(mutation, total);
    while (left >= mutate_rows[index].weights[profile]) {
        left -= mutate_rows[index].weights[profile];
        index++;
    }
    return mutate_rows[index].run;
}

size_t mutate_program_as(enum mutate_profile profile, uint8_t *data, size_t size, size_t max_size,
                         uint64_t seed)
{
    struct mutation mutation;

    if (max_size < PROGRAM_HEADER_SIZE || size > max_size) {
        return size < max_size ? size : max_size;
    }

    mutation_open(&mutation, profile, (struct tape_bytes){data, size, max_size}, seed);
    if (mutation.tape.count == 0) {
        start(&mutation);
    } else {
        choose_kind(&mutation)(&mutation);
        mutation_mend(&mutation);
    }
    return mutation_close(&mutation, data);
}

size_t mutate_program(uint8_t *data, size_t size, size_t max_size, uint64_t seed)
{
    return mutate_program_as(mutate_profile, data, size, max_size, seed);
}
