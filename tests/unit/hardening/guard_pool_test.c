/* Where the objects of a guard pool lie, and in which order they are used. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "allocator/hardening/guard_pool.h"

enum { PAGE = 4096, COUNT = 3 };

static void tiles_lie_side_by_side_around_their_pages(void **state)
{
    (void)state;
    assert_int_equal(guard_pool_pages(COUNT), 7);
    for (uint32_t i = 0; i < COUNT; i++) {
        assert_int_equal(guard_page_offset(PAGE, i), (2 * i + 1) * PAGE);
        assert_int_equal(guard_tile_offset(PAGE, i) + PAGE / 2, guard_page_offset(PAGE, i));
        assert_int_equal(guard_tile_offset(PAGE, i) + 2 * PAGE, guard_tile_offset(PAGE, i + 1));
    }
}

static void each_byte_of_a_tile_names_its_object(void **state)
{
    (void)state;
    for (uint32_t i = 0; i < COUNT; i++) {
        assert_int_equal(guard_number(PAGE, guard_tile_offset(PAGE, i)), i);
        assert_int_equal(guard_number(PAGE, guard_tile_offset(PAGE, i) + 2 * PAGE - 1), i);
    }
    assert_true(guard_number(PAGE, PAGE / 2 - 1) >= COUNT);
    assert_true(guard_number(PAGE, 7 * PAGE - PAGE / 2) >= COUNT);
}

static void object_touches_an_end_as_far_as_alignment_allows(void **state)
{
    (void)state;
    assert_int_equal(guard_object_offset(PAGE, 73, 8, false), 0);
    assert_int_equal(guard_object_offset(PAGE, 73, 8, true), 4016);
    assert_int_equal(guard_object_offset(PAGE, 64, 8, true), 4032);
    assert_int_equal(guard_object_offset(PAGE, 1792, 256, true), 2304);
    assert_int_equal(guard_object_offset(PAGE, 1, PAGE, true), 0);
    assert_int_equal(guard_object_offset(PAGE, PAGE, 8, true), 0);
}

static void every_nth_is_due(void **state)
{
    (void)state;
    assert_false(guard_is_due(1, 0));
    assert_true(guard_is_due(1, 1));
    assert_false(guard_is_due(2, 3));
    assert_true(guard_is_due(3, 3));
    assert_true(guard_is_due(6, 3));
}

static void queue_is_first_in_first_out(void **state)
{
    struct guard_queue queue = {0, 0};

    (void)state;
    queue = guard_queue_with(queue, 2);
    queue = guard_queue_with(queue, 3);
    queue = guard_queue_with(queue, 1);
    assert_int_equal(queue.first, 2);
    assert_int_equal(queue.last, 1);
    queue = guard_queue_without_first(queue, 3);
    queue = guard_queue_without_first(queue, 1);
    assert_int_equal(queue.first, 1);
    assert_int_equal(queue.last, 1);
    queue = guard_queue_without_first(queue, 0);
    assert_int_equal(queue.first, 0);
    assert_int_equal(queue.last, 0);
}

static void canary_is_0xaa_with_the_low_bits_of_the_address(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 8; i++) {
        assert_int_equal(guard_canary() >> 8 * i & 0xff, 0xaa ^ i);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tiles_lie_side_by_side_around_their_pages),
        cmocka_unit_test(each_byte_of_a_tile_names_its_object),
        cmocka_unit_test(object_touches_an_end_as_far_as_alignment_allows),
        cmocka_unit_test(every_nth_is_due),
        cmocka_unit_test(queue_is_first_in_first_out),
        cmocka_unit_test(canary_is_0xaa_with_the_low_bits_of_the_address),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
