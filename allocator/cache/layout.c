#include "allocator/cache/layout.h"

#include "allocator/base/bits.h"
#include "allocator/base/errors.h"
#include "allocator/hardening/redzone.h"

/* A link has a place of its own only where the object is somebody's while it is free. */
static bool link_place_is_valid(const struct layout_request *request)
{
    bool is_kept = (request->flags & SLAB_TYPESAFE_BY_RCU) != 0 || request->has_ctor;

    return !request->use_freeptr_offset ||
           (is_kept && request->freeptr_offset < request->object_size &&
            request->object_size - request->freeptr_offset >= WORD_SIZE &&
            is_aligned(request->freeptr_offset, WORD_SIZE));
}

static bool request_is_valid(const struct layout_request *request)
{
    return link_place_is_valid(request) && request->object_size > 0 &&
           request->object_size <= KMALLOC_SIZE_MAX &&
           (request->align == 0 || is_power_of_two(request->align));
}

/* Cache-line alignment only while it does not waste half of each line. */
static size_t compute_align(const struct layout_request *request)
{
    size_t align = request->align;

    if (request->flags & SLAB_HWCACHE_ALIGN) {
        size_t line = CACHE_LINE_SIZE;

        while (request->object_size <= line / 2) {
            line /= 2;
        }
        align = align > line ? align : line;
    }
    return align_up(align > WORD_SIZE ? align : WORD_SIZE, WORD_SIZE);
}

static bool tracks_requested_size(slab_flags_t flags)
{
    return (flags & SLAB_KMALLOC) && (flags & SLAB_STORE_USER);
}

/*
 * The free pointer overlays a free object unless somebody else wants those bytes: the poison, the
 * constructor's state, readers, or a redzone that would have to give way. Constructor and readers
 * may leave a place for it.
 */
static bool free_pointer_must_be_outside(const struct layout_request *request)
{
    bool redzone_conflicts =
        (request->flags & SLAB_RED_ZONE) &&
        (request->object_size < WORD_SIZE || tracks_requested_size(request->flags));

    bool is_kept = (request->flags & SLAB_TYPESAFE_BY_RCU) != 0 || request->has_ctor;

    return (request->flags & SLAB_POISON) || (is_kept && !request->use_freeptr_offset) ||
           redzone_conflicts;
}

/* Lays the slot out from the object to its end, region by region. */
static void place_regions(const struct layout_request *request, struct layout *layout)
{
    size_t end = align_up(request->object_size, WORD_SIZE);

    if ((request->flags & SLAB_RED_ZONE) && end == request->object_size) {
        end += WORD_SIZE;
    }
    layout->metadata_offset = end;

    if (free_pointer_must_be_outside(request)) {
        layout->free_pointer_offset = end;
        end += WORD_SIZE;
    } else if (request->use_freeptr_offset) {
        layout->free_pointer_offset = request->freeptr_offset;
    } else {
        layout->free_pointer_offset = align_down(request->object_size / 2, WORD_SIZE);
    }
    if (request->flags & SLAB_STORE_USER) {
        layout->tracks_offset = end;
        end += TRACKS_SIZE;
    }
    if (tracks_requested_size(request->flags)) {
        layout->requested_size_offset = end;
        end += WORD_SIZE;
    }
    layout->padding_offset = end;

    if (request->flags & SLAB_RED_ZONE) {
        end += WORD_SIZE;
        layout->left_redzone_size = redzone_left_size(layout->align);
    }
    layout->stride = align_up(end + layout->left_redzone_size, layout->align);
    layout->slot_end_offset = layout->stride - layout->left_redzone_size;
}

static uint32_t objects_in(unsigned order, size_t stride)
{
    return (uint32_t)(order_size(order) / stride);
}

static unsigned smaller(unsigned left, unsigned right)
{
    return left < right ? left : right;
}

/* Least order worth trying: room for the wanted number of objects, within the configured limits. */
static unsigned compute_order_floor(const struct heap_config *config, size_t stride)
{
    uint32_t wanted = config->slab_objects_min != 0
                          ? config->slab_objects_min
                          : 4 * (log2_floor(config->cpu_count) + 2);
    uint32_t most = objects_in(config->slab_order_max, stride);
    uint32_t count = smaller(wanted, most > 0 ? most : 1);
    unsigned order = order_for_size((size_t)count * stride);

    return order > config->slab_order_min ? order : config->slab_order_min;
}

/* Least order in [floor, ceiling] that wastes at most 1/fraction of the slab, or ceiling + 1. */
static unsigned find_order(size_t stride, unsigned floor, unsigned ceiling, unsigned fraction)
{
    unsigned order = floor;

    while (order <= ceiling && order_size(order) % stride > order_size(order) / fraction) {
        order++;
    }
    return order;
}

static bool compute_order(const struct heap_config *config, size_t stride, unsigned *order)
{
    enum { STRICTEST_FRACTION = 16, LOOSEST_FRACTION = 2 };
    unsigned floor = compute_order_floor(config, stride);

    if (objects_in(floor, stride) > SLAB_OBJECTS_MAX) {
        *order = order_for_size(stride * SLAB_OBJECTS_MAX) - 1;
        return true;
    }
    for (unsigned fraction = STRICTEST_FRACTION; fraction >= LOOSEST_FRACTION; fraction /= 2) {
        *order = find_order(stride, floor, config->slab_order_max, fraction);
        if (*order <= config->slab_order_max && objects_in(*order, stride) <= SLAB_OBJECTS_MAX) {
            return true;
        }
    }
    *order = order_for_size(stride);
    return *order <= ORDER_MAX;
}

int layout_compute(const struct layout_request *request, struct layout *layout)
{
    struct layout result = {.object_size = request->object_size};

    if (!request_is_valid(request)) {
        return HEAP_EINVAL;
    }

    result.align = compute_align(request);
    result.poisons_padding = (request->flags & SLAB_POISON) != 0;
    result.poisons_objects = result.poisons_padding && !request->has_ctor &&
                             (request->flags & SLAB_TYPESAFE_BY_RCU) == 0;
    place_regions(request, &result);
    if (!compute_order(request->config, result.stride, &result.order)) {
        return HEAP_EINVAL;
    }

    result.order_least = smaller(order_for_size(result.stride), result.order);
    result.objects_per_slab = objects_in(result.order, result.stride);
    result.objects_per_least_slab = objects_in(result.order_least, result.stride);
    *layout = result;
    return HEAP_OK;
}

bool layout_is_valid(const struct layout *layout)
{
    return layout->object_size > 0 && layout->object_size <= layout->metadata_offset &&
           is_aligned(layout->free_pointer_offset, WORD_SIZE) &&
           layout->free_pointer_offset + WORD_SIZE <= layout->slot_end_offset &&
           is_aligned(layout->left_redzone_size, layout->align) &&
           is_aligned(layout->stride, layout->align) &&
           layout->padding_offset <= layout->slot_end_offset && layout->objects_per_slab > 0 &&
           layout->objects_per_slab <= SLAB_OBJECTS_MAX &&
           layout->objects_per_slab * layout->stride <= order_size(layout->order);
}
