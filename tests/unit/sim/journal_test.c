/* The journal names what a step wrote, and nothing else. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "allocator/api/heap.h"
#include "allocator/api/kmem_cache.h"
#include "allocator/api/pages.h"
#include "allocator/cache/heap_state.h"
#include "sim/journal.h"
#include "sim/sim.h"

struct fixture {
    struct sim *sim;
    const struct journal *journal;
    struct kmem_heap *heap;
};

static int begin(void **state)
{
    static struct fixture fixture;
    const struct heap_config config = heap_config_default();

    fixture.sim = sim_create(0);
    fixture.journal = sim_journal(fixture.sim);
    sim_enter(fixture.sim);
    sim_reset(fixture.sim, &config);
    fixture.heap = heap_create(&config, sim_platform(fixture.sim));
    *state = &fixture;
    return fixture.heap != NULL ? 0 : -1;
}

static int end(void **state)
{
    struct fixture *fixture = *state;

    sim_destroy(fixture->sim);
    return 0;
}

static bool step_has(const struct journal *journal, pfn_t pfn)
{
    unsigned count = 0;

    for (uint32_t i = 0; i < journal->step_frame_count; i++) {
        count += journal->step_frames[i] == pfn;
    }
    assert_true(count <= 1);
    return count == 1;
}

static void a_quiet_step_is_empty(void **state)
{
    const struct fixture *fixture = *state;
    const struct journal *journal = fixture->journal;

    sim_begin_step(fixture->sim);
    assert_int_equal(journal->step_frame_count, 0);
    assert_false(journal->step_zones);
    assert_false(journal->step_registry);
    assert_true(journal->step_caches[0] == 0 && journal->step_caches[1] == 0);
}

static void each_frame_of_a_run_is_named_once(void **state)
{
    const struct fixture *fixture = *state;
    const struct journal *journal = fixture->journal;

    sim_begin_step(fixture->sim);

    struct page *page = heap_alloc_pages(fixture->heap, GFP_KERNEL, 2);
    pfn_t pfn = memory_pfn(&fixture->heap->memory, page);

    assert_true(journal->step_zones);
    for (pfn_t tail = 0; tail < 4; tail++) {
        assert_true(step_has(journal, pfn + tail));
        assert_true(journal_frame_was_written(journal, pfn + tail));
    }
    assert_false(step_has(journal, pfn + 5));

    sim_begin_step(fixture->sim);
    assert_false(step_has(journal, pfn));
    assert_true(journal_frame_was_written(journal, pfn));
}

static void a_cache_is_named_when_its_words_or_locks_are_taken(void **state)
{
    const struct fixture *fixture = *state;
    const struct journal *journal = fixture->journal;
    const struct cache_request request = {.name = "journaled", .size = 64};
    struct kmem_cache *cache;

    sim_begin_step(fixture->sim);
    assert_int_equal(heap_cache_create(fixture->heap, &request, &cache), HEAP_OK);
    assert_true(journal->step_registry);

    unsigned slot = (unsigned)(cache - fixture->heap->cache_slots);

    assert_true(journal_cache_was_touched(journal, slot));

    sim_begin_step(fixture->sim);
    kmem_cache_alloc(cache, GFP_KERNEL);
    assert_true(journal_cache_was_touched(journal, slot));
    assert_false(journal_cache_was_touched(journal, slot - 1));
    assert_false(journal->step_registry);

    sim_begin_step(fixture->sim);
    kmem_cache_alloc(cache, GFP_KERNEL);
    assert_true(journal_cache_was_touched(journal, slot));
    assert_int_equal(journal->step_frame_count, 0);
}

static void a_slab_is_named_by_its_frame(void **state)
{
    const struct fixture *fixture = *state;
    struct slab *slab = &fixture->heap->slabs[200];

    sim_begin_step(fixture->sim);
    world_store(&slab->place, SLAB_ON_NONE);
    assert_int_equal(fixture->journal->step_frame_count, 1);
    assert_true(step_has(fixture->journal, 200));
}

static void reading_is_not_journaled(void **state)
{
    const struct fixture *fixture = *state;

    sim_begin_step(fixture->sim);
    world_load(&fixture->heap->slabs[7].state);
    world_load(&fixture->heap->memory.pages[7].state);
    assert_int_equal(fixture->journal->step_frame_count, 0);
}

static void memory_outside_the_heap_is_ignored(void **state)
{
    const struct fixture *fixture = *state;
    struct world_word word = {0};

    sim_begin_step(fixture->sim);
    world_store(&word, 1);
    assert_int_equal(fixture->journal->step_frame_count, 0);
    assert_true(fixture->journal->step_caches[0] == 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_quiet_step_is_empty, begin, end),
        cmocka_unit_test_setup_teardown(each_frame_of_a_run_is_named_once, begin, end),
        cmocka_unit_test_setup_teardown(a_cache_is_named_when_its_words_or_locks_are_taken, begin,
                                        end),
        cmocka_unit_test_setup_teardown(a_slab_is_named_by_its_frame, begin, end),
        cmocka_unit_test_setup_teardown(reading_is_not_journaled, begin, end),
        cmocka_unit_test_setup_teardown(memory_outside_the_heap_is_ignored, begin, end),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
