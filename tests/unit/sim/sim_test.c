/* The simulated machine: memory, reports, the ways a run ends, and that it repeats itself. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "allocator/api/heap.h"
#include "allocator/api/kmalloc.h"
#include "allocator/api/kmem_cache.h"
#include "allocator/api/pages.h"
#include "sim/sim.h"
#include "tests/support/traffic.h"

/* A run of traffic: what is asked for, and what came of it. */
struct trip {
    struct sim *sim;
    struct heap_config config;
    uint64_t seed;
    unsigned step_count;
    bool destroys_heap;
    uint64_t hash;
    uint64_t points;
};

static void travel(void *argument)
{
    struct trip *trip = argument;
    static struct traffic traffic;
    struct kmem_heap *heap = heap_create(&trip->config, sim_platform(trip->sim));

    traffic_begin(&traffic, trip->sim, heap, &trip->config, trip->seed);
    for (unsigned i = 0; i < trip->step_count; i++) {
        traffic_step(&traffic);
    }
    trip->hash = traffic.hash;
    trip->points = sim_points(trip->sim);
    if (trip->destroys_heap) {
        heap_destroy(heap);
    }
}

static void make_trip(struct trip *trip)
{
    sim_reset(trip->sim, &trip->config);

    struct sim_outcome outcome = sim_run(trip->sim, travel, trip);

    assert_int_equal(outcome.end, SIM_COMPLETED);
    assert_null(outcome.rule);
    assert_int_equal(sim_step(trip->sim), trip->step_count);
}

static struct trip trip_of_seed(struct sim *sim, uint64_t seed)
{
    return (struct trip){
        .sim = sim,
        .config = traffic_config(seed),
        .seed = seed,
        .step_count = 300,
        .destroys_heap = seed % 2 == 0,
    };
}

static void memory_is_new_after_reset(void **state)
{
    struct sim *sim = *state;

    assert_true(sim_is_pristine(sim));
    for (uint64_t seed = 0; seed < 60; seed++) {
        struct trip trip = trip_of_seed(sim, seed);

        make_trip(&trip);
        sim_reset(sim, &trip.config);
        assert_true(sim_is_pristine(sim));
    }
}

static void the_same_seed_gives_the_same_run(void **state)
{
    struct trip first = trip_of_seed(*state, 1);
    struct trip other = trip_of_seed(*state, 2);
    struct trip again = trip_of_seed(*state, 1);

    make_trip(&first);
    make_trip(&other);
    make_trip(&again);
    assert_true(first.hash == again.hash);
    assert_true(first.points == again.points);
    assert_true(first.hash != other.hash);
}

struct probe {
    struct sim *sim;
    struct kmem_heap *heap;
    struct heap_config config;
    unsigned callbacks;
    const struct report *seen;
};

static struct probe new_probe(struct sim *sim)
{
    struct probe probe = {.sim = sim, .config = heap_config_default()};

    sim_reset(sim, &probe.config);
    return probe;
}

static void create_heap(void *argument)
{
    struct probe *probe = argument;

    probe->heap = heap_create(&probe->config, sim_platform(probe->sim));
}

static void large_runs_are_given_back(void **state)
{
    struct probe probe = new_probe(*state);

    probe.config.page_count = 4096;
    sim_reset(*state, &probe.config);
    sim_run(*state, create_heap, &probe);

    struct page *page = heap_alloc_pages(probe.heap, __GFP_ZERO, ORDER_MAX);
    unsigned char *memory = heap_page_address(probe.heap, page);

    memset(memory, 0x77, (size_t)PAGE_SIZE << ORDER_MAX);
    sim_reset(*state, &probe.config);
    assert_true(sim_is_pristine(*state));
}

static void addresses_are_fixed(void **state)
{
    struct sim *second = sim_create(1);
    struct probe probe = new_probe(*state);
    struct probe other = new_probe(second);

    sim_run(*state, create_heap, &probe);
    assert_ptr_equal(probe.heap, (void *)(SIM_BASE + (UINT64_C(1) << SIM_DESCRIPTOR_LOG2)));
    assert_ptr_equal(heap_page_address(probe.heap, heap_page_at(probe.heap, (void *)SIM_BASE)),
                     (void *)SIM_BASE);
    sim_run(second, create_heap, &other);
    assert_ptr_equal(other.heap, (unsigned char *)probe.heap + (UINT64_C(1) << SIM_STRIDE_LOG2));
    sim_destroy(second);
}

static void one_heap_at_a_time_has_memory(void **state)
{
    struct probe probe = new_probe(*state);

    sim_run(*state, create_heap, &probe);

    struct kmem_heap *first = probe.heap;

    assert_non_null(first);
    sim_run(*state, create_heap, &probe);
    assert_null(probe.heap);
    heap_destroy(first);
    assert_true(sim_is_pristine(*state));
    sim_run(*state, create_heap, &probe);
    assert_ptr_equal(probe.heap, first);
}

static void allocate_after_free(void *argument)
{
    struct probe *probe = argument;

    create_heap(probe);
    sim_begin_step(probe->sim);

    struct page *page = heap_alloc_pages(probe->heap, GFP_KERNEL, 0);

    heap_free_pages(probe->heap, page, 0);
    heap_free_pages(probe->heap, page, 0);
    heap_free_pages(probe->heap, page, 1);
}

static void reports_of_the_step_are_kept(void **state)
{
    struct probe probe = new_probe(*state);
    size_t count;

    assert_int_equal(sim_run(*state, allocate_after_free, &probe).end, SIM_COMPLETED);

    const struct report *reports = sim_reports(*state, &count);

    assert_int_equal(count, 2);
    assert_int_equal(reports[0].kind, REPORT_BAD_PAGE_FREE);
    assert_int_equal(reports[0].site, 1);
    sim_begin_step(*state);
    sim_reports(*state, &count);
    assert_int_equal(count, 0);
}

static void report_too_often(void *argument)
{
    struct probe *probe = argument;

    create_heap(probe);
    sim_begin_step(probe->sim);
    for (int i = 0; i < SIM_REPORTS_PER_STEP + 10; i++) {
        heap_free(probe->heap, probe);
    }
}

static void reports_beyond_the_bound_are_counted(void **state)
{
    struct probe probe = new_probe(*state);
    size_t count;

    assert_int_equal(sim_run(*state, report_too_often, &probe).end, SIM_COMPLETED);
    sim_reports(*state, &count);
    assert_int_equal(count, SIM_REPORTS_PER_STEP + 10);
}

static void count_report(void *context, const struct report *report)
{
    struct probe *probe = context;

    probe->callbacks++;
    assert_int_equal(report->kind, REPORT_BAD_PAGE_FREE);
}

static void reports_are_told_when_they_are_sent(void **state)
{
    struct probe probe = new_probe(*state);

    sim_on_report(*state, count_report, &probe);
    sim_run(*state, allocate_after_free, &probe);
    sim_on_report(*state, NULL, NULL);
    assert_int_equal(probe.callbacks, 2);
}

static void a_report_stops_the_run_if_configured(void **state)
{
    struct probe probe = new_probe(*state);
    size_t count;

    probe.config.stop_on_report = true;
    sim_reset(*state, &probe.config);
    assert_int_equal(sim_run(*state, allocate_after_free, &probe).end, SIM_STOPPED);
    sim_reports(*state, &count);
    assert_int_equal(count, 1);
    sim_reset(*state, &probe.config);
    assert_true(sim_is_pristine(*state));
}

static void create_impossible_cache(void *argument)
{
    struct probe *probe = argument;
    const struct cache_request request = {.name = "no", .size = 0, .flags = SLAB_PANIC};
    struct kmem_cache *cache;

    create_heap(probe);
    heap_cache_create(probe->heap, &request, &cache);
    fail();
}

static void panic_ends_the_run(void **state)
{
    struct probe probe = new_probe(*state);

    assert_int_equal(sim_run(*state, create_impossible_cache, &probe).end, SIM_PANIC);
}

static void break_invariant(void *argument)
{
    (void)argument;
    world_invariant_failed("BUDDY_MERGED");
}

static void an_invariant_of_the_allocator_ends_the_run(void **state)
{
    struct sim_outcome outcome = sim_run(*state, break_invariant, NULL);

    assert_int_equal(outcome.end, SIM_VIOLATED);
    assert_string_equal(outcome.rule, "BUDDY_MERGED");
}

static void lock_until_it_hangs(void *argument)
{
    struct world_lock *lock = argument;

    for (;;) {
        world_lock(lock);
        world_unlock(lock);
    }
}

static void a_step_without_end_is_a_hang(void **state)
{
    struct world_lock lock = {0};

    new_probe(*state);

    struct sim_outcome outcome = sim_run(*state, lock_until_it_hangs, &lock);

    assert_int_equal(outcome.end, SIM_HANG);
    assert_string_equal(outcome.rule, "SIM_STEP_BOUND");
    assert_ptr_equal(outcome.subject, &lock);
}

static void random_numbers_depend_on_their_key_alone(void **state)
{
    struct probe probe = new_probe(*state);
    const struct platform *platform = sim_platform(*state);
    uint64_t number = platform->random(platform->context, RANDOM_SLAB_ORDER, 3, 4);

    platform->random(platform->context, RANDOM_SLAB_ORDER, 3, 5);
    assert_true(number == platform->random(platform->context, RANDOM_SLAB_ORDER, 3, 4));
    probe.config.seed++;
    sim_reset(*state, &probe.config);
    assert_true(number != platform->random(platform->context, RANDOM_SLAB_ORDER, 3, 4));
}

/* In a child: the exit code and the one line of a simulation whose addresses are taken. */
static void addresses_that_are_taken_exit_with_3(void **state)
{
    char text[256] = "";
    int pipe_ends[2];
    int status;

    (void)state;
    assert_int_equal(pipe(pipe_ends), 0);

    pid_t child = fork();

    if (child == 0) {
        dup2(pipe_ends[1], STDERR_FILENO);
        sim_create(0);
        _exit(0);
    }
    waitpid(child, &status, 0);
    close(pipe_ends[1]);

    ssize_t size = read(pipe_ends[0], text, sizeof(text) - 1);

    close(pipe_ends[0]);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 3);
    assert_true(size > 0);
    assert_non_null(strstr(text, "sim: cannot map"));
    assert_ptr_equal(strchr(text, '\n'), text + size - 1);
}

static int make_sim(void **state)
{
    *state = sim_create(0);
    return 0;
}

static int destroy_sim(void **state)
{
    sim_destroy(*state);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(memory_is_new_after_reset),
        cmocka_unit_test(the_same_seed_gives_the_same_run),
        cmocka_unit_test(large_runs_are_given_back),
        cmocka_unit_test(addresses_are_fixed),
        cmocka_unit_test(one_heap_at_a_time_has_memory),
        cmocka_unit_test(reports_of_the_step_are_kept),
        cmocka_unit_test(reports_beyond_the_bound_are_counted),
        cmocka_unit_test(reports_are_told_when_they_are_sent),
        cmocka_unit_test(a_report_stops_the_run_if_configured),
        cmocka_unit_test(panic_ends_the_run),
        cmocka_unit_test(an_invariant_of_the_allocator_ends_the_run),
        cmocka_unit_test(a_step_without_end_is_a_hang),
        cmocka_unit_test(random_numbers_depend_on_their_key_alone),
        cmocka_unit_test(addresses_that_are_taken_exit_with_3),
    };

    return cmocka_run_group_tests(tests, make_sim, destroy_sim);
}
