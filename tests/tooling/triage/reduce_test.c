/*
 * The reduction against tests whose shortest program is known: a small interpreter of slots stands
 * in for the judged run.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "allocator/base/flags.h"
#include "allocator/base/params.h"
#include "fuzz/triage/reduce.h"

enum { SLOTS = 256, OPS_MAX = 1024 };

/* What the ops of a program came to. */
struct state {
    bool cache_is_red;                 /* a cache with redzones was created in any slot */
    bool has_cache[OP_CACHE_SLOT_COUNT];
    bool is_live[SLOTS];
    unsigned live_count;
    unsigned live_max;
    unsigned cpu_switch_count;
    unsigned cpu;
};

struct goal {
    bool (*is_reached)(const struct program *program, const struct state *state);
    size_t test_count;
    size_t test_count_max;             /* is_over from then on */
};

static void allocate(struct state *state, uint32_t slot)
{
    if (slot < SLOTS && !state->is_live[slot]) {
        state->is_live[slot] = true;
        state->live_count++;
    }
}

static void release(struct state *state, uint32_t slot)
{
    if (slot < SLOTS && state->is_live[slot]) {
        state->is_live[slot] = false;
        state->live_count--;
    }
}

static void carry_out(struct state *state, const struct op *op)
{
    switch (op->code) {
    case OP_CREATE:
        state->has_cache[op->cache] = true;
        state->cache_is_red |= (op_create_flags(op) & SLAB_RED_ZONE) != 0;
        break;
    case OP_CPU:
        state->cpu_switch_count++;
        state->cpu = op_cpu_cpu(op);
        break;
    case OP_ALLOC:
    case OP_ZALLOC:
        if (state->has_cache[op->cache]) {
            allocate(state, op->object);
        }
        break;
    case OP_BULK_ALLOC:
        for (uint32_t i = 0; state->has_cache[op->cache] && i < op->a; i++) {
            allocate(state, op->object + i);
        }
        break;
    case OP_FREE:
        release(state, op->object);
        break;
    case OP_BULK_FREE:
        for (uint32_t i = 0; i < op->a; i++) {
            release(state, op->object + i);
        }
        break;
    default:
        break;
    }
    state->live_max = state->live_count > state->live_max ? state->live_count : state->live_max;
}

static bool holds(void *context, const struct program *candidate)
{
    struct goal *goal = context;
    struct state state = {0};

    assert_true(heap_config_is_valid(&candidate->config));
    for (size_t i = 0; i < candidate->op_count; i++) {
        struct op canonical = op_canonical(candidate->ops[i]);

        assert_true(op_is_equal(&candidate->ops[i], &canonical));
        carry_out(&state, &candidate->ops[i]);
    }
    goal->test_count++;
    return goal->is_reached(candidate, &state);
}

static bool is_over(void *context)
{
    const struct goal *goal = context;

    return goal->test_count >= goal->test_count_max;
}

/* Reduces the program, which stays in ops, towards a goal that it reaches. */
static void reduce(struct program *program, struct goal *goal)
{
    struct reduce_test test = {holds, is_over, goal};

    assert_true(holds(goal, program));
    assert_true(reduce_program(program, &test));
    goal->test_count_max = SIZE_MAX;
    assert_true(holds(goal, program));
}

/* Twelve objects of every cache and kind, in a heap where no row is at its default. */
static struct program make_program(struct op *ops)
{
    struct program program = {.config = heap_config_default(), .ops = ops};

    program.config.page_count = 4000;
    program.config.seed = 99;
    program.config.partial_floor = 1;
    ops[program.op_count++] = (struct op){.code = OP_CREATE, .cache = 3, .a = 777};
    ops[program.op_count++] = (struct op){.code = OP_CREATE, .cache = 9, .a = 100,
                                          .b = (SLAB_RED_ZONE | SLAB_POISON) << 4 | 5};
    for (uint32_t i = 0; i < 24; i++) {
        uint8_t cache = i % 2 == 0 ? 3 : 9;

        ops[program.op_count++] = (struct op){.code = OP_CPU, .a = i % 8};
        ops[program.op_count++] =
            (struct op){.code = i % 3 == 0 ? OP_ZALLOC : OP_ALLOC, .cache = cache, .object = 7 * i};
        ops[program.op_count++] = (struct op){.code = OP_FILL, .object = 7 * i, .a = i};
        if (i % 5 == 4) {
            ops[program.op_count++] = (struct op){.code = OP_FREE, .object = 7 * i};
        }
    }
    return program;
}

static bool has_three_red_objects(const struct program *program, const struct state *state)
{
    (void)program;
    return state->cache_is_red && state->live_max >= 3;
}

/* Row by row: the bytes between the rows may be anything. */
static void assert_config_is_default(const struct heap_config *config)
{
    for (size_t index = 0; index < HEAP_CONFIG_COUNT; index++) {
        assert_int_equal(heap_config_value(config, index), heap_config_rows[index].initial);
    }
}

static void everything_that_does_not_matter_is_left_out(void **unused)
{
    struct op ops[OPS_MAX];
    struct program program = make_program(ops);
    struct goal goal = {has_three_red_objects, 0, SIZE_MAX};

    (void)unused;
    reduce(&program, &goal);
    assert_int_equal(program.op_count, 2);
    assert_int_equal(ops[0].code, OP_CREATE);
    assert_int_equal(ops[0].cache, 0);
    assert_int_equal(op_create_flags(&ops[0]), SLAB_RED_ZONE);
    assert_int_equal(op_create_size(&ops[0]), 0);
    assert_int_equal(op_create_align_log2(&ops[0]), 0);
    assert_int_equal(ops[1].code, OP_BULK_ALLOC);
    assert_int_equal(ops[1].object, 0);
    assert_int_equal(ops[1].a, 3);
    assert_config_is_default(&program.config);
}

static bool has_large_seed(const struct program *program, const struct state *state)
{
    return program->config.seed == 99 && state->live_max >= 1;
}

static void config_that_matters_is_kept(void **unused)
{
    struct op ops[OPS_MAX];
    struct program program = make_program(ops);
    struct goal goal = {has_large_seed, 0, SIZE_MAX};

    (void)unused;
    reduce(&program, &goal);
    assert_int_equal(program.op_count, 2);
    assert_int_equal(program.config.seed, 99);
    assert_int_equal(program.config.page_count, heap_config_default().page_count);
}

static bool is_back_on_cpu_0(const struct program *program, const struct state *state)
{
    (void)program;
    return state->live_max >= 1 && state->cpu == 0 && state->cpu_switch_count % 2 == 0;
}

/* Neither switch of the pair can be left out alone. */
static void pairs_are_left_out_together(void **unused)
{
    struct op ops[] = {
        {.code = OP_CREATE, .a = 8},
        {.code = OP_CPU, .a = 1},
        {.code = OP_ALLOC},
        {.code = OP_CPU, .a = 0},
    };
    struct program program = {.config = heap_config_default(), .ops = ops, .op_count = 4};
    struct goal goal = {is_back_on_cpu_0, 0, SIZE_MAX};

    (void)unused;
    reduce(&program, &goal);
    assert_int_equal(program.op_count, 2);
    assert_int_equal(ops[1].code, OP_ALLOC);
}

static bool has_freed_three(const struct program *program, const struct state *state)
{
    (void)program;
    return state->live_max == 3 && state->live_count == 0;
}

/* A range of slots may name some that nobody uses; the reduced one does not. */
static void ranges_shrink_to_the_slots_in_use(void **unused)
{
    struct op ops[] = {
        {.code = OP_CREATE, .a = 8},
        {.code = OP_ALLOC, .object = 40},
        {.code = OP_NOP},
        {.code = OP_ALLOC, .object = 20},
        {.code = OP_FILL, .object = 20},
        {.code = OP_ALLOC, .object = 60},
        {.code = OP_BULK_FREE, .object = 10, .a = 60},
    };
    struct program program = {.config = heap_config_default(), .ops = ops, .op_count = 7};
    struct goal goal = {has_freed_three, 0, SIZE_MAX};

    (void)unused;
    reduce(&program, &goal);
    assert_int_equal(program.op_count, 3);
    assert_int_equal(ops[1].code, OP_BULK_ALLOC);
    assert_int_equal(ops[1].object, 0);
    assert_int_equal(ops[1].a, 3);
    assert_int_equal(ops[2].code, OP_BULK_FREE);
    assert_int_equal(ops[2].object, 0);
    assert_int_equal(ops[2].a, 3);
}

static bool wants_slot(const struct program *program, const struct state *state)
{
    (void)state;
    return program->op_count > 0 && program->ops[program->op_count - 1].code == OP_KMALLOC;
}

static void wide_slots_become_narrow(void **unused)
{
    struct op ops[] = {{.code = OP_KMALLOC, .object = 1u << 30, .a = 12345}};
    struct program program = {
        .config = heap_config_default(), .wide = true, .ops = ops, .op_count = 1};
    struct goal goal = {wants_slot, 0, SIZE_MAX};

    (void)unused;
    reduce(&program, &goal);
    assert_false(program.wide);
    assert_int_equal(ops[0].object, 0);
    assert_int_equal(ops[0].a, 0);
}

/* A slab of n objects is full after n allocations: fewer if the objects are large. */
static bool fills_a_page(const struct program *program, const struct state *state)
{
    uint64_t bytes = 0;
    uint32_t size = 0;

    for (size_t i = 0; i < program->op_count; i++) {
        const struct op *op = &program->ops[i];

        size = op->code == OP_KMALLOC ? op->a : 0;
        bytes += size;
    }
    (void)state;
    return bytes >= 4096;
}

static void many_small_objects_become_few_large_ones(void **unused)
{
    struct op ops[OPS_MAX];
    struct program program = {.config = heap_config_default(), .ops = ops};
    struct goal goal = {fills_a_page, 0, SIZE_MAX};

    (void)unused;
    for (uint32_t i = 0; i < 64; i++) {
        ops[program.op_count++] = (struct op){.code = OP_KMALLOC, .object = i, .a = 64};
    }
    reduce(&program, &goal);
    assert_int_equal(program.op_count, 1);
    assert_int_equal(ops[0].a, 4096);
}

/* In an arena of one largest run a single op does it; in any other each of twelve is needed. */
static bool needs_many_or_another_heap(const struct program *program, const struct state *state)
{
    (void)state;
    return program->op_count >= (program->config.page_count == 1024 ? 1 : 12);
}

static void other_heap_is_tried_with_fewer_ops(void **unused)
{
    struct op ops[OPS_MAX];
    struct program program = make_program(ops);
    struct goal goal = {needs_many_or_another_heap, 0, SIZE_MAX};

    (void)unused;
    reduce(&program, &goal);
    assert_int_equal(program.op_count, 1);
    assert_int_equal(program.config.page_count, 1024);
}

static bool is_parked_late(const struct program *program, const struct state *state)
{
    uint32_t after = 0;

    for (size_t i = 0; i < program->op_count; i++) {
        after = program->ops[i].code == OP_PARK ? program->ops[i].a : after;
    }
    return state->live_max >= 1 && after >= 11;
}

static void change_points_are_left_out_or_come_early(void **unused)
{
    struct op ops[] = {
        {.code = OP_CREATE, .a = 8}, {.code = OP_IRQ},
        {.code = OP_PARK, .a = 300}, {.code = OP_ALLOC},
        {.code = OP_NMI},            {.code = OP_MIGRATE, .a = 1},
        {.code = OP_PARK, .a = 500}, {.code = OP_FREE},
        {.code = OP_DRAIN, .a = 1},
    };
    struct program program = {.config = heap_config_default(), .ops = ops, .op_count = 9};
    struct goal goal = {is_parked_late, 0, SIZE_MAX};

    (void)unused;
    reduce(&program, &goal);
    assert_int_equal(program.op_count, 3);
    for (size_t i = 0; i < program.op_count; i++) {
        assert_true(ops[i].code != OP_PARK || ops[i].a == 11);
    }
}

/* Each fill makes two accesses before those that the park has to come between. */
static bool is_parked_in_the_middle(const struct program *program, const struct state *state)
{
    uint32_t fills = 0;
    uint32_t after = 0;

    for (size_t i = 0; i < program->op_count; i++) {
        fills += program->ops[i].code == OP_FILL;
        after = program->ops[i].code == OP_PARK ? program->ops[i].a : after;
    }
    return state->live_max >= 1 && after == 2 * fills + 3 + program->config.cpu_count;
}

/* Neither can an op be missed nor a park come earlier, unless both happen at once. */
static void ops_are_left_out_with_a_park_moved(void **unused)
{
    struct op ops[OPS_MAX] = {{.code = OP_CREATE, .a = 8}, {.code = OP_ALLOC}};
    struct program program = {.config = heap_config_default(), .ops = ops, .op_count = 2};
    struct goal goal = {is_parked_in_the_middle, 0, SIZE_MAX};

    (void)unused;
    program.config.cpu_count = 8;
    for (uint32_t i = 0; i < 6; i++) {
        ops[program.op_count++] = (struct op){.code = OP_FILL};
    }
    ops[program.op_count++] = (struct op){.code = OP_PARK, .a = 2 * 6 + 3 + 8};
    reduce(&program, &goal);
    assert_int_equal(program.op_count, 3);
    assert_int_equal(program.config.cpu_count, heap_config_default().cpu_count);
}

/* The CPU on which something of this size is allocated last; CPU_MAX: none. */
static uint32_t find_cpu(const struct program *program, uint32_t size)
{
    uint32_t cpu = 0;
    uint32_t found = CPU_MAX;

    for (size_t i = 0; i < program->op_count; i++) {
        const struct op *op = &program->ops[i];

        cpu = op->code == OP_CPU ? op_cpu_cpu(op) : cpu;
        found = op->code == OP_KMALLOC && op->a == size ? cpu : found;
    }
    return found;
}

static bool is_on_both_cpus(const struct program *program, const struct state *state)
{
    (void)state;
    return find_cpu(program, 4196) == 0 && find_cpu(program, 4197) == 1 &&
           find_cpu(program, 4198) == 0;
}

static void ops_of_one_cpu_are_brought_together(void **unused)
{
    struct op ops[] = {
        {.code = OP_KMALLOC, .a = 4196}, {.code = OP_CPU, .a = 1},
        {.code = OP_KMALLOC, .a = 4197}, {.code = OP_CPU, .a = 0},
        {.code = OP_KMALLOC, .a = 4198},
    };
    struct program program = {.config = heap_config_default(), .ops = ops, .op_count = 5};
    struct goal goal = {is_on_both_cpus, 0, SIZE_MAX};

    (void)unused;
    reduce(&program, &goal);
    assert_int_equal(program.op_count, 4);
}

enum { MANY = 40 };

static bool has_many_and_ends_on_cpu_0(const struct program *program, const struct state *state)
{
    size_t count = 0;

    for (size_t i = 0; i < program->op_count; i++) {
        count += program->ops[i].code == OP_KSIZE;
    }
    return count == MANY && state->cpu == 0 && state->cpu_switch_count % 2 == 0;
}

/* Of a program too long for all pairs of ops to be tried. */
static void pairs_of_switches_are_left_out(void **unused)
{
    struct op ops[OPS_MAX];
    struct program program = {.config = heap_config_default(), .ops = ops};
    struct goal goal = {has_many_and_ends_on_cpu_0, 0, SIZE_MAX};

    (void)unused;
    for (uint32_t i = 0; i < MANY; i++) {
        if (i % 5 == 0) {
            ops[program.op_count++] = (struct op){.code = OP_CPU, .a = (i + 1) % 2};
        }
        ops[program.op_count++] = (struct op){.code = OP_KSIZE};
    }
    reduce(&program, &goal);
    assert_int_equal(program.op_count, MANY);
}

/* Wherever the time ends, the result shows what it must. */
static void best_so_far_holds_whenever_time_is_over(void **unused)
{
    (void)unused;
    for (size_t limit = 1; limit < 200; limit++) {
        struct op ops[OPS_MAX];
        struct program program = make_program(ops);
        size_t op_count = program.op_count;
        struct goal goal = {has_three_red_objects, 0, limit};

        reduce(&program, &goal);
        assert_true(program.op_count <= op_count);
        assert_true(goal.test_count <= limit + 1);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(everything_that_does_not_matter_is_left_out),
        cmocka_unit_test(config_that_matters_is_kept),
        cmocka_unit_test(pairs_are_left_out_together),
        cmocka_unit_test(ranges_shrink_to_the_slots_in_use),
        cmocka_unit_test(wide_slots_become_narrow),
        cmocka_unit_test(many_small_objects_become_few_large_ones),
        cmocka_unit_test(other_heap_is_tried_with_fewer_ops),
        cmocka_unit_test(change_points_are_left_out_or_come_early),
        cmocka_unit_test(ops_are_left_out_with_a_park_moved),
        cmocka_unit_test(ops_of_one_cpu_are_brought_together),
        cmocka_unit_test(pairs_of_switches_are_left_out),
        cmocka_unit_test(best_so_far_holds_whenever_time_is_over),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
