#include "sim/memory.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "allocator/base/raw.h"
#include "allocator/cache/heap_state.h"
#include "allocator/hardening/object_bitmap.h"
#include "allocator/page/page_owner.h"
#include "allocator/page/pageblock.h"
#include "sim/journal.h"
#include "sim/sim.h"

static const size_t ARENA_SIZE_MAX = (size_t)PAGE_COUNT_MAX * PAGE_SIZE;

/* From this size on, giving pages back to the host is cheaper than clearing and keeping them. */
enum { RELEASE_SIZE = 4 << 20 };

static_assert((uint64_t)PAGE_COUNT_MAX * PAGE_SIZE <= UINT64_C(1) << SIM_DESCRIPTOR_LOG2,
              "the descriptors would lie in the arena");

static unsigned char *map_at(uint64_t address, size_t size)
{
    void *wanted = (void *)(uintptr_t)address;
    void *memory = mmap(wanted, size, PROT_READ | PROT_WRITE,
                        MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED_NOREPLACE, -1, 0);

    if (memory == wanted) {
        return memory;
    }
    fprintf(stderr, "sim: cannot map %zu bytes at %p: %s\n", size, wanted,
            memory == MAP_FAILED ? strerror(errno) : "the host chose another address");
    exit(3);
}

void sim_memory_init(struct sim_memory *memory, unsigned heap_index)
{
    uint64_t base = SIM_BASE + ((uint64_t)heap_index << SIM_STRIDE_LOG2);
    uint64_t descriptors = base + (UINT64_C(1) << SIM_DESCRIPTOR_LOG2);

    *memory = (struct sim_memory){
        .arena = map_at(base, ARENA_SIZE_MAX),
        .descriptors = map_at(descriptors, heap_descriptor_size(PAGE_COUNT_MAX)),
    };
}

void sim_memory_fini(struct sim_memory *memory)
{
    memory_show_defined(memory->arena, memory->hidden_size);
    munmap(memory->arena, ARENA_SIZE_MAX);
    munmap(memory->descriptors, heap_descriptor_size(PAGE_COUNT_MAX));
}

/* What is done to the frames from first to end - 1. */
typedef void clear_range(const struct sim_memory *memory, const struct journal *journal,
                         pfn_t first, pfn_t end);

static void clear_pages(const struct sim_memory *memory, const struct journal *journal,
                        pfn_t first, pfn_t end)
{
    unsigned char *bytes = memory->arena + ((size_t)first << PAGE_SHIFT);
    size_t size = (size_t)(end - first) << PAGE_SHIFT;

    (void)journal;
    if (size >= RELEASE_SIZE) {
        madvise(bytes, size, MADV_DONTNEED);
    } else {
        raw_fill(bytes, size, 0);
    }
    memory_hide(bytes, size);
}

static void clear_descriptors(const struct sim_memory *memory, const struct journal *journal,
                              pfn_t first, pfn_t end)
{
    const struct kmem_heap *heap = journal->heap;
    size_t bits = object_bitmap_words(PAGE_SIZE);

    (void)memory;
    memset(memory_page(&heap->memory, first), 0, (end - first) * sizeof(struct page));
    memset(&heap->slabs[first], 0, (end - first) * sizeof(struct slab));
    memset(&heap->object_bits[first * bits], 0, (end - first) * bits * sizeof(struct world_word));
    if (heap->memory.owners != NULL) {
        memset(&heap->memory.owners[first], 0, (end - first) * sizeof(struct page_owner));
    }
}

/* True if the page of a frame may have been written: it is allocated, or was once. */
static bool frame_was_used(const struct journal *journal, pfn_t pfn)
{
    const struct page *page = memory_page(&journal->heap->memory, pfn);
    enum page_kind kind = page_state_unpack(atomic_load(&page->state.bits)).kind;

    return (journal->used[pfn / 64] >> (pfn % 64) & 1) != 0 ||
           (kind != PAGE_INTERIOR && kind != PAGE_FREE);
}

static bool frame_was_written(const struct journal *journal, pfn_t pfn)
{
    return journal_frame_was_written(journal, pfn);
}

/*
 * Clears the journaled frames that are wanted. The frames of one run were journaled one after the
 * other, so most ranges are found whole.
 */
static void clear_frames(const struct sim_memory *memory, const struct journal *journal,
                         bool (*is_wanted)(const struct journal *journal, pfn_t pfn),
                         clear_range *clear)
{
    pfn_t first = 0;
    pfn_t end = 0;

    for (uint32_t i = 0; i < journal->run_frame_count; i++) {
        pfn_t pfn = journal->run_frames[i];

        if (!is_wanted(journal, pfn)) {
            continue;
        }
        if (pfn != end) {
            clear(memory, journal, first, end);
            first = pfn;
        }
        end = pfn + 1;
    }
    clear(memory, journal, first, end);
}

static void clear_heap(const struct sim_memory *memory, const struct journal *journal)
{
    struct kmem_heap *heap = (void *)memory->descriptors;

    for (unsigned slot = 0; slot < CACHE_MAX; slot++) {
        if ((journal->run_caches[slot / 64] >> (slot % 64) & 1) != 0) {
            memset(&heap->cache_slots[slot], 0, sizeof(heap->cache_slots[slot]));
        }
    }
    if (heap->memory.zones[0].blocks != NULL) {
        memset(heap->memory.zones[0].blocks, 0, pageblock_total(&heap->memory.zones[0]));
    }
    memset(heap, 0, offsetof(struct kmem_heap, cache_slots));
}

void sim_memory_clear(const struct sim_memory *memory, const struct journal *journal)
{
    if (journal->heap == NULL) {
        return;
    }
    clear_frames(memory, journal, frame_was_used, clear_pages);
    clear_frames(memory, journal, frame_was_written, clear_descriptors);
    clear_heap(memory, journal);
}

bool sim_memory_is_clean(const struct sim_memory *memory)
{
    size_t page_count = memory->hidden_size >> PAGE_SHIFT;
    size_t descriptors_size = heap_descriptor_size((uint32_t)page_count);

    return raw_find_other(memory->arena, memory->hidden_size, 0) == memory->hidden_size &&
           raw_find_other(memory->descriptors, descriptors_size, 0) == descriptors_size &&
           memory_first_shown(memory->arena, memory->hidden_size) == NULL;
}
