/* A correct program keeps its bytes, and misuse is noticed as told of "plain" or "hardened". */
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "examples/bump.h"
#include "examples/misuse.h"

enum { SLOT_COUNT = 64, STEPS = 20000, CHUNK_COUNT = 64 };

struct slot {
    unsigned char *object;
    size_t size;
    unsigned char value;
};

static bool version_is_hardened;

static const bool noticed[MISUSE_COUNT][2] = {
#define X(name, plain, hardened, what) {plain, hardened},
    BUMP_MISUSE(X)
#undef X
};

static uint64_t next_random(uint64_t *state)
{
    *state = *state * 6364136223846793005u + 1442695040888963407u;
    return *state >> 33;
}

static void allocate(struct bump *bump, struct slot *slot, uint64_t *random)
{
    slot->size = 1 + next_random(random) % (next_random(random) % 8 == 0 ? BUMP_SIZE_MAX : 200);
    slot->value = (unsigned char)next_random(random);
    slot->object = bump_alloc(bump, slot->size);
    assert_non_null(slot->object);
    assert_int_equal((uintptr_t)slot->object % 16, 0);
    memset(slot->object, slot->value, slot->size);
}

static void release(struct bump *bump, struct slot *slot)
{
    for (size_t i = 0; i < slot->size; i++) {
        assert_int_equal(slot->object[i], slot->value);
    }
    bump_free(bump, slot->object);
    slot->object = NULL;
}

static void correct_program_keeps_its_bytes(void **state)
{
    (void)state;
    struct bump *bump = bump_create(CHUNK_COUNT, 1);
    struct slot slots[SLOT_COUNT] = {{NULL, 0, 0}};
    uint64_t random = 1;

    for (int step = 0; step < STEPS; step++) {
        struct slot *slot = &slots[next_random(&random) % SLOT_COUNT];

        if (slot->object == NULL) {
            allocate(bump, slot, &random);
        } else {
            release(bump, slot);
        }
    }
    assert_int_equal(bump_misuse_count(bump), 0);
    bump_destroy(bump);
}

static void region_without_room_gives_null(void **state)
{
    (void)state;
    struct bump *bump = bump_create(1, 1);
    unsigned count = 0;

    while (bump_alloc(bump, 1000) != NULL) {
        count++;
    }
    assert_in_range(count, 10, 16);
    assert_null(bump_alloc(bump, 0));
    assert_null(bump_alloc(bump, BUMP_SIZE_MAX + 1));
    bump_free(bump, NULL);
    bump_destroy(bump);
}

static void misuse_is_noticed_as_told(void **state)
{
    (void)state;
    for (unsigned misuse = 0; misuse < MISUSE_COUNT; misuse++) {
        if (misuse_is_noticed(misuse) != noticed[misuse][version_is_hardened]) {
            fail_msg("%s", misuse_name(misuse));
        }
    }
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(correct_program_keeps_its_bytes),
        cmocka_unit_test(region_without_room_gives_null),
        cmocka_unit_test(misuse_is_noticed_as_told),
    };

    version_is_hardened = argc == 2 && strcmp(argv[1], "hardened") == 0;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
