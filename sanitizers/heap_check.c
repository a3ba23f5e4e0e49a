/*
 * Scope and mirror of the judge: which entities a step looks at, and what the frames add up to.
 *
 * A sweep is a step that starts with an empty mirror and finds everything touched, so that one path
 * serves both.
 */
#include "sanitizers/heap_check.h"

#include <stdlib.h>
#include <string.h>

#include "allocator/base/bits.h"
#include "sanitizers/check_features.h"
#include "sanitizers/check_state.h"

/* Steps before the first sweep: about the items that one of a small fresh heap visits. */
enum { FIRST_SWEEP = 64 };

struct heap_check *heap_check_create(void)
{
    struct heap_check *check = calloc(1, sizeof(*check));

    if (check == NULL) {
        return NULL;
    }
    check->frames = calloc(PAGE_COUNT_MAX, sizeof(check->frames[0]));
    check->blocks = calloc(pageblock_table_size(PAGE_COUNT_MAX), 1);
    if (check->frames == NULL || check->blocks == NULL) {
        free(check->frames);
        free(check->blocks);
        free(check);
        return NULL;
    }
    return check;
}

void heap_check_destroy(struct heap_check *check)
{
    if (check != NULL) {
        free(check->frames);
        free(check->blocks);
        free(check);
    }
}

uint64_t heap_check_items(const struct heap_check *check)
{
    return check->items;
}

void judge_fail(struct heap_check *check, enum rule_id rule, const void *subject, uint64_t found,
                uint64_t expected)
{
    if (rule < check->found.rule) {
        check->found = (struct violation){rule, subject, found, expected};
    }
}

bool judge_may_walk(const struct heap_check *check, uint64_t items)
{
    return items <= SMALL_WALK || check->scope == JUDGE_SWEEP || check->step >= check->walk_due;
}

void judge_walked(struct heap_check *check, uint64_t items)
{
    if (items > SMALL_WALK && check->scope != JUDGE_SWEEP) {
        check->walk_due = check->step + items;
    }
    check->items += items;
}

bool judge_is_exempt(const struct heap_check *check, const void *first, size_t size)
{
    return check->exempt != NULL && check->exempt(check->exempt_context, first, size);
}

bool judge_is_owned(const struct heap_check *check, const void *object)
{
    return check->owned != NULL && check->owned(check->owned_context, object);
}

static void count_slab(struct heap_check *check, const struct frame_seen *seen, uint64_t one)
{
    struct slab_totals *totals = &check->caches[seen->cache].totals[seen->node];
    struct slab_state state = slab_state_unpack(seen->slab);

    totals->slabs += one;
    totals->objects += one * state.object_count;
    if (state.frozen) {
        totals->frozen += one;
    } else if (seen->place < SLAB_PLACE_COUNT) {
        totals->at_place[seen->place] += one;
    }
    if (seen->place == SLAB_ON_PARTIAL && state.inuse_count == 0) {
        totals->empty_on_node += one;
    }
}

/* Adds a frame to the totals (one = 1) or takes it out again (one = -1, modulo 2^64). */
static void count_page(struct page_totals *totals, const struct frame_seen *seen, uint64_t one)
{
    struct page_state state = page_state_unpack(seen->page);

    if (state.order > ORDER_MAX || state.type >= MIGRATE_TYPE_COUNT) {
        return;
    }
    if (state.kind == PAGE_FREE) {
        totals->free_runs[free_area_index(state.type, state.order)] += one;
        totals->free_pages += one << state.order;
        totals->type_pages[state.type] += one << state.order;
    } else if (state.kind == PAGE_ISOLATED) {
        totals->isolated_pages += one << state.order;
    } else if (state.kind == PAGE_GUARD) {
        totals->guard_pages += one << state.order;
    } else if (page_kind_is_allocated(state.kind)) {
        totals->allocated_pages += one << state.order;
    } else if (state.kind == PAGE_CACHED && state.references < CPU_MAX) {
        totals->cached_pages[state.references] += one << state.order;
    }
}

static void count_frame(struct heap_check *check, pfn_t pfn, const struct frame_seen *seen,
                        uint64_t one)
{
    unsigned zone = view_zone_of(check->heap, pfn);

    if (zone < ZONE_MAX) {
        count_page(&check->pages[zone], seen, one);
    }
    if (seen->cache != NO_CACHE) {
        count_slab(check, seen, one);
    }
}

static struct frame_seen look_at_frame(const struct heap_check *check, pfn_t pfn)
{
    const struct kmem_heap *heap = check->heap;
    const struct slab *slab = &heap->slabs[pfn];
    struct frame_seen seen = {
        .page = view_word(&heap->memory.pages[pfn].state),
        .epoch = check->epoch,
        .cache = NO_CACHE,
    };

    if (page_state_unpack(seen.page).kind == PAGE_SLAB) {
        unsigned slot = view_cache_slot_at(heap, slab->cache);
        uint64_t place = view_word(&slab->place);

        seen.slab = view_word(&slab->state);
        seen.place = place < SLAB_PLACE_COUNT ? (uint8_t)place : UINT8_MAX;
        seen.cache = slot < CACHE_MAX ? (uint16_t)slot : NO_CACHE;
        seen.node = (uint8_t)view_node_of(heap, pfn);
    }
    return seen;
}

static void touch_cache_of(struct heap_check *check, const struct frame_seen *seen)
{
    if (seen->cache != NO_CACHE) {
        judge_touch_cache(check, seen->cache);
    }
}

/* Sets the mirror right about one frame. True if the frame's own state word has changed. */
static bool update_mirror(struct heap_check *check, pfn_t pfn)
{
    struct frame_seen *seen = &check->frames[pfn];
    struct frame_seen now = look_at_frame(check, pfn);
    bool is_known = seen->epoch == check->epoch;
    bool is_changed = !is_known || seen->page != now.page;

    if (is_known) {
        count_frame(check, pfn, seen, UINT64_MAX);
        touch_cache_of(check, seen);
    }
    count_frame(check, pfn, &now, 1);
    touch_cache_of(check, &now);
    *seen = now;
    return is_changed;
}

static void check_frames(struct heap_check *check, const pfn_t *frames, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        bool is_changed = update_mirror(check, frames[i]);

        check->items++;
        judge_page(check, frames[i], is_changed);
    }
}

/* Calls visit for each cache slot in the set. */
static void for_each_cache(struct heap_check *check, const uint64_t *set,
                           void (*visit)(struct heap_check *check, unsigned slot))
{
    for (unsigned word = 0; word < JOURNAL_CACHE_WORDS; word++) {
        for (uint64_t bits = set[word]; bits != 0; bits &= bits - 1) {
            visit(check, word * 64 + (unsigned)__builtin_ctzll(bits));
        }
    }
}

static void check_one_cache(struct heap_check *check, unsigned slot)
{
    const struct kmem_cache *cache = &check->heap->cache_slots[slot];

    if (!check->heap->cache_is_used[slot]) {
        judge_unused_cache(check, slot);
        return;
    }
    if (judge_cache(check, slot)) {
        judge_cpus(check, cache);
    }
    judge_nodes(check, cache);
    judge_stats(check, cache);
}

static bool report_found(const struct heap_check *check, struct violation *violation)
{
    *violation = check->found;
    return check->found.rule == RULE_COUNT;
}

static void forget_cache(struct heap_check *check, unsigned slot)
{
    check->caches[slot] = (struct cache_seen){0};
}

/* Forgets what was seen; entries of older epochs read as never seen. */
static void empty_mirror(struct heap_check *check)
{
    check->epoch++;
    memset(check->pages, 0, sizeof(check->pages));
    for_each_cache(check, check->known_caches, forget_cache);
    memcpy(check->known_caches, check->journal->run_caches, sizeof(check->known_caches));
}

void heap_check_ask_owner(struct heap_check *check, heap_check_owned *owned, void *context)
{
    check->owned = owned;
    check->owned_context = context;
}

void heap_check_begin(struct heap_check *check, const struct kmem_heap *heap,
                      const struct journal *journal, heap_check_exempt *exempt, void *context)
{
    check->heap = heap;
    check->journal = journal;
    check->exempt = exempt;
    check->exempt_context = context;
    check->step = 0;
    check->walk_due = 0;
    check->sweep_due = FIRST_SWEEP;
    check->items = 0;
    empty_mirror(check);
    memcpy(check->blocks, heap->memory.zones[0].blocks, pageblock_total(&heap->memory.zones[0]));
    for (uint32_t i = 0; i < journal->run_frame_count; i++) {
        update_mirror(check, journal->run_frames[i]);
    }
}

/* Those of a set of zones that nobody is changing, against what was seen of their frames. */
static void judge_zones(struct heap_check *check, uint32_t set, const struct page_totals *pages)
{
    const struct page_memory *memory = &check->heap->memory;

    for (unsigned zone = 0; zone < memory->zone_count; zone++) {
        if ((set >> zone & 1) != 0 && judge_is_settled(check, &memory->zones[zone].lock)) {
            judge_zone_totals(check, zone, &pages[zone]);
        }
        judge_pcp_totals(check, zone, &pages[zone]);
    }
}

static void sweep(struct heap_check *check)
{
    const struct journal *journal = check->journal;
    uint64_t items_before = check->items;

    check->scope = JUDGE_SWEEP;
    empty_mirror(check);
    memcpy(check->touched_caches, journal->run_caches, sizeof(check->touched_caches));
    check_frames(check, journal->run_frames, journal->run_frame_count);
    judge_coverage(check);
    judge_zones(check, UINT32_MAX, check->pages);
    judge_free_lists(check);
    judge_pcp_lists(check);
    judge_blocks(check);
    judge_registry(check);
    for_each_cache(check, check->touched_caches, check_one_cache);
    judge_guarded(check);
    check->scope = JUDGE_STEP;
    check->sweep_due = check->step + (check->items - items_before);
}

bool heap_check_full(struct heap_check *check, struct violation *violation)
{
    check->found.rule = RULE_COUNT;
    sweep(check);
    return report_found(check, violation);
}

bool heap_check_step(struct heap_check *check, struct violation *violation)
{
    const struct journal *journal = check->journal;

    check->step++;
    check->found.rule = RULE_COUNT;
    memcpy(check->touched_caches, journal->step_caches, sizeof(check->touched_caches));
    memcpy(check->known_caches, journal->run_caches, sizeof(check->known_caches));
    check_frames(check, journal->step_frames, journal->step_frame_count);
    judge_zones(check, journal->step_zones, check->pages);
    if (journal->step_zones != 0) {
        judge_blocks(check);
    }
    if (journal->step_registry) {
        judge_registry(check);
    }
    for_each_cache(check, check->touched_caches, check_one_cache);
    judge_guarded(check);
    if (check->found.rule == RULE_COUNT && check->step >= check->sweep_due) {
        sweep(check);
    }
    return report_found(check, violation);
}

/* Judges a frame without touching the mirror; pages becomes what frames amount to with it. */
static void check_busy_frame(struct heap_check *check, pfn_t pfn, struct page_totals *pages)
{
    const struct frame_seen *seen = &check->frames[pfn];
    const struct frame_seen now = look_at_frame(check, pfn);
    bool is_known = seen->epoch == check->epoch;
    unsigned zone = view_zone_of(check->heap, pfn);

    if (is_known && zone < ZONE_MAX) {
        count_page(&pages[zone], seen, UINT64_MAX);
    }
    if (zone < ZONE_MAX) {
        count_page(&pages[zone], &now, 1);
    }
    touch_cache_of(check, &now);
    check->items++;
    judge_page(check, pfn, !is_known || seen->page != now.page);
}

/* A cache, unless it is being made: then some of it may not be there yet. */
static void check_busy_cache(struct heap_check *check, unsigned slot)
{
    const struct kmem_heap *heap = check->heap;
    uint32_t id = heap->cache_slots[slot].id;
    bool is_known = heap->cache_is_used[slot] && check->caches[slot].known_id == id + 1;

    if (is_known || judge_is_settled(check, &heap->registry_lock)) {
        check_one_cache(check, slot);
    }
}

static bool all_zones_are_settled(const struct heap_check *check)
{
    const struct page_memory *memory = &check->heap->memory;

    for (unsigned zone = 0; zone < memory->zone_count; zone++) {
        if (!judge_is_settled(check, &memory->zones[zone].lock)) {
            return false;
        }
    }
    return true;
}

static void check_busy_heap(struct heap_check *check)
{
    const struct journal *journal = check->journal;
    const struct kmem_heap *heap = check->heap;
    struct page_totals pages[ZONE_MAX];

    memcpy(pages, check->pages, heap->memory.zone_count * sizeof(pages[0]));
    for (uint32_t i = 0; i < journal->step_frame_count; i++) {
        check_busy_frame(check, journal->step_frames[i], pages);
    }
    judge_zones(check, journal->step_zones, pages);
    if (journal->step_zones != 0 && all_zones_are_settled(check)) {
        judge_blocks(check);
    }
    if (journal->step_registry && judge_is_settled(check, &heap->registry_lock)) {
        judge_registry(check);
    }
    for_each_cache(check, check->touched_caches, check_busy_cache);
}

bool heap_check_instant(struct heap_check *check, struct violation *violation)
{
    const struct journal *journal = check->journal;

    check->step++;
    check->found.rule = RULE_COUNT;
    memcpy(check->touched_caches, journal->step_caches, sizeof(check->touched_caches));
    memcpy(check->known_caches, journal->run_caches, sizeof(check->known_caches));
    check->scope = JUDGE_INSTANT;
    check_busy_heap(check);
    check->scope = JUDGE_STEP;
    return report_found(check, violation);
}
