/*
 * Random work from changing CPUs, on every shape of heap: contents stay, counts agree, and in the
 * end every page is free again.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "allocator/base/world.h"
#include "tests/support/test_heap.h"
#include "tests/unit/slub/census.h"

enum { SLOT_COUNT = 120, STEPS = 1000, CENSUS_EVERY = 50, CPUS = 3, BULK = 9 };

static struct test_heap fixture;

struct churn {
    struct kmem_cache *cache;
    size_t size;
    uint64_t random;
    unsigned char *objects[SLOT_COUNT];
    uint32_t live;
};

static uint64_t next_random(struct churn *churn, uint64_t limit)
{
    churn->random ^= churn->random << 13;
    churn->random ^= churn->random >> 7;
    churn->random ^= churn->random << 17;
    return churn->random % limit;
}

static void assert_content(const struct churn *churn, unsigned slot)
{
    for (size_t i = 0; i < churn->size; i++) {
        assert_int_equal(churn->objects[slot][i], (unsigned char)(slot + 1));
    }
}

static void use_slot(struct churn *churn, unsigned slot)
{
    if (churn->objects[slot] != NULL) {
        assert_content(churn, slot);
        kmem_cache_free(churn->cache, churn->objects[slot]);
        churn->objects[slot] = NULL;
        churn->live--;
        return;
    }
    churn->objects[slot] = kmem_cache_alloc(churn->cache, GFP_KERNEL);
    if (churn->objects[slot] != NULL) {
        memset(churn->objects[slot], (int)slot + 1, churn->size);
        churn->live++;
    }
}

/* Frees what lives in a few neighbouring slots. */
static void free_some(struct churn *churn, unsigned slot)
{
    void *objects[BULK];

    for (unsigned i = 0; i < BULK; i++) {
        unsigned char **object = &churn->objects[(slot + i) % SLOT_COUNT];

        objects[i] = *object;
        churn->live -= *object != NULL;
        *object = NULL;
    }
    kmem_cache_free_bulk(churn->cache, BULK, objects);
}

static void step(struct churn *churn)
{
    uint64_t choice = next_random(churn, 64);
    unsigned slot = (unsigned)next_random(churn, SLOT_COUNT);

    world_native_enter((unsigned)next_random(churn, CPUS));
    if (choice == 0) {
        kmem_cache_shrink(churn->cache);
    } else if (choice == 1) {
        kmem_cache_flush_cpu(churn->cache, (unsigned)next_random(churn, CPUS));
    } else if (choice == 2) {
        heap_fail_page_alloc(fixture.heap, 1 + next_random(churn, 2));
    } else if (choice < 5) {
        free_some(churn, slot);
    } else {
        use_slot(churn, slot);
    }
}

static void run(const struct heap_config *config, size_t size, slab_flags_t flags)
{
    struct churn churn = {.size = size, .random = 88172645463325252};

    test_heap_init(&fixture, config);
    churn.cache = test_heap_cache(&fixture, size, flags);
    for (int i = 0; i < STEPS; i++) {
        step(&churn);
        if (i % CENSUS_EVERY == 0) {
            assert_int_equal(take_census(churn.cache).objects_in_use, churn.live);
        }
    }
    for (unsigned slot = 0; slot < SLOT_COUNT; slot++) {
        if (churn.objects[slot] != NULL) {
            use_slot(&churn, slot);
        }
    }
    assert_int_equal(kmem_cache_shrink(churn.cache), 0);
    assert_int_equal(kmem_cache_destroy(churn.cache), HEAP_OK);
    assert_int_equal(fixture.heap->memory.zones[0].free_page_count, config->page_count);
    assert_int_equal(fixture.test.report_count, 0);
    world_native_enter(0);
    test_heap_fini(&fixture);
}

static void every_shape_of_heap_keeps_its_promises(void **state)
{
    (void)state;
    static const size_t sizes[] = {8, 72, 600, 4096, 9000};
    static const slab_flags_t flags[] = {0, SLAB_HWCACHE_ALIGN, SLAB_DEBUG_FLAGS, SLAB_STORE_USER};
    static const uint32_t cpu_partial_slabs[] = {0, 1, 16};
    static const uint32_t page_counts[] = {64, 2048};

    for (unsigned i = 0; i < 5 * 4 * 3 * 3 * 2; i++) {
        struct heap_config config = heap_config_default();

        config.cpu_count = CPUS;
        config.page_count = page_counts[i % 2];
        config.slab_order_min = i / 2 % 3;
        config.cpu_partial_slabs = cpu_partial_slabs[i / 6 % 3];
        config.init_on_free = i % 5 == 0;
        config.freelist_encoded = i % 7 != 0;
        config.freelist_shuffled = i % 3 != 0;
        config.partial_floor = i % 4;
        config.partial_ceiling = i % 4 + 2;
        run(&config, sizes[i / 18 % 5], flags[i / 90 % 4]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_shape_of_heap_keeps_its_promises),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
