/* The native world: locks exclude, words are atomic, CPU slots belong to threads. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>
#include <pthread.h>

#include "allocator/base/world.h"

enum { THREADS = 3, ROUNDS = 20000 };

struct counter {
    struct world_lock lock;
    uint64_t locked_count;       /* under lock */
    struct world_word shared;    /* by world_cas() */
};

struct worker {
    pthread_t thread;
    cpu_id_t cpu;
    struct counter *counter;
};

static void *count(void *argument)
{
    struct worker *worker = argument;

    world_native_enter(worker->cpu);
    for (int i = 0; i < ROUNDS; i++) {
        world_lock(&worker->counter->lock);
        worker->counter->locked_count++;
        world_unlock(&worker->counter->lock);

        uint64_t seen = world_load(&worker->counter->shared);
        while (!world_cas(&worker->counter->shared, &seen, seen + 1)) {
        }
    }
    return NULL;
}

static void threads_lose_no_update(void **state)
{
    struct counter counter = {.locked_count = 0};
    struct worker workers[THREADS];

    (void)state;
    for (cpu_id_t cpu = 0; cpu < THREADS; cpu++) {
        workers[cpu].cpu = cpu;
        workers[cpu].counter = &counter;
        assert_int_equal(pthread_create(&workers[cpu].thread, NULL, count, &workers[cpu]), 0);
    }
    for (int i = 0; i < THREADS; i++) {
        pthread_join(workers[i].thread, NULL);
    }
    assert_int_equal(counter.locked_count, THREADS * ROUNDS);
    assert_int_equal(world_load(&counter.shared), THREADS * ROUNDS);
}

static void lock_names_its_holder(void **state)
{
    struct world_lock lock = {.holder = {0}};

    (void)state;
    world_native_enter(5);
    assert_int_equal(world_cpu(), 5);
    world_lock(&lock);
    assert_int_equal(world_load(&lock.holder), 6);
    assert_false(world_trylock(&lock));
    world_unlock(&lock);
    assert_true(world_trylock(&lock));
    world_unlock(&lock);
    assert_int_equal(world_load(&lock.holder), 0);
    world_native_enter(0);
}

static void failed_cas_tells_what_is_there(void **state)
{
    struct world_word word = {0};
    uint64_t expected = 1;

    (void)state;
    world_store(&word, 7);
    assert_false(world_cas(&word, &expected, 9));
    assert_int_equal(expected, 7);
    assert_int_equal(world_load(&word), 7);
    assert_true(world_cas(&word, &expected, 9));
    assert_int_equal(world_load(&word), 9);
}

static void failed_invariant_stops_the_program(void **state)
{
    int status = 0;

    (void)state;
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        world_invariant_failed("SOME_RULE");
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_false(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(threads_lose_no_update),
        cmocka_unit_test(lock_names_its_holder),
        cmocka_unit_test(failed_cas_tells_what_is_there),
        cmocka_unit_test(failed_invariant_stops_the_program),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
