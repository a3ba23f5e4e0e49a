/* What a free leaves for later: the mark that it takes away, the queue that it goes through. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "allocator/hardening/object_bitmap.h"
#include "allocator/hardening/quarantine.h"

static void each_granule_has_a_bit_of_its_own(void **state)
{
    uint64_t words[2] = {0};

    (void)state;
    for (size_t offset = 0; offset < 2 * 512; offset += OBJECT_BITMAP_GRANULE) {
        struct object_bit bit = object_bitmap_bit(offset);

        assert_in_range(bit.word, 0, 1);
        assert_false(object_bitmap_has(words[bit.word], bit));
        words[bit.word] = object_bitmap_with(words[bit.word], bit);
        assert_true(object_bitmap_has(words[bit.word], bit));
    }
    assert_true(words[0] == UINT64_MAX && words[1] == UINT64_MAX);
}

static void clearing_a_bit_leaves_the_others(void **state)
{
    struct object_bit bit = object_bitmap_bit(520);

    (void)state;
    assert_int_equal(bit.word, 1);
    assert_true(object_bitmap_without(UINT64_MAX, bit) == ~UINT64_C(2));
    assert_true(object_bitmap_without(0, bit) == 0);
}

static void words_cover_the_memory(void **state)
{
    (void)state;
    assert_int_equal(object_bitmap_words(4096), 8);
    assert_int_equal(object_bitmap_bit(4088).word, 7);
    assert_int_equal(object_bitmap_bit(4096).word, 8);
}

static void queue_is_first_in_first_out(void **state)
{
    struct quarantine queue = {0};

    (void)state;
    queue = quarantine_with(queue, 7, 100);
    queue = quarantine_with(queue, 3, 100);
    assert_int_equal(queue.first, 7);
    assert_int_equal(queue.last, 3);
    assert_int_equal(queue.bytes, 200);
    queue = quarantine_without_first(queue, 3, 100);
    assert_int_equal(queue.first, 3);
    assert_int_equal(queue.last, 3);
    queue = quarantine_without_first(queue, 0, 100);
    assert_int_equal(queue.first, 0);
    assert_int_equal(queue.last, 0);
    assert_int_equal(queue.bytes, 0);
}

static void queue_may_hold_exactly_its_bound(void **state)
{
    const struct quarantine queue = quarantine_with((struct quarantine){0}, 1, 64);

    (void)state;
    assert_false(quarantine_is_over(queue, 64));
    assert_true(quarantine_is_over(queue, 63));
    assert_true(quarantine_is_over(queue, 0));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_granule_has_a_bit_of_its_own),
        cmocka_unit_test(clearing_a_bit_leaves_the_others),
        cmocka_unit_test(words_cover_the_memory),
        cmocka_unit_test(queue_is_first_in_first_out),
        cmocka_unit_test(queue_may_hold_exactly_its_bound),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
