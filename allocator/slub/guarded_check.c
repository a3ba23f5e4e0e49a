#include "allocator/slub/guarded_check.h"

#include "allocator/base/raw.h"

/* Some bytes of a tile. */
struct region {
    enum report_kind kind;    /* of a report about them */
    unsigned char *first;
    size_t size;
    uint64_t pattern;
};

/* Reports the bytes from the first to the final damaged one, and makes them good. */
static void check_region(struct kmem_heap *heap, const struct region *region,
                         struct report *report)
{
    size_t start = raw_find_damage(region->first, region->size, region->pattern);
    size_t end = region->size;

    if (start == region->size) {
        return;
    }
    while (raw_load_byte(region->first + end - 1) ==
           raw_pattern_byte(region->first + end - 1, region->pattern)) {
        end--;
    }
    report->kind = region->kind;
    report->damage = region->first + start;
    report->damage_size = end - start;
    report->expected_byte = raw_pattern_byte(report->damage, region->pattern);
    heap_report(heap, report);
    raw_fill_pattern(region->first + start, end - start, region->pattern);
}

static struct region region_of(enum report_kind kind, unsigned char *first,
                               const unsigned char *end)
{
    return (struct region){kind, first, (size_t)(end - first), guard_canary()};
}

/* The guards first: what is written beyond the page mostly comes from far inside it. */
static void check_tile(struct kmem_heap *heap, const struct guarded_object *object,
                       enum report_kind kind, struct report *report)
{
    unsigned char *tile = guarded_tile(&heap->guarded, object);
    unsigned char *page = guarded_page(&heap->guarded, object);
    unsigned char *page_end = page + PAGE_SIZE;
    unsigned char *object_end = object->address + object->size;
    const struct region regions[] = {
        region_of(REPORT_GUARD_OUT_OF_BOUNDS, tile, page),
        region_of(kind, page, object->address),
        region_of(kind, object_end, page_end),
        region_of(REPORT_GUARD_OUT_OF_BOUNDS, page_end, tile + 2 * (size_t)PAGE_SIZE),
    };

    for (size_t i = 0; i < sizeof(regions) / sizeof(regions[0]); i++) {
        check_region(heap, &regions[i], report);
    }
}

static struct report report_about(const struct kmem_heap *heap,
                                  const struct guarded_object *object, enum report_stage stage,
                                  uint64_t site)
{
    return (struct report){
        .stage = stage,
        .action = ACTION_RESTORE_BYTES,
        .cache = object->cache,
        .page = memory_head_at(&heap->memory, object->address),
        .object = object->address,
        .site = site,
    };
}

void guarded_check_unused(struct kmem_heap *heap, const struct guarded_object *object,
                          uint64_t site)
{
    if (object->use_count == 0) {
        raw_fill_pattern(guarded_tile(&heap->guarded, object), 2 * (size_t)PAGE_SIZE,
                         guard_canary());
        return;
    }

    struct report report = report_about(heap, object, STAGE_ALLOC, site);
    const struct region freed = {
        REPORT_GUARD_USE_AFTER_FREE,
        object->address,
        object->size,
        object->is_wiped ? 0 : guard_canary(),
    };

    check_tile(heap, object, REPORT_GUARD_USE_AFTER_FREE, &report);
    check_region(heap, &freed, &report);
    if (object->is_wiped) {
        raw_fill_pattern(object->address, object->size, guard_canary());
    }
}

void guarded_check_live(struct kmem_heap *heap, const struct guarded_object *object)
{
    struct report report = report_about(heap, object, STAGE_FREE, object->free.site);

    check_tile(heap, object, REPORT_GUARD_CORRUPTION, &report);
}
