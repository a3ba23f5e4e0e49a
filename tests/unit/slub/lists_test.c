/* Which list a slab goes to, and when: a CPU's, the node's, or back to the page layer. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "allocator/base/world.h"
#include "tests/support/test_heap.h"
#include "tests/unit/slub/census.h"

enum { OBJECTS_MAX = 2000, SIZE = 256 };

static struct test_heap fixture;
static struct kmem_cache *cache;
static void *objects[OBJECTS_MAX];
static struct slab *slabs[OBJECTS_MAX];
static uint32_t per_slab;

static void init(uint32_t cpu_partial_slabs, uint32_t partial_min)
{
    struct heap_config config = heap_config_default();

    config.page_count = 1024;
    config.cpu_partial_slabs = cpu_partial_slabs;
    config.partial_floor = partial_min;
    config.partial_ceiling = partial_min;
    test_heap_init(&fixture, &config);
    cache = test_heap_cache(&fixture, SIZE, 0);
    per_slab = cache->layout.objects_per_slab;
    assert_int_equal(cache->cpu_partial_max, cpu_partial_slabs);
    assert_int_equal(cache->partial_min, partial_min);
}

static void fini(void)
{
    assert_int_equal(fixture.test.report_count, 0);
    world_native_enter(0);
    test_heap_fini(&fixture);
}

/* Allocates slab after slab; objects[i * per_slab ..] are those of slabs[i]. */
static void fill_slabs(uint32_t count)
{
    for (uint32_t i = 0; i < count * per_slab; i++) {
        objects[i] = kmem_cache_alloc(cache, GFP_KERNEL);
        assert_non_null(objects[i]);
        if (i % per_slab == 0) {
            slabs[i / per_slab] = slab_at(fixture.heap, objects[i]);
        }
        assert_ptr_equal(slab_at(fixture.heap, objects[i]), slabs[i / per_slab]);
    }
}

/* Frees so many more objects of slabs[index]. */
static void free_of_slab(uint32_t index, uint32_t count)
{
    for (uint32_t i = index * per_slab; count > 0; i++) {
        assert_true(i < (index + 1) * per_slab);
        if (objects[i] != NULL) {
            kmem_cache_free(cache, objects[i]);
            objects[i] = NULL;
            count--;
        }
    }
}

static void full_slab_freed_to_becomes_cpu_partial(void **state)
{
    (void)state;
    init(4, 5);
    fill_slabs(3);
    assert_int_equal(take_census(cache).full, 2);
    free_of_slab(0, 1);
    assert_int_equal(slab_place(slabs[0]), SLAB_ON_CPU);
    assert_ptr_equal(cache->cpus[0].partial, slabs[0]);
    free_of_slab(0, 3);
    assert_int_equal(cache->cpus[0].partial_count, 1);
    assert_int_equal(take_census(cache).objects_in_use, 3 * per_slab - 4);
    fini();
}

static void freed_on_another_cpu_it_is_that_cpus(void **state)
{
    (void)state;
    init(4, 5);
    fill_slabs(2);
    world_native_enter(1);
    free_of_slab(0, 1);
    assert_ptr_equal(cache->cpus[1].partial, slabs[0]);
    assert_null(cache->cpus[0].partial);
    assert_ptr_equal(slab_at(fixture.heap, kmem_cache_alloc(cache, GFP_KERNEL)), slabs[0]);
    assert_ptr_equal(slab_of_cpu(cache, 1), slabs[0]);
    take_census(cache);
    fini();
}

/* The other CPU's slab stays that CPU's; what is freed to it waits in the slab. */
static void free_to_another_cpus_slab_stays_in_it(void **state)
{
    (void)state;
    init(4, 5);
    fill_slabs(1);
    struct slab *slab = slabs[0];

    assert_ptr_equal(slab_of_cpu(cache, 0), slab);
    world_native_enter(1);
    free_of_slab(0, per_slab);
    assert_ptr_equal(slab_of_cpu(cache, 0), slab);
    assert_true(slab_state(slab).frozen);
    assert_int_equal(slab_state(slab).inuse_count, 0);
    world_native_enter(0);
    assert_ptr_equal(slab_at(fixture.heap, kmem_cache_alloc(cache, GFP_KERNEL)), slab);
    assert_int_equal(slab_state(slab).inuse_count, per_slab);
    assert_int_equal(take_census(cache).objects_in_use, 1);
    fini();
}

static void stack_that_is_full_moves_to_the_node(void **state)
{
    (void)state;
    enum { MAX = 3 };

    init(MAX, 5);
    fill_slabs(MAX + 2);
    for (uint32_t i = 0; i < MAX; i++) {
        free_of_slab(i, 1);
        assert_int_equal(cache->cpus[0].partial_count, i + 1);
    }
    assert_int_equal(cache->nodes[0].partial_count, 0);
    free_of_slab(MAX, 1);
    assert_int_equal(cache->cpus[0].partial_count, 1);
    assert_ptr_equal(cache->cpus[0].partial, slabs[MAX]);
    assert_int_equal(cache->nodes[0].partial_count, MAX);
    take_census(cache);
    fini();
}

/* Of the slabs on a stack that moves, empty ones the node has enough of go to the page layer. */
static void empty_slabs_of_a_stack_are_given_back(void **state)
{
    (void)state;
    enum { MAX = 4, MIN = 1 };

    init(MAX, MIN);
    fill_slabs(MAX + 2);
    for (uint32_t i = 0; i < MAX; i++) {
        free_of_slab(i, per_slab);
    }
    assert_int_equal(cache->nodes[0].slab_count, MAX + 2);
    free_of_slab(MAX, 1);
    assert_int_equal(cache->nodes[0].partial_count, MIN);
    assert_int_equal(take_census(cache).slabs, MIN + 2);
    fini();
}

static void without_cpu_lists_the_node_takes_it(void **state)
{
    (void)state;
    init(0, 5);
    fill_slabs(4);
    for (uint32_t i = 0; i < 3; i++) {
        free_of_slab(i, 1);
        assert_int_equal(slab_place(slabs[i]), SLAB_ON_PARTIAL);
        assert_ptr_equal(cache->nodes[0].partial.prev, &slabs[i]->link);
    }
    assert_int_equal(take_census(cache).node_partial, 3);
    assert_int_equal(cache->cpus[0].partial_count, 0);
    fini();
}

static void empty_slab_is_kept_only_while_the_node_has_few(void **state)
{
    (void)state;
    enum { SLABS = 8 };

    for (uint32_t min = 0; min <= 3; min++) {
        init(0, min);
        fill_slabs(SLABS + 1);
        for (uint32_t i = 0; i < SLABS; i++) {
            free_of_slab(i, per_slab);
        }
        struct census census = take_census(cache);

        assert_int_equal(census.empty, min);
        assert_int_equal(census.slabs, min + 1);
        assert_int_equal(census.objects_in_use, per_slab);
        fini();
    }
}

/* The rule counts all partial slabs, not only the empty ones. */
static void empty_slab_goes_if_others_are_partial(void **state)
{
    (void)state;
    init(0, 2);
    fill_slabs(5);
    free_of_slab(0, 1);
    free_of_slab(1, 1);
    free_of_slab(2, per_slab);
    assert_int_equal(take_census(cache).empty, 0);
    assert_int_equal(cache->nodes[0].partial_count, 2);
    assert_int_equal(cache->nodes[0].slab_count, 4);
    fini();
}

/* One slab to allocate from, and half of the limit besides. */
static void cpu_stocks_up_from_the_node(void **state)
{
    (void)state;
    for (uint32_t max = 0; max <= 6; max += 3) {
        init(max, 5);
        fill_slabs(6);
        for (uint32_t i = 0; i < 6; i++) {
            free_of_slab(i, 1);
        }
        kmem_cache_flush_cpu(cache, 0);
        assert_int_equal(cache->nodes[0].partial_count, 6);

        world_native_enter(1);
        assert_non_null(kmem_cache_alloc(cache, GFP_KERNEL));
        assert_int_equal(cache->cpus[1].partial_count, max / 2);
        assert_int_equal(cache->nodes[0].partial_count, 6 - 1 - max / 2);
        take_census(cache);
        fini();
    }
}

static void flush_takes_what_another_cpu_holds(void **state)
{
    (void)state;
    init(4, 5);
    fill_slabs(4);
    free_of_slab(0, 1);
    free_of_slab(1, 2);
    free_of_slab(3, 5);
    assert_ptr_equal(slab_of_cpu(cache, 0), slabs[3]);
    assert_int_equal(slab_state(slabs[3]).inuse_count, per_slab);

    world_native_enter(1);
    kmem_cache_flush_cpu(cache, 0);
    assert_null(slab_of_cpu(cache, 0));
    assert_int_equal(cpu_word_unpack(world_load(&cache->cpus[0].word)).freelist, 0);
    assert_int_equal(slab_state(slabs[3]).inuse_count, per_slab - 5);
    assert_false(slab_state(slabs[3]).frozen);
    assert_ptr_equal(cache->nodes[0].partial.next, &slabs[3]->link);

    struct census census = take_census(cache);

    assert_int_equal(census.node_partial, 3);
    assert_int_equal(census.cpu_partial, 0);
    assert_int_equal(census.full, 1);
    assert_int_equal(census.objects_in_use, 4 * per_slab - 8);
    world_native_enter(0);
    assert_non_null(kmem_cache_alloc(cache, GFP_KERNEL));
    fini();
}

static void flush_of_an_empty_slab_gives_it_back_or_keeps_it(void **state)
{
    (void)state;
    for (uint32_t min = 0; min <= 1; min++) {
        init(4, min);
        kmem_cache_free(cache, kmem_cache_alloc(cache, GFP_KERNEL));
        kmem_cache_flush_cpu(cache, 0);
        kmem_cache_flush_cpu(cache, 0);
        assert_int_equal(take_census(cache).slabs, min);
        assert_int_equal(cache->nodes[0].partial_count, min);
        fini();
    }
}

static void full_slab_is_flushed_to_no_list(void **state)
{
    (void)state;
    init(4, 5);
    fill_slabs(1);
    kmem_cache_flush_cpu(cache, 0);
    assert_int_equal(take_census(cache).full, 1);
    assert_int_equal(cache->nodes[0].partial_count, 0);
    fini();
}

static uint32_t free_in(const struct list_link *link)
{
    struct slab_state state = slab_state(container_of(link, struct slab, link));

    return state.object_count - state.inuse_count;
}

static void shrink_gives_empty_slabs_back_and_sorts_the_rest(void **state)
{
    (void)state;
    static const uint32_t freed[] = {3, 0, 9, 1, 16, 2, 9, 16, 4};
    enum { SLABS = sizeof(freed) / sizeof(freed[0]) };

    init(7, 5);
    assert_int_equal(per_slab, 16);
    fill_slabs(SLABS + 1);
    for (uint32_t i = 0; i < SLABS; i++) {
        free_of_slab(i, freed[i]);
    }
    assert_int_equal(kmem_cache_shrink(cache), 1);

    struct census census = take_census(cache);
    uint32_t last = 0;

    assert_int_equal(census.slabs, SLABS + 1 - 2);
    assert_int_equal(census.empty, 0);
    assert_int_equal(census.cpu_slabs + census.cpu_partial, 0);
    list_for_each(link, &cache->nodes[0].partial) {
        assert_true(free_in(link) >= last);
        last = free_in(link);
    }
    assert_int_equal(last, 9);
    assert_int_equal(free_in(cache->nodes[0].partial.next), 1);
    assert_ptr_equal(slab_at(fixture.heap, kmem_cache_alloc(cache, GFP_KERNEL)), slabs[3]);
    fini();
}

/* Slabs with very many free objects are not sorted, but stay behind the others. */
static void shrink_leaves_the_emptiest_behind(void **state)
{
    (void)state;
    enum { SMALL = 8, COUNT = 4 };
    static void *small[COUNT * 512];

    init(7, 5);
    cache = test_heap_cache(&fixture, SMALL, 0);
    per_slab = cache->layout.objects_per_slab;
    assert_true(per_slab >= 100 && per_slab <= 512);
    for (uint32_t i = 0; i < COUNT * per_slab; i++) {
        small[i] = kmem_cache_alloc(cache, GFP_KERNEL);
    }
    for (uint32_t i = 0; i < 80; i++) {
        kmem_cache_free(cache, small[i]);
        if (i < 32) {
            kmem_cache_free(cache, small[per_slab + i]);
            kmem_cache_free(cache, small[2 * per_slab + i]);
        }
    }
    kmem_cache_free(cache, small[2 * per_slab + 40]);
    assert_int_equal(kmem_cache_shrink(cache), 1);
    assert_int_equal(free_in(cache->nodes[0].partial.next), 32);
    assert_true(free_in(cache->nodes[0].partial.next->next) > 32);
    assert_int_equal(take_census(cache).node_partial, 3);
    fini();
}

/* Caches that store users list their full slabs. */
static void full_slabs_are_listed_if_users_are_stored(void **state)
{
    (void)state;
    init(4, 0);
    cache = test_heap_cache(&fixture, SIZE, SLAB_STORE_USER);
    per_slab = cache->layout.objects_per_slab;
    fill_slabs(2);
    assert_int_equal(slab_place(slabs[0]), SLAB_ON_FULL);
    assert_int_equal(slab_place(slabs[1]), SLAB_ON_FULL);
    assert_int_equal(cache->cpu_partial_max, 0);
    free_of_slab(0, 1);
    assert_int_equal(slab_place(slabs[0]), SLAB_ON_PARTIAL);
    assert_int_equal(take_census(cache).full, 1);
    objects[0] = kmem_cache_alloc(cache, GFP_KERNEL);
    assert_int_equal(slab_place(slabs[0]), SLAB_ON_FULL);
    free_of_slab(0, per_slab);
    assert_int_equal(take_census(cache).slabs, 1);
    fini();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(full_slab_freed_to_becomes_cpu_partial),
        cmocka_unit_test(freed_on_another_cpu_it_is_that_cpus),
        cmocka_unit_test(free_to_another_cpus_slab_stays_in_it),
        cmocka_unit_test(stack_that_is_full_moves_to_the_node),
        cmocka_unit_test(empty_slabs_of_a_stack_are_given_back),
        cmocka_unit_test(without_cpu_lists_the_node_takes_it),
        cmocka_unit_test(empty_slab_is_kept_only_while_the_node_has_few),
        cmocka_unit_test(empty_slab_goes_if_others_are_partial),
        cmocka_unit_test(cpu_stocks_up_from_the_node),
        cmocka_unit_test(flush_takes_what_another_cpu_holds),
        cmocka_unit_test(flush_of_an_empty_slab_gives_it_back_or_keeps_it),
        cmocka_unit_test(full_slab_is_flushed_to_no_list),
        cmocka_unit_test(shrink_gives_empty_slabs_back_and_sorts_the_rest),
        cmocka_unit_test(shrink_leaves_the_emptiest_behind),
        cmocka_unit_test(full_slabs_are_listed_if_users_are_stored),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
