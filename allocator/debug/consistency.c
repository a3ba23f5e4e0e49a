#include "allocator/debug/consistency.h"

#include <string.h>

#include "allocator/base/bits.h"
#include "allocator/base/raw.h"
#include "allocator/cache/freelist.h"
#include "allocator/cache/object_bits.h"
#include "allocator/debug/object.h"
#include "allocator/hardening/poison.h"

struct report check_report(const struct slab *slab, enum report_kind kind,
                           const struct check_context *context)
{
    return (struct report){
        .kind = kind,
        .stage = context->stage,
        .action = context->consequence,
        .cache = slab->cache,
        .slab = slab,
        .page = slab_page(slab->cache->heap, slab),
        .site = context->site,
    };
}

static void send(const struct slab *slab, const struct report *report)
{
    heap_report(slab->cache->heap, report);
}

bool slab_has_object(const struct slab *slab, const void *object)
{
    const struct layout *layout = &slab->cache->layout;
    uintptr_t first = (uintptr_t)slab_object(slab, 0);
    uintptr_t offset = (uintptr_t)object - first;

    return offset % layout->stride == 0 &&
           offset / layout->stride < slab_state(slab).object_count;
}

uint32_t slab_object_index(const struct slab *slab, const void *object)
{
    uintptr_t first = (uintptr_t)slab_object(slab, 0);

    return (uint32_t)(((uintptr_t)object - first) / slab->cache->layout.stride);
}

/* Reports a region from the first to the final damaged byte, and restores those. */
static bool check_region(unsigned char *origin, const struct object_region *region,
                         struct report *report)
{
    unsigned char *first = origin + region->offset;
    size_t start = raw_find_other(first, region->size, region->expected);
    size_t end = region->size;

    if (start == region->size) {
        return true;
    }
    while (raw_load_byte(first + end - 1) == region->expected) {
        end--;
    }

    report->kind = region->kind;
    report->damage = first + start;
    report->damage_size = end - start;
    report->expected_byte = region->expected;
    send(report->slab, report);
    raw_fill(first + start, end - start, region->expected);
    return false;
}

/* A live object has an old link: what that leads to may be live by now. */
static bool link_is_valid(const struct slab *slab, const void *next, bool live)
{
    const struct kmem_cache *cache = slab->cache;

    return next == NULL ||
           (slab_has_object(slab, next) &&
            (live || !cache->knows_objects || !object_bits_has(cache, next)));
}

static bool check_link(const struct slab *slab, void *object, bool live,
                       const struct check_context *context)
{
    const struct kmem_cache *cache = slab->cache;

    if (link_is_valid(slab, freelist_next(cache, object), live)) {
        return true;
    }

    struct report report = check_report(slab, REPORT_FREE_POINTER, context);

    report.object = object;
    report.damage = freelist_slot(cache, object);
    report.damage_size = WORD_SIZE;
    send(slab, &report);
    freelist_set_next(cache, object, NULL);
    return false;
}

bool check_free_link(const struct slab *slab, void *object, const struct check_context *context)
{
    return check_link(slab, object, false, context);
}

/* Live objects keep a free pointer only if it lies outside the user's bytes. */
static bool check_free_pointer(const struct slab *slab, void *object, bool live,
                               const struct check_context *context)
{
    return (live && !layout_free_pointer_is_outside(&slab->cache->layout)) ||
           check_link(slab, object, live, context);
}

bool check_object(const struct slab *slab, void *object, bool live,
                  const struct check_context *context)
{
    struct object_region regions[OBJECT_REGION_MAX];
    unsigned count = object_regions(slab->cache, object, live, regions);
    struct report report = check_report(slab, REPORT_KIND_COUNT, context);
    bool intact = true;

    report.object = object;
    for (unsigned i = 0; i < count; i++) {
        intact &= check_region(object, &regions[i], &report);
    }
    return check_free_pointer(slab, object, live, context) && intact;
}

static bool check_slab_counts(const struct slab *slab, const struct check_context *context)
{
    struct slab_state state = slab_state(slab);
    uint32_t possible = layout_objects(&slab->cache->layout, slab->order);

    if (state.object_count <= possible && state.inuse_count <= state.object_count) {
        return true;
    }

    struct report report = check_report(slab, REPORT_OBJECT_COUNT, context);

    report.found = state.inuse_count;
    report.expected = possible;
    send(slab, &report);
    return false;
}

/* Bytes behind the last slot that no object uses. */
static void check_slab_padding(const struct slab *slab, const struct check_context *context)
{
    const struct kmem_cache *cache = slab->cache;
    size_t used = slab_state(slab).object_count * cache->layout.stride;
    const struct object_region padding = {REPORT_SLAB_PADDING, (ptrdiff_t)used,
                                          order_size(slab->order) - used, POISON_INUSE};
    struct report report = check_report(slab, padding.kind, context);

    if (cache->layout.poisons_padding) {
        report.action = ACTION_RESTORE_BYTES;
        check_region(slab_base(cache->heap, slab), &padding, &report);
    }
}

bool check_slab(const struct slab *slab, const struct check_context *context)
{
    if (!check_slab_counts(slab, context)) {
        return false;
    }
    /* Restored, its damage says nothing about the objects. */
    check_slab_padding(slab, context);
    return true;
}

/* Ends the list behind `last`, or empties it if last is NULL. */
static void cut_freelist(struct slab *slab, void *last, const struct check_context *context,
                         enum report_kind kind)
{
    struct slab_state state = slab_state(slab);
    struct report report = check_report(slab, kind, context);

    report.action = ACTION_CUT_FREELIST;
    report.object = last;
    send(slab, &report);
    if (last != NULL) {
        freelist_set_next(slab->cache, last, NULL);
    } else {
        state.freelist = 0;
        slab_set_state(slab, state);
    }
}

/* The counter is what everybody else relies on: make it tell the truth again. */
static void fix_inuse_count(struct slab *slab, uint32_t free_count,
                            const struct check_context *context)
{
    struct slab_state state = slab_state(slab);
    struct report report = check_report(slab, REPORT_OBJECT_COUNT, context);

    /* An isolated slab has leaked its free objects: its counts do not add up, on purpose. */
    if (state.inuse_count + free_count == state.object_count ||
        slab_place(slab) == SLAB_ON_ISOLATED) {
        return;
    }
    report.action = ACTION_FIX_COUNT;
    report.found = state.inuse_count;
    report.expected = state.object_count - free_count;
    send(slab, &report);
    state.inuse_count = state.object_count - free_count;
    slab_set_state(slab, state);
}

bool check_freelist(struct slab *slab, const void *object, const struct check_context *context)
{
    struct slab_state state = slab_state(slab);
    void *last = NULL;
    void *current = object_from_ref(slab->cache, state.freelist);
    uint32_t free_count = 0;
    bool found = false;

    /* One step more than there are objects: the final one's link is looked at like any other. */
    while (current != NULL && free_count <= state.object_count) {
        if (!link_is_valid(slab, current, false)) {
            cut_freelist(slab, last, context,
                         last != NULL ? REPORT_FREE_CHAIN : REPORT_FREE_POINTER);
            current = NULL;
            break;
        }
        found |= current == object;
        last = current;
        current = freelist_next(slab->cache, current);
        free_count++;
    }
    if (current != NULL) {
        cut_freelist(slab, NULL, context, REPORT_FREELIST_CYCLE);
        free_count = 0;
    }

    fix_inuse_count(slab, free_count, context);
    return found;
}

/* One bit an object: 1 while it is on the freelist. */
struct free_map {
    uint64_t words[SLAB_OBJECTS_MAX / 64 + 1];
};

static void map_free_objects(const struct slab *slab, struct free_map *map)
{
    struct slab_state state = slab_state(slab);
    void *current = object_from_ref(slab->cache, state.freelist);
    uint32_t steps = 0;

    memset(map->words, 0, (state.object_count / 64 + 1) * sizeof(map->words[0]));
    for (; current != NULL && slab_has_object(slab, current) && steps < state.object_count;
         steps++) {
        uint32_t index = slab_object_index(slab, current);

        map->words[index / 64] |= UINT64_C(1) << (index % 64);
        current = freelist_next(slab->cache, current);
    }
}

static bool map_has(const struct free_map *map, uint32_t index)
{
    return (map->words[index / 64] >> (index % 64) & 1) != 0;
}

void check_whole_slab(struct slab *slab, const struct check_context *context)
{
    struct free_map map;

    if (!check_slab(slab, context)) {
        return;
    }
    check_freelist(slab, NULL, context);
    map_free_objects(slab, &map);
    for (uint32_t i = 0; i < slab_state(slab).object_count; i++) {
        check_object(slab, slab_object(slab, i), !map_has(&map, i), context);
    }
}

void check_empty_slab(const struct slab *slab, const struct check_context *context)
{
    if (!check_slab(slab, context)) {
        return;
    }
    for (uint32_t i = 0; i < slab_state(slab).object_count; i++) {
        check_object(slab, slab_object(slab, i), false, context);
    }
}

void slab_for_each_used(const struct slab *slab,
                        void (*visit)(const struct slab *slab, void *object, void *argument),
                        void *argument)
{
    struct free_map map;

    map_free_objects(slab, &map);
    for (uint32_t i = 0; i < slab_state(slab).object_count; i++) {
        if (!map_has(&map, i)) {
            visit(slab, slab_object(slab, i), argument);
        }
    }
}
