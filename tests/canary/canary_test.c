/* Each rule of invariants.def has a canary that breaks it, and is the first to be found broken. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "allocator/base/compiler.h"
#include "tests/canary/canary.h"

static const struct {
    canary_break *break_rule;
    enum canary_judge judges;
} canaries[RULE_COUNT] = {
    [RULE_SIM_LOCK_RECURSION] = {break_sim_lock_recursion, CANARY_RUN},
    [RULE_SIM_LOCK_ORDER] = {break_sim_lock_order, CANARY_RUN},
    [RULE_SIM_UNLOCK] = {break_sim_unlock, CANARY_RUN},
    [RULE_SIM_LOCK_LEAK] = {break_sim_lock_leak, CANARY_RUN},
    [RULE_SIM_IRQ_NESTING] = {break_sim_irq_nesting, CANARY_RUN},
    [RULE_SIM_IRQ_LEAK] = {break_sim_irq_leak, CANARY_RUN},
    [RULE_SIM_STEP_BOUND] = {break_sim_step_bound, CANARY_RUN},
    [RULE_SIM_CONTEXT] = {break_sim_context, CANARY_RUN},
    [RULE_SIM_DEADLOCK] = {break_sim_deadlock, CANARY_RUN},
    [RULE_PAGE_STATE] = {break_page_state, CANARY_ALL},
    [RULE_PAGE_ALIGNED] = {break_page_aligned, CANARY_ALL},
    [RULE_ZONE_HOLDS_RUN] = {break_zone_holds_run, CANARY_ALL},
    [RULE_PAGE_HOLE] = {break_page_hole, CANARY_ALL},
    [RULE_PAGE_TAIL] = {break_page_tail, CANARY_ALL},
    [RULE_PAGE_INTERIOR] = {break_page_interior, CANARY_ALL},
    [RULE_PAGE_CONSERVED] = {break_page_conserved, CANARY_STEP | CANARY_INSTANT},
    [RULE_PAGE_FORGOTTEN] = {break_page_forgotten, CANARY_ALL},
    [RULE_PAGE_LARGE_SIZE] = {break_page_large_size, CANARY_BOTH},
    [RULE_BLOCK_KNOWN] = {break_block_known, CANARY_RUN},
    [RULE_BLOCK_TYPE] = {break_block_type, CANARY_ALL},
    [RULE_BUDDY_MERGED] = {break_buddy_merged, CANARY_ALL},
    [RULE_BUDDY_LISTED] = {break_buddy_listed, CANARY_ALL},
    [RULE_BUDDY_COUNT] = {break_buddy_count, CANARY_ALL},
    [RULE_BUDDY_BLOCK_TYPE] = {break_buddy_block_type, CANARY_ALL},
    [RULE_BUDDY_FREE_PAGES] = {break_buddy_free_pages, CANARY_ALL},
    [RULE_BUDDY_ISOLATED_PAGES] = {break_buddy_isolated_pages, CANARY_ALL},
    [RULE_BUDDY_TYPE_PAGES] = {break_buddy_type_pages, CANARY_ALL},
    [RULE_BLOCK_RESERVE] = {break_block_reserve, CANARY_ALL},
    [RULE_PCP_LISTED] = {break_pcp_listed, CANARY_ALL},
    [RULE_PCP_COUNT] = {break_pcp_count, CANARY_ALL},
    [RULE_PAGE_MAPPED] = {break_page_mapped, CANARY_STEP},
    [RULE_PAGE_UNMAPPED] = {break_page_unmapped, CANARY_BOTH},
    [RULE_PAGE_OWNED] = {break_page_owned, CANARY_BOTH},
    [RULE_GUARD_PLACE] = {break_guard_place, CANARY_ALL},
    [RULE_GUARD_COUNT] = {break_guard_count, CANARY_ALL},
    [RULE_PCP_BARRED] = {break_pcp_barred, CANARY_BOTH},
    [RULE_ZONE_WATERMARKS] = {break_zone_watermarks, CANARY_ALL},
    [RULE_ZONE_OFFLINE] = {break_zone_offline, CANARY_ALL},
    [RULE_PAGE_POISONED] = {break_page_poisoned, CANARY_ALL},
    [RULE_PAGE_HIDDEN] = {break_page_hidden, CANARY_ALL | CANARY_GUARDED},
    [RULE_REGISTRY_LISTED] = {break_registry_listed, CANARY_ALL},
    [RULE_REGISTRY_COUNT] = {break_registry_count, CANARY_ALL},
    [RULE_REGISTRY_IDS] = {break_registry_ids, CANARY_ALL},
    [RULE_REGISTRY_KMALLOC] = {break_registry_kmalloc, CANARY_ALL},
    [RULE_CACHE_FORGOTTEN] = {break_cache_forgotten, CANARY_ALL},
    [RULE_CACHE_HEAP] = {break_cache_heap, CANARY_FULL},
    [RULE_CACHE_SECRET] = {break_cache_secret, CANARY_FULL},
    [RULE_CACHE_NAME] = {break_cache_name, CANARY_FULL},
    [RULE_CACHE_FLAGS] = {break_cache_flags, CANARY_FULL},
    [RULE_CACHE_LIMITS] = {break_cache_limits, CANARY_FULL},
    [RULE_CACHE_USERS] = {break_cache_users, CANARY_FULL},
    [RULE_LAYOUT_VALID] = {break_layout_valid, CANARY_FULL},
    [RULE_LAYOUT_ALIGN] = {break_layout_align, CANARY_FULL},
    [RULE_LAYOUT_REGIONS] = {break_layout_regions, CANARY_FULL},
    [RULE_LAYOUT_ORDER] = {break_layout_order, CANARY_FULL},
    [RULE_LAYOUT_OBJECTS] = {break_layout_objects, CANARY_FULL},
    [RULE_SLAB_FORGOTTEN] = {break_slab_forgotten, CANARY_ALL},
    [RULE_SLAB_CACHE] = {break_slab_cache, CANARY_ALL},
    [RULE_SLAB_ORDER] = {break_slab_order, CANARY_ALL},
    [RULE_SLAB_NODE] = {break_slab_node, CANARY_ALL},
    [RULE_SLAB_ORDINAL] = {break_slab_ordinal, CANARY_ALL},
    [RULE_SLAB_PLACE] = {break_slab_place, CANARY_ALL},
    [RULE_SLAB_WAITS] = {break_slab_waits, CANARY_ALL},
    [RULE_SLAB_OBJECTS] = {break_slab_objects, CANARY_ALL},
    [RULE_SLAB_EXTENSIONS] = {break_slab_extensions, CANARY_ALL},
    [RULE_SLAB_INUSE] = {break_slab_inuse, CANARY_ALL},
    [RULE_SLAB_FREELIST] = {break_slab_freelist, CANARY_ALL},
    [RULE_SLAB_ACYCLIC] = {break_slab_acyclic, CANARY_ALL},
    [RULE_SLAB_COUNT] = {break_slab_count, CANARY_ALL},
    [RULE_CPU_TRANSACTION] = {break_cpu_transaction, CANARY_ALL},
    [RULE_CPU_CLOSED] = {break_cpu_closed, CANARY_ALL},
    [RULE_CPU_IDLE] = {break_cpu_idle, CANARY_FULL},
    [RULE_CPU_DEBUG] = {break_cpu_debug, CANARY_ALL},
    [RULE_CPU_SLAB] = {break_cpu_slab, CANARY_ALL},
    [RULE_CPU_FREELIST] = {break_cpu_freelist, CANARY_ALL},
    [RULE_CPU_FREELIST_LOST] = {break_cpu_freelist_lost, CANARY_RUN},
    [RULE_LOCK_HELD] = {break_lock_held, CANARY_RUN},
    [RULE_CPU_DISJOINT] = {break_cpu_disjoint, CANARY_ALL},
    [RULE_CPU_PARTIAL_COUNT] = {break_cpu_partial_count, CANARY_ALL},
    [RULE_CPU_PARTIAL] = {break_cpu_partial, CANARY_ALL},
    [RULE_CPU_DEFERRED] = {break_cpu_deferred, CANARY_ALL},
    [RULE_NODE_READY] = {break_node_ready, CANARY_BOTH},
    [RULE_NODE_PARTIAL] = {break_node_partial, CANARY_ALL},
    [RULE_NODE_PARTIAL_COUNT] = {break_node_partial_count, CANARY_ALL},
    [RULE_NODE_FULL] = {break_node_full, CANARY_ALL},
    [RULE_NODE_SLAB_COUNT] = {break_node_slab_count, CANARY_BOTH},
    [RULE_NODE_OBJECT_COUNT] = {break_node_object_count, CANARY_BOTH},
    [RULE_NODE_EMPTY_BOUND] = {break_node_empty_bound, CANARY_BOTH},
    [RULE_PARTIAL_HAS_FREE] = {break_partial_has_free, CANARY_ALL},
    [RULE_FULL_HAS_NONE] = {break_full_has_none, CANARY_ALL},
    [RULE_FULL_IS_LISTED] = {break_full_is_listed, CANARY_ALL},
    [RULE_OBJECT_UNOWNED] = {break_object_unowned, CANARY_ALL},
    [RULE_OBJECT_UNCHARGED] = {break_object_uncharged, CANARY_ALL},
    [RULE_OBJECT_REDZONE] = {break_object_redzone, CANARY_ALL},
    [RULE_OBJECT_POISON] = {break_object_poison, CANARY_ALL},
    [RULE_OBJECT_PADDING] = {break_object_padding, CANARY_ALL},
    [RULE_OBJECT_TRACKED] = {break_object_tracked, CANARY_ALL},
    [RULE_OBJECT_HIDDEN] = {break_object_hidden, CANARY_ALL | CANARY_GUARDED},
    [RULE_STAT_SLABS] = {break_stat_slabs, CANARY_STEP},
    [RULE_STAT_CPU_PARTIAL] = {break_stat_cpu_partial, CANARY_STEP},
    [RULE_STAT_NODE_PARTIAL] = {break_stat_node_partial, CANARY_STEP},
    [RULE_STAT_SOURCES] = {break_stat_sources, CANARY_STEP},
    [RULE_QUARANTINE] = {break_quarantine, CANARY_STEP | CANARY_INSTANT},
    [RULE_QUARANTINE_BOUND] = {break_quarantine_bound, CANARY_BOTH | CANARY_INSTANT},
    [RULE_GUARDED_QUEUE] = {break_guarded_queue, CANARY_STEP},
    [RULE_GUARDED_PLACE] = {break_guarded_place, CANARY_STEP},
    [RULE_GUARDED_CANARY] = {break_guarded_canary, CANARY_STEP},
    [RULE_GUARDED_HIDDEN] = {break_guarded_hidden, CANARY_STEP | CANARY_GUARDED},
    [RULE_OBJECT_MARKED] = {break_object_marked, CANARY_STEP | CANARY_INSTANT},
};

/* One canary in front of one judge. */
struct trial {
    struct canary canary;
    enum rule_id rule;
    enum canary_judge judge;
    struct violation violation;
    bool is_sound;
};

static bool (*const judges[])(struct heap_check *check, struct violation *violation) = {
    [CANARY_STEP] = heap_check_step,
    [CANARY_FULL] = heap_check_full,
    [CANARY_INSTANT] = heap_check_instant,
};

static const char *const judge_names[] = {
    [CANARY_STEP] = "the step",
    [CANARY_FULL] = "the full check",
    [CANARY_INSTANT] = "the instant",
};

static void break_and_judge(void *argument)
{
    struct trial *trial = argument;
    struct canary *canary = &trial->canary;

    canary_build(canary);
    sim_begin_step(canary->sim);
    canaries[trial->rule].break_rule(canary);
    sim_end_step(canary->sim);
    trial->is_sound = judges[trial->judge](canary->check, &trial->violation);
}

/* Name of the rule found broken, by whatever judge; NULL if none. */
static const char *try_canary(struct trial *trial)
{
    struct sim_outcome outcome = sim_run(trial->canary.sim, break_and_judge, trial);

    if (outcome.end != SIM_COMPLETED) {
        return outcome.rule;
    }
    return trial->is_sound ? NULL : rule_name(trial->violation.rule);
}

static void assert_found(const struct trial *setup, enum canary_judge judge)
{
    struct trial trial = *setup;

    trial.judge = judge;

    const char *found = try_canary(&trial);

    if (found == NULL || strcmp(found, rule_name(trial.rule)) != 0) {
        fail_msg("%s judged by %s: found %s", rule_name(trial.rule),
                 judge_names[judge], found != NULL ? found : "nothing");
    }
}

static void assert_found_by_all(const struct trial *setup)
{
    enum canary_judge wanted = canaries[setup->rule].judges;

    if ((wanted & CANARY_GUARDED) != 0 && !memory_is_guarded()) {
        return;
    }
    if ((wanted & (CANARY_STEP | CANARY_RUN)) != 0) {
        assert_found(setup, CANARY_STEP);
    }
    if ((wanted & CANARY_FULL) != 0) {
        assert_found(setup, CANARY_FULL);
    }
    if ((wanted & CANARY_INSTANT) != 0) {
        assert_found(setup, CANARY_INSTANT);
    }
}

static void every_rule_has_a_canary(void **state)
{
    (void)state;
    for (int rule = 0; rule < RULE_COUNT; rule++) {
        if (canaries[rule].break_rule == NULL || canaries[rule].judges == 0) {
            fail_msg("%s has no canary", rule_name((enum rule_id)rule));
        }
    }
}

static void every_canary_is_found(void **state)
{
    struct trial setup = {.canary = {.sim = sim_create(0), .check = heap_check_create()}};

    (void)state;
    for (int rule = 0; rule < RULE_COUNT; rule++) {
        setup.rule = (enum rule_id)rule;
        assert_found_by_all(&setup);
    }
    heap_check_destroy(setup.canary.check);
    sim_destroy(setup.canary.sim);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_rule_has_a_canary),
        cmocka_unit_test(every_canary_is_found),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
