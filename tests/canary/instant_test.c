/*
 * The judge of the instant forgives what is half done, and only that.
 *
 * Each row brings a heap into a state in the middle of an operation. Where a lock is held meanwhile
 * the state is forgiven as long as it is, and the rule is broken once it is free. Where no lock is
 * needed the state is forgiven, and the judge of the quiet heap names the rule.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "allocator/base/compiler.h"
#include "allocator/cache/freelist.h"
#include "allocator/hardening/free_pointer.h"
#include "sanitizers/view.h"
#include "tests/canary/canary.h"

/* A slab leaves its list, as it may under node->lock. */
static void take_off_partial(struct slab *slab)
{
    list_remove(&slab->link);
    slab->cache->nodes[0].partial_count--;
    world_store(&slab->place, SLAB_ON_NONE);
}

/* Locks. */

static struct world_lock *zone_lock_of(const struct canary *canary)
{
    return &canary->heap->memory.zones[0].lock;
}

static struct world_lock *registry_lock_of(const struct canary *canary)
{
    return &canary->heap->registry_lock;
}

static struct world_lock *cpu_lock_of(const struct canary *canary)
{
    return &canary->plain->cpus[0].lock;
}

static struct world_lock *node_lock_of(const struct canary *canary)
{
    return &canary->plain->nodes[0].lock;
}

static struct world_lock *debug_lock_of(const struct canary *canary)
{
    return &canary->debug->nodes[0].lock;
}

/* Under zone->lock. */

static void unlist_run(struct canary *canary)
{
    list_remove(&canary->used_free->link);
    canary_touch(&canary->used_free->state);
}

static void discount_run(struct canary *canary)
{
    canary->heap->memory.zones[0].free_areas[0].count--;
}

static void discount_page(struct canary *canary)
{
    canary->heap->memory.zones[0].free_page_count--;
}

static void lose_run(struct canary *canary)
{
    canary_set_page_state(canary->run, (struct page_state){.kind = PAGE_RUN, .order = 0});
}

static void free_head(struct canary *canary)
{
    canary_set_page_state(canary->run, (struct page_state){.kind = PAGE_INTERIOR});
}

static void orphan_tail(struct canary *canary)
{
    canary_touch(&canary->run[1].state);
    free_head(canary);
}

/* Under registry_lock. */

static void unlink_cache(struct canary *canary)
{
    list_remove(&canary->plain->link);
}

static void discount_cache(struct canary *canary)
{
    canary->heap->cache_count--;
}

static void fill_cache_slot(struct canary *canary)
{
    struct kmem_cache *cache = canary->debug + 1;

    world_store(&cache->cpus[1].word, cpu_word_pack((struct cpu_word){.transaction = 1}));
}

/* The slot is in use, but what its CPUs start from is not all there. */
static void make_cache(struct canary *canary)
{
    struct kmem_heap *heap = canary->heap;
    struct kmem_cache *cache = canary->debug + 1;

    *cache = *canary->plain;
    cache->id = heap->next_cache_id++;
    cache->secret = free_pointer_secret(
        heap->platform.random(heap->platform.context, RANDOM_CACHE_SECRET, cache->id, 0));
    cache->nodes[0] = (struct kmem_cache_node){0};
    list_init(&cache->nodes[0].partial);
    list_init(&cache->nodes[0].full);
    cache->nodes[0].is_ready = true;
    memset(cache->cpus, 0, sizeof(cache->cpus));
    heap->cache_is_used[cache - heap->cache_slots] = true;
    heap->cache_count++;
    list_push_back(&heap->caches, &cache->link);
    world_store(&cache->cpus[0].word, cpu_word_pack((struct cpu_word){.transaction = 1}));
}

/* Under cpu->lock. */

static void withdraw_slab(struct canary *canary)
{
    world_store(&canary->plain->cpus[0].slab, 0);
}

static void withdraw_list(struct canary *canary)
{
    struct kmem_cache_cpu *cpu = &canary->plain->cpus[0];

    withdraw_slab(canary);
    world_store(&cpu->word, cpu_word_step(view_word(&cpu->word), 0));
    canary_touch(&canary->cpu_slab->state);
}

/* As if the slab were already taken off the CPU, and the list put back by an interrupt. */
static void leave_list(struct canary *canary)
{
    struct slab_state state = canary_slab_state(canary->cpu_slab);

    withdraw_slab(canary);
    state.frozen = false;
    canary_set_slab_state(canary->cpu_slab, state);
}

static void pop_from_stack(struct canary *canary)
{
    canary->plain->cpus[0].partial = NULL;
    canary_touch(&canary->plain->cpus[0].word);
}

/* The slab is on the stack before its place says so. */
static void push_on_stack(struct canary *canary)
{
    struct kmem_cache_cpu *cpu = &canary->plain->cpus[0];

    take_off_partial(canary->node_empty);
    canary->node_empty->cpu_next = cpu->partial;
    cpu->partial = canary->node_empty;
    cpu->partial_count++;
    canary_touch(&cpu->word);
}

/* Under node->lock. */

static void unlist_partial(struct canary *canary)
{
    list_remove(&canary->node_partial->link);
    canary_touch(&canary->node_partial->state);
}

static void discount_partial(struct canary *canary)
{
    canary->plain->nodes[0].partial_count--;
}

static void unlist_full(struct canary *canary)
{
    list_remove(&canary->debug_full->link);
    canary_touch(&canary->debug_full->state);
}

static void take_last(struct canary *canary)
{
    struct slab_state state = canary_slab_state(canary->debug_partial);

    state.freelist = 0;
    state.inuse_count = state.object_count;
    canary_set_slab_state(canary->debug_partial, state);
}

static void count_freed(struct canary *canary)
{
    struct slab_state state = canary_slab_state(canary->debug_partial);

    state.inuse_count--;
    canary_set_slab_state(canary->debug_partial, state);
}

/* Without a lock. */

/* Given up, but for the cache; a slab that is being made looks the same. */
static void blank_slab(struct canary *canary)
{
    take_off_partial(canary->node_empty);
    world_store(&canary->node_empty->state, 0);
}

static void forget_slab(struct canary *canary)
{
    blank_slab(canary);
    canary->node_empty->cache = NULL;
}

/* The word was forgotten, but that store is not seen yet. */
static void forget_cache_first(struct canary *canary)
{
    take_off_partial(canary->node_empty);
    canary->node_empty->cache = NULL;
    canary_touch(&canary->node_empty->state);
}

static void retire_slab(struct canary *canary)
{
    struct slab_state state = canary_slab_state(canary->debug_partial);

    take_off_partial(canary->debug_partial);
    state.freelist = 0;
    state.inuse_count = 0;
    canary_set_slab_state(canary->debug_partial, state);
}

static void free_to_full(struct canary *canary)
{
    struct slab_state state = canary_slab_state(canary->full);
    void *object = slab_object(canary->full, 0);

    memory_hide(object, canary->plain->layout.object_size);
    freelist_set_next(canary->plain, object, NULL);
    state.freelist = object_to_ref(canary->plain, object);
    state.inuse_count--;
    canary_set_slab_state(canary->full, state);
}

static void take_stack(struct canary *canary)
{
    struct kmem_cache_cpu *cpu = &canary->plain->cpus[0];

    cpu->partial = NULL;
    cpu->partial_count = 0;
    canary_touch(&cpu->word);
}

static void count_slab(struct canary *canary)
{
    canary->plain->nodes[0].slab_count++;
    canary_touch(&canary->plain->cpus[0].word);
}

static void count_objects(struct canary *canary)
{
    canary->plain->nodes[0].object_count++;
    canary_touch(&canary->plain->cpus[0].word);
}

static void forget_size(struct canary *canary)
{
    canary->large->object_size = 0;
    canary_touch(&canary->large->state);
}

static void fill_descriptor(struct canary *canary)
{
    slab_of_page(canary->heap, canary->run)->cache = canary->plain;
    canary_touch(&canary->run->state);
}

static const struct half_done {
    const char *name;
    canary_break *begin;
    struct world_lock *(*lock)(const struct canary *canary);    /* NULL: none */
    enum rule_id rule;
} rows[] = {
    {"unlist_run", unlist_run, zone_lock_of, RULE_BUDDY_LISTED},
    {"discount_run", discount_run, zone_lock_of, RULE_BUDDY_COUNT},
    {"discount_page", discount_page, zone_lock_of, RULE_BUDDY_FREE_PAGES},
    {"lose_run", lose_run, zone_lock_of, RULE_PAGE_CONSERVED},
    {"free_head", free_head, zone_lock_of, RULE_PAGE_INTERIOR},
    {"orphan_tail", orphan_tail, zone_lock_of, RULE_PAGE_TAIL},
    {"unlink_cache", unlink_cache, registry_lock_of, RULE_REGISTRY_LISTED},
    {"discount_cache", discount_cache, registry_lock_of, RULE_REGISTRY_COUNT},
    {"fill_cache_slot", fill_cache_slot, registry_lock_of, RULE_CACHE_FORGOTTEN},
    {"make_cache", make_cache, registry_lock_of, RULE_CPU_TRANSACTION},
    {"withdraw_slab", withdraw_slab, cpu_lock_of, RULE_CPU_FREELIST},
    {"withdraw_list", withdraw_list, cpu_lock_of, RULE_CPU_SLAB},
    {"leave_list", leave_list, cpu_lock_of, RULE_CPU_FREELIST},
    {"pop_from_stack", pop_from_stack, cpu_lock_of, RULE_CPU_PARTIAL_COUNT},
    {"push_on_stack", push_on_stack, cpu_lock_of, RULE_CPU_PARTIAL},
    {"unlist_partial", unlist_partial, node_lock_of, RULE_NODE_PARTIAL},
    {"discount_partial", discount_partial, node_lock_of, RULE_NODE_PARTIAL_COUNT},
    {"unlist_full", unlist_full, debug_lock_of, RULE_NODE_FULL},
    {"take_last", take_last, debug_lock_of, RULE_PARTIAL_HAS_FREE},
    {"count_freed", count_freed, debug_lock_of, RULE_SLAB_COUNT},
    {"blank_slab", blank_slab, NULL, RULE_SLAB_OBJECTS},
    {"forget_slab", forget_slab, NULL, RULE_SLAB_CACHE},
    {"forget_cache_first", forget_cache_first, NULL, RULE_SLAB_CACHE},
    {"retire_slab", retire_slab, NULL, RULE_SLAB_COUNT},
    {"free_to_full", free_to_full, NULL, RULE_FULL_HAS_NONE},
    {"take_stack", take_stack, NULL, RULE_CPU_PARTIAL},
    {"count_slab", count_slab, NULL, RULE_NODE_SLAB_COUNT},
    {"count_objects", count_objects, NULL, RULE_NODE_OBJECT_COUNT},
    {"forget_size", forget_size, NULL, RULE_PAGE_LARGE_SIZE},
    {"fill_descriptor", fill_descriptor, NULL, RULE_SLAB_FORGOTTEN},
};

/* One row, and what the judges say. */
struct trial {
    struct canary canary;
    const struct half_done *row;
    struct violation half_way;    /* RULE_COUNT: sound */
    struct violation after;
};

/* The holder is whoever: another task, which does not go on. */
static void hold(struct world_lock *lock, bool is_held)
{
    atomic_store_explicit(&lock->holder.bits, is_held, memory_order_relaxed);
    canary_touch(lock);
}

static void judge_twice(void *argument)
{
    struct trial *trial = argument;
    struct canary *canary = &trial->canary;
    struct world_lock *lock;

    canary_build(canary);
    lock = trial->row->lock != NULL ? trial->row->lock(canary) : NULL;
    sim_begin_step(canary->sim);
    if (lock != NULL) {
        hold(lock, true);
    }
    trial->row->begin(canary);
    heap_check_instant(canary->check, &trial->half_way);
    if (lock == NULL) {
        heap_check_step(canary->check, &trial->after);
        return;
    }
    hold(lock, false);
    heap_check_instant(canary->check, &trial->after);
}

static void what_is_half_done_is_forgiven(void **state)
{
    struct trial trial = {.canary = {.sim = sim_create(0), .check = heap_check_create()}};

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        trial.row = &rows[i];
        assert_int_equal(sim_run(trial.canary.sim, judge_twice, &trial).end, SIM_COMPLETED);
        if (trial.half_way.rule != RULE_COUNT || trial.after.rule != rows[i].rule) {
            fail_msg("%s: %s half way, then %s instead of %s", rows[i].name,
                     rule_name(trial.half_way.rule), rule_name(trial.after.rule),
                     rule_name(rows[i].rule));
        }
    }
    heap_check_destroy(trial.canary.check);
    sim_destroy(trial.canary.sim);
}

/* Whatever instants look at, the next step judges from where the last one left off. */
static void come_and_go(void *argument)
{
    struct canary *canary = argument;
    struct violation violation;

    canary_build(canary);
    for (unsigned i = 0; i < 100; i++) {
        sim_begin_step(canary->sim);
        unlist_run(canary);
        discount_run(canary);
        hold(zone_lock_of(canary), true);
        assert_true(heap_check_instant(canary->check, &violation));
        canary->heap->memory.zones[0].free_areas[0].count++;
        list_push_back(&canary->heap->memory.zones[0].free_areas[0].list, &canary->used_free->link);
        hold(zone_lock_of(canary), false);
        assert_true(heap_check_instant(canary->check, &violation));
        assert_true(heap_check_step(canary->check, &violation));
    }
    sim_begin_step(canary->sim);
    discount_run(canary);
    canary_touch(zone_lock_of(canary));
    assert_false(heap_check_instant(canary->check, &violation));
    assert_false(heap_check_step(canary->check, &violation));
}

static void instants_leave_the_mirror_alone(void **state)
{
    struct canary canary = {.sim = sim_create(0), .check = heap_check_create()};

    (void)state;
    assert_int_equal(sim_run(canary.sim, come_and_go, &canary).end, SIM_COMPLETED);
    heap_check_destroy(canary.check);
    sim_destroy(canary.sim);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_half_done_is_forgiven),
        cmocka_unit_test(instants_leave_the_mirror_alone),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
