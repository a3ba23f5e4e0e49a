/*
 * The judge of the instant is silent about sound heaps: it looks between any two accesses of ops
 * that interrupt each other on several CPUs, on the same caches, and finds nothing. Whenever all is
 * quiet the judge of the step goes on from where it was.
 *
 * Who runs, and for how long, follows from a seed.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "allocator/api/heap.h"
#include "allocator/api/kmalloc.h"
#include "allocator/api/kmem_cache.h"
#include "allocator/api/pages.h"
#include "allocator/base/compiler_fiber.h"
#include "allocator/cache/heap_state.h"
#include "allocator/hardening/keyed_random.h"
#include "sanitizers/heap_check.h"
#include "sim/smp.h"
#include "tests/support/traffic.h"

enum {
    CACHES = 4,
    SLOTS = 64,
    TURNS = 300,
    BULK = 6,
    GRANULE = 8,
    GRANULES = 512 * (PAGE_SIZE / GRANULE),
};

enum slot_state { SLOT_EMPTY, SLOT_LIVE, SLOT_BUSY };

struct slot {
    enum slot_state state;
    enum { SLOT_CACHE, SLOT_KMALLOC, SLOT_PAGES } kind;
    struct kmem_cache *cache;
    void *address;       /* of a run its descriptor */
    unsigned order;
    cpu_id_t cpu;        /* that filled it */
};

struct crowd;

/* What a task does; chosen before it starts, so that it is busy with what it holds. */
struct act {
    struct crowd *crowd;
    void (*body)(struct crowd *crowd, struct act *act);
    struct slot *slot;
    struct kmem_cache *cache;
    uint64_t random;
};

struct crowd {
    struct sim *sim;
    struct heap_check *check;
    struct heap_config config;
    struct kmem_heap *heap;
    uint64_t random;
    struct kmem_cache *caches[CACHES];
    struct slot slots[SLOTS];
    bool owned[GRANULES];              /* the object that starts here belongs to a user */
    struct act acts[SIM_TASK_COUNT];
    uint32_t act_count;
    struct violation violation;
    uint64_t instants;
    uint64_t busy_instants;            /* with others in flight */
    unsigned reports;
};

static uint64_t below(uint64_t *random, uint64_t bound)
{
    *random = keyed_random_mix(*random, 1);
    return *random % bound;
}

static bool *owned_mark(struct crowd *crowd, const void *object)
{
    size_t offset = (size_t)((const unsigned char *)object - crowd->heap->memory.arena);

    return &crowd->owned[offset / GRANULE];
}

static bool is_owned(void *context, const void *object)
{
    return *owned_mark(context, object);
}

static void note(struct crowd *crowd, bool is_sound, const struct violation *violation)
{
    if (!is_sound && crowd->violation.rule == RULE_COUNT) {
        crowd->violation = *violation;
    }
}

static void judge_instant(struct crowd *crowd)
{
    struct violation violation;

    crowd->instants++;
    crowd->busy_instants += !sim_is_quiet(crowd->sim);
    note(crowd, heap_check_instant(crowd->check, &violation), &violation);
}

static void on_point(void *context, const struct sim_access *access)
{
    (void)access;
    judge_instant(context);
}

static void on_report(void *context, const struct report *report)
{
    struct crowd *crowd = context;

    (void)report;
    crowd->reports++;
}

/* What tasks do. */

static void settle(struct crowd *crowd, struct slot *slot, void *address)
{
    slot->address = address;
    slot->cpu = sim_cpu(crowd->sim);
    slot->state = address != NULL ? SLOT_LIVE : SLOT_EMPTY;
    compiler_release(slot);
}

static void allocate(struct crowd *crowd, struct act *act)
{
    struct slot *slot = act->slot;

    if (slot->kind == SLOT_PAGES) {
        settle(crowd, slot, heap_alloc_pages(crowd->heap, GFP_KERNEL, slot->order));
        return;
    }
    settle(crowd, slot,
           slot->kind == SLOT_CACHE
               ? kmem_cache_alloc(slot->cache, GFP_KERNEL)
               : heap_alloc(crowd->heap, 1 + below(&act->random, 300), GFP_KERNEL));
    if (slot->address != NULL) {
        *owned_mark(crowd, slot->address) = true;
    }
}

/* Whoever sees what is in a slot sees what its CPU stored before. */
static void release(struct crowd *crowd, struct act *act)
{
    struct slot *slot = act->slot;

    compiler_acquire(slot);
    if (slot->cpu != sim_cpu(crowd->sim)) {
        sim_drain(crowd->sim, slot->cpu);
    }
    if (slot->kind == SLOT_PAGES) {
        heap_free_pages(crowd->heap, slot->address, slot->order);
    } else {
        *owned_mark(crowd, slot->address) = false;
        if (slot->kind == SLOT_CACHE) {
            kmem_cache_free(slot->cache, slot->address);
        } else {
            heap_free(crowd->heap, slot->address);
        }
    }
    settle(crowd, slot, NULL);
}

/* What an NMI may do. */
static void allocate_nolock(struct crowd *crowd, struct act *act)
{
    settle(crowd, act->slot, kmem_cache_alloc_nolock(act->slot->cache));
    if (act->slot->address != NULL) {
        *owned_mark(crowd, act->slot->address) = true;
    }
}

static void release_nolock(struct crowd *crowd, struct act *act)
{
    struct slot *slot = act->slot;

    compiler_acquire(slot);
    sim_drain(crowd->sim, slot->cpu);
    *owned_mark(crowd, slot->address) = false;
    kmem_cache_free_nolock(slot->cache, slot->address);
    settle(crowd, slot, NULL);
}

static void allocate_many(struct crowd *crowd, struct act *act)
{
    void *objects[BULK];
    size_t count = kmem_cache_alloc_bulk(act->cache, GFP_KERNEL, BULK, objects);

    (void)crowd;
    kmem_cache_free_bulk(act->cache, count, objects);
}

static void allocate_large(struct crowd *crowd, struct act *act)
{
    heap_free(crowd->heap, heap_alloc(crowd->heap, 9000 + below(&act->random, 9000), GFP_KERNEL));
}

static void shrink(struct crowd *crowd, struct act *act)
{
    (void)crowd;
    kmem_cache_shrink(act->cache);
}

static void flush(struct crowd *crowd, struct act *act)
{
    kmem_cache_flush_cpu(act->cache, (unsigned)below(&act->random, crowd->config.cpu_count));
}

static void validate(struct crowd *crowd, struct act *act)
{
    (void)crowd;
    kmem_cache_validate(act->cache);
}

static void fail_page(struct crowd *crowd, struct act *act)
{
    heap_fail_page_alloc(crowd->heap, below(&act->random, 3));
}

static struct kmem_cache *make_cache(struct crowd *crowd, size_t size, slab_flags_t flags)
{
    const struct cache_request request = {.name = "crowd", .size = size, .flags = flags};
    struct kmem_cache *cache;

    heap_cache_create(crowd->heap, &request, &cache);
    return cache;
}

static void live_and_die(struct crowd *crowd, struct act *act)
{
    slab_flags_t flags = below(&act->random, 3) == 0 ? SLAB_DEBUG_FLAGS : 0;
    struct kmem_cache *cache = make_cache(crowd, 1 + below(&act->random, 500), flags);
    void *object = cache != NULL ? kmem_cache_alloc(cache, GFP_KERNEL) : NULL;

    if (object != NULL) {
        kmem_cache_free(cache, object);
    }
    kmem_cache_destroy(cache);
}

/* Choosing what to do next. */

static struct slot *find_slot(struct crowd *crowd, enum slot_state state)
{
    struct slot *slot = &crowd->slots[below(&crowd->random, SLOTS)];

    return slot->state == state ? slot : NULL;
}

static void choose_release(struct act *act, enum sim_context context)
{
    if (context == SIM_NMI && act->slot->kind != SLOT_CACHE) {
        return;
    }
    act->body = context == SIM_NMI ? release_nolock : release;
    act->slot->state = SLOT_BUSY;
}

static void choose_allocation(struct crowd *crowd, struct act *act, enum sim_context context)
{
    bool is_nolock = context == SIM_NMI;

    act->body = is_nolock ? allocate_nolock : allocate;
    act->slot->kind = below(&crowd->random, 8) == 0 && !is_nolock   ? SLOT_PAGES
                      : below(&crowd->random, 4) == 0 && !is_nolock ? SLOT_KMALLOC
                                                                    : SLOT_CACHE;
    act->slot->cache = act->cache;
    act->slot->order = (unsigned)below(&crowd->random, 3);
    act->slot->state = SLOT_BUSY;
}

static void choose(struct crowd *crowd, struct act *act, enum sim_context context)
{
    static void (*const rare[])(struct crowd *crowd, struct act *act) = {
        allocate_many, allocate_large, shrink, flush, validate, fail_page, live_and_die,
    };

    *act = (struct act){
        .crowd = crowd,
        .random = crowd->random,
        .cache = crowd->caches[below(&crowd->random, CACHES)],
    };
    if (context == SIM_PROCESS && below(&crowd->random, 6) == 0) {
        act->body = rare[below(&crowd->random, sizeof(rare) / sizeof(rare[0]))];
    } else if ((act->slot = find_slot(crowd, SLOT_LIVE)) != NULL) {
        choose_release(act, context);
    } else if ((act->slot = find_slot(crowd, SLOT_EMPTY)) != NULL) {
        choose_allocation(crowd, act, context);
    }
}

static void run_act(void *argument)
{
    struct act *act = argument;

    sim_begin_step(act->crowd->sim);
    act->body(act->crowd, act);
    sim_end_step(act->crowd->sim);
}

static struct act *idle_act(struct crowd *crowd)
{
    unsigned index = 0;

    while (crowd->acts[index].body != NULL) {
        index++;
    }
    return &crowd->acts[index];
}

static void do_act(void *argument)
{
    run_act(argument);
    ((struct act *)argument)->body = NULL;
}

static void start(struct crowd *crowd, enum sim_context context, uint64_t points)
{
    struct act *act = idle_act(crowd);

    choose(crowd, act, context);
    if (act->body != NULL) {
        crowd->act_count++;
        sim_start(crowd->sim, context, points, do_act, act);
    }
}

/* A turn of a CPU: it goes on with what it does, is interrupted, or begins something. */
static void take_turn(struct crowd *crowd)
{
    cpu_id_t cpu = (cpu_id_t)below(&crowd->random, crowd->config.cpu_count);
    uint64_t points = below(&crowd->random, 4) == 0 ? SIM_TO_END : 1 + below(&crowd->random, 30);

    sim_set_cpu(crowd->sim, cpu);
    if (sim_depth(crowd->sim, cpu) == 0) {
        start(crowd, SIM_PROCESS, points);
    } else if (sim_depth(crowd->sim, cpu) == 1 && sim_irqs_are_on(crowd->sim, cpu) &&
               below(&crowd->random, 3) == 0) {
        start(crowd, SIM_IRQ, points);
    } else if (sim_depth(crowd->sim, cpu) < SIM_TASK_DEPTH && below(&crowd->random, 4) == 0) {
        start(crowd, SIM_NMI, points);
    } else {
        sim_resume(crowd->sim, cpu, points);
    }
}

static void judge(struct crowd *crowd)
{
    struct violation violation;

    if (sim_is_quiet(crowd->sim)) {
        note(crowd, heap_check_step(crowd->check, &violation), &violation);
    } else {
        judge_instant(crowd);
    }
}

static void finish(struct crowd *crowd)
{
    struct violation violation;

    for (cpu_id_t cpu = 0; cpu < crowd->config.cpu_count; cpu++) {
        while (sim_depth(crowd->sim, cpu) != 0) {
            sim_resume(crowd->sim, cpu, SIM_TO_END);
        }
    }
    sim_drain_all(crowd->sim);
    note(crowd, heap_check_step(crowd->check, &violation), &violation);
    note(crowd, heap_check_full(crowd->check, &violation), &violation);
}

static void mill_about(void *argument)
{
    struct crowd *crowd = argument;
    const struct sim_watch watch = {.context = crowd, .on_point = on_point};

    crowd->heap = heap_create(&crowd->config, sim_platform(crowd->sim));
    crowd->caches[0] = make_cache(crowd, 72, 0);
    crowd->caches[1] = make_cache(crowd, 700, 0);
    crowd->caches[2] = make_cache(crowd, 40, SLAB_DEBUG_FLAGS);
    crowd->caches[3] = make_cache(crowd, 200, SLAB_STORE_USER);
    sim_drain_all(crowd->sim);
    heap_check_begin(crowd->check, crowd->heap, sim_journal(crowd->sim), NULL, NULL);
    heap_check_ask_owner(crowd->check, is_owned, crowd);
    sim_set_watch(crowd->sim, &watch);
    for (unsigned turn = 0; turn < TURNS && crowd->violation.rule == RULE_COUNT; turn++) {
        take_turn(crowd);
        judge(crowd);
    }
    finish(crowd);
}

static void assert_silent(struct crowd *crowd, uint64_t seed, bool delays_stores)
{
    crowd->random = seed;
    crowd->config = traffic_config(seed);
    crowd->config.cpu_count += crowd->config.cpu_count == 1;
    crowd->config.store_buffers = delays_stores;
    crowd->violation.rule = RULE_COUNT;
    crowd->act_count = 0;
    memset(crowd->slots, 0, sizeof(crowd->slots));
    memset(crowd->owned, 0, sizeof(crowd->owned));
    memset(crowd->acts, 0, sizeof(crowd->acts));
    sim_set_watch(crowd->sim, NULL);
    sim_reset(crowd->sim, &crowd->config);

    struct sim_outcome outcome = sim_run(crowd->sim, mill_about, crowd);

    if (outcome.end != SIM_COMPLETED || crowd->violation.rule != RULE_COUNT) {
        fail_msg("seed %llu%s: %s, %s: found %llu, expected %llu", (unsigned long long)seed,
                 delays_stores ? " with store buffers" : "",
                 outcome.rule != NULL ? outcome.rule : "run to its end",
                 rule_name(crowd->violation.rule), (unsigned long long)crowd->violation.found,
                 (unsigned long long)crowd->violation.expected);
    }
}

static void sound_heaps_are_sound_at_every_instant(void **state)
{
    struct crowd *crowd = calloc(1, sizeof(*crowd));

    (void)state;
    crowd->sim = sim_create(0);
    crowd->check = heap_check_create();
    sim_on_report(crowd->sim, on_report, crowd);
    for (uint64_t seed = 0; seed < 150; seed++) {
        assert_silent(crowd, seed, false);
        assert_silent(crowd, seed, true);
    }
    print_message("%llu instants, %llu of them with others in flight\n",
                  (unsigned long long)crowd->instants, (unsigned long long)crowd->busy_instants);
    assert_int_equal(crowd->reports, 0);
    assert_true(crowd->busy_instants > 100000);
    heap_check_destroy(crowd->check);
    sim_destroy(crowd->sim);
    free(crowd);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sound_heaps_are_sound_at_every_instant),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
