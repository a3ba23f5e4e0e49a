/* The map of live allocations against a plain array, with keys that collide and others. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "record/pointer_map.h"

enum { KEY_COUNT = 700, STEP_COUNT = 200000 };

static uint64_t next_random(uint64_t *random)
{
    *random = *random * UINT64_C(6364136223846793005) + 1442695040888963407u;
    return *random >> 33;
}

/* Neighbours as malloc returns them, and multiples of 2^44, whose hashes all but agree. */
static uint64_t key_of(size_t index)
{
    return index % 2 == 0 ? 0x55e7cedca000u + 16 * index : (uint64_t)(index + 1) << 44;
}

static void check_all(const struct pointer_map *map, const uint32_t *expected)
{
    size_t present_count = 0;

    for (size_t index = 0; index < KEY_COUNT; index++) {
        const struct pointer_entry *entry = pointer_map_find(map, key_of(index));

        assert_int_equal(entry != NULL, expected[index] != 0);
        if (entry != NULL) {
            assert_int_equal(entry->pointer, key_of(index));
            assert_int_equal(entry->slot, expected[index]);
            present_count++;
        }
    }
    assert_int_equal(map->count, present_count);
}

static void toggle(struct pointer_map *map, uint32_t *expected, size_t index, uint32_t step)
{
    struct pointer_entry *entry = pointer_map_find(map, key_of(index));

    if (entry != NULL) {
        pointer_map_remove(map, entry);
        expected[index] = 0;
    } else {
        assert_true(pointer_map_insert(map, &(struct pointer_entry){key_of(index), step, 1}));
        expected[index] = step;
    }
}

static void map_agrees_with_array(void **state)
{
    static uint32_t expected[KEY_COUNT];
    struct pointer_map map = {0};
    uint64_t random = 1;

    (void)state;
    for (uint32_t step = 1; step <= STEP_COUNT; step++) {
        /* Now few keys, now all of them: the map fills and empties. */
        size_t span = step / 1000 % 2 == 0 ? KEY_COUNT : 20;

        toggle(&map, expected, next_random(&random) % span, step);
        if (step % 100 == 0) {
            check_all(&map, expected);
        }
    }
    pointer_map_fini(&map);
    assert_null(pointer_map_find(&map, key_of(0)));
}

static void nothing_is_found_in_an_empty_map(void **state)
{
    struct pointer_map map = {0};

    (void)state;
    assert_null(pointer_map_find(&map, 16));
    assert_true(pointer_map_insert(&map, &(struct pointer_entry){16, 1, 1}));
    assert_null(pointer_map_find(&map, 0));
    assert_null(pointer_map_find(&map, 32));
    pointer_map_remove(&map, pointer_map_find(&map, 16));
    assert_null(pointer_map_find(&map, 16));
    pointer_map_fini(&map);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(map_agrees_with_array),
        cmocka_unit_test(nothing_is_found_in_an_empty_map),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
