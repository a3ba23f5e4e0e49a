/* Each word that CPUs share is known by its address, with what it is part of. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "allocator/api/heap.h"
#include "allocator/cache/heap_state.h"
#include "sim/shared_word.h"
#include "sim/sim.h"

enum { CACHE_SLOT = 3, FRAME = 17 };

struct fixture {
    struct sim *sim;
    struct kmem_heap *heap;
};

static int begin(void **state)
{
    static struct fixture fixture;
    const struct heap_config config = heap_config_default();

    fixture.sim = sim_create(0);
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

static void expect(const struct kmem_heap *heap, const void *address, enum shared_word word,
                   const void *object)
{
    struct shared_place place = shared_place_at(heap, address);

    assert_int_equal(place.word, word);
    assert_int_equal(shared_word_at(heap, address), word);
    assert_ptr_equal(place.object, object);
}

static void words_of_a_cache_belong_to_it(void **state)
{
    const struct fixture *fixture = *state;
    const struct kmem_heap *heap = fixture->heap;
    const struct kmem_cache *cache = &heap->cache_slots[CACHE_SLOT];

    for (unsigned cpu = 0; cpu < CPU_MAX; cpu++) {
        expect(heap, &cache->cpus[cpu].word, WORD_CPU_FREELIST, cache);
        expect(heap, &cache->cpus[cpu].slab, WORD_CPU_SLAB, cache);
        expect(heap, &cache->cpus[cpu].lock, WORD_CPU_LOCK, cache);
        expect(heap, &cache->cpus[cpu].deferred, WORD_CPU_DEFERRED, cache);
    }
    expect(heap, &cache->nodes[0].lock, WORD_NODE_LOCK, cache);
    expect(heap, &cache->name, WORD_OTHER, cache);
    expect(heap, &heap->cache_slots[CACHE_MAX - 1].nodes[0].lock, WORD_NODE_LOCK,
           &heap->cache_slots[CACHE_MAX - 1]);
}

static void words_of_descriptors_belong_to_them(void **state)
{
    const struct fixture *fixture = *state;
    const struct kmem_heap *heap = fixture->heap;
    const struct slab *slab = &heap->slabs[FRAME];
    const struct page *page = &heap->memory.pages[FRAME];

    expect(heap, &slab->state, WORD_SLAB_STATE, slab);
    expect(heap, &slab->place, WORD_SLAB_PLACE, slab);
    expect(heap, &slab->cache, WORD_OTHER, slab);
    expect(heap, &page->state, WORD_PAGE_STATE, page);
    expect(heap, &heap->memory.pages[heap->memory.page_count - 1].state, WORD_PAGE_STATE,
           &heap->memory.pages[heap->memory.page_count - 1]);
}

static void other_words_are_their_own(void **state)
{
    const struct fixture *fixture = *state;
    const struct kmem_heap *heap = fixture->heap;

    expect(heap, &heap->registry_lock, WORD_REGISTRY_LOCK, &heap->registry_lock);
    expect(heap, &heap->memory.zones[0].lock, WORD_ZONE_LOCK, &heap->memory.zones[0].lock);
    expect(heap, &heap->next_cache_id, WORD_OTHER, &heap->next_cache_id);
    expect(heap, heap->memory.arena, WORD_OTHER, heap->memory.arena);
    expect(heap, NULL, WORD_OTHER, NULL);
    expect(NULL, &heap->memory.zones[0].lock, WORD_OTHER, &heap->memory.zones[0].lock);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(words_of_a_cache_belong_to_it),
        cmocka_unit_test(words_of_descriptors_belong_to_them),
        cmocka_unit_test(other_words_are_their_own),
    };

    return cmocka_run_group_tests(tests, begin, end);
}
