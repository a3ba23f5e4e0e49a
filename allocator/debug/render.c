#include "allocator/debug/render.h"

#include <stdbool.h>

#include "allocator/base/bits.h"
#include "allocator/base/raw.h"
#include "allocator/cache/freelist.h"
#include "allocator/cache/heap_state.h"
#include "allocator/debug/consistency.h"
#include "allocator/debug/describe.h"
#include "allocator/debug/text.h"
#include "allocator/debug/track.h"

enum { DUMP_ROW = 16, DUMP_SIZE_MAX = 128, RULER_SIZE = 77 };

static const char *const stage_names[STAGE_COUNT] = {
    [STAGE_ALLOC] = "alloc",            [STAGE_FREE] = "free",
    [STAGE_RESIZE] = "resize",          [STAGE_VALIDATE] = "validate",
    [STAGE_DISCARD] = "slab discard",   [STAGE_DESTROY] = "destroy",
    [STAGE_PAGE_ALLOC] = "page alloc",  [STAGE_PAGE_FREE] = "page free",
    [STAGE_CREATE] = "create",          [STAGE_USERCOPY] = "usercopy",
};

static const char *const action_names[ACTION_COUNT] = {
    [ACTION_NONE] = "Nothing changed",
    [ACTION_RESTORE_BYTES] = "Restoring bytes",
    [ACTION_KEEP_OBJECT] = "Object not freed",
    [ACTION_ISOLATE_SLAB] = "Isolating the slab",
    [ACTION_CUT_FREELIST] = "Freelist cut",
    [ACTION_FIX_COUNT] = "Counter adjusted",
    [ACTION_KEEP_PAGES] = "Pages kept out of circulation",
    [ACTION_KEEP_CACHE] = "Cache kept",
};

static const char *const place_names[] = {
    [SLAB_ON_NONE] = "none",       [SLAB_ON_CPU] = "cpu partial", [SLAB_ON_PARTIAL] = "partial",
    [SLAB_ON_FULL] = "full",       [SLAB_ON_ISOLATED] = "isolated",
    [SLAB_ON_GRACE] = "grace",
};

const char *render_stage_name(enum report_stage stage)
{
    return stage_names[stage];
}

const char *render_action_name(enum report_action action)
{
    return action_names[action];
}

static void print_ruler(struct text *text, char character)
{
    char ruler[RULER_SIZE + 1];

    for (int i = 0; i < RULER_SIZE; i++) {
        ruler[i] = character;
    }
    ruler[RULER_SIZE] = '\0';
    text_print(text, "%s\n", ruler);
}

static const char *subject_name(const struct report *report)
{
    return report->cache != NULL ? report->cache->name : "pages";
}

static void print_headline(struct text *text, const struct report *report)
{
    print_ruler(text, '=');
    text_print(text, "BUG %s: %s\n", subject_name(report), report_kind_headline(report->kind));
    print_ruler(text, '-');
    text_print(text, "\nFound at %s, site %llu\n", render_stage_name(report->stage),
               (unsigned long long)report->site);
}

static size_t offset_in_run(const struct kmem_heap *heap, const struct report *report,
                            const void *address)
{
    const unsigned char *base =
        report->page != NULL ? memory_address(&heap->memory, report->page) : heap->memory.arena;

    return (size_t)((uintptr_t)address - (uintptr_t)base);
}

/* A link could lead to any object: there is no one byte that it should read. */
static bool names_byte(const struct report *report)
{
    return report->kind != REPORT_FREE_POINTER;
}

static void print_damage(struct text *text, const struct kmem_heap *heap,
                         const struct report *report)
{
    if (report->damage == NULL) {
        return;
    }
    text_print(text, "%p - %p @offset=%zu", (const void *)report->damage,
               (const void *)(report->damage + report->damage_size - 1),
               offset_in_run(heap, report, report->damage));
    if (names_byte(report)) {
        text_print(text, ". First byte 0x%02x instead of 0x%02x", raw_load_byte(report->damage),
                   report->expected_byte);
    }
    text_print(text, "\n");
}

static void print_counts(struct text *text, const struct report *report)
{
    if (report->found != 0 || report->expected != 0) {
        text_print(text, "Counter is %llu but should be %llu\n", (unsigned long long)report->found,
                   (unsigned long long)report->expected);
    }
}

static void print_track(struct text *text, const char *act, struct track track)
{
    if (track.time != 0 || track.site != 0) {
        text_print(text, "%s at site %llu time=%llu cpu=%llu\n", act,
                   (unsigned long long)track.site, (unsigned long long)track.time,
                   (unsigned long long)track.cpu);
    }
}

static void print_slab(struct text *text, const struct slab *slab)
{
    struct slab_state state = slab_state(slab);

    text_print(text, "Slab %p cache=%s objects=%u used=%u fp=%p frozen=%d place=%s\n",
               (void *)slab_base(slab->cache->heap, slab), slab->cache->name, state.object_count,
               state.inuse_count, object_from_ref(slab->cache, state.freelist), state.frozen,
               place_names[slab_place(slab)]);
}

static void print_act(struct text *text, const char *act, struct guarded_act done)
{
    print_track(text, act, (struct track){.site = done.site, .time = done.time, .cpu = done.cpu});
}

/* The object that lies at a place of the guard pool, or lay there last. */
static void print_guarded(struct text *text, const struct kmem_heap *heap,
                          const struct guarded_object *object)
{
    bool is_allocated = world_load(&object->state) == GUARD_ALLOCATED;
    const struct kmem_cache *cache = object->cache;

    if (object->use_count == 0) {
        text_print(text, "kfence-#%u: unused\n", guarded_number(&heap->guarded, object));
        return;
    }
    text_print(text, "kfence-#%u: %p-%p, size=%u, cache=%s\n",
               guarded_number(&heap->guarded, object), (void *)object->address,
               (void *)(object->address + object->size - 1), object->size,
               cache != NULL ? cache->name : "<destroyed>");
    print_act(text, "Allocated", object->alloc);
    if (!is_allocated) {
        print_act(text, "Freed", object->free);
    }
}

static void print_page(struct text *text, const struct kmem_heap *heap, const struct page *page)
{
    struct page_state state = page_state(page);

    text_print(text, "Page %p pfn=%u kind=%d order=%u client=0x%llx\n",
               memory_address(&heap->memory, page), memory_pfn(&heap->memory, page), state.kind,
               state.order, (unsigned long long)page->client);
}

static bool is_printable(unsigned char byte)
{
    return byte >= ' ' && byte <= '~';
}

static void print_row(struct text *text, const char *label, const unsigned char *row, size_t size)
{
    text_print(text, "%-8s %p:", label, (const void *)row);
    for (size_t i = 0; i < size; i++) {
        text_print(text, " %02x", raw_load_byte(row + i));
    }
    text_print(text, "%*s", (int)(3 * (DUMP_ROW - size) + 2), "");
    for (size_t i = 0; i < size; i++) {
        unsigned char byte = raw_load_byte(row + i);

        text_print(text, "%c", is_printable(byte) ? byte : '.');
    }
    text_print(text, "\n");
}

/* Where the rows shown of a region begin: at its start, or so that the damage comes second. */
static size_t first_shown(const struct report *report, const unsigned char *first, size_t size)
{
    size_t offset = (uintptr_t)report->damage - (uintptr_t)first;

    if (report->damage == NULL || offset >= size || offset < DUMP_SIZE_MAX) {
        return 0;
    }
    return align_down(offset, DUMP_ROW) - DUMP_ROW;
}

/* Rows of a region from an offset on. */
static void dump_from(struct text *text, const char *label, const unsigned char *first,
                      size_t size, size_t offset)
{
    size_t end = size - offset < DUMP_SIZE_MAX ? size : offset + DUMP_SIZE_MAX;

    if (offset > 0) {
        text_print(text, "%-8s ... %zu bytes before\n", label, offset);
    }
    for (; offset < end; offset += DUMP_ROW) {
        size_t left = end - offset;

        print_row(text, label, first + offset, left < DUMP_ROW ? left : DUMP_ROW);
    }
    if (end < size) {
        text_print(text, "%-8s ... %zu bytes more\n", label, size - end);
    }
}

static void dump(struct text *text, const struct report *report, const char *label,
                 const unsigned char *first, size_t size)
{
    dump_from(text, label, first, size, first_shown(report, first, size));
}

/* An object that really is one: every region of its slot. */
static void print_object(struct text *text, const struct report *report)
{
    const unsigned char *object = report->object;
    const struct slab *slab = report->slab;
    const struct kmem_cache *cache = slab->cache;
    const struct layout *layout = &cache->layout;
    size_t left = layout->left_redzone_size;

    text_print(text, "Object %p @offset=%zu fp=%p\n\n", (const void *)object,
               (size_t)(object - slab_base(cache->heap, slab)), freelist_next(cache, object));
    dump(text, report, "Redzone", object - left, left);
    dump(text, report, "Object", object, layout->object_size);
    dump(text, report, "Redzone", object + layout->object_size,
         layout->metadata_offset - layout->object_size);
    dump(text, report, "Padding", object + layout->padding_offset,
         layout->slot_end_offset - layout->padding_offset);
}

static void print_place(struct text *text, const struct kmem_heap *heap,
                        const struct report *report)
{
    const struct slab *slab = report->slab;
    bool is_object = slab != NULL && report->object != NULL &&
                     slab_has_object(slab, report->object);

    if (is_object) {
        print_track(text, "Allocated", track_get(slab->cache, report->object, TRACK_ALLOC));
        print_track(text, "Freed", track_get(slab->cache, report->object, TRACK_FREE));
    }
    if (report->object != NULL && guarded_at(&heap->guarded, report->object) != NULL) {
        print_guarded(text, heap, guarded_at(&heap->guarded, report->object));
    } else if (slab != NULL) {
        print_slab(text, slab);
    } else if (report->page != NULL) {
        print_page(text, heap, report->page);
    }
    if (is_object) {
        print_object(text, report);
        return;
    }
    if (report->object != NULL) {
        text_print(text, "Pointer %p\n", report->object);
    }
    if (report->damage != NULL) {
        dump(text, report, "Damage", report->damage, report->damage_size);
    }
}

static void print_fix(struct text *text, const struct report *report)
{
    bool is_restored = report->damage != NULL && report->slab != NULL && names_byte(report);

    if (is_restored) {
        text_print(text, "FIX %s: Restoring %p - %p = 0x%02x\n", subject_name(report),
                   (const void *)report->damage,
                   (const void *)(report->damage + report->damage_size - 1), report->expected_byte);
    }
    if (!is_restored || report->action != ACTION_RESTORE_BYTES) {
        text_print(text, "FIX %s: %s\n", subject_name(report), render_action_name(report->action));
    }
}

size_t render_report(const struct kmem_heap *heap, const struct report *report, char *bytes,
                     size_t capacity)
{
    struct text text = text_begin(bytes, capacity);

    print_headline(&text, report);
    print_damage(&text, heap, report);
    print_counts(&text, report);
    print_place(&text, heap, report);
    print_fix(&text, report);
    return text.size;
}

size_t render_trace(const struct object_trace *trace, char *bytes, size_t capacity)
{
    struct text text = text_begin(bytes, capacity);

    text_print(&text, "TRACE %s %s %p inuse=%u fp=%p\n", trace->cache->name,
               trace->is_free ? "free" : "alloc", trace->object, trace->inuse_count,
               trace->free_object);
    if (trace->is_free) {
        dump_from(&text, "Object", trace->object, trace->cache->layout.object_size, 0);
    }
    return text.size;
}

static void print_described_kind(struct text *text, const struct description *description)
{
    static const char *const names[] = {
        [DESCRIBED_NOTHING] = "unknown memory", [DESCRIBED_OBJECT] = "slab",
        [DESCRIBED_GUARDED] = "slab kfence",    [DESCRIBED_LARGE] = "large object",
        [DESCRIBED_PAGE] = "pages",
    };

    text_print(text, " %s", names[description->kind]);
    if (description->cache != NULL) {
        text_print(text, " %s", description->cache->name);
    }
}

size_t render_description(const struct description *description, char *bytes, size_t capacity)
{
    static const char *const states[] = {
        [DESCRIBED_UNKNOWN] = "", [DESCRIBED_LIVE] = " live", [DESCRIBED_FREE] = " free"};
    struct text text = text_begin(bytes, capacity);

    print_described_kind(&text, description);
    if (description->start != NULL) {
        text_print(&text, " start %p data offset %zu pointer offset %td size %zu%s",
                   (const void *)description->start, description->data_offset, description->offset,
                   description->size, states[description->state]);
    }
    text_print(&text, "\n");
    print_track(&text, "Allocated", description->alloc);
    print_track(&text, "Freed", description->free);
    return text.size;
}
