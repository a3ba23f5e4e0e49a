/* Fibers go on where they left, with their own stacks and registers. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "sim/fiber/fiber.h"

enum { FIBER_COUNT = 3, ROUNDS = 4, STACK_SIZE = 256 << 10 };

static unsigned char stacks[FIBER_COUNT][STACK_SIZE] __attribute__((aligned(4096)));

struct ring {
    struct fiber main;
    struct fiber fibers[FIBER_COUNT];
    unsigned log[FIBER_COUNT * ROUNDS];
    unsigned log_count;
};

/* One fiber's part of the ring: who it is, and where it writes. */
struct seat {
    struct ring *ring;
    unsigned index;
};

static void take_turns(void *argument)
{
    const struct seat *seat = argument;
    struct ring *ring = seat->ring;
    double weight = 1.5 * (seat->index + 1);

    for (unsigned round = 0;; round++) {
        volatile unsigned char local[512] = {0};

        local[round % sizeof(local)] = (unsigned char)round;
        assert_int_equal(local[round % sizeof(local)], round);
        ring->log[ring->log_count++] = seat->index * ROUNDS + round;
        fiber_switch(&ring->fibers[seat->index], &ring->main, true);
        /* Registers that a callee keeps, and those of floating point. */
        assert_true(weight > 1.5 * seat->index && weight < 1.5 * (seat->index + 2));
    }
}

static void prepare(struct ring *ring, struct seat seats[FIBER_COUNT])
{
    fiber_init_main(&ring->main);
    ring->log_count = 0;
    for (unsigned i = 0; i < FIBER_COUNT; i++) {
        seats[i] = (struct seat){ring, i};
        fiber_prepare(&ring->fibers[i], stacks[i], STACK_SIZE, take_turns, &seats[i]);
    }
}

static void fibers_go_on_where_they_left(void **state)
{
    static struct ring ring;
    struct seat seats[FIBER_COUNT];

    (void)state;
    prepare(&ring, seats);
    for (unsigned round = 0; round < ROUNDS; round++) {
        for (unsigned i = 0; i < FIBER_COUNT; i++) {
            fiber_switch(&ring.main, &ring.fibers[i], true);
        }
    }
    assert_int_equal(ring.log_count, FIBER_COUNT * ROUNDS);
    for (unsigned entry = 0; entry < ring.log_count; entry++) {
        assert_int_equal(ring.log[entry], entry % FIBER_COUNT * ROUNDS + entry / FIBER_COUNT);
    }
    for (unsigned i = 0; i < FIBER_COUNT; i++) {
        fiber_fini(&ring.fibers[i]);
    }
}

static void a_fiber_made_again_forgets_what_it_did(void **state)
{
    static struct ring ring;
    struct seat seats[FIBER_COUNT];

    (void)state;
    for (unsigned time = 0; time < 2; time++) {
        prepare(&ring, seats);
        fiber_switch(&ring.main, &ring.fibers[1], true);
        assert_int_equal(ring.log_count, 1);
        assert_int_equal(ring.log[0], ROUNDS);
    }
    for (unsigned i = 0; i < FIBER_COUNT; i++) {
        fiber_fini(&ring.fibers[i]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fibers_go_on_where_they_left),
        cmocka_unit_test(a_fiber_made_again_forgets_what_it_did),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
