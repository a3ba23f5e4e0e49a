/* The kit's small rules: redzones, poison, page poison, immediate double free, wiping. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "allocator/hardening/double_free.h"
#include "allocator/hardening/page_poison.h"
#include "allocator/hardening/poison.h"
#include "allocator/hardening/redzone.h"
#include "allocator/hardening/wipe.h"

static void redzone_tells_live_from_free(void **state)
{
    (void)state;
    assert_int_equal(redzone_byte(true), 0xcc);
    assert_int_equal(redzone_byte(false), 0xbb);
}

static void left_redzone_keeps_every_alignment(void **state)
{
    (void)state;
    for (size_t align = 1; align <= 4096; align *= 2) {
        size_t size = redzone_left_size(align);

        assert_true(size >= 8);
        assert_int_equal(size % align, 0);
        assert_true(size == 8 || size == align);
    }
}

static void final_byte_of_free_object_differs(void **state)
{
    (void)state;
    for (size_t size = 1; size <= 64; size++) {
        for (size_t index = 0; index < size; index++) {
            assert_int_equal(poison_byte_at(index, size), index == size - 1 ? 0xa5 : 0x6b);
        }
    }
}

static void patterns_are_all_different(void **state)
{
    const unsigned char bytes[] = {REDZONE_ACTIVE, REDZONE_INACTIVE, POISON_INUSE,
                                   POISON_FREE,    POISON_END,       PAGE_POISON_BYTE};

    (void)state;
    for (size_t i = 0; i < sizeof bytes; i++) {
        assert_int_not_equal(bytes[i], 0);
        for (size_t j = 0; j < i; j++) {
            assert_int_not_equal(bytes[i], bytes[j]);
        }
    }
}

static void bit_error_is_one_bit_of_one_byte(void **state)
{
    unsigned bit_errors = 0;

    (void)state;
    for (unsigned found = 0; found <= 0xff; found++) {
        unsigned bits = 0;
        for (unsigned bit = 0; bit < 8; bit++) {
            bits += (found ^ 0xaa) >> bit & 1;
        }
        assert_int_equal(page_poison_is_bit_error((unsigned char)found, 1), bits == 1);
        assert_false(page_poison_is_bit_error((unsigned char)found, 2));
        bit_errors += bits == 1;
    }
    assert_int_equal(bit_errors, 8);
}

static void freeing_the_head_again_is_immediate(void **state)
{
    int objects[2];

    (void)state;
    assert_true(double_free_is_immediate(&objects[0], &objects[0]));
    assert_false(double_free_is_immediate(&objects[0], &objects[1]));
    assert_false(double_free_is_immediate(&objects[0], NULL));
}

static void plain_objects_are_wiped_as_configured(void **state)
{
    struct wipe_rules on_alloc = {.init_on_alloc = true};
    struct wipe_rules on_free = {.init_on_free = true};

    (void)state;
    assert_true(wipe_is_due_at_alloc(on_alloc, false));
    assert_false(wipe_is_due_at_free(on_alloc));
    assert_false(wipe_is_due_at_alloc(on_free, false));
    assert_true(wipe_is_due_at_free(on_free));
    assert_true(wipe_is_due_at_alloc(on_free, true));
}

static void constructed_objects_are_never_wiped(void **state)
{
    struct wipe_rules rules = {.init_on_alloc = true, .init_on_free = true, .is_constructed = true};

    (void)state;
    assert_false(wipe_is_due_at_alloc(rules, false));
    assert_false(wipe_is_due_at_alloc(rules, true));
    assert_false(wipe_is_due_at_free(rules));
}

static void poisoned_objects_are_wiped_on_request_only(void **state)
{
    struct wipe_rules rules = {.init_on_alloc = true, .init_on_free = true, .is_poisoned = true};

    (void)state;
    assert_false(wipe_is_due_at_alloc(rules, false));
    assert_true(wipe_is_due_at_alloc(rules, true));
    assert_false(wipe_is_due_at_free(rules));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(redzone_tells_live_from_free),
        cmocka_unit_test(left_redzone_keeps_every_alignment),
        cmocka_unit_test(final_byte_of_free_object_differs),
        cmocka_unit_test(patterns_are_all_different),
        cmocka_unit_test(bit_error_is_one_bit_of_one_byte),
        cmocka_unit_test(freeing_the_head_again_is_immediate),
        cmocka_unit_test(plain_objects_are_wiped_as_configured),
        cmocka_unit_test(constructed_objects_are_never_wiped),
        cmocka_unit_test(poisoned_objects_are_wiped_on_request_only),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
