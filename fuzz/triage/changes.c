#include "fuzz/triage/changes.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fuzz/triage/describe.h"
#include "sanitizers/view.h"

/* The words of one frame: its own, and those of the slab it may head. */
struct frame {
    uint64_t page;
    uint64_t slab;
    uint64_t place;
};

/* Numbers told as "name before -> after"; uint64_t all, for the tables below. */
struct zone_numbers {
    uint64_t free_pages;
    uint64_t isolated_pages;
    uint64_t failed_allocations;
};

struct cache_numbers {
    uint64_t slabs;
    uint64_t objects;
    uint64_t partial_slabs;
    uint64_t cpu_slabs[CPU_MAX];       /* frame plus one; 0: none */
    uint64_t cpu_freelists[CPU_MAX];   /* offset in the arena plus one; 0: empty */
    uint64_t cpu_partial_slabs[CPU_MAX];
};

struct changes {
    struct zone_numbers zones[ZONE_MAX];
    struct cache_numbers caches[CACHE_MAX];
    pfn_t *touched;                    /* frames of a step, sorted */
    struct frame frames[];
};

static struct frame frame_now(const struct kmem_heap *heap, pfn_t pfn)
{
    return (struct frame){
        .page = view_word(&heap->memory.pages[pfn].state),
        .slab = view_word(&heap->slabs[pfn].state),
        .place = view_word(&heap->slabs[pfn].place),
    };
}

static struct zone_numbers zone_now(const struct page_zone *zone)
{
    return (struct zone_numbers){
        .free_pages = zone->free_page_count,
        .isolated_pages = zone->isolated_page_count,
        .failed_allocations = zone->failure_count,
    };
}

/* Bytes from the start of the arena. */
static uint64_t freelist_offset(const struct kmem_cache *cache, object_ref_t freelist)
{
    return (uintptr_t)object_from_ref(cache, freelist) - (uintptr_t)cache->heap->memory.arena;
}

static struct cache_numbers cache_now(const struct kmem_cache *cache)
{
    struct cache_numbers numbers = {
        .slabs = view_slab_count(cache),
        .objects = view_object_count(cache),
        .partial_slabs = view_partial_count(cache),
    };

    for (unsigned i = 0; i < CPU_MAX; i++) {
        const struct kmem_cache_cpu *cpu = &cache->cpus[i];
        object_ref_t freelist = view_cpu(cpu).freelist;

        numbers.cpu_slabs[i] = view_word(&cpu->slab) == 0 ? 0 : (uint64_t)view_cpu_frame(cpu) + 1;
        numbers.cpu_freelists[i] = freelist == 0 ? 0 : freelist_offset(cache, freelist) + 1;
        numbers.cpu_partial_slabs[i] = cache->cpus[i].partial_count;
    }
    return numbers;
}

struct changes *changes_create(const struct kmem_heap *heap)
{
    uint32_t page_count = heap->memory.page_count;
    struct changes *changes = calloc(1, sizeof(*changes) + page_count * sizeof(struct frame));
    pfn_t *touched = calloc(page_count, sizeof(*touched));

    if (changes == NULL || touched == NULL) {
        free(changes);
        free(touched);
        return NULL;
    }
    changes->touched = touched;
    for (unsigned i = 0; i < ZONE_MAX; i++) {
        changes->zones[i] = zone_now(&heap->memory.zones[i]);
    }
    for (unsigned i = 0; i < CACHE_MAX; i++) {
        changes->caches[i] = cache_now(&heap->cache_slots[i]);
    }
    for (pfn_t pfn = 0; pfn < page_count; pfn++) {
        changes->frames[pfn] = frame_now(heap, pfn);
    }
    return changes;
}

void changes_destroy(struct changes *changes)
{
    if (changes != NULL) {
        free(changes->touched);
        free(changes);
    }
}

static int compare_frames(const void *left, const void *right)
{
    pfn_t a = *(const pfn_t *)left;
    pfn_t b = *(const pfn_t *)right;

    return (a > b) - (a < b);
}

/* Frames behind the first one, in touched, that changed from the same word to the same word. */
static uint32_t count_alike(const struct changes *changes, const struct kmem_heap *heap,
                            uint32_t first, uint32_t count)
{
    const pfn_t *touched = changes->touched;
    struct frame before = changes->frames[touched[first]];
    struct frame after = frame_now(heap, touched[first]);
    uint32_t end = first + 1;

    while (end < count && touched[end] == touched[end - 1] + 1 &&
           changes->frames[touched[end]].page == before.page &&
           frame_now(heap, touched[end]).page == after.page) {
        end++;
    }
    return end - first;
}

static void print_page(pfn_t first, uint32_t count, uint64_t before, uint64_t after)
{
    char from[DESCRIPTION_SIZE];
    char to[DESCRIPTION_SIZE];

    if (before == after) {
        return;
    }
    printf(count == 1 ? "    frame %u" : "    frames %u..%u", first, first + count - 1);
    printf(": %s -> %s\n", describe_page(page_state_unpack(before), from),
           describe_page(page_state_unpack(after), to));
}

/* A descriptor whose frame heads no slab is not in use, whatever it holds. */
static void print_slab(pfn_t pfn, const struct frame *before, const struct frame *after)
{
    char from[DESCRIPTION_SIZE];
    char to[DESCRIPTION_SIZE];
    bool was_slab = page_state_unpack(before->page).kind == PAGE_SLAB;
    bool is_slab = page_state_unpack(after->page).kind == PAGE_SLAB;

    if (!is_slab || (was_slab && before->slab == after->slab && before->place == after->place)) {
        return;
    }
    describe_slab(slab_state_unpack(before->slab), (enum slab_place)before->place, from);
    describe_slab(slab_state_unpack(after->slab), (enum slab_place)after->place, to);
    printf("    slab %u: %s -> %s\n", pfn, was_slab ? from : "none", to);
}

static void print_frames(struct changes *changes, const struct kmem_heap *heap,
                         const struct journal *journal)
{
    pfn_t *touched = changes->touched;
    uint32_t count = journal->step_frame_count;

    memcpy(touched, journal->step_frames, count * sizeof(*touched));
    qsort(touched, count, sizeof(*touched), compare_frames);
    for (uint32_t i = 0; i < count;) {
        uint32_t alike = count_alike(changes, heap, i, count);

        print_page(touched[i], alike, changes->frames[touched[i]].page,
                   frame_now(heap, touched[i]).page);
        for (uint32_t end = i + alike; i < end; i++) {
            struct frame now = frame_now(heap, touched[i]);

            print_slab(touched[i], &changes->frames[touched[i]], &now);
            changes->frames[touched[i]] = now;
        }
    }
}

enum number_kind {
    NUMBER_COUNT,
    NUMBER_FRAME,     /* plus one; 0: none */
    NUMBER_OFFSET,    /* in the arena, plus one; 0: none */
};

/* One number, or one for each CPU, of the structs of numbers above. */
struct number_row {
    const char *name;
    size_t offset;
    unsigned count;
    enum number_kind kind;
};

static const struct number_row zone_rows[] = {
    {"free pages", offsetof(struct zone_numbers, free_pages), 1, NUMBER_COUNT},
    {"isolated pages", offsetof(struct zone_numbers, isolated_pages), 1, NUMBER_COUNT},
    {"failed allocations", offsetof(struct zone_numbers, failed_allocations), 1, NUMBER_COUNT},
};

static const struct number_row cache_rows[] = {
    {"slabs", offsetof(struct cache_numbers, slabs), 1, NUMBER_COUNT},
    {"objects", offsetof(struct cache_numbers, objects), 1, NUMBER_COUNT},
    {"partial slabs", offsetof(struct cache_numbers, partial_slabs), 1, NUMBER_COUNT},
    {"slab", offsetof(struct cache_numbers, cpu_slabs), CPU_MAX, NUMBER_FRAME},
    {"freelist", offsetof(struct cache_numbers, cpu_freelists), CPU_MAX, NUMBER_OFFSET},
    {"partial slabs", offsetof(struct cache_numbers, cpu_partial_slabs), CPU_MAX, NUMBER_COUNT},
};

enum {
    ZONE_ROW_COUNT = sizeof(zone_rows) / sizeof(zone_rows[0]),
    CACHE_ROW_COUNT = sizeof(cache_rows) / sizeof(cache_rows[0]),
};

static void print_number(enum number_kind kind, uint64_t number)
{
    if (kind == NUMBER_COUNT) {
        printf("%" PRIu64, number);
    } else if (number == 0) {
        printf("none");
    } else {
        printf(kind == NUMBER_FRAME ? "%" PRIu64 : "+0x%" PRIx64, number - 1);
    }
}

/* One line if anything changed. before and after are structs that the rows describe. */
static void print_numbers(const char *subject, const struct number_row *rows, size_t row_count,
                          const void *before, const void *after)
{
    bool is_open = false;

    for (size_t i = 0; i < row_count * CPU_MAX; i++) {
        const struct number_row *row = &rows[i / CPU_MAX];
        unsigned cpu = i % CPU_MAX;
        const uint64_t *old = (const void *)((const char *)before + row->offset);
        const uint64_t *new = (const void *)((const char *)after + row->offset);

        if (cpu >= row->count || old[cpu] == new[cpu]) {
            continue;
        }
        if (is_open) {
            printf(",");
        } else {
            printf("    %s:", subject);
        }
        if (row->count > 1) {
            printf(" cpu %u", cpu);
        }
        printf(" %s ", row->name);
        print_number(row->kind, old[cpu]);
        printf(" -> ");
        print_number(row->kind, new[cpu]);
        is_open = true;
    }
    if (is_open) {
        printf("\n");
    }
}

static void print_cache(struct changes *changes, const struct kmem_heap *heap, unsigned slot)
{
    const struct kmem_cache *cache = &heap->cache_slots[slot];
    struct cache_numbers now = cache_now(cache);
    char subject[CACHE_NAME_SIZE + 16];

    snprintf(subject, sizeof(subject), "cache %.*s", CACHE_NAME_SIZE,
             heap->cache_is_used[slot] ? cache->name : "(gone)");
    print_numbers(subject, cache_rows, CACHE_ROW_COUNT, &changes->caches[slot], &now);
    changes->caches[slot] = now;
}

static void print_zone(struct changes *changes, const struct kmem_heap *heap, unsigned number)
{
    struct zone_numbers now = zone_now(&heap->memory.zones[number]);
    char subject[16] = "zone";

    if (heap->memory.zone_count > 1) {
        snprintf(subject, sizeof(subject), "zone %u", number);
    }
    print_numbers(subject, zone_rows, ZONE_ROW_COUNT, &changes->zones[number], &now);
    changes->zones[number] = now;
}

void changes_print(struct changes *changes, const struct kmem_heap *heap,
                   const struct journal *journal)
{
    print_frames(changes, heap, journal);
    for (unsigned slot = 0; slot < CACHE_MAX; slot++) {
        if (journal_cache_was_touched(journal, slot)) {
            print_cache(changes, heap, slot);
        }
    }
    for (unsigned i = 0; i < heap->memory.zone_count; i++) {
        print_zone(changes, heap, i);
    }
}
