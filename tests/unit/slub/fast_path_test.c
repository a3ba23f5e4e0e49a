/* What the fast path does to the CPU's word, and what it must leave to the slow paths. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "allocator/base/bits.h"
#include "allocator/base/world.h"
#include "tests/support/test_heap.h"
#include "tests/unit/slub/census.h"

enum { SIZE = 64 };

static struct test_heap fixture;
static struct kmem_cache *cache;

static void init_with(struct heap_config config)
{
    test_heap_init(&fixture, &config);
    cache = test_heap_cache(&fixture, SIZE, 0);
}

static void init(void)
{
    init_with(heap_config_default());
}

static void fini(void)
{
    assert_int_equal(fixture.test.report_count, 0);
    test_heap_fini(&fixture);
}

static uint64_t bits_now(void)
{
    return world_load(&cache->cpus[0].word);
}

static struct cpu_word word_now(void)
{
    return cpu_word_unpack(bits_now());
}

static void taking_is_a_transaction_and_putting_is_none(void **state)
{
    (void)state;
    init();
    void *neighbour = kmem_cache_alloc(cache, GFP_KERNEL);
    struct cpu_word before = word_now();
    void *object = kmem_cache_alloc(cache, GFP_KERNEL);

    assert_ptr_equal(object, object_from_ref(cache, before.freelist));
    assert_int_equal(word_now().transaction, before.transaction + TRANSACTION_STEP);

    uint64_t taken = bits_now();

    kmem_cache_free(cache, object);
    assert_int_equal(word_now().freelist, before.freelist);
    assert_int_equal(word_now().transaction, before.transaction + TRANSACTION_STEP);
    assert_ptr_equal(kmem_cache_alloc(cache, GFP_KERNEL), object);
    assert_int_equal(bits_now(), taken + ((uint64_t)TRANSACTION_STEP << 32));

    kmem_cache_free(cache, neighbour);
    kmem_cache_free(cache, object);
    fini();
}

static void transaction_wraps_without_touching_the_list(void **state)
{
    (void)state;
    init();
    void *object = kmem_cache_alloc(cache, GFP_KERNEL);
    struct cpu_word word = word_now();
    object_ref_t first = word.freelist;

    word.transaction = UINT32_MAX - TRANSACTION_STEP + 1;
    world_store(&cache->cpus[0].word, cpu_word_pack(word));
    kmem_cache_free(cache, object);
    assert_ptr_equal(kmem_cache_alloc(cache, GFP_KERNEL), object);
    assert_int_equal(word_now().freelist, first);
    assert_int_equal(word_now().transaction, 0);
    kmem_cache_free(cache, object);
    fini();
}

/* The list is closed when its last object is taken, and open again when one comes back. */
static void list_is_closed_while_it_is_empty(void **state)
{
    (void)state;
    init();
    uint32_t count = cache->layout.objects_per_slab;
    void *object = NULL;

    assert_true(cpu_word_is_closed(bits_now()));
    for (uint32_t i = 0; i < count; i++) {
        object = kmem_cache_alloc(cache, GFP_KERNEL);
        assert_int_equal(cpu_word_is_closed(bits_now()), i == count - 1);
    }
    assert_int_equal(word_now().freelist, 0);
    kmem_cache_free(cache, object);
    assert_false(cpu_word_is_closed(bits_now()));
    assert_ptr_equal(kmem_cache_alloc(cache, GFP_KERNEL), object);
    fini();
}

static void wiped_objects_are_taken_from_a_closed_list(void **state)
{
    (void)state;
    for (int on_free = 0; on_free < 2; on_free++) {
        struct heap_config config = heap_config_default();

        config.init_on_alloc = on_free == 0;
        config.init_on_free = on_free == 1;
        init_with(config);
        unsigned char *object = kmem_cache_alloc(cache, GFP_KERNEL);
        struct cpu_word before = word_now();

        assert_true(before.careful);
        assert_true(cpu_word_is_closed(bits_now()));
        object[40] = 1;
        kmem_cache_free(cache, object);
        assert_ptr_equal(object_from_ref(cache, word_now().freelist), object);
        assert_true(cpu_word_is_closed(bits_now()));
        assert_ptr_equal(kmem_cache_alloc(cache, GFP_KERNEL), object);
        assert_int_equal(object[40], 0);
        assert_int_equal(word_now().freelist, before.freelist);
        kmem_cache_free(cache, object);
        fini();
    }
}

/* Beside a slab of the least order lie pages of others, in what would be a run of its cache. */
static void neighbours_of_a_small_slab_are_not_its_objects(void **state)
{
    (void)state;
    init();
    cache = test_heap_cache(&fixture, 700, 0);
    heap_fail_page_alloc(fixture.heap, 1);
    void *object = kmem_cache_alloc(cache, GFP_KERNEL);
    struct slab *slab = slab_at(fixture.heap, object);

    assert_int_equal(slab->order, cache->layout.order_least);
    assert_true(slab->order < cache->layout.order);
    assert_true(word_now().careful);

    unsigned char *stranger = slab_base(fixture.heap, slab) + order_size(slab->order);

    kmem_cache_free(cache, stranger);
    assert_int_equal(fixture.test.report_count, 1);
    assert_int_equal(fixture.test.reports[0].kind, REPORT_NOT_A_SLAB);
    test_platform_clear(&fixture.test);
    kmem_cache_free(cache, object);
    assert_ptr_equal(object_from_ref(cache, word_now().freelist), object);
    fini();
}

static void expect_stray(uintptr_t address)
{
    uint64_t before = bits_now();

    kmem_cache_free(cache, (void *)address);
    assert_int_equal(bits_now(), before);
    assert_int_equal(fixture.test.report_count, 1);
    assert_int_equal(fixture.test.reports[0].kind, REPORT_NOT_A_SLAB);
    assert_ptr_equal(fixture.test.reports[0].object, (void *)address);
    test_platform_clear(&fixture.test);
}

/* Some have references that differ from the list's first by no more than those of one slab. */
static void expect_strays(void)
{
    const uintptr_t arena = (uintptr_t)fixture.heap->memory.arena;
    const uintptr_t end = arena + (uintptr_t)fixture.config.page_count * PAGE_SIZE;
    const uintptr_t window = (uintptr_t)WORD_SIZE << 32;

    expect_stray(8);
    expect_stray(cache->object_base);
    expect_stray(cache->object_base + 512);
    expect_stray(cache->object_base + ((uintptr_t)WORD_SIZE << 31) + 512);
    expect_stray(arena - WORD_SIZE);
    expect_stray(end);
    for (uintptr_t slot = arena; slot < end; slot += PAGE_SIZE / 2) {
        if (slab_at(fixture.heap, (void *)slot) != NULL) {
            expect_stray(slot + window);
            expect_stray(slot - window);
        }
    }
}

static void strays_are_reported_whatever_is_on_the_list(void **state)
{
    (void)state;
    init();
    expect_strays();

    uint32_t count = cache->layout.objects_per_slab;

    for (uint32_t i = 0; i < count; i++) {
        kmem_cache_alloc(cache, GFP_KERNEL);
        expect_strays();
    }
    kmem_cache_free(cache, NULL);
    fini();
}

static void object_goes_to_its_own_slab(void **state)
{
    (void)state;
    init();
    void *first = kmem_cache_alloc(cache, GFP_KERNEL);
    struct slab *slab = slab_at(fixture.heap, first);

    while (slab_of_cpu(cache, 0) == slab) {
        kmem_cache_alloc(cache, GFP_KERNEL);
    }

    uint64_t before = bits_now();

    kmem_cache_free(cache, first);
    assert_int_equal(bits_now(), before);
    assert_int_equal(slab_state(slab).freelist, object_to_ref(cache, first));
    take_census(cache);
    fini();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(taking_is_a_transaction_and_putting_is_none),
        cmocka_unit_test(transaction_wraps_without_touching_the_list),
        cmocka_unit_test(list_is_closed_while_it_is_empty),
        cmocka_unit_test(wiped_objects_are_taken_from_a_closed_list),
        cmocka_unit_test(neighbours_of_a_small_slab_are_not_its_objects),
        cmocka_unit_test(strays_are_reported_whatever_is_on_the_list),
        cmocka_unit_test(object_goes_to_its_own_slab),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
