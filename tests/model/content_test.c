/* What is known of an object's bytes follows fills and resizes, and notices each byte it covers. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "sanitizers/content.h"

enum { OBJECT_MAX = 20000 };

static struct content_table table;
static _Alignas(8) unsigned char object[OBJECT_MAX];

static const size_t sizes[] = {1, 7, 8, 9, 64, 1023, 1024, 1025, 1030, 4096, 9999, OBJECT_MAX};

enum { SIZE_COUNT = sizeof(sizes) / sizeof(sizes[0]) };

static int set_up(void **state)
{
    (void)state;
    content_table_init(&table);
    return 0;
}

static bool is_covered(const struct content *content, size_t offset)
{
    return (offset >= content->head_first && offset < content->head_size) ||
           (offset >= content->tail_first && offset < content->tail_end);
}

static void fill_is_found_again(void **state)
{
    (void)state;
    for (size_t i = 0; i < SIZE_COUNT; i++) {
        struct content content = content_fill(&table, object, sizes[i], i);

        assert_true(content_has_pattern(&table, &content, object));
        assert_true(is_covered(&content, 0));
        assert_true(is_covered(&content, sizes[i] - 1));
    }
}

static void each_covered_byte_counts(void **state)
{
    (void)state;
    for (size_t i = 0; i < SIZE_COUNT; i++) {
        struct content content = content_fill(&table, object, sizes[i], i);

        for (size_t offset = 0; offset < sizes[i]; offset += sizes[i] / 50 + 1) {
            object[offset] ^= 0x80;
            assert_int_equal(content_has_pattern(&table, &content, object),
                             !is_covered(&content, offset));
            object[offset] ^= 0x80;
        }
    }
}

static void another_key_is_another_pattern(void **state)
{
    struct content content = content_fill(&table, object, 64, 1);

    (void)state;
    content_fill(&table, object, 64, 2);
    assert_false(content_has_pattern(&table, &content, object));
}

static void shrinking_keeps_what_is_left(void **state)
{
    (void)state;
    for (size_t i = 0; i < SIZE_COUNT; i++) {
        for (size_t size = 1; size < sizes[i]; size += sizes[i] / 20 + 1) {
            struct content content = content_fill(&table, object, sizes[i], i);

            content = content_resize(content, sizes[i], size, false);
            memset(object + size, 0xee, OBJECT_MAX - size);
            assert_true(content_has_pattern(&table, &content, object));
            assert_true(is_covered(&content, 0));
            assert_false(is_covered(&content, size));
        }
    }
}

static void bytes_gained_read_zero_if_promised(void **state)
{
    struct content content = content_fill(&table, object, 100, 1);

    (void)state;
    memset(object + 100, 0, 200);
    content = content_resize(content, 100, 300, true);
    assert_true(content_has_zeros(&content, object));
    object[299] = 1;
    assert_false(content_has_zeros(&content, object));
    object[299] = 0;
    object[100] = 1;
    assert_false(content_has_zeros(&content, object));

    /* Growing without the promise says nothing of the new bytes. */
    object[100] = 0;
    content = content_resize(content, 300, 400, false);
    object[399] = 1;
    assert_true(content_has_zeros(&content, object));
}

static void zeros_are_checked_at_edges_and_in_each_page(void **state)
{
    struct content content = content_zero(OBJECT_MAX);
    static const size_t offsets[] = {0, 1023, 1024, 5120, OBJECT_MAX - 1024, OBJECT_MAX - 1};

    (void)state;
    memset(object, 0, OBJECT_MAX);
    assert_true(content_has_zeros(&content, object));
    assert_true(content_is_wiped(object, OBJECT_MAX));
    for (size_t i = 0; i < sizeof(offsets) / sizeof(offsets[0]); i++) {
        object[offsets[i]] = 1;
        assert_false(content_has_zeros(&content, object));
        object[offsets[i]] = 0;
    }
    object[OBJECT_MAX - 1] = 1;
    assert_false(content_is_wiped(object, OBJECT_MAX));
    object[OBJECT_MAX - 1] = 0;
}

static void constructor_writes_the_largest_prefix_that_fits(void **state)
{
    static const struct {
        size_t size;
        uint32_t prefix_size;
    } rows[] = {{1, 1}, {7, 1}, {8, 8}, {100, 64}, {255, 128}, {256, 256}, {5000, 256}};

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        uint32_t prefix_size;
        void (*ctor)(void *) = content_ctor(rows[i].size, &prefix_size);

        memset(object, 0, 300);
        ctor(object);
        assert_int_equal(prefix_size, rows[i].prefix_size);
        assert_true(content_is_constructed(object, prefix_size));
        assert_int_equal(object[prefix_size], 0);
        object[prefix_size - 1] ^= 1;
        assert_false(content_is_constructed(object, prefix_size));
    }
}

static void forgotten_bytes_may_hold_anything(void **state)
{
    enum { FORGOTTEN = 16 };

    (void)state;
    for (size_t i = 0; i < SIZE_COUNT; i++) {
        size_t forgotten = sizes[i] < FORGOTTEN ? sizes[i] : FORGOTTEN;
        struct content content =
            content_forget(content_fill(&table, object, sizes[i], i), FORGOTTEN);

        memset(object, 0x5a, forgotten);
        assert_true(content_has_pattern(&table, &content, object));
        if (sizes[i] > FORGOTTEN) {
            object[FORGOTTEN] ^= 1;
            assert_false(content_has_pattern(&table, &content, object));
        }

        content = content_forget(content_zero(sizes[i]), FORGOTTEN);
        memset(object, 0, sizes[i]);
        memset(object, 0x5a, forgotten);
        assert_true(content_has_zeros(&content, object));
        object[sizes[i] - 1] = 1;
        assert_int_equal(content_has_zeros(&content, object), sizes[i] <= FORGOTTEN);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fill_is_found_again),
        cmocka_unit_test(each_covered_byte_counts),
        cmocka_unit_test(another_key_is_another_pattern),
        cmocka_unit_test(shrinking_keeps_what_is_left),
        cmocka_unit_test(bytes_gained_read_zero_if_promised),
        cmocka_unit_test(zeros_are_checked_at_edges_and_in_each_page),
        cmocka_unit_test(forgotten_bytes_may_hold_anything),
        cmocka_unit_test(constructor_writes_the_largest_prefix_that_fits),
    };

    return cmocka_run_group_tests(tests, set_up, NULL);
}
