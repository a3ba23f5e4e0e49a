/* Real threads on one zone: nothing is handed out twice, nothing lost, no data race under TSan. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <pthread.h>

#include "allocator/base/raw.h"
#include "allocator/hardening/keyed_random.h"
#include "allocator/page/page_alloc.h"
#include "tests/support/test_zone.h"

enum { THREADS = 4, STEPS = 20000, HELD_MAX = 16, ORDER_LIMIT = 4 };

static struct test_zone fixture;
static struct page_memory *const frames = &fixture.memory;
static struct page_zone *const zone = &fixture.memory.zones[0];

struct held {
    struct page *head;
    unsigned order;
};

struct worker {
    pthread_t thread;
    cpu_id_t cpu;
    struct held held[HELD_MAX];
    unsigned char tag;           /* what this worker writes into its pages */
    uint64_t overwritten;        /* runs that did not hold its tag when freed */
};

static void acquire(struct worker *worker, struct held *held, unsigned order)
{
    held->order = order;
    held->head = page_alloc(frames, order, 0, PAGE_RUN);
    if (held->head != NULL) {
        unsigned char *memory = memory_address(frames, held->head);
        raw_store_byte(memory, worker->tag);
        raw_store_byte(memory + ((size_t)PAGE_SIZE << order) - 1, worker->tag);
    }
}

static void release(struct worker *worker, struct held *held)
{
    unsigned char *memory = memory_address(frames, held->head);

    worker->overwritten +=
        raw_load_byte(memory) != worker->tag ||
        raw_load_byte(memory + ((size_t)PAGE_SIZE << held->order) - 1) != worker->tag;
    page_free(frames, held->head, held->order, PAGE_RUN);
    held->head = NULL;
}

static void *work(void *argument)
{
    struct worker *worker = argument;

    world_native_enter(worker->cpu);
    for (uint64_t step = 0; step < STEPS; step++) {
        uint64_t random = keyed_random(9, worker->cpu, 0, step);
        struct held *held = &worker->held[random % HELD_MAX];

        if (held->head == NULL) {
            acquire(worker, held, (unsigned)(random >> 8) % ORDER_LIMIT);
        } else {
            release(worker, held);
        }
    }
    for (int i = 0; i < HELD_MAX; i++) {
        if (worker->held[i].head != NULL) {
            release(worker, &worker->held[i]);
        }
    }
    return NULL;
}

static void threads_share_a_zone(void **state)
{
    static struct worker workers[THREADS];

    (void)state;
    test_zone_init(&fixture, 128);
    for (cpu_id_t cpu = 0; cpu < THREADS; cpu++) {
        workers[cpu].cpu = cpu;
        workers[cpu].tag = (unsigned char)(cpu + 1);
        assert_int_equal(pthread_create(&workers[cpu].thread, NULL, work, &workers[cpu]), 0);
    }
    for (int i = 0; i < THREADS; i++) {
        pthread_join(workers[i].thread, NULL);
        assert_int_equal(workers[i].overwritten, 0);
    }
    assert_null(test_zone_find_fault(zone));
    assert_int_equal(fixture.test.report_count, 0);
    assert_int_equal(zone->free_areas[7].count, 1);
    test_zone_fini(&fixture);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(threads_share_a_zone),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
