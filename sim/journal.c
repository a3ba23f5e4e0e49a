#include "sim/journal.h"

#include <stdlib.h>
#include <string.h>

#include "sim/journal_write.h"
#include "sim/shared_word.h"

bool journal_init(struct journal *journal)
{
    size_t bitmap_words = PAGE_COUNT_MAX / 64;

    *journal = (struct journal){
        .step = 1,
        .step_frames = calloc(PAGE_COUNT_MAX, sizeof(pfn_t)),
        .run_frames = calloc(PAGE_COUNT_MAX, sizeof(pfn_t)),
        .frame_stamps = calloc(PAGE_COUNT_MAX, sizeof(uint32_t)),
        .written = calloc(bitmap_words, sizeof(uint64_t)),
        .used = calloc(bitmap_words, sizeof(uint64_t)),
    };
    return journal->step_frames != NULL && journal->run_frames != NULL &&
           journal->frame_stamps != NULL && journal->written != NULL && journal->used != NULL;
}

void journal_fini(struct journal *journal)
{
    free(journal->step_frames);
    free(journal->run_frames);
    free(journal->frame_stamps);
    free(journal->written);
    free(journal->used);
}

static void set_bit(uint64_t *words, size_t index)
{
    words[index / 64] |= UINT64_C(1) << (index % 64);
}

static void forget_step(struct journal *journal)
{
    journal->step_frame_count = 0;
    journal->step_zones = 0;
    journal->step_registry = false;
    memset(journal->step_caches, 0, sizeof(journal->step_caches));
}

void journal_begin_step(struct journal *journal)
{
    journal->step++;
    forget_step(journal);
}

void journal_clear(struct journal *journal)
{
    for (uint32_t i = 0; i < journal->run_frame_count; i++) {
        pfn_t pfn = journal->run_frames[i];

        journal->frame_stamps[pfn] = 0;
        journal->written[pfn / 64] = 0;
        journal->used[pfn / 64] = 0;
    }
    journal->run_frame_count = 0;
    memset(journal->run_caches, 0, sizeof(journal->run_caches));
    forget_step(journal);
    journal->step = 1;
    journal->clock = 0;
    journal->heap = NULL;
}

static void note_frame(struct journal *journal, size_t pfn)
{
    uint32_t stamp = journal->frame_stamps[pfn];

    if (stamp == journal->step) {
        return;
    }
    if (stamp == 0) {
        journal->run_frames[journal->run_frame_count++] = (pfn_t)pfn;
        set_bit(journal->written, pfn);
    }
    journal->frame_stamps[pfn] = journal->step;
    journal->step_frames[journal->step_frame_count++] = (pfn_t)pfn;
}

/* The state about to be overwritten tells that the page was in somebody's hands. */
static void note_page(struct journal *journal, const struct page *page, size_t pfn)
{
    uint64_t bits = atomic_load_explicit(&page->state.bits, memory_order_relaxed);
    enum page_kind kind = page_state_unpack(bits).kind;

    if (kind != PAGE_INTERIOR && kind != PAGE_FREE) {
        set_bit(journal->used, pfn);
    }
    note_frame(journal, pfn);
}

static void note_heap_word(struct journal *journal, size_t offset)
{
    size_t cache_offset = offset - offsetof(struct kmem_heap, cache_slots);

    if (cache_offset < sizeof(journal->heap->cache_slots)) {
        size_t slot = cache_offset / sizeof(struct kmem_cache);

        set_bit(journal->step_caches, slot);
        set_bit(journal->run_caches, slot);
    }
    unsigned zone = zone_of_lock(journal->heap, (const unsigned char *)journal->heap + offset);

    journal->step_zones |= zone < ZONE_MAX ? 1u << zone : 0;
    journal->step_registry |= offset == offsetof(struct kmem_heap, registry_lock);
}

void journal_note(struct journal *journal, const void *address)
{
    const struct kmem_heap *heap = journal->heap;
    uintptr_t offset = (uintptr_t)address - (uintptr_t)heap;

    if (heap == NULL) {
        return;
    }
    if (offset < sizeof(*heap)) {
        note_heap_word(journal, offset);
        return;
    }

    size_t page_offset = (uintptr_t)address - (uintptr_t)heap->memory.pages;
    size_t slab_offset = (uintptr_t)address - (uintptr_t)heap->slabs;
    size_t page_pfn = page_offset / sizeof(struct page);
    size_t slab_pfn = slab_offset / sizeof(struct slab);

    if (page_pfn < heap->memory.page_count) {
        note_page(journal, &heap->memory.pages[page_pfn], page_pfn);
    } else if (slab_pfn < heap->memory.page_count) {
        note_frame(journal, slab_pfn);
    }
}
