#include "fuzz/triage/draw_pages.h"

#include <stdio.h>
#include <string.h>

#include "allocator/page/page_owner.h"
#include "allocator/page/pageblock.h"
#include "sanitizers/view.h"

enum { FRAMES_PER_LINE = 64, LINES_MAX = 64, RUNS_NAMED_MAX = 8 };

/* Heads are capital; whatever follows a head is a small letter of its kind. */
static const char kind_letters[PAGE_KIND_COUNT] = {
    [PAGE_INTERIOR] = ',', [PAGE_FREE] = '.', [PAGE_RUN] = 'R',      [PAGE_SLAB] = 'S',
    [PAGE_LARGE] = 'L',    [PAGE_TAIL] = '?', [PAGE_ISOLATED] = 'X', [PAGE_CACHED] = 'C',
    [PAGE_GUARD] = 'G',    [PAGE_HOLE] = '_',
};

static const char legend[] = "S slab, L large object, R run, C of a CPU, G guard, "
                             "X isolated, small letters: behind its head, . free, "
                             "',' inside a free run, _ hole, ? bad";

static char letter_of(const struct kmem_heap *heap, pfn_t pfn)
{
    struct page_state state = view_page(heap, pfn);

    if ((unsigned)state.kind >= PAGE_KIND_COUNT) {
        return '?';
    }
    if (state.kind != PAGE_TAIL) {
        return kind_letters[state.kind];
    }
    if (state.head >= heap->memory.page_count) {
        return '?';
    }

    enum page_kind kind = view_page(heap, state.head).kind;

    switch (kind) {
    case PAGE_RUN:
    case PAGE_SLAB:
    case PAGE_LARGE:
    case PAGE_ISOLATED:
    case PAGE_CACHED:
    case PAGE_GUARD:
        return (char)(kind_letters[kind] - 'A' + 'a');
    default:
        return '?';
    }
}

static const char *const type_names[MIGRATE_TYPE_COUNT] = {
    [MIGRATE_MOVABLE] = "movable",         [MIGRATE_UNMOVABLE] = "unmovable",
    [MIGRATE_RECLAIMABLE] = "reclaimable", [MIGRATE_HIGHATOMIC] = "reserved",
    [MIGRATE_ISOLATE] = "isolated",
};

/* The runs of one free list, as far as its links lead to frames. */
static void draw_list(const struct page_memory *memory, const struct page_zone *zone,
                      unsigned index)
{
    const struct free_area *area = &zone->free_areas[index];
    const struct list_link *link = area->list.next;
    uint32_t count = 0;

    if (zone->block_order < ORDER_MAX || index >= ORDER_COUNT) {
        printf(" %s", type_names[index / ORDER_COUNT]);
    }
    printf(" order %u: %u (", index % ORDER_COUNT, area->count);
    for (; link != &area->list && count <= area->count; count++) {
        const struct page *page =
            (const void *)((const char *)link - offsetof(struct page, link));
        size_t pfn = view_index_at(page, memory->pages, sizeof(*page), memory->page_count);

        if (pfn == memory->page_count) {
            printf("%snowhere", count > 0 ? ", " : "");
            break;
        }
        if (count < RUNS_NAMED_MAX) {
            printf("%s%zu", count > 0 ? ", " : "", pfn);
        } else if (count == RUNS_NAMED_MAX) {
            printf(", ...");
        }
        link = link->next;
    }
    printf(")");
}

static bool list_is_empty_as_counted(const struct free_area *area)
{
    return area->count == 0 && area->list.next == &area->list;
}

static void draw_zone(const struct page_memory *memory, const struct page_zone *zone)
{
    if (memory->zone_count > 1) {
        printf("zone of frames %u to %u, node %u%s%s: ", zone->first, zone->end - 1, zone->node,
               zone->is_dma ? ", for devices" : "", zone->is_offline ? ", offline" : "");
    }
    printf("free lists, with the frames on them:");
    for (unsigned index = 0; index < FREE_AREA_COUNT; index++) {
        if (!list_is_empty_as_counted(&zone->free_areas[index])) {
            draw_list(memory, zone, index);
        }
    }
    printf("; %u of %u pages free, %u isolated\n", zone->free_page_count, zone->end - zone->first,
           zone->isolated_page_count);
}

void draw_free_lists(const struct kmem_heap *heap)
{
    for (unsigned i = 0; i < heap->memory.zone_count; i++) {
        draw_zone(&heap->memory, &heap->memory.zones[i]);
    }
}

/* The letters of one line. */
struct strip {
    char letters[FRAMES_PER_LINE + 1];
};

static struct strip strip_at(const struct kmem_heap *heap, uint32_t first)
{
    struct strip strip = {""};

    for (uint32_t i = 0; i < FRAMES_PER_LINE && first + i < heap->memory.page_count; i++) {
        strip.letters[i] = letter_of(heap, first + i);
    }
    return strip;
}

static bool strips_are_equal(const struct strip *strip, const struct strip *other)
{
    return memcmp(strip->letters, other->letters, sizeof(strip->letters)) == 0;
}

/* A letter for each pageblock: that of its type, small where it is isolated. */
static void draw_blocks(const struct page_memory *memory)
{
    static const char letters[] = "MURH????";
    const struct page_zone *zone = &memory->zones[0];
    uint32_t total = pageblock_total(zone);

    if (memory->config->pageblock_order == 0) {
        return;
    }
    printf("pageblocks of %u frames, Movable, Unmovable, Reclaimable, reserved for High orders, "
           "small letters: isolated:\n ",
           1u << zone->block_order);
    for (uint32_t block = 0; block < total && block < FRAMES_PER_LINE * LINES_MAX; block++) {
        char letter = letters[zone->blocks[block] & 7];
        bool is_isolated = pageblock_is_isolated(zone, block);

        printf("%s%c", block % 8 == 0 ? " " : "", is_isolated ? letter - 'A' + 'a' : letter);
    }
    printf("\n");
}

static void draw_strip(const struct strip *strip, uint32_t first, uint64_t focus,
                       const struct palette *palette)
{
    printf("  %7u  %s\n", first, strip->letters);
    if (focus >= first && focus - first < FRAMES_PER_LINE) {
        printf("           %*s%s^ frame %llu%s\n", (int)(focus - first), "", palette->focus,
               (unsigned long long)focus, palette->reset);
    }
}

static void draw_act(const char *name, const struct page_act *act)
{
    if (act->is_known) {
        printf("; %s in step %llu on CPU %u, order %u", name, (unsigned long long)act->time,
               act->cpu, act->order);
    }
}

/* Who had the frame in question last. */
static void draw_owner(const struct kmem_heap *heap, uint64_t focus)
{
    if (heap->memory.owners == NULL || focus >= heap->memory.page_count) {
        return;
    }

    const struct page_owner *owner = &heap->memory.owners[focus];

    printf("frame %llu", (unsigned long long)focus);
    draw_act("allocated", &owner->alloc);
    draw_act("freed", &owner->free);
    printf("\n");
}

void draw_pages(const struct kmem_heap *heap, uint64_t focus, const struct palette *palette)
{
    struct strip before = {""};
    uint32_t line_count = 0;
    bool is_skipping = false;

    draw_free_lists(heap);
    draw_blocks(&heap->memory);
    printf("frames: %s\n", legend);
    for (uint32_t first = 0; first < heap->memory.page_count; first += FRAMES_PER_LINE) {
        struct strip strip = strip_at(heap, first);
        bool has_focus = focus >= first && focus - first < FRAMES_PER_LINE;
        bool is_same = strips_are_equal(&strip, &before);

        if (!has_focus && (is_same || line_count >= LINES_MAX)) {
            printf("%s", is_skipping ? "" : is_same ? "      ...  the same\n" : "      ...\n");
            is_skipping = true;
            continue;
        }
        is_skipping = false;
        line_count++;
        draw_strip(&strip, first, focus, palette);
        before = strip;
    }
    draw_owner(heap, focus);
}
