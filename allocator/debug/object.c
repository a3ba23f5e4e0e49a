#include "allocator/debug/object.h"

#include "allocator/base/raw.h"
#include "allocator/hardening/poison.h"
#include "allocator/hardening/redzone.h"

static unsigned char *object_byte(const void *object, ptrdiff_t offset)
{
    return (unsigned char *)(uintptr_t)object + offset;
}

size_t object_requested_size(const struct kmem_cache *cache, const void *object)
{
    const struct layout *layout = &cache->layout;

    if (!cache_tracks_requested_size(cache)) {
        return layout->object_size;
    }
    return raw_load_word(object_byte(object, (ptrdiff_t)layout->requested_size_offset));
}

void object_set_requested_size(const struct kmem_cache *cache, void *object, size_t size)
{
    if (cache_tracks_requested_size(cache)) {
        raw_store_word(object_byte(object, (ptrdiff_t)cache->layout.requested_size_offset), size);
    }
}

/* Where the user's bytes end: the slack of a tracked kmalloc object counts as redzone. */
static size_t live_size(const struct kmem_cache *cache, const void *object, bool live)
{
    size_t object_size = cache->layout.object_size;

    if (!live || cache->layout.left_redzone_size == 0) {
        return object_size;
    }

    size_t requested = object_requested_size(cache, object);

    return requested < object_size ? requested : object_size;
}

static unsigned add_redzones(const struct kmem_cache *cache, const void *object, bool live,
                             struct object_region *regions)
{
    const struct layout *layout = &cache->layout;
    unsigned char byte = redzone_byte(live);
    size_t end = live_size(cache, object, live);
    size_t left = layout->left_redzone_size;

    regions[0] = (struct object_region){REPORT_LEFT_REDZONE, -(ptrdiff_t)left, left, byte};
    regions[1] = (struct object_region){REPORT_RIGHT_REDZONE, (ptrdiff_t)layout->object_size,
                                        layout->metadata_offset - layout->object_size, byte};
    regions[2] = (struct object_region){REPORT_KMALLOC_REDZONE, (ptrdiff_t)end,
                                        layout->object_size - end, byte};
    return 3;
}

static unsigned add_poison(const struct kmem_cache *cache, struct object_region *regions)
{
    size_t size = cache->layout.object_size;

    regions[0] = (struct object_region){REPORT_POISON, 0, size - 1, POISON_FREE};
    regions[1] = (struct object_region){REPORT_END_POISON, (ptrdiff_t)size - 1, 1, POISON_END};
    return 2;
}

unsigned object_regions(const struct kmem_cache *cache, const void *object, bool live,
                        struct object_region *regions)
{
    const struct layout *layout = &cache->layout;
    unsigned count = 0;

    if (layout->left_redzone_size != 0) {
        count += add_redzones(cache, object, live, regions);
    } else if (layout->poisons_padding) {
        regions[count++] = (struct object_region){
            REPORT_ALIGNMENT_PADDING, (ptrdiff_t)layout->object_size,
            layout->metadata_offset - layout->object_size, POISON_INUSE};
    }
    if (layout->poisons_objects && !live) {
        count += add_poison(cache, regions + count);
    }
    if (layout->poisons_padding) {
        regions[count++] = (struct object_region){
            REPORT_OBJECT_PADDING, (ptrdiff_t)layout->padding_offset,
            layout->slot_end_offset - layout->padding_offset, POISON_INUSE};
    }
    return count;
}

void object_paint(const struct kmem_cache *cache, void *object, bool live)
{
    const struct layout *layout = &cache->layout;
    size_t end = live_size(cache, object, live);

    if (layout->left_redzone_size != 0) {
        size_t left = layout->left_redzone_size;

        raw_fill(object_byte(object, -(ptrdiff_t)left), left, redzone_byte(live));
    }
    if (layout->poisons_objects && end > 0) {
        raw_fill(object, end - 1, POISON_FREE);
        raw_store_byte(object_byte(object, (ptrdiff_t)end - 1), POISON_END);
    }
    if (layout->left_redzone_size != 0) {
        raw_fill(object_byte(object, (ptrdiff_t)end), layout->metadata_offset - end,
                 redzone_byte(live));
    }
}

void object_paint_slack(const struct kmem_cache *cache, void *object, size_t size)
{
    if (cache->layout.left_redzone_size != 0 && cache_tracks_requested_size(cache)) {
        raw_fill(object_byte(object, (ptrdiff_t)size), cache->layout.object_size - size,
                 redzone_byte(true));
    }
}
