#include "tests/unit/slub/census.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#include "allocator/cache/freelist.h"

struct slab *slab_of_cpu(const struct kmem_cache *cache, cpu_id_t cpu)
{
    struct cpu_slab_word word = cpu_slab_word_unpack(world_load(&cache->cpus[cpu].slab));

    return word.count == 0 ? NULL : slab_at(cache->heap, object_from_ref(cache, word.first));
}

static uint32_t list_length(const struct kmem_cache *cache, object_ref_t head, uint32_t limit)
{
    uint32_t length = 0;

    for (void *object = object_from_ref(cache, head); object != NULL;
         object = freelist_next(cache, object)) {
        assert_true(length < limit);
        length++;
    }
    return length;
}

/* Objects of a slab that its CPU holds for itself; they count as used. */
static uint32_t held_by_cpu(const struct slab *slab)
{
    const struct kmem_cache *cache = slab->cache;
    uint32_t owners = 0;
    uint32_t held = 0;

    for (cpu_id_t cpu = 0; cpu < cache->heap->config.cpu_count; cpu++) {
        if (slab_of_cpu(cache, cpu) == slab) {
            struct cpu_word word = cpu_word_unpack(world_load(&cache->cpus[cpu].word));

            held = list_length(cache, word.freelist, slab_state(slab).inuse_count);
            owners++;
        }
    }
    assert_int_equal(owners, slab_state(slab).frozen);
    return held;
}

static void count_slab(struct census *census, const struct slab *slab)
{
    struct slab_state state = slab_state(slab);
    enum slab_place place = slab_place(slab);
    uint32_t free_count = list_length(slab->cache, state.freelist, state.object_count);

    assert_int_equal(state.object_count, layout_objects(&slab->cache->layout, slab->order));
    assert_int_equal(state.inuse_count + free_count, state.object_count);
    assert_true(!state.frozen || place == SLAB_ON_NONE);
    assert_true(state.frozen || (free_count == 0) == (place == SLAB_ON_NONE ||
                                                      place == SLAB_ON_FULL));

    census->slabs++;
    census->cpu_slabs += state.frozen;
    census->cpu_partial += place == SLAB_ON_CPU;
    census->node_partial += place == SLAB_ON_PARTIAL;
    census->full += !state.frozen && free_count == 0;
    census->empty += !state.frozen && state.inuse_count == 0;
    census->objects_in_use += state.inuse_count - held_by_cpu(slab);
}

static uint32_t stacked(const struct kmem_cache *cache)
{
    uint32_t count = 0;

    for (cpu_id_t cpu = 0; cpu < cache->heap->config.cpu_count; cpu++) {
        uint32_t length = 0;

        for (const struct slab *slab = cache->cpus[cpu].partial; slab != NULL;
             slab = slab->cpu_next) {
            assert_int_equal(slab_place(slab), SLAB_ON_CPU);
            length++;
        }
        assert_int_equal(length, cache->cpus[cpu].partial_count);
        assert_true(length <= cache->cpu_partial_max);
        count += length;
    }
    return count;
}

struct census take_census(const struct kmem_cache *cache)
{
    struct kmem_heap *heap = cache->heap;
    struct census census = {0};

    for (pfn_t pfn = 0; pfn < heap->memory.page_count; pfn++) {
        const struct page *page = memory_page(&heap->memory, pfn);
        const struct slab *slab = slab_of_page(heap, page);

        if (page_state(page).kind == PAGE_SLAB && slab->cache == cache) {
            count_slab(&census, slab);
        }
    }
    assert_int_equal(census.slabs, cache->nodes[0].slab_count);
    assert_int_equal(census.node_partial, cache->nodes[0].partial_count);
    assert_int_equal(census.cpu_partial, stacked(cache));
    return census;
}
