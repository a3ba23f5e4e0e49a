/* Frames and the runs they make up. */
#include "allocator/base/bits.h"
#include "allocator/base/compiler.h"
#include "allocator/base/raw.h"
#include "allocator/hardening/page_poison.h"
#include "allocator/page/page_owner.h"
#include "sanitizers/check_state.h"

static bool kind_heads_run(enum page_kind kind)
{
    return kind == PAGE_FREE || kind == PAGE_ISOLATED || kind == PAGE_CACHED ||
           kind == PAGE_GUARD || page_kind_is_allocated(kind);
}

/* The final frame of a run that starts in a zone is of that zone. */
static bool zone_holds(const struct kmem_heap *heap, pfn_t pfn, unsigned order)
{
    unsigned zone = view_zone_of(heap, pfn);

    return zone < ZONE_MAX &&
           zone_has_frame(&heap->memory.zones[zone], pfn + order_pages(order) - 1);
}

static bool run_fits(const struct kmem_heap *heap, pfn_t pfn, unsigned order)
{
    return is_aligned(pfn, order_pages(order)) &&
           pfn + order_pages(order) <= heap->memory.page_count;
}

/* Only runs are shared; a cached one names its CPU. */
static uint32_t references_max(struct page_state state)
{
    return state.kind == PAGE_RUN ? UINT32_MAX : state.kind == PAGE_CACHED ? CPU_MAX - 1 : 0;
}

/* Types of lists that a run of the kind may be on; without pageblocks CPUs know one only. */
static unsigned type_count(const struct kmem_heap *heap, enum page_kind kind)
{
    bool has_types = kind == PAGE_CACHED && heap->config.pageblock_order != 0;

    return kind == PAGE_FREE ? MIGRATE_TYPE_COUNT : has_types ? MIGRATE_REQUEST_COUNT : 1;
}

static bool state_is_known(const struct kmem_heap *heap, struct page_state state)
{
    bool is_head = kind_heads_run(state.kind);
    unsigned types = type_count(heap, state.kind);

    unsigned order_max = is_head ? ORDER_MAX : 0;

    return state.kind < PAGE_KIND_COUNT && state.type < types &&
           (state.kind == PAGE_HOLE ? state.order == ORDER_COUNT : state.order <= order_max) &&
           (state.kind == PAGE_RUN || !state.is_compound) &&
           state.references <= references_max(state);
}

/* The frame behind the head of an owned run at pfn. */
static void check_tails(struct heap_check *check, pfn_t pfn, unsigned order)
{
    uint64_t expected = page_state_pack((struct page_state){.kind = PAGE_TAIL, .head = pfn});

    for (pfn_t tail = pfn + 1; tail < pfn + order_pages(order); tail++) {
        const struct page *page = &check->heap->memory.pages[tail];

        judge_equal(check, RULE_PAGE_TAIL, page, view_word(&page->state), expected);
    }
    check->items += order_pages(order) - 1;
}

/* A tail names a head whose run covers it. */
static void check_tail(struct heap_check *check, pfn_t pfn, struct page_state state)
{
    const struct kmem_heap *heap = check->heap;
    bool is_covered = false;

    if (state.head < pfn) {
        struct page_state head = view_page(heap, state.head);

        is_covered = kind_heads_run(head.kind) && head.kind != PAGE_FREE &&
                     head.order <= ORDER_MAX && pfn - state.head < order_pages(head.order);
    }
    judge_that(check, is_covered, RULE_PAGE_TAIL, &heap->memory.pages[pfn]);
}

/* An interior frame lies in one free run: that of the aligned frame below it which heads one. */
static void check_interior(struct heap_check *check, pfn_t pfn)
{
    const struct kmem_heap *heap = check->heap;
    unsigned run_count = 0;

    for (unsigned order = 1; order <= ORDER_MAX; order++) {
        pfn_t head = pfn & ~(order_pages(order) - 1);
        struct page_state state = view_page(heap, head);

        run_count += head != pfn && state.kind == PAGE_FREE && state.order == order;
    }
    judge_equal(check, RULE_PAGE_INTERIOR, &heap->memory.pages[pfn], run_count, 1);
}

static bool frame_was_used(const struct heap_check *check, pfn_t pfn)
{
    return (check->journal->used[pfn / 64] >> (pfn % 64) & 1) != 0;
}

/* A page that was ever in use and is free again. */
static void check_poison(struct heap_check *check, pfn_t pfn)
{
    const struct page *page = &check->heap->memory.pages[pfn];
    const unsigned char *bytes = memory_address(&check->heap->memory, page);

    judge_that(check, page->poisoned, RULE_PAGE_POISONED, page);
    if (!judge_may_walk(check, PAGE_SIZE / BYTES_PER_ITEM)) {
        return;
    }
    judge_walked(check, PAGE_SIZE / BYTES_PER_ITEM);

    size_t offset = raw_find_other(bytes, PAGE_SIZE, PAGE_POISON_BYTE);

    if (offset < PAGE_SIZE && !judge_is_exempt(check, bytes, PAGE_SIZE)) {
        judge_fail(check, RULE_PAGE_POISONED, bytes + offset, raw_load_byte(bytes + offset),
                   PAGE_POISON_BYTE);
    }
}

/* Whoever has a page allocated it, as what it is; who has it not, freed it, or never had it. */
static void check_owner(struct heap_check *check, pfn_t pfn, struct page_state run)
{
    const struct page *page = &check->heap->memory.pages[pfn];
    const struct page_owner *owner = page_owner_of(&check->heap->memory, page);
    bool is_allocated = page_kind_is_allocated(run.kind);

    if (owner != NULL && check->scope != JUDGE_INSTANT) {
        judge_equal(check, RULE_PAGE_OWNED, page, owner->is_allocated, is_allocated);
        judge_that(check, !is_allocated || owner->alloc.order == run.order, RULE_PAGE_OWNED, page);
    }
}

/* Who is about to have a page has it mapped first; who gives it back has it unmapped before. */
static void check_mapping(struct heap_check *check, pfn_t pfn, bool is_allocated)
{
    const struct page *page = &check->heap->memory.pages[pfn];
    bool is_expected = is_allocated && check->heap->config.debug_pagealloc;

    if (check->scope != JUDGE_INSTANT) {
        judge_equal(check, is_expected ? RULE_PAGE_MAPPED : RULE_PAGE_UNMAPPED, page,
                    page->mapped, is_expected);
    }
}

/* What CPUs had at hand, or was a guard, was perhaps never anybody's, and holds no poison yet. */
static void check_free_frame(struct heap_check *check, pfn_t pfn)
{
    const struct heap_config *config = &check->heap->config;
    const struct page *page = &check->heap->memory.pages[pfn];
    const unsigned char *bytes = memory_address(&check->heap->memory, page);
    bool was_filled = page->poisoned || (config->pcp_high == 0 && config->guard_order == 0);

    judge_equal(check, RULE_PAGE_FORGOTTEN, page, page->client | page->object_size, 0);
    judge_that(check, memory_first_shown(bytes, PAGE_SIZE) == NULL, RULE_PAGE_HIDDEN, bytes);
    check_owner(check, pfn, (struct page_state){.kind = PAGE_FREE});
    check_mapping(check, pfn, false);
    if (config->page_poison && frame_was_used(check, pfn) && was_filled) {
        check_poison(check, pfn);
    }
}

/* The size is its owner's, who sets it after the run is taken and clears it before it is freed. */
static void check_large_size(struct heap_check *check, const struct page *page, unsigned order)
{
    uint64_t size = page->object_size;

    if (check->scope != JUDGE_INSTANT) {
        judge_that(check, size > 0 && size <= order_size(order), RULE_PAGE_LARGE_SIZE, page);
    }
}

/* All pages of a view are runs of one page. The size is its owner's, as that of a large object. */
static void check_view(struct heap_check *check, pfn_t first)
{
    const struct page_memory *memory = &check->heap->memory;
    uint64_t size = memory->pages[first].object_size;
    uint64_t page_count = align_up(size, PAGE_SIZE) / PAGE_SIZE;
    bool is_whole = page_count <= memory->page_count - first;

    if (size == 0 || check->scope == JUDGE_INSTANT) {
        return;
    }
    for (pfn_t pfn = first; is_whole && pfn < first + page_count; pfn++) {
        struct page_state state = view_page(check->heap, pfn);

        is_whole = state.kind == PAGE_RUN && state.order == 0;
    }
    judge_that(check, is_whole, RULE_PAGE_LARGE_SIZE, &memory->pages[first]);
}

/* A frame is a hole exactly if the map says so, and no run reaches into one. */
static bool fits_map(const struct kmem_heap *heap, pfn_t pfn, struct page_state state)
{
    if (state.kind == PAGE_HOLE) {
        return view_hole_pages(heap, pfn, pfn + 1) == 1;
    }
    return view_hole_pages(heap, pfn, pfn + order_pages(state.order)) == 0;
}

/* What the frame says of itself: false if it makes no sense. */
static bool check_word(struct heap_check *check, pfn_t pfn, struct page_state state)
{
    const struct page *page = &check->heap->memory.pages[pfn];

    if (!state_is_known(check->heap, state)) {
        judge_fail(check, RULE_PAGE_STATE, page, view_word(&page->state), 0);
        return false;
    }
    if (kind_heads_run(state.kind) && !run_fits(check->heap, pfn, state.order)) {
        judge_fail(check, RULE_PAGE_ALIGNED, page, pfn, state.order);
        return false;
    }
    if (!fits_map(check->heap, pfn, state)) {
        judge_fail(check, RULE_PAGE_HOLE, page, state.kind, PAGE_HOLE);
        return false;
    }
    if (kind_heads_run(state.kind) && !zone_holds(check->heap, pfn, state.order)) {
        judge_fail(check, RULE_ZONE_HOLDS_RUN, page, pfn, state.order);
        return false;
    }
    return true;
}

/*
 * The store that took a run off its CPU's list may be seen late, and the run be in use by then, in
 * whatever way.
 */
static bool may_be_taken(const struct heap_check *check, enum page_kind kind)
{
    return check->scope == JUDGE_INSTANT && kind == PAGE_CACHED &&
           check->heap->config.store_buffers;
}

/* All frames of the run are as free ones are. */
static void check_unused(struct heap_check *check, pfn_t pfn, struct page_state state)
{
    if (state.kind == PAGE_CACHED) {
        judge_cached_run(check, pfn, state);
    } else {
        judge_guard(check, pfn, state);
    }
    for (pfn_t frame = pfn; frame < pfn + order_pages(state.order); frame++) {
        check_free_frame(check, frame);
    }
}

/* The frame in its run, and the run among the others: all of it changes under the zone's lock. */
static void check_run(struct heap_check *check, pfn_t pfn, struct page_state state,
                      bool is_changed)
{
    if (state.kind == PAGE_TAIL) {
        check_tail(check, pfn, state);
    } else if (state.kind == PAGE_INTERIOR) {
        check_interior(check, pfn);
        check_free_frame(check, pfn);
    } else if (state.kind == PAGE_FREE) {
        judge_free_run(check, pfn, state);
        check_free_frame(check, pfn);
    } else if (state.kind == PAGE_HOLE) {
        check_free_frame(check, pfn);
    } else if (is_changed) {
        check_tails(check, pfn, state.order);
    }
    for (pfn_t frame = pfn; page_kind_is_allocated(state.kind) && is_changed &&
                            frame < pfn + order_pages(state.order); frame++) {
        check_owner(check, frame, state);
        check_mapping(check, frame, true);
    }
    if ((state.kind == PAGE_CACHED || state.kind == PAGE_GUARD) &&
        !may_be_taken(check, state.kind)) {
        check_unused(check, pfn, state);
    }
}

/*
 * A slab descriptor is filled in as soon as the kind of its run is stored, and that store may be
 * seen late.
 */
static bool may_become_slab(const struct heap_check *check, enum page_kind kind)
{
    return may_be_taken(check, kind) || (check->scope == JUDGE_INSTANT && kind == PAGE_RUN);
}

/* Only slabs have a slab descriptor. */
static void check_client(struct heap_check *check, pfn_t pfn, enum page_kind kind)
{
    if (kind != PAGE_SLAB && !may_become_slab(check, kind)) {
        judge_no_slab(check, pfn);
    }
}

void judge_page(struct heap_check *check, pfn_t pfn, bool is_changed)
{
    const struct page_memory *memory = &check->heap->memory;
    struct page_state state = view_page(check->heap, pfn);
    unsigned zone = view_zone_of(check->heap, pfn);

    if (!check_word(check, pfn, state) || zone == ZONE_MAX) {
        return;
    }
    if (judge_is_settled(check, &memory->zones[zone].lock)) {
        check_run(check, pfn, state, is_changed);
        check_client(check, pfn, state.kind);
    }
    if (state.kind == PAGE_SLAB) {
        judge_slab(check, pfn);
    } else if (state.kind == PAGE_LARGE) {
        check_large_size(check, &memory->pages[pfn], state.order);
    } else if (state.kind == PAGE_RUN) {
        check_view(check, pfn);
    }
}

/* Frames that were never written are interior, so the journal knows the only ones to look at. */
static void check_written_interior(struct heap_check *check, pfn_t first, pfn_t end)
{
    for (pfn_t pfn = first; pfn < end;) {
        uint64_t bits = check->journal->written[pfn / 64] >> (pfn % 64);

        if (bits == 0) {
            pfn = (pfn / 64 + 1) * 64;
            continue;
        }
        pfn += (pfn_t)__builtin_ctzll(bits);
        if (pfn < end) {
            const struct page *page = &check->heap->memory.pages[pfn];

            judge_equal(check, RULE_PAGE_INTERIOR, page, view_word(&page->state), 0);
            check->items++;
        }
        pfn++;
    }
}

/* From run to run: whatever is not behind a head must be one. */
void judge_coverage(struct heap_check *check)
{
    const struct kmem_heap *heap = check->heap;

    for (pfn_t pfn = 0; pfn < heap->memory.page_count; check->items++) {
        struct page_state state = view_page(heap, pfn);
        bool is_head = kind_heads_run(state.kind) && state.order <= ORDER_MAX &&
                       run_fits(heap, pfn, state.order);

        if (state.kind == PAGE_HOLE) {
            pfn++;
            continue;
        }
        if (!is_head) {
            judge_fail(check, state.kind == PAGE_TAIL ? RULE_PAGE_TAIL : RULE_PAGE_INTERIOR,
                       &heap->memory.pages[pfn], 0, 1);
            pfn++;
            continue;
        }
        if (state.kind == PAGE_FREE) {
            check_written_interior(check, pfn + 1, pfn + order_pages(state.order));
        }
        pfn += order_pages(state.order);
    }
}
