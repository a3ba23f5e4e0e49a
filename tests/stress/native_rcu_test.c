/*
 * Real threads read what others replace and free: a reader finds every byte as the writer left it,
 * however long it looks, and a cache that is destroyed waits for those who read its objects.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>
#include <pthread.h>
#include <sched.h>

#include "allocator/api/rcu.h"
#include "allocator/base/world.h"
#include "tests/support/test_heap.h"

enum { READER_COUNT = 2, WRITER_COUNT = 2, CPU_COUNT = READER_COUNT + WRITER_COUNT };
enum { SLOT_COUNT = 4, SIZE = 64, LOOKS = 60, PATIENCE = 3, WRITES_PER_ROUND = 100 };

struct shared {
    struct test_heap fixture;
    struct kmem_cache *lasting;
    _Atomic(unsigned char *) slots[WRITER_COUNT][SLOT_COUNT];    /* each writer's own */
    _Atomic unsigned readers_left;
};

struct worker {
    struct shared *shared;
    pthread_t thread;
    cpu_id_t cpu;
};

/* All bytes that are not the allocator's are equal. */
static void look_at(const unsigned char *object)
{
    for (unsigned i = RCU_OBJECT_SIZE_MIN; i < SIZE; i++) {
        assert_int_not_equal(object[i], 0);
        assert_int_equal(object[i], object[SIZE - 1]);
    }
}

/* Waits a while for the writer to replace the object, and to free it if nobody stops it. */
static void keep_looking(_Atomic(unsigned char *) *slot, const unsigned char *object)
{
    look_at(object);
    for (unsigned i = 0; i < PATIENCE && atomic_load(slot) == object; i++) {
        sched_yield();
    }
    sched_yield();
    look_at(object);
}

static void *read_slots(void *argument)
{
    struct worker *reader = argument;
    struct shared *shared = reader->shared;
    unsigned looks = 0;

    world_native_enter(reader->cpu);
    for (unsigned i = 0; looks < LOOKS; i++) {
        _Atomic(unsigned char *) *slot = &shared->slots[i % WRITER_COUNT][i % SLOT_COUNT];

        heap_rcu_read_lock(shared->fixture.heap);

        const unsigned char *object = atomic_load(slot);

        if (object != NULL) {
            keep_looking(slot, object);
            looks++;
        }
        heap_rcu_read_unlock(shared->fixture.heap);
    }
    atomic_fetch_sub(&shared->readers_left, 1);
    return NULL;
}

/* Replaces the object of a slot by one of another cache, or by none. */
static void replace(struct worker *writer, struct kmem_cache *cache, unsigned number)
{
    struct shared *shared = writer->shared;
    unsigned char *object = NULL;

    if (cache != NULL) {
        object = kmem_cache_alloc(cache, GFP_KERNEL);
        assert_non_null(object);
        memset(object, (int)(number % 255) + 1, SIZE);
    }
    object = atomic_exchange(&shared->slots[writer->cpu][number % SLOT_COUNT], object);
    heap_free_rcu(shared->fixture.heap, object);
}

static void *write_slots(void *argument)
{
    struct worker *writer = argument;
    struct shared *shared = writer->shared;

    world_native_enter(writer->cpu);
    while (atomic_load(&shared->readers_left) != 0) {
        struct kmem_cache *passing = test_heap_cache(&shared->fixture, SIZE, 0);

        for (unsigned i = 0; i < WRITES_PER_ROUND; i++) {
            replace(writer, i % 2 == 0 ? passing : shared->lasting, i);
        }
        for (unsigned i = 0; i < SLOT_COUNT; i++) {
            replace(writer, NULL, i);
        }
        assert_int_equal(kmem_cache_destroy(passing), HEAP_OK);
    }
    return NULL;
}

static void run_workers(struct shared *shared)
{
    static struct worker workers[CPU_COUNT];

    for (cpu_id_t cpu = 0; cpu < CPU_COUNT; cpu++) {
        workers[cpu] = (struct worker){.shared = shared, .cpu = cpu};
        assert_int_equal(pthread_create(&workers[cpu].thread, NULL,
                                        cpu < WRITER_COUNT ? write_slots : read_slots,
                                        &workers[cpu]),
                         0);
    }
    for (cpu_id_t cpu = 0; cpu < CPU_COUNT; cpu++) {
        assert_int_equal(pthread_join(workers[cpu].thread, NULL), 0);
    }
}

static void readers_find_what_writers_left(void **state)
{
    (void)state;
    static struct shared shared;
    struct heap_config config = heap_config_default();

    config.cpu_count = CPU_COUNT;
    config.page_count = 4096;
    config.init_on_free = true;
    test_heap_init(&shared.fixture, &config);
    shared.lasting = test_heap_cache(&shared.fixture, SIZE, 0);
    atomic_store(&shared.readers_left, READER_COUNT);
    run_workers(&shared);
    world_native_enter(0);
    assert_int_equal(kmem_cache_destroy(shared.lasting), HEAP_OK);
    assert_int_equal(shared.fixture.test.report_count, 0);
    test_heap_fini(&shared.fixture);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(readers_find_what_writers_left),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
