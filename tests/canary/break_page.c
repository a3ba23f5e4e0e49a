/* Frames, runs and free lists. */
#include "allocator/base/bits.h"
#include "allocator/base/compiler.h"
#include "allocator/base/raw.h"
#include "allocator/hardening/page_poison.h"
#include "allocator/page/page_owner.h"
#include "sanitizers/view.h"
#include "tests/canary/canary.h"

/* Head of a free run of an order above 0. */
static struct page *large_free_run(const struct canary *canary)
{
    struct page_zone *zone = &canary->heap->memory.zones[0];
    unsigned order = ORDER_MAX;

    while (list_is_empty(&zone->free_areas[order].list)) {
        order--;
    }
    return container_of(zone->free_areas[order].list.next, struct page, link);
}

static struct page_state state_of(const struct page *page)
{
    return page_state_unpack(view_word(&page->state));
}

void break_page_state(struct canary *canary)
{
    canary_set_page_state(canary->run, (struct page_state){.kind = PAGE_KIND_COUNT});
}

/* Of the two frames of an aligned run the second cannot head a run of two. */
void break_page_aligned(struct canary *canary)
{
    canary_set_page_state(canary->run + 1, (struct page_state){.kind = PAGE_RUN, .order = 1});
}

/* A frame goes missing that somebody has. */
void break_page_hole(struct canary *canary)
{
    canary_set_page_state(canary->run,
                          (struct page_state){.kind = PAGE_HOLE, .order = ORDER_COUNT});
}

void break_page_tail(struct canary *canary)
{
    canary_set_page_state(canary->run + 1, (struct page_state){.kind = PAGE_TAIL});
}

void break_page_interior(struct canary *canary)
{
    canary_set_page_state(large_free_run(canary), (struct page_state){.kind = PAGE_INTERIOR});
}

/* The zone ends one frame too early for the run that reaches there. */
void break_zone_holds_run(struct canary *canary)
{
    canary->heap->memory.zones[0].end--;
    canary_touch(&large_free_run(canary)->state);
}

void break_zone_watermarks(struct canary *canary)
{
    canary->heap->memory.zones[0].watermarks[WATERMARK_LOW]++;
    canary_touch(&canary->heap->memory.zones[0].lock);
}

void break_zone_offline(struct canary *canary)
{
    canary->heap->memory.zones[0].is_offline = true;
    canary_touch(&canary->heap->memory.zones[0].lock);
}

/* The tail is not written, so that only the sum can tell the step. */
void break_page_conserved(struct canary *canary)
{
    canary_set_page_state(canary->run, (struct page_state){.kind = PAGE_RUN, .order = 0});
    canary_touch(&canary->heap->memory.zones[0].lock);
}

void break_page_forgotten(struct canary *canary)
{
    canary->used_free->client = 1;
    canary_touch(&canary->used_free->state);
}

void break_page_large_size(struct canary *canary)
{
    canary->large->object_size = (5 << PAGE_SHIFT);
    canary_touch(&canary->large->state);
}

void break_page_poisoned(struct canary *canary)
{
    unsigned char *bytes = memory_address(&canary->heap->memory, canary->used_free);

    raw_store_byte(bytes + 100, 0xab);
    canary_touch(&canary->used_free->state);
}

void break_page_hidden(struct canary *canary)
{
    unsigned char *bytes = memory_address(&canary->heap->memory, canary->used_free);

    memory_show_defined(bytes + 4088, 1);
    canary_touch(&canary->used_free->state);
}

/* Everything is as it should be, but for the two halves not being one run. */
void break_buddy_merged(struct canary *canary)
{
    struct page_zone *zone = &canary->heap->memory.zones[0];
    struct page *lower = large_free_run(canary);
    unsigned order = state_of(lower).order - 1;
    struct page *upper = lower + order_pages(order);

    list_remove(&lower->link);
    zone->free_areas[order + 1].count--;
    list_push_front(&zone->free_areas[order].list, &lower->link);
    list_push_front(&zone->free_areas[order].list, &upper->link);
    zone->free_areas[order].count += 2;
    canary_set_page_state(lower, (struct page_state){.kind = PAGE_FREE, .order = order});
    canary_set_page_state(upper, (struct page_state){.kind = PAGE_FREE, .order = order});
    canary_touch(&zone->lock);
}

void break_buddy_listed(struct canary *canary)
{
    list_remove(&canary->used_free->link);
    canary_touch(&canary->used_free->state);
}

void break_buddy_count(struct canary *canary)
{
    canary->heap->memory.zones[0].free_areas[3].count++;
    canary_touch(&canary->heap->memory.zones[0].lock);
}

void break_buddy_free_pages(struct canary *canary)
{
    canary->heap->memory.zones[0].free_page_count--;
    canary_touch(&canary->heap->memory.zones[0].lock);
}

void break_buddy_isolated_pages(struct canary *canary)
{
    canary->heap->memory.zones[0].isolated_page_count++;
    canary_touch(&canary->heap->memory.zones[0].lock);
}

/* A guard in a heap that has none: all else is as it should be. */
void break_guard_place(struct canary *canary)
{
    struct page *head = canary->run;
    unsigned order = state_of(head).order;
    unsigned char *bytes = memory_address(&canary->heap->memory, head);

    memory_hide(bytes, order_size(order));
    raw_fill(bytes, order_size(order), PAGE_POISON_BYTE);
    for (pfn_t index = 0; index < order_pages(order); index++) {
        head[index].poisoned = true;
    }
    canary->heap->memory.zones[0].guard_page_count += order_pages(order);
    canary_set_page_state(head, (struct page_state){.kind = PAGE_GUARD, .order = order});
    canary_touch(&canary->heap->memory.zones[0].lock);
}

void break_guard_count(struct canary *canary)
{
    canary->heap->memory.zones[0].guard_page_count++;
    canary_touch(&canary->heap->memory.zones[0].lock);
}

/* A page that was handed out as it lay there, where all that are in use should be mapped. */
void break_page_mapped(struct canary *canary)
{
    canary->heap->config.debug_pagealloc = true;
    canary_set_page_state(canary->run,
                          (struct page_state){.kind = PAGE_RUN, .order = 1, .references = 1});
}

/* A page that was given back as it was. */
void break_page_unmapped(struct canary *canary)
{
    canary->used_free->mapped = true;
    canary_touch(&canary->used_free->state);
}

/* A free page that somebody is said to have. */
void break_page_owned(struct canary *canary)
{
    struct page_memory *memory = &canary->heap->memory;

    memory->owners[memory_pfn(memory, canary->used_free)].is_allocated = true;
    canary_touch(&canary->used_free->state);
}
