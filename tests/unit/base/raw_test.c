/* Every head, tail and length around the word size; and that no sanitizer looks. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "allocator/base/compiler.h"
#include "allocator/base/raw.h"

enum { AROUND = 16, LENGTHS = 40, BUFFER_SIZE = AROUND + 8 + LENGTHS + AROUND };

/* As an array of words, so that start is 8-byte aligned and start + 1 is not. */
static uint64_t words[BUFFER_SIZE / 8], other_words[BUFFER_SIZE / 8];

static unsigned char *const bytes = (unsigned char *)words + AROUND;
static unsigned char *const other_bytes = (unsigned char *)other_words + AROUND;

/* Each byte its own value, none of them 0xa7. */
static void number(unsigned char *buffer)
{
    for (int i = 0; i < BUFFER_SIZE - AROUND; i++) {
        buffer[i] = (unsigned char)(i + 1);
    }
}

static void fill_writes_the_range_and_nothing_else(void **state)
{
    (void)state;
    for (size_t offset = 0; offset < 8; offset++) {
        for (size_t length = 0; length <= LENGTHS; length++) {
            number(bytes);
            raw_fill(bytes + offset, length, 0xa7);
            for (size_t i = 0; i < BUFFER_SIZE - AROUND; i++) {
                bool inside = i >= offset && i < offset + length;
                assert_int_equal(bytes[i], inside ? 0xa7 : (unsigned char)(i + 1));
            }
        }
    }
}

static void copy_copies_the_range_and_nothing_else(void **state)
{
    (void)state;
    for (size_t offsets = 0; offsets < 64; offsets++) {
        size_t to = offsets % 8, from = offsets / 8;

        for (size_t length = 0; length <= LENGTHS; length++) {
            number(other_bytes);
            raw_fill(bytes, BUFFER_SIZE - AROUND, 0xa7);
            raw_copy(bytes + to, other_bytes + from, length);
            for (size_t i = 0; i < BUFFER_SIZE - AROUND; i++) {
                bool inside = i >= to && i < to + length;
                assert_int_equal(bytes[i], inside ? (unsigned char)(i - to + from + 1) : 0xa7);
            }
        }
    }
}

static void find_other_finds_the_first(void **state)
{
    (void)state;
    for (size_t offset = 0; offset < 8; offset++) {
        for (size_t length = 0; length <= LENGTHS; length++) {
            raw_fill(bytes, BUFFER_SIZE - AROUND, 0xa7);
            assert_int_equal(raw_find_other(bytes + offset, length, 0xa7), length);
            for (size_t other = length; other-- > 0;) {
                bytes[offset + other] = 0xa6;
                assert_int_equal(raw_find_other(bytes + offset, length, 0xa7), other);
            }
        }
    }
}

static void find_other_stays_in_the_range(void **state)
{
    (void)state;
    raw_fill(bytes, BUFFER_SIZE - AROUND, 0);
    raw_fill(bytes + 3, 11, 0xa7);
    assert_int_equal(raw_find_other(bytes + 3, 11, 0xa7), 11);
    assert_int_equal(raw_find_other(bytes + 3, 12, 0xa7), 11);
}

static void single_accesses_read_what_was_written(void **state)
{
    (void)state;
    raw_store_word(bytes, UINT64_C(0x1122334455667788));
    assert_int_equal(raw_load_word(bytes), UINT64_C(0x1122334455667788));
    assert_int_equal(raw_load_byte(bytes + 1), 0x77);
    raw_store_byte(bytes + 7, 0xee);
    assert_int_equal(raw_load_word(bytes), UINT64_C(0xee22334455667788));
}

static void hidden_memory_may_be_touched(void **state)
{
    static uint64_t hidden[64];
    unsigned char copy[sizeof hidden];

    (void)state;
    memory_hide(hidden, sizeof hidden);
    raw_fill(hidden, sizeof hidden, 0x6b);
    assert_int_equal(raw_find_other(hidden, sizeof hidden, 0x6b), sizeof hidden);
    raw_copy(copy, hidden, sizeof hidden);
    raw_copy(hidden, copy, sizeof hidden);
    raw_store_byte(hidden, 1);
    raw_store_word(hidden + 1, raw_load_word(hidden + 2));
    assert_int_equal(raw_load_byte(hidden), 1);
    memory_show_defined(hidden, sizeof hidden);
    assert_int_equal(copy[5], 0x6b);
}

static void hiding_is_exact_to_the_byte(void **state)
{
    static uint64_t object[4];
    const unsigned char *first = (const unsigned char *)object;

    (void)state;
    if (!memory_is_guarded()) {
        skip();
    }
    memory_hide(object, sizeof object);
    assert_ptr_equal(memory_first_hidden(first, sizeof object), first);
    memory_show_undefined(object, 13);
    assert_false(memory_byte_is_hidden(first + 12));
    assert_true(memory_byte_is_hidden(first + 13));
    assert_ptr_equal(memory_first_hidden(first, sizeof object), first + 13);
    memory_show_defined(object, sizeof object);
    assert_null(memory_first_hidden(first, sizeof object));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fill_writes_the_range_and_nothing_else),
        cmocka_unit_test(copy_copies_the_range_and_nothing_else),
        cmocka_unit_test(find_other_finds_the_first),
        cmocka_unit_test(find_other_stays_in_the_range),
        cmocka_unit_test(single_accesses_read_what_was_written),
        cmocka_unit_test(hidden_memory_may_be_touched),
        cmocka_unit_test(hiding_is_exact_to_the_byte),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
