/* Accesses conflict if they are by different CPUs, one writes, and no lock keeps them apart. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "fuzz/footprint.h"

enum { WORDS = 5000, LOCK_BITS = 64 };

static struct footprint footprint;
static char words[WORDS];
static const uint32_t none_ended[CPU_MAX];

static int set_up(void **state)
{
    (void)state;
    footprint_init(&footprint);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    footprint_fini(&footprint);
    return 0;
}

static struct footprint_access make_access(cpu_id_t cpu, enum world_access kind, unsigned word)
{
    return (struct footprint_access){.cpu = cpu, .kind = kind, .address = &words[word]};
}

/* CPU 0 is known to make the first access; does the one of CPU 1 conflict? */
static bool meet(enum world_access known, enum world_access kind)
{
    static unsigned word;
    struct footprint_access first = make_access(0, known, ++word);
    struct footprint_access second = make_access(1, kind, word);

    footprint_add(&footprint, &first);
    footprint_learn(&footprint);
    return footprint_conflicts(&footprint, &second, none_ended);
}

static void one_of_two_writes(void **state)
{
    (void)state;
    assert_false(meet(WORLD_LOAD, WORLD_LOAD));
    assert_true(meet(WORLD_LOAD, WORLD_STORE));
    assert_true(meet(WORLD_LOAD, WORLD_CAS));
    assert_true(meet(WORLD_STORE, WORLD_LOAD));
    assert_true(meet(WORLD_CAS, WORLD_LOAD));
    assert_true(meet(WORLD_STORE, WORLD_STORE));
    assert_true(meet(WORLD_LOCK, WORLD_LOCK));
}

static void cpu_does_not_conflict_with_itself(void **state)
{
    struct footprint_access access = make_access(1, WORLD_STORE, 0);

    (void)state;
    footprint_add(&footprint, &access);
    footprint_learn(&footprint);
    assert_false(footprint_conflicts(&footprint, &access, none_ended));
}

static void untouched_word_conflicts_with_nothing(void **state)
{
    struct footprint_access access = make_access(1, WORLD_STORE, 0);
    struct footprint_access other = make_access(0, WORLD_STORE, 1);

    (void)state;
    footprint_add(&footprint, &access);
    footprint_learn(&footprint);
    assert_false(footprint_conflicts(&footprint, &other, none_ended));
}

static void op_that_is_over_counts_no_more(void **state)
{
    struct footprint_access write = make_access(0, WORLD_STORE, 0);
    struct footprint_access read = make_access(0, WORLD_LOAD, 0);
    struct footprint_access store = make_access(1, WORLD_STORE, 0);
    struct footprint_access load = make_access(1, WORLD_LOAD, 0);
    uint32_t ended[CPU_MAX] = {0};

    (void)state;
    write.op = 1;
    read.op = 3;
    footprint_add(&footprint, &write);
    footprint_add(&footprint, &read);
    footprint_learn(&footprint);

    ended[0] = 1;
    assert_true(footprint_conflicts(&footprint, &load, ended));
    ended[0] = 2;
    assert_false(footprint_conflicts(&footprint, &load, ended));
    assert_true(footprint_conflicts(&footprint, &store, ended));
    ended[0] = 4;
    assert_false(footprint_conflicts(&footprint, &store, ended));
}

static void only_what_is_learnt_is_known(void **state)
{
    struct footprint_access first = make_access(0, WORLD_STORE, 0);
    struct footprint_access second = make_access(1, WORLD_STORE, 0);

    (void)state;
    footprint_add(&footprint, &first);
    assert_true(footprint.is_new);
    assert_false(footprint_conflicts(&footprint, &second, none_ended));
    footprint_learn(&footprint);
    assert_true(footprint_conflicts(&footprint, &second, none_ended));

    footprint_add(&footprint, &first);
    assert_false(footprint.is_new);
    first.op = 7;
    footprint_add(&footprint, &first);
    assert_true(footprint.is_new);
}

static void common_lock_keeps_apart(void **state)
{
    uint64_t lock = footprint_lock(&footprint, &words[1]);
    uint64_t other_lock = footprint_lock(&footprint, &words[2]);
    struct footprint_access first = make_access(0, WORLD_STORE, 0);
    struct footprint_access second = make_access(1, WORLD_STORE, 0);

    (void)state;
    assert_int_equal(footprint_lock(&footprint, &words[1]), lock);
    first.held = lock;
    footprint_add(&footprint, &first);
    footprint_learn(&footprint);

    assert_true(footprint_conflicts(&footprint, &second, none_ended));
    second.held = other_lock;
    assert_true(footprint_conflicts(&footprint, &second, none_ended));
    second.held = lock | other_lock;
    assert_false(footprint_conflicts(&footprint, &second, none_ended));
}

/* One access without the lock is enough. */
static void lock_counts_if_it_is_always_held(void **state)
{
    uint64_t lock = footprint_lock(&footprint, &words[1]);
    struct footprint_access first = make_access(0, WORLD_STORE, 0);
    struct footprint_access second = make_access(1, WORLD_STORE, 0);

    (void)state;
    first.held = lock;
    second.held = lock;
    footprint_add(&footprint, &first);
    footprint_learn(&footprint);
    first.held = 0;
    footprint_add(&footprint, &first);
    assert_true(footprint.is_new);
    footprint_learn(&footprint);
    assert_true(footprint_conflicts(&footprint, &second, none_ended));
}

static void lock_too_many_is_never_held(void **state)
{
    uint64_t all = 0;

    (void)state;
    for (unsigned i = 0; i < LOCK_BITS; i++) {
        uint64_t lock = footprint_lock(&footprint, &words[i]);

        assert_int_equal(all & lock, 0);
        all |= lock;
    }
    assert_int_equal(all, UINT64_MAX);
    assert_int_equal(footprint_lock(&footprint, &words[LOCK_BITS]), 0);
}

static void any_number_of_words_is_kept(void **state)
{
    (void)state;
    for (unsigned i = 0; i < WORDS; i++) {
        struct footprint_access access = make_access(0, i % 2 == 0 ? WORLD_STORE : WORLD_LOAD, i);

        footprint_add(&footprint, &access);
    }
    footprint_learn(&footprint);
    for (unsigned i = 0; i < WORDS; i++) {
        struct footprint_access access = make_access(1, WORLD_LOAD, i);

        assert_int_equal(footprint_conflicts(&footprint, &access, none_ended), i % 2 == 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(one_of_two_writes, set_up, tear_down),
        cmocka_unit_test_setup_teardown(cpu_does_not_conflict_with_itself, set_up, tear_down),
        cmocka_unit_test_setup_teardown(untouched_word_conflicts_with_nothing, set_up, tear_down),
        cmocka_unit_test_setup_teardown(op_that_is_over_counts_no_more, set_up, tear_down),
        cmocka_unit_test_setup_teardown(only_what_is_learnt_is_known, set_up, tear_down),
        cmocka_unit_test_setup_teardown(common_lock_keeps_apart, set_up, tear_down),
        cmocka_unit_test_setup_teardown(lock_counts_if_it_is_always_held, set_up, tear_down),
        cmocka_unit_test_setup_teardown(lock_too_many_is_never_held, set_up, tear_down),
        cmocka_unit_test_setup_teardown(any_number_of_words_is_kept, set_up, tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
