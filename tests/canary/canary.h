/*
 * Canaries for the rules of invariants.def: a small sound heap, and ways to break it.
 *
 * The heap holds at least one of everything that a rule speaks of; struct canary names one of each.
 * A break changes internals, and tells the journal which word an allocator would have written, so
 * that the judge of the step looks there.
 */
#ifndef TESTS_CANARY_CANARY_H
#define TESTS_CANARY_CANARY_H

#include "allocator/cache/heap_state.h"
#include "sanitizers/heap_check.h"
#include "sim/sim.h"

struct canary {
    struct sim *sim;
    struct heap_check *check;
    struct kmem_heap *heap;

    struct page *run;              /* two pages that a user owns */
    struct page *large;            /* a large kmalloc object */
    struct page *used_free;        /* a free page that was in use once */

    /* A cache without debug flags, stride 72, 2 CPUs. */
    struct kmem_cache *plain;
    struct slab *cpu_slab;         /* CPU 0's; its freelist is not empty */
    struct slab *cpu_partial;      /* on CPU 0's stack */
    struct slab *node_partial;     /* on the node's list, several objects free */
    struct slab *node_empty;       /* on the node's list, all objects free */
    struct slab *full;             /* on no list */

    /* A cache with every debug flag. */
    struct kmem_cache *debug;
    struct slab *debug_partial;    /* on the node's list; the head of its freelist was used */
    struct slab *debug_full;       /* on the node's full list */

    const void *owned;             /* the only object of which a user says that it is his */
};

/* Makes the heap. The simulation is reset, the judge begun. Only inside sim_run(). */
void canary_build(struct canary *canary);

/* Tells the journal that a word of shared memory is written. */
void canary_touch(const void *word);

/* The words of a slab, page and CPU, to be changed field by field. */
struct slab_state canary_slab_state(const struct slab *slab);
void canary_set_slab_state(struct slab *slab, struct slab_state state);
void canary_set_page_state(struct page *page, struct page_state state);

/* The first free object of a slab's own list. */
void *canary_free_object(const struct slab *slab);

typedef void canary_break(struct canary *canary);

/* Where the rule must be the first broken one. */
enum canary_judge {
    CANARY_STEP = 1,      /* heap_check_step() */
    CANARY_FULL = 2,      /* heap_check_full() */
    CANARY_BOTH = 3,
    CANARY_INSTANT = 4,   /* heap_check_instant() */
    CANARY_ALL = 7,
    CANARY_RUN = 8,       /* the run is abandoned with the rule */
    CANARY_GUARDED = 16,  /* only where the sanitizer knows hidden bytes */
};

/* The breaks, by what they break. Each is named for its rule in canary_test.c. */
canary_break break_page_state, break_page_aligned, break_page_hole, break_page_tail,
    break_page_interior, break_page_conserved, break_page_forgotten, break_page_large_size,
    break_page_poisoned, break_page_hidden, break_buddy_merged, break_buddy_listed,
    break_buddy_count, break_buddy_free_pages, break_buddy_isolated_pages, break_guard_place,
    break_guard_count, break_page_owned, break_page_mapped, break_page_unmapped, break_pcp_listed,
    break_pcp_count, break_pcp_barred, break_buddy_block_type, break_buddy_type_pages,
    break_block_known, break_block_type, break_block_reserve, break_zone_holds_run,
    break_zone_offline, break_zone_watermarks;

canary_break break_registry_listed, break_registry_count, break_registry_ids,
    break_registry_kmalloc, break_cache_forgotten, break_cache_heap, break_cache_secret,
    break_cache_name, break_cache_flags, break_cache_limits, break_cache_users, break_layout_valid,
    break_layout_align, break_layout_regions, break_layout_order, break_layout_objects;

canary_break break_slab_forgotten, break_slab_cache, break_slab_order, break_slab_ordinal,
    break_slab_node, break_slab_place, break_slab_waits, break_slab_objects, break_slab_extensions,
    break_slab_inuse,
    break_slab_freelist, break_slab_acyclic, break_slab_count, break_partial_has_free,
    break_full_has_none, break_full_is_listed, break_object_unowned, break_object_uncharged,
    break_object_redzone, break_object_poison, break_object_padding, break_object_tracked,
    break_object_hidden;

canary_break break_cpu_transaction, break_cpu_closed, break_cpu_idle, break_cpu_debug,
    break_cpu_slab, break_cpu_freelist, break_cpu_freelist_lost, break_lock_held,
    break_cpu_disjoint, break_cpu_partial, break_cpu_partial_count, break_cpu_deferred,
    break_node_partial, break_node_partial_count, break_node_full, break_node_slab_count,
    break_node_object_count, break_node_empty_bound, break_node_ready;

canary_break break_sim_lock_recursion, break_sim_lock_order, break_sim_unlock, break_sim_lock_leak,
    break_sim_irq_nesting, break_sim_irq_leak, break_sim_step_bound, break_sim_context,
    break_sim_deadlock;

canary_break break_guarded_queue, break_guarded_place, break_guarded_canary, break_guarded_hidden;

canary_break break_quarantine, break_quarantine_bound, break_object_marked;

canary_break break_stat_slabs, break_stat_cpu_partial, break_stat_node_partial, break_stat_sources;

#endif
