/* Each rule of model_rules.def has a canary that breaks it, and is the first to be found broken. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "allocator/base/compiler.h"
#include "tests/canary/model/model_canary.h"

static const struct {
    model_break *break_rule;
    bool is_guarded;    /* only where the sanitizer knows hidden bytes */
} canaries[MODEL_RULE_COUNT] = {
    [MODEL_RULE_OBJECT_INSIDE] = {break_object_inside, false},
    [MODEL_RULE_OBJECT_ALIGNED] = {break_object_aligned, false},
    [MODEL_RULE_OBJECT_OWNED_ONCE] = {break_object_owned_once, false},
    [MODEL_RULE_OBJECT_IN_CACHE] = {break_object_in_cache, false},
    [MODEL_RULE_OBJECT_ISOLATED] = {break_object_isolated, false},
    [MODEL_RULE_BLOCK_ISOLATED] = {break_block_isolated, false},
    [MODEL_RULE_TYPE_IS_ASKED] = {break_type_is_asked, false},
    [MODEL_RULE_WATERMARK_KEPT] = {break_watermark_kept, false},
    [MODEL_RULE_NULL_HAS_CAUSE] = {break_null_has_cause, false},
    [MODEL_RULE_NULL_IS_DUE] = {break_null_is_due, false},
    [MODEL_RULE_NULL_IS_LAST_RESORT] = {break_null_is_last_resort, false},
    [MODEL_RULE_PAGE_FAILURE_HAS_CAUSE] = {break_page_failure_has_cause, false},
    [MODEL_RULE_NODE_STRICT] = {break_node_strict, false},
    [MODEL_RULE_NODE_NEAREST] = {break_node_nearest, false},
    [MODEL_RULE_NODE_PARTIAL_FIRST] = {break_node_partial_first, false},
    [MODEL_RULE_NODE_RESULT] = {break_node_result, false},
    [MODEL_RULE_CREATE_RESULT] = {break_create_result, false},
    [MODEL_RULE_CACHE_DEBUGGED] = {break_cache_debugged, false},
    [MODEL_RULE_DESTROY_RESULT] = {break_destroy_result, false},
    [MODEL_RULE_SHRINK_RESULT] = {break_shrink_result, false},
    [MODEL_RULE_VALIDATE_RESULT] = {break_validate_result, false},
    [MODEL_RULE_BULK_RESULT] = {break_bulk_result, false},
    [MODEL_RULE_SIZE_RESULT] = {break_size_result, false},
    [MODEL_RULE_USABLE_SIZE] = {break_usable_size, false},
    [MODEL_RULE_RESIZE_PLACE] = {break_resize_place, false},
    [MODEL_RULE_ROUNDUP] = {break_roundup, false},
    [MODEL_RULE_ZERO_SIZE] = {break_zero_size, false},
    [MODEL_RULE_FAILURE_CHANGES_NOTHING] = {break_failure_changes_nothing, false},
    [MODEL_RULE_CONTENT_KEPT] = {break_content_kept, false},
    [MODEL_RULE_CONTENT_ZEROED] = {break_content_zeroed, false},
    [MODEL_RULE_CONTENT_CONSTRUCTED] = {break_content_constructed, false},
    [MODEL_RULE_CONTENT_WIPED] = {break_content_wiped, false},
    [MODEL_RULE_SENSITIVE_IS_WIPED] = {break_sensitive_is_wiped, false},
    [MODEL_RULE_LIVE_IS_SHOWN] = {break_live_is_shown, true},
    [MODEL_RULE_REST_IS_HIDDEN] = {break_rest_is_hidden, true},
    [MODEL_RULE_FREED_IS_HIDDEN] = {break_freed_is_hidden, true},
    [MODEL_RULE_OFFLINE_HOLDS_NOTHING] = {break_offline_holds_nothing, false},
    [MODEL_RULE_CACHE_SHARED] = {break_cache_shared, false},
    [MODEL_RULE_TYPE_IS_STABLE] = {break_type_is_stable, false},
    [MODEL_RULE_COPY_RESULT] = {break_copy_result, false},
    [MODEL_RULE_READERS_ARE_WAITED_FOR] = {break_readers_are_waited_for, false},
    [MODEL_RULE_WAITING_FREES_HAPPEN] = {break_waiting_frees_happen, false},
    [MODEL_RULE_RUN_IS_HELD] = {break_run_is_held, false},
    [MODEL_RULE_PAGES_ARE_EXACT] = {break_pages_are_exact, false},
    [MODEL_RULE_FRAGMENT_IS_CUT] = {break_fragment_is_cut, false},
    [MODEL_RULE_VIEW_IS_SECOND] = {break_view_is_second, false},
    [MODEL_RULE_OWNER_AGREES] = {break_owner_agrees, false},
    [MODEL_RULE_GUARD_IS_LEFT] = {break_guard_is_left, false},
    [MODEL_RULE_FREE_LEAVES_FEW] = {break_free_leaves_few, false},
    [MODEL_RULE_RESERVE_KEPT_APART] = {break_reserve_kept_apart, false},
    [MODEL_RULE_DRAIN_LEAVES_NOTHING] = {break_drain_leaves_nothing, false},
    [MODEL_RULE_BULK_PAGES_RESULT] = {break_bulk_pages_result, false},
    [MODEL_RULE_POOL_RESULT] = {break_pool_result, false},
    [MODEL_RULE_POOL_PROMISE] = {break_pool_promise, false},
    [MODEL_RULE_POOL_RESERVE] = {break_pool_reserve, false},
    [MODEL_RULE_POOL_POISONED] = {break_pool_poisoned, false},
    [MODEL_RULE_TEXT_FITS] = {break_text_fits, false},
    [MODEL_RULE_TEXT_ENDS] = {break_text_ends, false},
    [MODEL_RULE_COUNTS_AGREE] = {break_counts_agree, false},
    [MODEL_RULE_SITES_AGREE] = {break_sites_agree, false},
    [MODEL_RULE_STORE_RESULT] = {break_store_result, false},
    [MODEL_RULE_DESCRIPTION_AGREES] = {break_description_agrees, false},
    [MODEL_RULE_BUCKETS] = {break_buckets, false},
    [MODEL_RULE_CHARGED] = {break_charged, false},
    [MODEL_RULE_CHARGE_RESULT] = {break_charge_result, false},
    [MODEL_RULE_CHARGES_ADD_UP] = {break_charges_add_up, false},
    [MODEL_RULE_ISOLATION_RESULT] = {break_isolation_result, false},
    [MODEL_RULE_CONTIG_RESULT] = {break_contig_result, false},
    [MODEL_RULE_LEAK] = {break_leak, false},
    [MODEL_RULE_REPORT_OWED] = {break_report_owed, false},
    [MODEL_RULE_REPORT_NOT_OWED] = {break_report_not_owed, false},
    [MODEL_RULE_STAT_OBJECTS] = {break_stat_objects, false},
    [MODEL_RULE_STAT_FLUSH] = {break_stat_flush, false},
    [MODEL_RULE_STAT_CLEARED] = {break_stat_cleared, false},
    [MODEL_RULE_STAT_TEXT] = {break_stat_text, false},
    [MODEL_RULE_CENSUS_RESULT] = {break_census_result, false},
    [MODEL_RULE_TRACE_COUNTED] = {break_trace_counted, false},
    [MODEL_RULE_TRACE_SHOWS] = {break_trace_shows, false},
    [MODEL_RULE_RECLAIM_COUNTED] = {break_reclaim_counted, false},
    [MODEL_RULE_FAULT_RESULT] = {break_fault_result, false},
    [MODEL_RULE_FAILURE_IS_DUE] = {break_failure_is_due, false},
    [MODEL_RULE_FAILED_GIVES_NOTHING] = {break_failed_gives_nothing, false},
    [MODEL_RULE_GIVEN_IS_MARKED] = {break_given_is_marked, false},
    [MODEL_RULE_PURGED_HOLDS_NOTHING] = {break_purged_holds_nothing, false},
    [MODEL_RULE_GUARDED_IN_TURN] = {break_guarded_in_turn, false},
    [MODEL_RULE_GUARDED_REUSED_LATE] = {break_guarded_reused_late, false},
    [MODEL_RULE_BALANCE_ASKED] = {break_balance_asked, false},
    [MODEL_RULE_BALANCE_RESULT] = {break_balance_result, false},
};

/* One run: the heap is built, found sound, and broken by one canary. */
struct trial {
    struct model_canary canary;
    enum model_rule rule;
    enum model_rule before;
    enum model_rule after;
};

static void body(void *argument)
{
    struct trial *trial = argument;

    model_canary_build(&trial->canary);
    trial->before = trial->canary.model->violation;
    canaries[trial->rule].break_rule(&trial->canary);
    trial->after = trial->canary.model->violation;
}

static void each_rule_is_found_broken(void **state)
{
    struct trial trial = {.canary = {.sim = sim_create(0), .model = model_create()}};
    const struct heap_config config = heap_config_default();

    (void)state;
    for (unsigned rule = 0; rule < MODEL_RULE_COUNT; rule++) {
        if (canaries[rule].is_guarded && !memory_is_guarded()) {
            continue;
        }
        trial.rule = (enum model_rule)rule;
        sim_reset(trial.canary.sim, &config);
        assert_int_equal(sim_run(trial.canary.sim, body, &trial).end, SIM_COMPLETED);
        assert_string_equal(model_rule_name(trial.before), model_rule_name(MODEL_RULE_COUNT));
        assert_string_equal(model_rule_name(trial.after), model_rule_name(trial.rule));
    }
    model_destroy(trial.canary.model);
    sim_destroy(trial.canary.sim);
}

static void each_rule_has_a_canary(void **state)
{
    (void)state;
    for (unsigned rule = 0; rule < MODEL_RULE_COUNT; rule++) {
        assert_non_null(canaries[rule].break_rule);
    }
}

static void rules_are_found_by_name(void **state)
{
    (void)state;
    for (unsigned rule = 0; rule < MODEL_RULE_COUNT; rule++) {
        assert_int_equal(model_rule_find(model_rule_name((enum model_rule)rule)), rule);
    }
    assert_int_equal(model_rule_find("NO_SUCH_RULE"), MODEL_RULE_COUNT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_rule_has_a_canary),
        cmocka_unit_test(each_rule_is_found_broken),
        cmocka_unit_test(rules_are_found_by_name),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
