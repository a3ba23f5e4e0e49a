/*
 * The layout of a cache, computed once more from what the cache says it is: the rules as they are
 * told, without the shortcuts of cache/layout.c.
 */
#include "allocator/base/bits.h"
#include "sanitizers/check_state.h"

static bool has(const struct kmem_cache *cache, slab_flags_t flag)
{
    return (cache->flags & flag) != 0;
}

static bool remembers_size(const struct kmem_cache *cache)
{
    return has(cache, SLAB_KMALLOC) && has(cache, SLAB_STORE_USER);
}

/* Least alignment that the flags promise. The request's own is not kept. */
static size_t promised_align(const struct kmem_cache *cache)
{
    size_t size = cache->layout.object_size;
    size_t align = WORD_SIZE;

    if (has(cache, SLAB_HWCACHE_ALIGN)) {
        align = CACHE_LINE_SIZE;
        while (align / 2 >= size && align > WORD_SIZE) {
            align /= 2;
        }
    }
    if (has(cache, SLAB_KMALLOC)) {
        size_t largest_divisor = size & (~size + 1);

        align = largest_divisor > align ? largest_divisor : align;
    }
    return align;
}

static void check_align(struct heap_check *check, const struct kmem_cache *cache)
{
    const struct layout *layout = &cache->layout;
    size_t promised = promised_align(cache);
    /* More than promised would make two classes of kmalloc the same. */
    bool is_kept = has(cache, SLAB_KMALLOC) ? layout->align == promised : layout->align >= promised;
    bool is_sound = is_power_of_two(layout->align) && is_kept &&
                    layout->stride % layout->align == 0 &&
                    layout->left_redzone_size % layout->align == 0;

    judge_that(check, is_sound, RULE_LAYOUT_ALIGN, cache);
}

/* The order of the regions, whatever their sizes. */
static bool regions_are_in_order(const struct layout *layout)
{
    size_t object_end = align_up(layout->object_size, WORD_SIZE);
    bool link_fits = layout->free_pointer_offset + WORD_SIZE <= object_end ||
                     layout->free_pointer_offset >= layout->metadata_offset;
    size_t end = layout->metadata_offset;

    if (layout->free_pointer_offset >= end) {
        end = layout->free_pointer_offset + WORD_SIZE;
    }
    if (layout->tracks_offset != 0) {
        link_fits &= layout->tracks_offset >= end;
        end = layout->tracks_offset + TRACKS_SIZE;
    }
    if (layout->requested_size_offset != 0) {
        link_fits &= layout->requested_size_offset >= end;
        end = layout->requested_size_offset + WORD_SIZE;
    }
    return link_fits && layout->object_size > 0 && layout->metadata_offset >= object_end &&
           layout->padding_offset >= end && layout->padding_offset <= layout->slot_end_offset &&
           layout->slot_end_offset + layout->left_redzone_size == layout->stride;
}

/* The regions that the flags ask for, one behind the other. */
static struct layout wanted_regions(const struct kmem_cache *cache)
{
    bool has_redzone = has(cache, SLAB_RED_ZONE);
    bool is_kept = cache->ctor != NULL || has(cache, SLAB_TYPESAFE_BY_RCU);
    bool link_is_outside =
        has(cache, SLAB_POISON) || (is_kept && !cache->link_is_placed) ||
        (has_redzone && (cache->layout.object_size < WORD_SIZE || remembers_size(cache)));
    struct layout wanted = cache->layout;
    size_t end = align_up(wanted.object_size + (has_redzone ? 1 : 0), WORD_SIZE);

    wanted.metadata_offset = end;
    if (link_is_outside) {
        wanted.free_pointer_offset = end;
    } else if (!cache->link_is_placed) {
        wanted.free_pointer_offset = cache->first_size / 2 / WORD_SIZE * WORD_SIZE;
    }
    end += link_is_outside ? WORD_SIZE : 0;
    wanted.tracks_offset = has(cache, SLAB_STORE_USER) ? end : 0;
    end += has(cache, SLAB_STORE_USER) ? TRACKS_SIZE : 0;
    wanted.requested_size_offset = remembers_size(cache) ? end : 0;
    end += remembers_size(cache) ? WORD_SIZE : 0;
    wanted.padding_offset = end;
    wanted.left_redzone_size = has_redzone ? align_up(WORD_SIZE, wanted.align) : 0;
    end += has_redzone ? WORD_SIZE + wanted.left_redzone_size : 0;
    wanted.stride = align_up(end, wanted.align);
    return wanted;
}

static void check_regions(struct heap_check *check, const struct kmem_cache *cache)
{
    const struct layout *layout = &cache->layout;
    const struct layout wanted = wanted_regions(cache);
    bool poisons = has(cache, SLAB_POISON);

    judge_equal(check, RULE_LAYOUT_REGIONS, cache, layout->metadata_offset, wanted.metadata_offset);
    judge_equal(check, RULE_LAYOUT_REGIONS, cache, layout->free_pointer_offset,
                wanted.free_pointer_offset);
    judge_equal(check, RULE_LAYOUT_REGIONS, cache, layout->tracks_offset, wanted.tracks_offset);
    judge_equal(check, RULE_LAYOUT_REGIONS, cache, layout->requested_size_offset,
                wanted.requested_size_offset);
    judge_equal(check, RULE_LAYOUT_REGIONS, cache, layout->padding_offset, wanted.padding_offset);
    judge_equal(check, RULE_LAYOUT_REGIONS, cache, layout->left_redzone_size,
                wanted.left_redzone_size);
    judge_equal(check, RULE_LAYOUT_REGIONS, cache, layout->stride, wanted.stride);
    judge_equal(check, RULE_LAYOUT_REGIONS, cache, layout->poisons_padding, poisons);
    judge_equal(check, RULE_LAYOUT_REGIONS, cache, layout->poisons_objects,
                poisons && cache->ctor == NULL && !has(cache, SLAB_TYPESAFE_BY_RCU));
}

static size_t objects_in(unsigned order, size_t stride)
{
    return ((size_t)PAGE_SIZE << order) / stride;
}

/* Objects that a slab should hold if the largest configured one can. */
static size_t wanted_objects(const struct heap_config *config, size_t stride)
{
    size_t most = objects_in(config->slab_order_max, stride);
    size_t wanted = config->slab_objects_min;

    if (wanted == 0) {
        wanted = 4 * (log2_floor(config->cpu_count) + 2);
    }
    if (wanted > most) {
        wanted = most;
    }
    return wanted > 0 ? wanted : 1;
}

static unsigned wanted_order(const struct heap_config *config, size_t stride)
{
    unsigned least = order_for_size(wanted_objects(config, stride) * stride);

    if (least < config->slab_order_min) {
        least = config->slab_order_min;
    }
    if (objects_in(least, stride) > SLAB_OBJECTS_MAX) {
        return order_for_size(SLAB_OBJECTS_MAX * stride) - 1;
    }
    for (size_t parts = 16; parts >= 2; parts /= 2) {
        for (unsigned order = least; order <= config->slab_order_max; order++) {
            size_t size = (size_t)PAGE_SIZE << order;

            if (size % stride <= size / parts && size / stride <= SLAB_OBJECTS_MAX) {
                return order;
            }
        }
    }
    return order_for_size(stride);
}

static void check_order(struct heap_check *check, const struct kmem_cache *cache)
{
    const struct layout *layout = &cache->layout;
    unsigned order = wanted_order(&check->heap->config, layout->stride);
    unsigned least = order_for_size(layout->stride);

    judge_equal(check, RULE_LAYOUT_ORDER, cache, layout->order, order);
    judge_equal(check, RULE_LAYOUT_ORDER, cache, layout->order_least,
                least < order ? least : order);
    judge_that(check, layout->order <= ORDER_MAX, RULE_LAYOUT_ORDER, cache);
}

static void check_objects(struct heap_check *check, const struct kmem_cache *cache)
{
    const struct layout *layout = &cache->layout;

    judge_equal(check, RULE_LAYOUT_OBJECTS, cache, layout->objects_per_slab,
                objects_in(layout->order, layout->stride));
    judge_equal(check, RULE_LAYOUT_OBJECTS, cache, layout->objects_per_least_slab,
                objects_in(layout->order_least, layout->stride));
    judge_that(check,
               layout->objects_per_slab > 0 && layout->objects_per_slab <= SLAB_OBJECTS_MAX &&
                   layout->objects_per_least_slab > 0,
               RULE_LAYOUT_OBJECTS, cache);
}

/* Nothing that is computed from the layout leaves the slab. */
static bool objects_fit(const struct layout *layout)
{
    return layout->order <= ORDER_MAX && layout->order_least <= ORDER_MAX &&
           layout->objects_per_slab <= objects_in(layout->order, layout->stride) &&
           layout->objects_per_least_slab <= objects_in(layout->order_least, layout->stride);
}

bool judge_layout(struct heap_check *check, const struct kmem_cache *cache)
{
    const struct layout *layout = &cache->layout;
    bool is_sound = regions_are_in_order(layout) && layout->stride >= WORD_SIZE &&
                    is_power_of_two(layout->align);

    if (!is_sound) {
        judge_fail(check, RULE_LAYOUT_VALID, cache, layout->stride, layout->align);
        return false;
    }
    check_align(check, cache);
    check_regions(check, cache);
    check_order(check, cache);
    check_objects(check, cache);
    return objects_fit(layout);
}
