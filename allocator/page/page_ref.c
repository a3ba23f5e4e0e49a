#include "allocator/page/page_ref.h"

#include "allocator/base/bits.h"
#include "allocator/base/compiler_memory.h"
#include "allocator/page/page_alloc.h"
#include "allocator/page/page_check.h"
#include "allocator/page/page_owner.h"
#include "allocator/page/page_parts.h"

bool page_get_many(struct page *head, uint32_t count)
{
    uint64_t word = world_load(&head->state);

    for (;;) {
        struct page_state state = page_state_unpack(word);

        if (state.kind != PAGE_RUN || state.references > UINT32_MAX - count) {
            return false;
        }
        state.references += count;
        if (world_cas(&head->state, &word, page_state_pack(state))) {
            return true;
        }
    }
}

bool page_get(struct page *head)
{
    return page_get_many(head, 1);
}

/* The run has fewer holders than references are the caller's, or is no run any more. */
static void report_missing(struct page_memory *memory, struct page *head, uint64_t word,
                           uint32_t count)
{
    const struct page_state found = page_state_unpack(word);
    const struct page_state expected = {
        .kind = PAGE_RUN,
        .order = found.order,
        .is_compound = found.is_compound,
        .references = count - 1,
    };
    bool is_run = found.kind == PAGE_RUN;
    struct report report = {
        .kind = REPORT_BAD_PAGE_FREE,
        .page = head,
        .object = memory_address(memory, head),
        .found = word,
        .expected = page_state_pack(expected),
    };

    page_send_report(memory, &report, STAGE_PAGE_FREE,
                     is_run ? ACTION_KEEP_PAGES : ACTION_NONE);
    if (is_run) {
        memory_hide(memory_address(memory, head), order_size(found.order));
        page_isolate(memory, head, found.order);
    }
}

bool page_drop_many(struct page_memory *memory, struct page *head, uint32_t count)
{
    uint64_t word = world_load(&head->state);

    for (;;) {
        struct page_state state = page_state_unpack(word);
        bool was_all = state.references == count - 1;

        if (state.kind != PAGE_RUN || state.references < count - 1) {
            report_missing(memory, head, word, count);
            return false;
        }
        state.references = was_all ? 0 : state.references - count;
        if (world_cas(&head->state, &word, page_state_pack(state))) {
            return was_all;
        }
    }
}

/*
 * The frames become the head of a run of their own and its tails: parts of one that was asked for
 * as of some type. The zone is locked.
 */
static void set_part(const struct page_memory *memory, struct page *head, unsigned order,
                     uint8_t asked_type)
{
    struct page_state tail = {.kind = PAGE_TAIL, .head = memory_pfn(memory, head)};

    head->asked_type = asked_type;
    page_set_state(head, (struct page_state){.kind = PAGE_RUN, .order = order});
    for (pfn_t index = 1; index < order_pages(order); index++) {
        page_set_state(head + index, tail);
    }
}

/* What lies behind the first page becomes the runs that splitting it off leaves, largest last. */
static void split_tails(const struct page_memory *memory, struct page *head, unsigned order,
                        uint8_t asked_type)
{
    for (unsigned part = 0; part < order; part++) {
        set_part(memory, head + order_pages(part), part, asked_type);
    }
}

static void free_tails(struct page_memory *memory, struct page *head, unsigned order)
{
    for (unsigned part = 0; part < order; part++) {
        page_free(memory, head + order_pages(part), part, PAGE_RUN);
    }
}

/*
 * Lets go of a run that others hold, or that is compound. word is what its state is believed to be;
 * false, and word set right, if it is not that any more.
 */
static bool let_go(struct page_memory *memory, struct page *head, uint64_t *word)
{
    struct page_zone *zone = zone_of_page(memory, head);
    const struct page_state state = page_state_unpack(*word);
    struct page_state left = state;

    left.references--;
    left.order = state.is_compound ? state.order : 0;

    /* Behind the exchange the first page may be anybody's. */
    page_owner_split(memory, head, state.order, left.order);

    uint64_t irq_state = zone_lock(zone);
    uint8_t asked_type = head->asked_type;
    bool is_done = world_cas(&head->state, word, page_state_pack(left));
    if (is_done && !state.is_compound) {
        split_tails(memory, head, state.order, asked_type);
    }
    zone_unlock(zone, irq_state);
    if (is_done && !state.is_compound) {
        free_tails(memory, head, state.order);
    } else if (!is_done) {
        page_owner_split(memory, head, state.order, state.order);
    }
    return is_done;
}

void page_release(struct page_memory *memory, struct page *head, unsigned order)
{
    struct report report;

    if (page_check_freeable(memory, head, order, PAGE_RUN, &report)) {
        page_free_checked(memory, head, order);
        return;
    }

    uint64_t word = report.found;
    struct page_state state = page_state_unpack(word);

    while (report.page != NULL && state.kind == PAGE_RUN && state.order == order) {
        if (state.references == 0) {
            page_free_checked(memory, head, order);
            return;
        }
        if (let_go(memory, head, &word)) {
            return;
        }
        state = page_state_unpack(word);
    }
    report.found = word;
    page_send_report(memory, &report, STAGE_PAGE_FREE, ACTION_NONE);
}

void page_put(struct page_memory *memory, struct page *head)
{
    uint64_t word = world_load(&head->state);

    for (;;) {
        struct page_state state = page_state_unpack(word);

        if (state.kind != PAGE_RUN || state.references == 0) {
            page_release(memory, head, state.order);
            return;
        }
        state.references--;
        if (world_cas(&head->state, &word, page_state_pack(state))) {
            return;
        }
    }
}

bool page_split(struct page_memory *memory, struct page *head, unsigned order)
{
    struct report report;

    if (!page_check_freeable(memory, head, order, PAGE_RUN, &report)) {
        page_send_report(memory, &report, STAGE_PAGE_FREE, ACTION_NONE);
        return false;
    }

    struct page_zone *zone = zone_of_page(memory, head);
    uint64_t irq_state = zone_lock(zone);

    for (pfn_t index = 0; index < order_pages(order); index++) {
        set_part(memory, head + index, 0, head->asked_type);
        head[index].has_next = index + 1 < order_pages(order);
    }
    page_owner_split(memory, head, order, 0);
    zone_unlock(zone, irq_state);
    return true;
}
