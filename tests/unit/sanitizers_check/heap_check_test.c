/* The invariant judge: silent about sound heaps, deaf to no break, and cheap. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "allocator/api/heap.h"
#include "allocator/api/kmem_cache.h"
#include "allocator/base/raw.h"
#include "allocator/cache/freelist.h"
#include "sanitizers/heap_check.h"
#include "sanitizers/view.h"
#include "sim/sim.h"
#include "tests/support/traffic.h"

struct fixture {
    struct sim *sim;
    struct heap_check *check;
    struct kmem_heap *heap;
    struct heap_config config;
    uint64_t seed;
    unsigned step_count;
    uint64_t items;

    /* For the exemption: bytes that somebody damaged on purpose. */
    const unsigned char *damage;
};

static void assert_sound(bool is_sound, const struct violation *violation)
{
    if (!is_sound) {
        fail_msg("%s: found %llu, expected %llu", rule_name(violation->rule),
                 (unsigned long long)violation->found, (unsigned long long)violation->expected);
    }
}

static void travel_judged(void *argument)
{
    struct fixture *fixture = argument;
    struct violation violation;
    struct traffic traffic;

    fixture->heap = heap_create(&fixture->config, sim_platform(fixture->sim));
    heap_check_begin(fixture->check, fixture->heap, sim_journal(fixture->sim), NULL, NULL);
    traffic_begin(&traffic, fixture->sim, fixture->heap, &fixture->config, fixture->seed);
    for (unsigned i = 0; i < fixture->step_count; i++) {
        traffic_step(&traffic);
        assert_sound(heap_check_step(fixture->check, &violation), &violation);
    }
    assert_sound(heap_check_full(fixture->check, &violation), &violation);
    fixture->items = heap_check_items(fixture->check);
}

static void travel(struct fixture *fixture, uint64_t seed, unsigned step_count)
{
    fixture->seed = seed;
    fixture->config = traffic_config(seed);
    fixture->step_count = step_count;
    sim_reset(fixture->sim, &fixture->config);
    assert_int_equal(sim_run(fixture->sim, travel_judged, fixture).end, SIM_COMPLETED);
}

/* Each heap in turn meets a mirror that is full of the one before it. */
static void sound_heaps_are_sound(void **state)
{
    for (uint64_t seed = 0; seed < 200; seed++) {
        travel(*state, seed, 200);
    }
}

static void items_are_reproducible(void **state)
{
    struct fixture *fixture = *state;

    travel(fixture, 3, 200);

    uint64_t items = fixture->items;

    travel(fixture, 4, 200);
    travel(fixture, 3, 200);
    assert_true(fixture->items == items);
}

enum { OBJECT_SIZE = 64, MEASURED_STEPS = 20000 };

static struct kmem_cache *make_cache(struct fixture *fixture, slab_flags_t flags)
{
    const struct cache_request request = {.name = "c", .size = OBJECT_SIZE, .flags = flags};
    struct kmem_cache *cache;

    assert_int_equal(heap_cache_create(fixture->heap, &request, &cache), HEAP_OK);
    return cache;
}

/* Frees and allocates objects at random while step_count of them live; judged. */
static void churn(void *argument)
{
    struct fixture *fixture = argument;
    unsigned live_count = fixture->step_count;
    void **objects = calloc(live_count, sizeof(*objects));
    struct violation violation;
    uint64_t random = 1;
    uint64_t items_before = 0;

    fixture->heap = heap_create(&fixture->config, sim_platform(fixture->sim));
    heap_check_begin(fixture->check, fixture->heap, sim_journal(fixture->sim), NULL, NULL);

    struct kmem_cache *cache = make_cache(fixture, 0);

    for (unsigned i = 0; i < live_count + MEASURED_STEPS; i++) {
        random = random * UINT64_C(6364136223846793005) + 1;

        void **object = &objects[i < live_count ? i : (random >> 33) % live_count];

        if (i == live_count) {
            items_before = heap_check_items(fixture->check);
        }
        sim_begin_step(fixture->sim);
        if (*object == NULL) {
            *object = kmem_cache_alloc(cache, GFP_KERNEL);
        } else {
            kmem_cache_free(cache, *object);
            *object = NULL;
        }
        sim_end_step(fixture->sim);
        assert_sound(heap_check_step(fixture->check, &violation), &violation);
    }
    fixture->items = heap_check_items(fixture->check) - items_before;
    free(objects);
}

static uint64_t items_at(struct fixture *fixture, unsigned live_count)
{
    fixture->config = heap_config_default();
    fixture->config.page_count = 4096;
    fixture->step_count = live_count;
    sim_reset(fixture->sim, &fixture->config);
    assert_int_equal(sim_run(fixture->sim, churn, fixture).end, SIM_COMPLETED);
    return fixture->items;
}

static void a_large_heap_costs_no_more_a_step(void **state)
{
    uint64_t small = items_at(*state, 100);
    uint64_t large = items_at(*state, 100000);

    print_message("items a step: %.2f at 100 live objects, %.2f at 100000\n",
                  (double)small / MEASURED_STEPS, (double)large / MEASURED_STEPS);
    assert_true(2 * large <= 3 * small);
}

/* A heap with one free object that was used, of a cache with these flags. */
static struct slab *build_free_object(struct fixture *fixture, slab_flags_t flags)
{
    fixture->config = heap_config_default();
    sim_reset(fixture->sim, &fixture->config);
    sim_enter(fixture->sim);
    fixture->heap = heap_create(&fixture->config, sim_platform(fixture->sim));
    sim_begin_step(fixture->sim);

    struct kmem_cache *cache = make_cache(fixture, flags);
    void *kept = kmem_cache_alloc(cache, GFP_KERNEL);

    kmem_cache_free(cache, kmem_cache_alloc(cache, GFP_KERNEL));
    kmem_cache_flush_cpu(cache, 0);
    return &fixture->heap->slabs[memory_pfn(&fixture->heap->memory,
                                            memory_head_at(&fixture->heap->memory, kept))];
}

static bool is_damage(void *context, const void *first, size_t size)
{
    const struct fixture *fixture = context;

    return (size_t)(fixture->damage - (const unsigned char *)first) < size;
}

static void begin(struct fixture *fixture, heap_check_exempt *exempt)
{
    heap_check_begin(fixture->check, fixture->heap, sim_journal(fixture->sim), exempt, fixture);
}

static void damaged_bytes_may_be_exempt(void **state)
{
    struct fixture *fixture = *state;
    struct slab *slab = build_free_object(fixture, SLAB_DEBUG_FLAGS);
    unsigned char *object = object_from_ref(slab->cache, view_slab(slab).freelist);
    struct violation violation;

    raw_store_byte(object + 5, 0);
    begin(fixture, NULL);
    assert_false(heap_check_full(fixture->check, &violation));
    assert_int_equal(violation.rule, RULE_OBJECT_POISON);
    assert_ptr_equal(violation.subject, object + 5);
    assert_int_equal(violation.expected, 0x6b);

    fixture->damage = object + 5;
    begin(fixture, is_damage);
    assert_true(heap_check_full(fixture->check, &violation));
    fixture->damage = object - 1;
    assert_false(heap_check_full(fixture->check, &violation));
}

static void damaged_links_may_be_exempt(void **state)
{
    struct fixture *fixture = *state;
    struct slab *slab = build_free_object(fixture, 0);
    void *object = object_from_ref(slab->cache, view_slab(slab).freelist);
    struct violation violation;

    raw_store_word(freelist_slot(slab->cache, object), 12345);
    begin(fixture, NULL);
    assert_false(heap_check_full(fixture->check, &violation));
    assert_int_equal(violation.rule, RULE_SLAB_FREELIST);

    fixture->damage = freelist_slot(slab->cache, object);
    begin(fixture, is_damage);
    assert_true(heap_check_full(fixture->check, &violation));
}

/* What no step touches is found by the sweep, after about as many steps as it visits items. */
static void untouched_damage_is_found_in_time(void **state)
{
    struct fixture *fixture = *state;
    struct slab *slab = build_free_object(fixture, 0);
    struct violation violation;
    unsigned steps = 0;

    begin(fixture, NULL);
    slab->cache->nodes[0].object_count++;
    do {
        sim_begin_step(fixture->sim);
        sim_end_step(fixture->sim);
        steps++;
    } while (heap_check_step(fixture->check, &violation) && steps < 1000);
    assert_int_equal(violation.rule, RULE_NODE_OBJECT_COUNT);
    assert_true(steps <= 64);
}

static void rules_are_found_by_name(void **state)
{
    (void)state;
    for (int rule = 0; rule < RULE_COUNT; rule++) {
        assert_int_equal(rule_find(rule_name((enum rule_id)rule)), rule);
        assert_true(rule_statement((enum rule_id)rule)[0] != '\0');
    }
    assert_int_equal(rule_find("NO_SUCH_RULE"), RULE_COUNT);
    assert_string_equal(rule_name(RULE_COUNT), "?");
}

static int set_up(void **state)
{
    static struct fixture fixture;

    fixture = (struct fixture){.sim = sim_create(0), .check = heap_check_create()};
    *state = &fixture;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *fixture = *state;

    heap_check_destroy(fixture->check);
    sim_destroy(fixture->sim);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sound_heaps_are_sound),
        cmocka_unit_test(items_are_reproducible),
        cmocka_unit_test(a_large_heap_costs_no_more_a_step),
        cmocka_unit_test(damaged_bytes_may_be_exempt),
        cmocka_unit_test(damaged_links_may_be_exempt),
        cmocka_unit_test(untouched_damage_is_found_in_time),
        cmocka_unit_test(rules_are_found_by_name),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
