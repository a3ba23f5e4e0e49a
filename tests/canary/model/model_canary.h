/*
 * Canaries for the rules of model_rules.def: a small heap of two nodes with its model, and results,
 * bytes and reports that are wrong.
 *
 * A canary plays the allocator that lies: it calls the comparison with what should not be, or
 * changes bytes behind the model's back. The heap itself is sound all the time.
 */
#ifndef TESTS_CANARY_MODEL_MODEL_CANARY_H
#define TESTS_CANARY_MODEL_MODEL_CANARY_H

#include "allocator/cache/heap_state.h"
#include "fuzz/owed.h"
#include "sanitizers/compare.h"
#include "sim/sim.h"

/* Slots that are in use at the start, and some that are not. */
enum {
    SLOT_OBJECT = 0,        /* of CACHE_PLAIN, 64 bytes */
    SLOT_CONSTRUCTED,       /* of CACHE_CTOR */
    SLOT_KMALLOC,           /* 40 bytes of 64 */
    SLOT_LARGE,             /* 20000 bytes of 32768 */
    SLOT_PAGES,             /* 2 pages */
    SLOT_DEBUG,             /* of CACHE_DEBUG, 60 bytes */
    SLOT_VACANT,
};

enum {
    CACHE_PLAIN = 0,        /* no flags, 64 bytes */
    CACHE_CTOR,             /* 64 bytes, constructed */
    CACHE_DEBUG,            /* all debug flags, 60 bytes */
    CACHE_UNUSED,           /* 64 bytes, no slab yet */
};

struct model_canary {
    struct sim *sim;
    struct kmem_heap *heap;
    struct model *model;
    struct owed owed;
};

/* Makes the heap and the model. The simulation is reset. Only inside sim_run(). */
void model_canary_build(struct model_canary *canary);

/* The object of a slot. */
struct model_object *canary_object(struct model_canary *canary, unsigned slot);

typedef void model_break(struct model_canary *canary);

/* Results. Each is named for its rule in model_canary_test.c. */
model_break break_object_inside, break_object_aligned, break_object_owned_once,
    break_object_in_cache, break_object_isolated, break_null_has_cause, break_null_is_due,
    break_null_is_last_resort, break_page_failure_has_cause, break_failure_changes_nothing,
    break_create_result, break_cache_debugged, break_destroy_result, break_shrink_result,
    break_validate_result,
    break_bulk_result, break_size_result, break_usable_size, break_resize_place, break_roundup,
    break_zero_size,
    break_offline_holds_nothing, break_readers_are_waited_for, break_waiting_frees_happen,
    break_buckets, break_charged, break_charge_result, break_charges_add_up,
    break_node_strict, break_node_nearest, break_node_partial_first, break_node_result,
    break_balance_asked, break_balance_result,
    break_leak, break_copy_result, break_cache_shared, break_type_is_stable;

/* Pages that are shared, exact, or many. */
model_break break_run_is_held, break_pages_are_exact, break_free_leaves_few,
    break_reserve_kept_apart, break_drain_leaves_nothing, break_bulk_pages_result,
    break_fragment_is_cut, break_guard_is_left, break_owner_agrees, break_view_is_second;

/* Mempools. */
model_break break_pool_result, break_pool_promise, break_pool_reserve, break_pool_poisoned;

/* What is told of the heap. */
model_break break_text_fits, break_text_ends, break_counts_agree, break_sites_agree,
    break_store_result, break_description_agrees;

/* Pages of types and ranges of frames. */
model_break break_block_isolated, break_watermark_kept, break_isolation_result,
    break_contig_result, break_type_is_asked;

/* Bytes and reports. */
model_break break_content_kept, break_content_zeroed, break_content_constructed,
    break_content_wiped, break_sensitive_is_wiped, break_live_is_shown, break_rest_is_hidden,
    break_freed_is_hidden, break_report_owed, break_report_not_owed;

/* Counters. */
model_break break_stat_objects, break_stat_flush, break_stat_cleared, break_stat_text,
    break_census_result, break_reclaim_counted, break_trace_counted, break_trace_shows;

/* The guard pool. */
model_break break_guarded_in_turn, break_guarded_reused_late;

/* Failures on purpose. */
model_break break_fault_result, break_failure_is_due, break_failed_gives_nothing,
    break_given_is_marked, break_purged_holds_nothing;

#endif
