/*
 * Real threads on one heap: each owns objects of its own, passes some to its neighbours, and finds
 * its bytes as it left them. What TSan and ASan say of the same run is the rest of the test.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>
#include <pthread.h>
#include <stdlib.h>

#include "allocator/api/kmalloc.h"
#include "allocator/api/kmem_cache.h"
#include "allocator/base/world.h"
#include "tests/support/test_heap.h"

enum { THREAD_COUNT = 4, SLOT_COUNT = 48, CACHE_COUNT = 3, OPS_DEFAULT = 20000 };

/* An object on its way from the thread that allocated it to the one that frees it. */
struct parcel {
    _Atomic(unsigned char *) object;
};

struct shared {
    struct test_heap fixture;
    struct kmem_cache *caches[CACHE_COUNT];
    struct parcel parcels[THREAD_COUNT][CACHE_COUNT];
    int op_count;
};

struct worker {
    struct shared *shared;
    unsigned cpu;
    uint64_t random;
    unsigned char *objects[SLOT_COUNT];
};

static const size_t sizes[CACHE_COUNT] = {24, 72, 400};
static const slab_flags_t flags[CACHE_COUNT] = {0, 0, SLAB_DEBUG_FLAGS};

static uint64_t next_random(struct worker *worker)
{
    worker->random ^= worker->random << 13;
    worker->random ^= worker->random >> 7;
    worker->random ^= worker->random << 17;
    return worker->random;
}

static unsigned cache_of_slot(unsigned slot)
{
    return slot % CACHE_COUNT;
}

static void check_bytes(const unsigned char *object, size_t size, unsigned char value)
{
    for (size_t i = 0; i < size; i++) {
        assert_int_equal(object[i], value);
    }
}

static void free_parcel(struct worker *worker, unsigned cache)
{
    struct parcel *parcel = &worker->shared->parcels[worker->cpu][cache];
    unsigned char *object = atomic_exchange(&parcel->object, NULL);

    if (object != NULL) {
        check_bytes(object, sizes[cache], 0xee);
        kmem_cache_free(worker->shared->caches[cache], object);
    }
}

static void send_parcel(struct worker *worker, unsigned slot)
{
    unsigned cache = cache_of_slot(slot);
    unsigned neighbour = (worker->cpu + 1) % THREAD_COUNT;
    unsigned char *object = worker->objects[slot];
    unsigned char *displaced;

    memset(object, 0xee, sizes[cache]);
    displaced = atomic_exchange(&worker->shared->parcels[neighbour][cache].object, object);
    worker->objects[slot] = NULL;
    if (displaced != NULL) {
        kmem_cache_free(worker->shared->caches[cache], displaced);
    }
}

static void use_slot(struct worker *worker, unsigned slot)
{
    unsigned cache = cache_of_slot(slot);
    unsigned char *object = worker->objects[slot];

    if (object == NULL) {
        object = kmem_cache_alloc(worker->shared->caches[cache], GFP_KERNEL);
        if (object != NULL) {
            memset(object, (int)slot, sizes[cache]);
        }
        worker->objects[slot] = object;
        return;
    }
    check_bytes(object, sizes[cache], (unsigned char)slot);
    if (next_random(worker) % 4 == 0) {
        send_parcel(worker, slot);
    } else {
        kmem_cache_free(worker->shared->caches[cache], object);
        worker->objects[slot] = NULL;
    }
}

static void use_kmalloc(struct worker *worker)
{
    size_t size = next_random(worker) % 3000;
    unsigned char *object = heap_alloc(worker->shared->fixture.heap, size, GFP_KERNEL);

    if (object == NULL || is_zero_or_null(object)) {
        return;
    }
    memset(object, 0x5e, size);
    check_bytes(object, size, 0x5e);
    heap_free(worker->shared->fixture.heap, object);
}

static void *work(void *argument)
{
    struct worker *worker = argument;

    world_native_enter(worker->cpu);
    for (int op = 0; op < worker->shared->op_count; op++) {
        uint64_t choice = next_random(worker) % 64;

        if (choice == 0) {
            kmem_cache_shrink(worker->shared->caches[op % CACHE_COUNT]);
        } else if (choice < 8) {
            use_kmalloc(worker);
        } else if (choice < 16) {
            free_parcel(worker, (unsigned)choice % CACHE_COUNT);
        } else {
            use_slot(worker, (unsigned)(next_random(worker) % SLOT_COUNT));
        }
    }
    for (unsigned slot = 0; slot < SLOT_COUNT; slot++) {
        if (worker->objects[slot] != NULL) {
            kmem_cache_free(worker->shared->caches[cache_of_slot(slot)], worker->objects[slot]);
        }
    }
    return NULL;
}

static void run_workers(struct shared *shared)
{
    static struct worker workers[THREAD_COUNT];
    pthread_t threads[THREAD_COUNT];

    for (unsigned i = 0; i < THREAD_COUNT; i++) {
        workers[i] = (struct worker){.shared = shared, .cpu = i, .random = 88172645463325252u + i};
        assert_int_equal(pthread_create(&threads[i], NULL, work, &workers[i]), 0);
    }
    for (unsigned i = 0; i < THREAD_COUNT; i++) {
        assert_int_equal(pthread_join(threads[i], NULL), 0);
    }
}

static int op_count(void)
{
    const char *text = getenv("STRESS_OPS");

    return text != NULL ? atoi(text) : OPS_DEFAULT;
}

static void threads_never_share_an_object(void **state)
{
    (void)state;
    static struct shared shared;
    struct heap_config config = heap_config_default();

    config.cpu_count = THREAD_COUNT;
    config.page_count = 4096;
    test_heap_init(&shared.fixture, &config);
    shared.op_count = op_count();
    for (unsigned i = 0; i < CACHE_COUNT; i++) {
        shared.caches[i] = test_heap_cache(&shared.fixture, sizes[i], flags[i]);
    }

    run_workers(&shared);

    world_native_enter(0);
    for (unsigned i = 0; i < CACHE_COUNT; i++) {
        for (unsigned cpu = 0; cpu < THREAD_COUNT; cpu++) {
            unsigned char *object = atomic_load(&shared.parcels[cpu][i].object);

            if (object != NULL) {
                kmem_cache_free(shared.caches[i], object);
            }
        }
        assert_int_equal(kmem_cache_destroy(shared.caches[i]), HEAP_OK);
    }
    assert_int_equal(shared.fixture.test.report_count, 0);
    test_heap_fini(&shared.fixture);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(threads_never_share_an_object),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
