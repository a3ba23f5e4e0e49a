/*
 * Real threads that are interrupted: a signal handler, which may come in the middle of any call of
 * its thread, allocates and frees without a lock what the threads allocate and free as usual.
 */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <string.h>
#include <sys/time.h>

#include <cmocka.h>
#include <pthread.h>

#include "allocator/base/world.h"
#include "tests/support/test_heap.h"

enum { THREAD_COUNT = 3, CACHE_COUNT = 2, SLOT_COUNT = 64, HANDLER_SLOTS = 8 };
enum { OPS = 60000, SIZE = 96 };

/* CPU 0 is the waiting thread's, which is not interrupted. */
enum { CPU_COUNT = THREAD_COUNT + 1, SIGNAL_MICROSECONDS = 50 };

/* The handler's objects on one CPU. */
struct handler_state {
    unsigned char *objects[CACHE_COUNT][HANDLER_SLOTS];
    unsigned next;
    unsigned taken_count;
    unsigned given_count;
};

static struct test_heap fixture;
static struct kmem_cache *caches[CACHE_COUNT];
static struct handler_state handlers[CPU_COUNT];

/* Where threads leave objects for handlers to free, and the other way round. */
static _Atomic(unsigned char *) exchange[CACHE_COUNT][SLOT_COUNT];

static bool holds(const unsigned char *object, unsigned char value)
{
    for (size_t i = 0; i < SIZE; i++) {
        if (object[i] != value) {
            return false;
        }
    }
    return true;
}

/* Nothing of cmocka may be called in a handler: what is wrong stops the program. */
static void insist(bool condition)
{
    if (!condition) {
        __builtin_trap();
    }
}

static void use_handler_slot(struct handler_state *handler, unsigned cache)
{
    unsigned char **slot = &handler->objects[cache][handler->next % HANDLER_SLOTS];

    if (*slot == NULL) {
        *slot = kmem_cache_alloc_nolock(caches[cache]);
        if (*slot != NULL) {
            memset(*slot, 0x77, SIZE);
            handler->taken_count++;
        }
        return;
    }
    insist(holds(*slot, 0x77));
    kmem_cache_free_nolock(caches[cache], *slot);
    *slot = NULL;
}

static void interrupt(int number)
{
    struct handler_state *handler = &handlers[world_cpu()];

    (void)number;
    handler->next++;
    for (unsigned cache = 0; cache < CACHE_COUNT; cache++) {
        unsigned char *object =
            atomic_exchange(&exchange[cache][handler->next % SLOT_COUNT], NULL);

        use_handler_slot(handler, cache);
        if (object != NULL) {
            insist(holds(object, 0x33));
            kmem_cache_free_nolock(caches[cache], object);
            handler->given_count++;
        }
    }
}

static void *work(void *argument)
{
    unsigned cpu = (unsigned)(uintptr_t)argument;
    uint64_t random = 88172645463325252u + cpu;

    world_native_enter(cpu);
    for (int op = 0; op < OPS; op++) {
        random = random * 6364136223846793005u + 1442695040888963407u;

        unsigned cache = (unsigned)(random >> 40) % CACHE_COUNT;
        unsigned slot = (unsigned)(random >> 50) % SLOT_COUNT;
        unsigned char *object = kmem_cache_alloc(caches[cache], GFP_KERNEL);

        insist(object != NULL);
        memset(object, 0x33, SIZE);
        object = atomic_exchange(&exchange[cache][slot], object);
        if (object != NULL) {
            insist(holds(object, 0x33));
            kmem_cache_free(caches[cache], object);
        }
        if (op % 512 == 0) {
            kmem_cache_shrink(caches[cache]);
        }
    }
    return NULL;
}

static void set_timer(long microseconds)
{
    const struct itimerval timer = {
        .it_interval = {.tv_usec = microseconds},
        .it_value = {.tv_usec = microseconds},
    };

    assert_int_equal(setitimer(ITIMER_REAL, &timer, NULL), 0);
}

static void run_workers(void)
{
    const struct sigaction action = {.sa_handler = interrupt, .sa_flags = SA_RESTART};
    pthread_t threads[THREAD_COUNT];
    sigset_t alarm;

    sigemptyset(&alarm);
    sigaddset(&alarm, SIGALRM);
    assert_int_equal(sigaction(SIGALRM, &action, NULL), 0);
    for (uintptr_t i = 0; i < THREAD_COUNT; i++) {
        assert_int_equal(pthread_create(&threads[i], NULL, work, (void *)(i + 1)), 0);
    }
    /* A signal goes to a thread that does not block it: to a worker. */
    assert_int_equal(pthread_sigmask(SIG_BLOCK, &alarm, NULL), 0);
    set_timer(SIGNAL_MICROSECONDS);
    for (unsigned i = 0; i < THREAD_COUNT; i++) {
        assert_int_equal(pthread_join(threads[i], NULL), 0);
    }
    set_timer(0);
}

static void free_the_rest(unsigned cache)
{
    for (unsigned i = 0; i < SLOT_COUNT; i++) {
        kmem_cache_free(caches[cache], atomic_load(&exchange[cache][i]));
    }
    for (unsigned cpu = 0; cpu < CPU_COUNT; cpu++) {
        for (unsigned i = 0; i < HANDLER_SLOTS; i++) {
            kmem_cache_free(caches[cache], handlers[cpu].objects[cache][i]);
        }
    }
}

static void handlers_and_threads_never_share_an_object(void **state)
{
    (void)state;
    struct heap_config config = heap_config_default();
    unsigned taken_count = 0;
    unsigned given_count = 0;

    config.cpu_count = CPU_COUNT;
    config.page_count = 4096;
    test_heap_init(&fixture, &config);
    caches[0] = test_heap_cache(&fixture, SIZE, 0);
    caches[1] = test_heap_cache(&fixture, SIZE, SLAB_DEBUG_FLAGS);
    run_workers();
    for (unsigned cpu = 0; cpu < CPU_COUNT; cpu++) {
        taken_count += handlers[cpu].taken_count;
        given_count += handlers[cpu].given_count;
    }
    assert_true(taken_count > 0 && given_count > 0);
    world_native_enter(0);
    for (unsigned cache = 0; cache < CACHE_COUNT; cache++) {
        free_the_rest(cache);
        assert_int_equal(kmem_cache_destroy(caches[cache]), HEAP_OK);
    }
    assert_int_equal(fixture.test.report_count, 0);
    test_heap_fini(&fixture);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(handlers_and_threads_never_share_an_object),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
