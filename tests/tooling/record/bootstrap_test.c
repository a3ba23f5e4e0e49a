/* The memory of the moment in which the real allocator is looked up. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "record/bootstrap.h"

static void pieces_are_aligned_apart_and_zero(void **state)
{
    static struct bootstrap arena;
    static const unsigned char zeros[64];
    unsigned char *end = NULL;

    (void)state;
    for (size_t size = 0; size <= sizeof(zeros); size++) {
        unsigned char *piece = bootstrap_alloc(&arena, size);

        assert_non_null(piece);
        assert_int_equal((uintptr_t)piece % BOOTSTRAP_ALIGN, 0);
        assert_true(end == NULL || piece >= end);
        assert_memory_equal(piece, zeros, size);
        memset(piece, 0xff, size);
        end = piece + size;
        assert_true(bootstrap_owns(&arena, piece));
        assert_int_equal(bootstrap_size(piece), size);
    }
}

static void full_arena_gives_null(void **state)
{
    static struct bootstrap arena;

    (void)state;
    assert_null(bootstrap_alloc(&arena, BOOTSTRAP_SIZE));
    assert_null(bootstrap_alloc(&arena, SIZE_MAX));
    assert_non_null(bootstrap_alloc(&arena, BOOTSTRAP_SIZE - BOOTSTRAP_ALIGN));
    assert_null(bootstrap_alloc(&arena, 0));
}

static void strangers_are_not_owned(void **state)
{
    static struct bootstrap arena;

    (void)state;
    assert_false(bootstrap_owns(&arena, NULL));
    assert_false(bootstrap_owns(&arena, state));
    assert_false(bootstrap_owns(&arena, (void *)((uintptr_t)&arena - 1)));
    assert_false(bootstrap_owns(&arena, arena.bytes + BOOTSTRAP_SIZE));
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(pieces_are_aligned_apart_and_zero),
        cmocka_unit_test(full_arena_gives_null),
        cmocka_unit_test(strangers_are_not_owned),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
