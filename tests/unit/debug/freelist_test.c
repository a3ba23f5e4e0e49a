/* Freelists cut, tied into cycles and miscounted: what is reported, and what is left afterwards. */
#include "allocator/debug/consistency.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#include "allocator/cache/freelist.h"
#include "tests/unit/debug/debug_heap.h"

enum { SIZE = 60, HELD = 6 };

static struct test_heap fixture;
static struct kmem_cache *cache;
static unsigned char *held[HELD];
static struct slab *slab;

/* HELD objects of one slab that has more. */
static void init(slab_flags_t flags)
{
    debug_heap_init(&fixture, 0);
    cache = debug_heap_cache(&fixture, (struct cache_request){.size = SIZE, .flags = flags});
    for (int i = 0; i < HELD; i++) {
        held[i] = kmem_cache_alloc(cache, GFP_KERNEL);
    }
    slab = slab_at(fixture.heap, held[0]);
    assert_true(slab_state(slab).object_count > HELD);
    assert_ptr_equal(slab_at(fixture.heap, held[HELD - 1]), slab);
}

static void fini(void)
{
    assert_int_equal(fixture.test.report_count, 0);
    test_heap_fini(&fixture);
}

/* Frees held[first] .. held[first + count - 1], the last of which then heads the freelist. */
static void free_held(int first, int count)
{
    for (int i = first; i < first + count; i++) {
        kmem_cache_free(cache, held[i]);
    }
}

/* Objects that can still be allocated from the slab without a new one. */
static uint32_t count_free(void)
{
    uint32_t count = 0;

    for (void *object = object_from_ref(cache, slab_state(slab).freelist); object != NULL;
         object = freelist_next(cache, object)) {
        count++;
    }
    return count;
}

static void bad_link_cuts_the_list_behind_its_object(void **state)
{
    (void)state;
    static const enum report_kind kinds[] = {REPORT_FREE_CHAIN, REPORT_OBJECT_COUNT};

    init(P);
    uint32_t object_count = slab_state(slab).object_count;

    free_held(0, 3);
    flip(freelist_slot(cache, held[1]), 0);
    assert_int_equal(kmem_cache_validate(cache), 1);

    const struct report *reports = fixture.test.reports;

    assert_ptr_equal(reports[0].object, held[1]);
    assert_ptr_equal(reports[0].slab, slab);
    assert_int_equal(reports[0].action, ACTION_CUT_FREELIST);
    assert_int_equal(reports[1].action, ACTION_FIX_COUNT);
    assert_int_equal(reports[1].found, HELD - 3);
    assert_int_equal(reports[1].expected, object_count - 2);
    expect_reports(&fixture, 2, kinds);
    assert_int_equal(count_free(), 2);
    assert_int_equal(slab_state(slab).inuse_count, object_count - 2);
    assert_int_equal(slab_place(slab), SLAB_ON_PARTIAL);

    assert_int_equal(kmem_cache_validate(cache), 1);
    assert_int_equal(fixture.test.report_count, 0);
    assert_ptr_equal(kmem_cache_alloc(cache, GFP_KERNEL), held[2]);
    assert_ptr_equal(kmem_cache_alloc(cache, GFP_KERNEL), held[1]);
    assert_ptr_not_equal(slab_at(fixture.heap, kmem_cache_alloc(cache, GFP_KERNEL)), slab);
    fini();
}

static void bad_link_at_the_end_costs_nothing(void **state)
{
    (void)state;
    init(P);
    void *final = object_from_ref(cache, slab_state(slab).freelist);
    uint32_t free_count = count_free();

    for (void *next = final; next != NULL; next = freelist_next(cache, next)) {
        final = next;
    }
    flip(freelist_slot(cache, final), 0);
    assert_int_equal(kmem_cache_validate(cache), 1);

    struct report report = only_report(&fixture);

    assert_int_equal(report.kind, REPORT_FREE_CHAIN);
    assert_ptr_equal(report.object, final);
    assert_int_equal(count_free(), free_count);
    kmem_cache_validate(cache);
    fini();
}

/* With all of the slab free the walk has as many steps as there are objects. */
static void bad_link_at_the_end_of_a_full_list_is_no_cycle(void **state)
{
    (void)state;
    init(P);
    free_held(0, HELD);
    void *final = object_from_ref(cache, slab_state(slab).freelist);

    for (void *next = final; next != NULL; next = freelist_next(cache, next)) {
        final = next;
    }
    flip(freelist_slot(cache, final), 0);
    kmem_cache_validate(cache);
    assert_int_equal(only_report(&fixture).kind, REPORT_FREE_CHAIN);
    assert_int_equal(count_free(), slab_state(slab).object_count);
    fini();
}

static void bad_head_empties_the_list(void **state)
{
    (void)state;
    static const enum report_kind kinds[] = {REPORT_FREE_POINTER, REPORT_OBJECT_COUNT};

    init(U);
    struct slab_state damaged = slab_state(slab);

    damaged.freelist++;
    slab_set_state(slab, damaged);
    assert_int_equal(kmem_cache_validate(cache), 1);
    expect_reports(&fixture, 2, kinds);
    assert_int_equal(slab_state(slab).inuse_count, damaged.object_count);
    assert_int_equal(slab_place(slab), SLAB_ON_FULL);
    assert_int_equal(cache->nodes[0].partial_count, 0);
    assert_int_equal(kmem_cache_validate(cache), 1);
    fini();
}

static const enum report_kind cycle_kinds[] = {REPORT_FREELIST_CYCLE, REPORT_OBJECT_COUNT};

/* held[2] -> held[1] -> held[0] -> held[2] */
static void tie_cycle(void)
{
    free_held(0, 3);
    freelist_set_next(cache, held[0], held[2]);
}

static void slab_without_free_objects_is_nowhere(enum slab_place place)
{
    assert_int_equal(slab_state(slab).freelist, 0);
    assert_int_equal(slab_state(slab).inuse_count, slab_state(slab).object_count);
    assert_int_equal(slab_place(slab), place);
    assert_int_equal(cache->nodes[0].partial_count, 0);
    assert_true(list_is_empty(&cache->nodes[0].partial));
}

static void cycle_found_by_validation_empties_the_list(void **state)
{
    (void)state;
    init(P);
    tie_cycle();
    assert_int_equal(kmem_cache_validate(cache), 1);
    expect_reports(&fixture, 2, cycle_kinds);
    slab_without_free_objects_is_nowhere(SLAB_ON_NONE);

    assert_int_equal(kmem_cache_validate(cache), 0);
    assert_ptr_not_equal(slab_at(fixture.heap, kmem_cache_alloc(cache, GFP_KERNEL)), slab);
    kmem_cache_free(cache, held[3]);
    assert_int_equal(slab_place(slab), SLAB_ON_PARTIAL);
    assert_int_equal(cache->nodes[0].partial_count, 2);
    fini();
}

/* The free that comes upon the cycle takes place, and its object is the only free one. */
static void cycle_found_by_a_free_loses_what_was_in_it(void **state)
{
    (void)state;
    for (unsigned flags = F; flags <= (F | U); flags += U) {
        init(flags);
        tie_cycle();
        kmem_cache_free(cache, held[3]);
        expect_reports(&fixture, 2, cycle_kinds);
        assert_int_equal(count_free(), 1);
        assert_int_equal(slab_state(slab).inuse_count, slab_state(slab).object_count - 1);
        assert_int_equal(slab_place(slab), SLAB_ON_PARTIAL);
        assert_int_equal(cache->nodes[0].partial_count, 1);
        assert_ptr_equal(list_first(&cache->nodes[0].partial), &slab->link);
        assert_ptr_equal(kmem_cache_alloc(cache, GFP_KERNEL), held[3]);
        slab_without_free_objects_is_nowhere((flags & U) != 0 ? SLAB_ON_FULL : SLAB_ON_NONE);
        fini();
    }
}

/* A refused free may have cut the list, too. */
static void cycle_found_by_a_bad_free_takes_the_slab_off_the_list(void **state)
{
    (void)state;
    static const enum report_kind kinds[] = {REPORT_FREELIST_CYCLE, REPORT_OBJECT_COUNT,
                                             REPORT_DOUBLE_FREE};

    init(F);
    tie_cycle();
    kmem_cache_free(cache, held[1]);
    expect_reports(&fixture, 3, kinds);
    slab_without_free_objects_is_nowhere(SLAB_ON_NONE);
    assert_non_null(kmem_cache_alloc(cache, GFP_KERNEL));
    fini();
}

static void second_free_is_found_anywhere_on_the_list(void **state)
{
    (void)state;
    init(F);
    free_held(0, 4);
    for (int i = 0; i < 4; i++) {
        kmem_cache_free(cache, held[i]);

        struct report report = only_report(&fixture);

        assert_int_equal(report.kind, REPORT_DOUBLE_FREE);
        assert_int_equal(report.action, ACTION_KEEP_OBJECT);
        assert_ptr_equal(report.object, held[i]);
        assert_ptr_equal(report.slab, slab);
    }
    assert_int_equal(slab_state(slab).inuse_count, HELD - 4);
    assert_int_equal(kmem_cache_validate(cache), 1);
    fini();
}

/* Without walking the list only the object freed last is known to be free. */
static void second_free_in_a_row_is_found_without_checks(void **state)
{
    (void)state;
    for (unsigned flags = 0; flags <= Z; flags += Z) {
        init(flags);
        free_held(0, 2);
        kmem_cache_free(cache, held[1]);
        assert_int_equal(only_report(&fixture).kind, REPORT_DOUBLE_FREE);
        kmem_cache_free(cache, held[2]);
        fini();
    }
}

static void pointers_that_start_no_object_are_refused(void **state)
{
    (void)state;
    init(F | Z);
    const ptrdiff_t offsets[] = {1, 8, -8, 30};

    for (size_t i = 0; i < sizeof(offsets) / sizeof(offsets[0]); i++) {
        kmem_cache_free(cache, held[0] + offsets[i]);

        struct report report = only_report(&fixture);

        assert_int_equal(report.kind, REPORT_INVALID_POINTER);
        assert_ptr_equal(report.object, held[0] + offsets[i]);
        assert_int_equal(slab_state(slab).inuse_count, HELD);
    }
    kmem_cache_free(cache, held[0]);
    fini();
}

static void wrong_counter_is_set_to_what_was_counted(void **state)
{
    (void)state;
    for (int off = -1; off <= 1; off += 2) {
        init(P);
        struct slab_state damaged = slab_state(slab);

        damaged.inuse_count += (uint32_t)off;
        slab_set_state(slab, damaged);
        assert_int_equal(kmem_cache_validate(cache), 1);

        struct report report = only_report(&fixture);

        assert_int_equal(report.kind, REPORT_OBJECT_COUNT);
        assert_int_equal(report.action, ACTION_FIX_COUNT);
        assert_int_equal(report.found, HELD + off);
        assert_int_equal(report.expected, HELD);
        assert_int_equal(slab_state(slab).inuse_count, HELD);
        fini();
    }
}

/* Nothing behind such a word is looked at: the slab might end before the objects it claims. */
static void impossible_counts_end_the_check(void **state)
{
    (void)state;
    init(F);
    const struct slab_state sound = slab_state(slab);
    struct slab_state damaged = sound;

    damaged.object_count = 4 * sound.object_count;
    slab_set_state(slab, damaged);
    assert_int_equal(kmem_cache_validate(cache), 1);
    assert_int_equal(only_report(&fixture).kind, REPORT_OBJECT_COUNT);

    damaged = sound;
    damaged.inuse_count = sound.object_count + 1;
    slab_set_state(slab, damaged);
    kmem_cache_free(cache, held[0]);

    struct report report = only_report(&fixture);

    assert_int_equal(report.kind, REPORT_OBJECT_COUNT);
    assert_int_equal(report.action, ACTION_KEEP_OBJECT);
    assert_int_equal(slab_state(slab).inuse_count, damaged.inuse_count);
    slab_set_state(slab, sound);
    kmem_cache_free(cache, held[0]);
    fini();
}

static void wrong_slab_counter_is_reported(void **state)
{
    (void)state;
    init(P);
    cache->nodes[0].partial_count += 2;
    assert_int_equal(kmem_cache_validate(cache), 1);

    struct report report = only_report(&fixture);

    assert_int_equal(report.kind, REPORT_SLAB_COUNT);
    assert_int_equal(report.stage, STAGE_VALIDATE);
    assert_int_equal(report.found, 3);
    assert_int_equal(report.expected, 1);
    assert_ptr_equal(report.cache, cache);
    assert_int_not_equal(report.site, 0);
    cache->nodes[0].partial_count -= 2;
    fini();
}

/* Full slabs are known only to caches that store users. */
static void validation_counts_the_slabs_it_looked_at(void **state)
{
    (void)state;
    for (unsigned flags = P; flags <= (P | U); flags += U) {
        init(flags);
        uint32_t per_slab = slab_state(slab).object_count;

        for (uint32_t i = HELD; i < 3 * per_slab + 1; i++) {
            assert_non_null(kmem_cache_alloc(cache, GFP_KERNEL));
        }
        assert_int_equal(kmem_cache_validate(cache), (flags & U) != 0 ? 4 : 1);
        fini();
    }
}

struct seen {
    unsigned char *objects[HELD];
    int count;
};

static void note_used(const struct slab *of, void *object, void *argument)
{
    struct seen *seen = argument;

    assert_ptr_equal(of, slab);
    assert_true(seen->count < HELD);
    seen->objects[seen->count++] = object;
}

static void used_objects_are_those_on_no_list(void **state)
{
    (void)state;
    struct seen seen = {.count = 0};

    init(P);
    free_held(0, 2);
    slab_for_each_used(slab, note_used, &seen);
    assert_int_equal(seen.count, HELD - 2);
    for (int i = 0; i < seen.count; i++) {
        bool is_held = false;

        for (int k = 2; k < HELD; k++) {
            is_held |= seen.objects[i] == held[k];
        }
        assert_true(is_held);
    }
    fini();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bad_link_cuts_the_list_behind_its_object),
        cmocka_unit_test(bad_link_at_the_end_costs_nothing),
        cmocka_unit_test(bad_link_at_the_end_of_a_full_list_is_no_cycle),
        cmocka_unit_test(bad_head_empties_the_list),
        cmocka_unit_test(cycle_found_by_validation_empties_the_list),
        cmocka_unit_test(cycle_found_by_a_free_loses_what_was_in_it),
        cmocka_unit_test(cycle_found_by_a_bad_free_takes_the_slab_off_the_list),
        cmocka_unit_test(second_free_is_found_anywhere_on_the_list),
        cmocka_unit_test(second_free_in_a_row_is_found_without_checks),
        cmocka_unit_test(pointers_that_start_no_object_are_refused),
        cmocka_unit_test(wrong_counter_is_set_to_what_was_counted),
        cmocka_unit_test(impossible_counts_end_the_check),
        cmocka_unit_test(wrong_slab_counter_is_reported),
        cmocka_unit_test(validation_counts_the_slabs_it_looked_at),
        cmocka_unit_test(used_objects_are_those_on_no_list),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
