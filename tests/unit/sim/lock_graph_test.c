/* The lock graph: who holds what, who waits for whom, when tasks come to a standstill. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "allocator/api/heap.h"
#include "allocator/cache/heap_state.h"
#include "sim/lock_graph.h"
#include "sim/word_text.h"

enum { HEAP_INDEX = 3, TEXT_SIZE = 1024 };

struct fixture {
    struct sim *sim;
    struct kmem_heap *heap;
    struct world_lock *locks[2];     /* the first one is taken first by CPU 0 */
    struct sim_in_flight list[SIM_IN_FLIGHT_MAX];
    size_t count;
};

static void take_both(struct fixture *fixture, unsigned first)
{
    sim_begin_step(fixture->sim);
    world_lock(fixture->locks[first]);
    world_lock(fixture->locks[1 - first]);
    world_unlock(fixture->locks[1 - first]);
    world_unlock(fixture->locks[first]);
    sim_end_step(fixture->sim);
}

static void take_first(void *argument)
{
    take_both(argument, 0);
}

static void take_second(void *argument)
{
    take_both(argument, 1);
}

static void begin(struct fixture *fixture)
{
    const struct heap_config config = heap_config_default();

    fixture->heap = heap_create(&config, sim_platform(fixture->sim));
    assert_non_null(fixture->heap);
}

static void look(struct fixture *fixture)
{
    fixture->count = sim_list_in_flight(fixture->sim, fixture->list);
}

static void park_in_the_middle(void *argument)
{
    struct fixture *fixture = argument;

    begin(fixture);
    fixture->locks[0] = &fixture->heap->registry_lock;
    fixture->locks[1] = &fixture->heap->memory.zones[0].lock;
    sim_start(fixture->sim, SIM_PROCESS, 1, take_first, fixture);
    look(fixture);
}

static void parked_task_is_listed_with_its_next_access(void **state)
{
    struct fixture fixture = {.sim = *state};
    char text[TEXT_SIZE];

    assert_int_equal(sim_run(fixture.sim, park_in_the_middle, &fixture).end, SIM_COMPLETED);
    assert_int_equal(fixture.count, 1);

    const struct sim_in_flight *task = &fixture.list[0];

    assert_int_equal(task->cpu, 0);
    assert_int_equal(task->step, 1);
    assert_int_equal(task->next.kind, WORLD_LOCK);
    assert_ptr_equal(task->next.address, fixture.locks[1]);
    assert_null(task->waits_for);
    assert_int_equal(task->hold_count, 1);
    assert_ptr_equal(task->holds[0], fixture.locks[0]);
    assert_int_equal(sim_find_obstacle(fixture.list, 1, 0), 1);
    assert_true(sim_describe_locks(fixture.sim, NULL, text, sizeof(text)) > 0);
    assert_string_equal(text, "CPU 0, step 1: holds registry_lock\n");
}

/* Two locks without a rank, which may be taken in any order. */
static void cross(void *argument)
{
    static struct world_lock unranked[2];
    struct fixture *fixture = argument;

    begin(fixture);
    memset(unranked, 0, sizeof(unranked));
    fixture->locks[0] = &unranked[0];
    fixture->locks[1] = &unranked[1];
    sim_start(fixture->sim, SIM_PROCESS, 1, take_first, fixture);
    sim_set_cpu(fixture->sim, 1);
    sim_start(fixture->sim, SIM_PROCESS, SIM_TO_END, take_second, fixture);
}

static void put_name(void *context, uint64_t step, char *text, size_t size)
{
    snprintf(text, size, "%s %u", (const char *)context, (unsigned)step);
}

static void cycle_is_told_round(void **state)
{
    struct fixture fixture = {.sim = *state};
    const struct sim_outcome outcome = sim_run(fixture.sim, cross, &fixture);
    const struct sim_namer namer = {"number", put_name};
    char text[TEXT_SIZE];

    assert_int_equal(outcome.end, SIM_VIOLATED);
    assert_string_equal(outcome.rule, "SIM_DEADLOCK");
    look(&fixture);
    assert_int_equal(fixture.count, 2);
    assert_int_equal(sim_find_obstacle(fixture.list, 2, 0), 1);
    assert_int_equal(sim_find_obstacle(fixture.list, 2, 1), 0);
    assert_true(sim_describe_locks(fixture.sim, &namer, text, sizeof(text)) > 0);
    assert_string_equal(text,
                        "CPU 0, number 1: holds another word, waits for another word, which "
                        "CPU 1, number 2 holds\n"
                        "CPU 1, number 2: holds another word, waits for another word, which "
                        "CPU 0, number 1 holds\n");
}

static void interrupt_lock_holder(void *argument)
{
    struct fixture *fixture = argument;

    begin(fixture);
    fixture->locks[0] = &fixture->heap->kmalloc_caches[0]->cpus[1].lock;
    fixture->locks[1] = &fixture->heap->memory.zones[0].lock;
    sim_set_cpu(fixture->sim, 1);
    sim_start(fixture->sim, SIM_PROCESS, 1, take_first, fixture);
    sim_start(fixture->sim, SIM_IRQ, SIM_TO_END, take_first, fixture);
}

static void interrupt_stands_in_the_way_of_what_it_interrupts(void **state)
{
    struct fixture fixture = {.sim = *state};
    const struct sim_outcome outcome = sim_run(fixture.sim, interrupt_lock_holder, &fixture);
    char text[TEXT_SIZE];
    char lock[WORD_TEXT_SIZE];
    char expected[TEXT_SIZE];

    assert_string_equal(outcome.rule, "SIM_DEADLOCK");
    word_text(fixture.heap, fixture.locks[0], lock);
    snprintf(expected, sizeof(expected),
             "CPU 1, step 2: waits for %s, which CPU 1, step 1 holds\n"
             "CPU 1, step 1: holds %s, interrupted by CPU 1, step 2\n", lock, lock);
    sim_describe_locks(fixture.sim, NULL, text, sizeof(text));
    assert_string_equal(text, expected);
}

static void text_is_cut_to_its_size(void **state)
{
    struct fixture fixture = {.sim = *state};
    char text[TEXT_SIZE];

    sim_run(fixture.sim, cross, &fixture);
    for (size_t size = 1; size < 200; size++) {
        memset(text, '?', sizeof(text));

        size_t length = sim_describe_locks(fixture.sim, NULL, text, size);

        assert_true(length < size);
        assert_int_equal(text[length], '\0');
        assert_int_equal(text[size], '?');
    }
}

static void allocate_nothing(void *argument)
{
    begin(argument);
}

static void quiet_world_has_no_locks_to_tell(void **state)
{
    struct fixture fixture = {.sim = *state};
    char text[TEXT_SIZE];

    sim_run(fixture.sim, allocate_nothing, &fixture);
    look(&fixture);
    assert_int_equal(fixture.count, 0);
    assert_int_equal(sim_describe_locks(fixture.sim, NULL, text, sizeof(text)), 0);
}

static void words_are_named_by_what_they_are_part_of(void **state)
{
    struct fixture fixture = {.sim = *state};
    char text[WORD_TEXT_SIZE];

    sim_run(fixture.sim, allocate_nothing, &fixture);

    struct kmem_heap *heap = fixture.heap;
    const struct kmem_cache *cache = heap->kmalloc_caches[0];
    char expected[WORD_TEXT_SIZE];

    assert_string_equal(word_text(heap, &heap->memory.zones[0].lock, text), "zone->lock");
    assert_string_equal(word_text(heap, &heap->registry_lock, text), "registry_lock");
    assert_string_equal(word_text(heap, &heap->slabs[5].state, text), "slab->state of slab 5");
    assert_string_equal(word_text(heap, &heap->slabs[5].place, text), "slab->place of slab 5");
    assert_string_equal(word_text(heap, &heap->memory.pages[7].state, text),
                        "page->state of frame 7");
    snprintf(expected, sizeof(expected), "cpu->word of %s on CPU 3", cache->name);
    assert_string_equal(word_text(heap, &cache->cpus[3].word, text), expected);
    snprintf(expected, sizeof(expected), "node->lock of %s", cache->name);
    assert_string_equal(word_text(heap, &cache->nodes[0].lock, text), expected);
    assert_string_equal(word_text(heap, text, text), "another word");
    assert_string_equal(word_text(NULL, heap, text), "another word");
}

static int make_sim(void **state)
{
    struct sim *sim = sim_create(HEAP_INDEX);
    const struct heap_config config = heap_config_default();

    sim_reset(sim, &config);
    *state = sim;
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
        cmocka_unit_test_setup_teardown(parked_task_is_listed_with_its_next_access, make_sim,
                                        destroy_sim),
        cmocka_unit_test_setup_teardown(cycle_is_told_round, make_sim, destroy_sim),
        cmocka_unit_test_setup_teardown(interrupt_stands_in_the_way_of_what_it_interrupts,
                                        make_sim, destroy_sim),
        cmocka_unit_test_setup_teardown(text_is_cut_to_its_size, make_sim, destroy_sim),
        cmocka_unit_test_setup_teardown(quiet_world_has_no_locks_to_tell, make_sim, destroy_sim),
        cmocka_unit_test_setup_teardown(words_are_named_by_what_they_are_part_of, make_sim,
                                        destroy_sim),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
