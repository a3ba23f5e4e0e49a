#include "fuzz/mutate_schedule.h"

#include "fuzz/mutate_sizes.h"

enum {
    NEAR = 3,            /* accesses, or records, that are near by */
    RIVAL_MAX = 4,       /* ops that run while one is parked */
    STRETCH_MAX = 12,    /* records from a park line to where what it parked goes on */
    PICK_MAX = 8,
};

static struct random *chance(struct mutation *mutation)
{
    return &mutation->generator.random;
}

static uint32_t below(struct mutation *mutation, size_t bound)
{
    return random_below(chance(mutation), (uint32_t)bound);
}

static size_t min(size_t first, size_t second)
{
    return first < second ? first : second;
}

/* Some record of a code; the count of records if there is none. */
static size_t find_code(struct mutation *mutation, enum op_code code)
{
    const struct tape *tape = &mutation->tape;
    size_t start = below(mutation, tape->count);

    for (size_t i = 0; i < tape->count; i++) {
        size_t at = start + i < tape->count ? start + i : start + i - tape->count;

        if (tape_code(tape, at) == code) {
            return at;
        }
    }
    return tape->count;
}

/* Whether a record is an op in whose middle others may run. */
static bool is_call(const struct tape *tape, size_t at)
{
    uint8_t code = tape_code(tape, at);

    return op_rows[code].name != NULL && op_rows[code].class == OP_CLASS_PLAIN &&
           code != OP_NOP && code != OP_FILL && code != OP_VERIFY;
}

/* Some record, and a call if there are enough of them. */
static size_t pick_op(struct mutation *mutation)
{
    size_t at = below(mutation, mutation->tape.count);

    for (unsigned i = 0; i < PICK_MAX && !is_call(&mutation->tape, at); i++) {
        at = below(mutation, mutation->tape.count);
    }
    return at;
}

static void insert(struct mutation *mutation, size_t at, struct op op)
{
    struct tape *tape = &mutation->tape;

    if (at <= tape->count && tape_insert(tape, at, 1) == 1) {
        tape_store(tape, at, &op);
    }
}

static struct op park_line(struct mutation *mutation)
{
    return (struct op){.code = OP_PARK, .a = choose_after(chance(mutation))};
}

static struct op cpu_line(uint32_t cpu)
{
    return (struct op){.code = OP_CPU, .a = cpu};
}

/* Any CPU but the one whose turn it is at the position, if there is another. */
static uint32_t other_cpu(struct mutation *mutation)
{
    uint32_t count = mutation->config.cpu_count;

    return (mutation->generator.forecast.cpu + 1 + below(mutation, count - 1)) % count;
}

void mutate_insert_park(struct mutation *mutation)
{
    size_t at = tape_cut_before(&mutation->tape, pick_op(mutation));

    mutation_advance(mutation, at);
    insert(mutation, at, park_line(mutation));
}

/* Goes to some park line; false if there is none, and one is made. */
static bool go_to_park(struct mutation *mutation)
{
    size_t at = find_code(mutation, OP_PARK);

    if (at == mutation->tape.count) {
        mutate_insert_park(mutation);
        return false;
    }
    mutation_advance(mutation, at);
    return true;
}

void mutate_drop_park(struct mutation *mutation)
{
    if (go_to_park(mutation)) {
        tape_remove(&mutation->tape, mutation->position, 1);
    }
}

void mutate_nudge_park(struct mutation *mutation)
{
    struct op op;

    if (!go_to_park(mutation)) {
        return;
    }
    op = tape_load(&mutation->tape, mutation->position);
    if (random_one_in(chance(mutation), 3)) {
        op = park_line(mutation);
    } else {
        uint32_t distance = 1 + below(mutation, NEAR);
        bool is_less = op.a > distance && random_one_in(chance(mutation), 2);

        op.a = is_less ? op.a - distance : op.a + distance;
    }
    op = op_canonical(op);
    tape_store(&mutation->tape, mutation->position, &op);
}

void mutate_shift_park(struct mutation *mutation)
{
    struct tape *tape = &mutation->tape;
    size_t at = find_code(mutation, OP_PARK);
    size_t distance = 1 + below(mutation, NEAR);
    size_t target;
    struct op op;

    if (at == tape->count) {
        mutate_insert_park(mutation);
        return;
    }
    target = at >= distance && random_one_in(chance(mutation), 2)
                 ? at - distance
                 : min(at + distance, tape->count - 1);
    mutation_advance(mutation, min(at, target));
    op = tape_load(tape, at);
    tape_remove(tape, at, 1);
    insert(mutation, target, op);
}

/* Records from a park line up to the second CPU switch behind it, where it goes on most often. */
static size_t stretch_length(const struct tape *tape, size_t at)
{
    size_t end = min(at + STRETCH_MAX, tape->count);
    unsigned switch_count = 0;
    size_t length = 0;

    while (at + length < end && switch_count < 2) {
        switch_count += tape_code(tape, at + length) == OP_CPU ? 1 : 0;
        length++;
    }
    return length;
}

void mutate_sweep_park(struct mutation *mutation)
{
    struct tape *tape = &mutation->tape;
    size_t at;
    size_t length;

    if (!go_to_park(mutation)) {
        return;
    }
    at = mutation->position;
    length = stretch_length(tape, at);
    for (uint32_t rounds = 1 + below(mutation, RIVAL_MAX); rounds > 0; rounds--) {
        struct op park = tape_load(tape, at);
        struct tape source = *tape;
        size_t made = tape_insert(tape, at + length, length);

        tape_copy(tape, at + length, &source, at, made);
        park.a++;
        park = op_canonical(park);
        if (made > 0) {
            tape_store(tape, at + length, &park);
        }
        at += made;
    }
}

void mutate_wrap_op(struct mutation *mutation)
{
    struct tape *tape = &mutation->tape;
    size_t at = pick_op(mutation);
    size_t start = tape_cut_before(tape, at);
    size_t end = min(at + 2 + below(mutation, RIVAL_MAX), tape->count);
    uint32_t home;

    mutation_advance(mutation, start);
    home = mutation->generator.forecast.cpu;
    insert(mutation, tape_cut_behind(tape, end), cpu_line(home));
    insert(mutation, at + 1, cpu_line(other_cpu(mutation)));
    insert(mutation, start, park_line(mutation));
}

void mutate_move_to_cpu(struct mutation *mutation)
{
    size_t at = pick_op(mutation);
    size_t start = tape_cut_before(&mutation->tape, at);
    uint32_t home;

    mutation_advance(mutation, start);
    home = mutation->generator.forecast.cpu;
    insert(mutation, at + 1, cpu_line(home));
    insert(mutation, start, cpu_line(other_cpu(mutation)));
}

/* Goes to some park line, and mostly has it park before interrupts are off. */
static bool go_to_early_park(struct mutation *mutation)
{
    struct op op = {.code = OP_PARK, .a = choose_early_after(chance(mutation))};

    if (!go_to_park(mutation)) {
        return false;
    }
    if (random_one_in(chance(mutation), 2)) {
        tape_store(&mutation->tape, mutation->position, &op);
    }
    return true;
}

/* The line that makes an interrupt of a record, of the kind that may do what it does. */
static struct op interrupt_line(struct mutation *mutation, size_t at)
{
    uint8_t code = tape_code(&mutation->tape, at);
    bool takes_no_lock = code == OP_ALLOC_NOLOCK || code == OP_FREE_NOLOCK ||
                         code == OP_KMALLOC_NOLOCK || code == OP_KFREE_NOLOCK;
    bool is_nmi = takes_no_lock && random_one_in(chance(mutation), 2);

    return (struct op){.code = is_nmi ? OP_NMI : OP_IRQ};
}

void mutate_switch_to_interrupt(struct mutation *mutation)
{
    struct tape *tape = &mutation->tape;
    size_t at;

    if (!go_to_early_park(mutation)) {
        return;
    }
    at = tape_cut_behind(tape, mutation->position + 1);
    mutation_advance(mutation, at);
    if (at < tape->count && tape_code(tape, at) == OP_CPU) {
        tape_remove(tape, at, 1);
    }
    for (unsigned i = 0; i < RIVAL_MAX && at < tape->count && is_call(tape, at); i++) {
        insert(mutation, at, interrupt_line(mutation, at));
        at += 2;
    }
}

void mutate_change_flavour(struct mutation *mutation)
{
    static const uint8_t flavours[][2] = {
        {OP_ALLOC, OP_ALLOC_NOLOCK}, {OP_FREE, OP_FREE_NOLOCK}, {OP_FREE, OP_FREE_RCU},
        {OP_KFREE, OP_FREE_RCU},     {OP_IRQ, OP_NMI},           {OP_KFREE, OP_KFREE_NOLOCK},
    };
    const uint8_t *pair = flavours[below(mutation, sizeof(flavours) / sizeof(flavours[0]))];
    unsigned from = below(mutation, 2);
    size_t at = find_code(mutation, (enum op_code)pair[from]);
    struct op op;

    if (at == mutation->tape.count) {
        mutate_insert_park(mutation);
        return;
    }
    mutation_advance(mutation, at);
    op = tape_load(&mutation->tape, at);
    op.code = pair[1 - from];
    op = op_canonical(op);
    tape_store(&mutation->tape, at, &op);
}

void mutate_interrupt_to_switch(struct mutation *mutation)
{
    struct tape *tape = &mutation->tape;
    size_t at = find_code(mutation, OP_IRQ);
    struct op op;

    if (at == tape->count) {
        mutate_insert_park(mutation);
        return;
    }
    mutation_advance(mutation, at);
    op = cpu_line(other_cpu(mutation));
    tape_store(tape, at, &op);
    insert(mutation, at + 2, cpu_line(mutation->generator.forecast.cpu));
}

void mutate_insert_migrate(struct mutation *mutation)
{
    size_t behind;
    uint32_t from;

    if (!go_to_early_park(mutation)) {
        return;
    }
    behind = tape_cut_behind(&mutation->tape, mutation->position + 1);
    mutation_advance(mutation, behind);
    from = mutation->generator.forecast.cpu;
    insert(mutation, behind, (struct op){.code = OP_MIGRATE, .a = from | other_cpu(mutation) << 3});
}
