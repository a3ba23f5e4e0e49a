/* A CPU goes offline while a cache that it used is destroyed: neither sees the other half done. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <pthread.h>
#include <sched.h>

#include "allocator/base/world.h"
#include "tests/support/test_heap.h"

enum { ROUNDS = 3000, MAIN_CPU = 0, MORTAL_CPU = 1, REAPER_CPU = 2, CPU_COUNT = 3, SIZE = 512 };

/* What the mortal CPU is doing; each waits for the other's word. */
enum { ALIVE, STOPPED, FINISHED };

struct shared {
    struct test_heap fixture;
    _Atomic int phase;
};

static void wait_for_change(struct shared *shared, int phase)
{
    while (atomic_load(&shared->phase) == phase) {
        sched_yield();
    }
}

static void *reap(void *argument)
{
    struct shared *shared = argument;

    world_native_enter(REAPER_CPU);
    for (;;) {
        wait_for_change(shared, ALIVE);
        if (atomic_load(&shared->phase) == FINISHED) {
            return NULL;
        }
        heap_cpu_offline(shared->fixture.heap, MORTAL_CPU);
        atomic_store(&shared->phase, ALIVE);
    }
}

/* Leaves the mortal CPU with a slab of its own and many on its stack, without live objects. */
static void use_mortal_cpu(struct kmem_cache *cache)
{
    enum { COUNT = 200 };
    void *objects[COUNT];

    world_native_enter(MORTAL_CPU);
    assert_int_equal(kmem_cache_alloc_bulk(cache, GFP_KERNEL, COUNT, objects), COUNT);
    kmem_cache_free_bulk(cache, COUNT, objects);
    world_native_enter(MAIN_CPU);
}

/* Each round meets the reaper in another place. */
static void pass_time(int round)
{
    for (volatile int left = round % 512 * 16; left > 0; left--) {
    }
}

static void destroy_and_offline_exclude_each_other(void **state)
{
    (void)state;
    static struct shared shared;
    struct heap_config config = heap_config_default();
    pthread_t reaper;

    config.cpu_count = CPU_COUNT;
    config.partial_floor = 0;
    config.partial_ceiling = 0;
    test_heap_init(&shared.fixture, &config);
    assert_int_equal(pthread_create(&reaper, NULL, reap, &shared), 0);
    for (int round = 0; round < ROUNDS; round++) {
        struct kmem_cache *cache = test_heap_cache(&shared.fixture, SIZE, 0);

        use_mortal_cpu(cache);
        atomic_store(&shared.phase, STOPPED);
        pass_time(round);
        assert_int_equal(kmem_cache_destroy(cache), HEAP_OK);
        wait_for_change(&shared, STOPPED);
    }
    atomic_store(&shared.phase, FINISHED);
    assert_int_equal(pthread_join(reaper, NULL), 0);
    assert_int_equal(shared.fixture.test.report_count, 0);
    test_heap_fini(&shared.fixture);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(destroy_and_offline_exclude_each_other),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
