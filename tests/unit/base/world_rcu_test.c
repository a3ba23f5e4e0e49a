/* What was put off runs when it may, in order, once; readers hold back what they may have seen. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "allocator/base/list.h"
#include "allocator/base/world_rcu.h"

enum { WORK_COUNT = 8 };

/* One piece of work, and the place it took among those that ran. */
struct work {
    struct world_deferred deferred;
    unsigned place;    /* 0: did not run */
};

static struct world_rcu rcu;
static struct work works[WORK_COUNT];
static unsigned run_count;

static int set_up(void **state)
{
    (void)state;
    memset(&rcu, 0, sizeof(rcu));
    memset(works, 0, sizeof(works));
    run_count = 0;
    world_native_enter(0);
    return 0;
}

static void work(struct world_rcu *domain, struct world_deferred *deferred)
{
    assert_ptr_equal(domain, &rcu);
    container_of(deferred, struct work, deferred)->place = ++run_count;
}

static void queue(unsigned first, unsigned count)
{
    for (unsigned i = first; i < first + count; i++) {
        works[i].deferred.run = work;
        world_rcu_call(&rcu, &works[i].deferred);
    }
}

/* So many have run, oldest first. */
static void assert_run(unsigned count)
{
    assert_int_equal(run_count, count);
    for (unsigned i = 0; i < WORK_COUNT; i++) {
        assert_int_equal(works[i].place, i < count ? i + 1 : 0);
    }
}

static void nothing_runs_unasked(void **state)
{
    (void)state;
    queue(0, 3);
    assert_run(0);
    world_rcu_run(&rcu);
    assert_run(3);
    world_rcu_run(&rcu);
    world_rcu_barrier(&rcu);
    assert_run(3);
}

static void a_reader_holds_back_what_it_may_have_seen(void **state)
{
    (void)state;
    queue(0, 2);
    world_rcu_read_lock(&rcu);
    queue(2, 3);
    world_rcu_run(&rcu);
    assert_run(2);
    world_rcu_read_unlock(&rcu);
    world_rcu_run(&rcu);
    assert_run(5);
}

static void a_later_reader_holds_back_nothing(void **state)
{
    (void)state;
    queue(0, 4);
    world_rcu_read_lock(&rcu);
    world_rcu_run(&rcu);
    assert_run(4);
    world_rcu_barrier(&rcu);
    world_rcu_read_unlock(&rcu);
}

static void sections_nest(void **state)
{
    (void)state;
    world_rcu_read_lock(&rcu);
    queue(0, 1);
    world_rcu_read_lock(&rcu);
    queue(1, 1);
    world_rcu_read_unlock(&rcu);
    world_rcu_run(&rcu);
    assert_run(0);
    world_rcu_read_unlock(&rcu);
    world_rcu_run(&rcu);
    assert_run(2);
}

static void each_cpu_has_its_own_section(void **state)
{
    (void)state;
    world_native_enter(CPU_MAX - 1);
    world_rcu_read_lock(&rcu);
    queue(0, 1);
    world_native_enter(2);
    world_rcu_read_lock(&rcu);
    queue(1, 1);
    world_rcu_run(&rcu);
    assert_run(0);
    world_native_enter(CPU_MAX - 1);
    world_rcu_read_unlock(&rcu);
    world_rcu_run(&rcu);
    assert_run(1);
    world_native_enter(2);
    world_rcu_read_unlock(&rcu);
    world_rcu_run(&rcu);
    assert_run(2);
}

/* What it may have seen when it came is run; coming again, it can see less. */
static void leaving_and_coming_again_is_a_new_section(void **state)
{
    (void)state;
    world_rcu_read_lock(&rcu);
    queue(0, 1);
    world_rcu_read_unlock(&rcu);
    world_rcu_read_lock(&rcu);
    queue(1, 1);
    world_rcu_run(&rcu);
    assert_run(1);
    world_rcu_read_unlock(&rcu);
    world_rcu_barrier(&rcu);
    assert_run(2);
}

/* Its announcement was read before others queued and ran more: it holds back less than has run. */
static void a_reader_that_lags_behind_holds_back_what_follows(void **state)
{
    (void)state;
    queue(0, 3);
    world_rcu_run(&rcu);
    atomic_store(&rcu.readers[1].word.bits, UINT64_C(1) << WORLD_RCU_DEPTH_BITS | 1);
    queue(3, 1);
    world_rcu_run(&rcu);
    assert_run(3);
    atomic_store(&rcu.readers[1].word.bits, 0);
    world_rcu_run(&rcu);
    assert_run(4);
}

static void poll_runs_what_may_run(void **state)
{
    (void)state;
    world_rcu_poll(&rcu);
    queue(0, 2);
    world_rcu_poll(&rcu);
    assert_run(2);
}

/* As a slow path does that is reached from what is run. */
static void work_and_poll(struct world_rcu *domain, struct world_deferred *deferred)
{
    work(domain, deferred);
    world_rcu_poll(domain);
}

static void work_may_poll(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 3; i++) {
        works[i].deferred.run = work_and_poll;
        world_rcu_call(&rcu, &works[i].deferred);
    }
    world_rcu_run(&rcu);
    assert_run(3);
}

static void work_and_queue(struct world_rcu *domain, struct world_deferred *deferred)
{
    work(domain, deferred);
    queue(1, 1);
}

static void work_may_put_off_more(void **state)
{
    (void)state;
    works[0].deferred.run = work_and_queue;
    world_rcu_call(&rcu, &works[0].deferred);
    world_rcu_barrier(&rcu);
    assert_run(1);
    world_rcu_barrier(&rcu);
    assert_run(2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(nothing_runs_unasked, set_up),
        cmocka_unit_test_setup(a_reader_holds_back_what_it_may_have_seen, set_up),
        cmocka_unit_test_setup(a_later_reader_holds_back_nothing, set_up),
        cmocka_unit_test_setup(sections_nest, set_up),
        cmocka_unit_test_setup(each_cpu_has_its_own_section, set_up),
        cmocka_unit_test_setup(leaving_and_coming_again_is_a_new_section, set_up),
        cmocka_unit_test_setup(a_reader_that_lags_behind_holds_back_what_follows, set_up),
        cmocka_unit_test_setup(poll_runs_what_may_run, set_up),
        cmocka_unit_test_setup(work_may_poll, set_up),
        cmocka_unit_test_setup(work_may_put_off_more, set_up),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
