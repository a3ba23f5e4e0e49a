/*
 * The bytes of what is free: stated here once more, from the layout alone, so that the allocator's
 * own painting and checking are judged by something that shares no code with them.
 */
#include "allocator/base/bits.h"
#include "allocator/base/raw.h"
#include "allocator/debug/track.h"
#include "allocator/hardening/poison.h"
#include "allocator/hardening/redzone.h"
#include "sanitizers/check_extension.h"
#include "sanitizers/check_features.h"
#include "sanitizers/check_state.h"
#include "sim/sim.h"

static void check_bytes(struct heap_check *check, enum rule_id rule, const unsigned char *first,
                        size_t size, unsigned char expected)
{
    size_t offset = raw_find_other(first, size, expected);

    if (offset < size && !judge_is_exempt(check, first, size)) {
        judge_fail(check, rule, first + offset, raw_load_byte(first + offset), expected);
    }
}

static void check_redzones(struct heap_check *check, const struct layout *layout,
                           const unsigned char *object)
{
    size_t right_size = layout->metadata_offset - layout->object_size;

    check_bytes(check, RULE_OBJECT_REDZONE, object - layout->left_redzone_size,
                layout->left_redzone_size, REDZONE_INACTIVE);
    check_bytes(check, RULE_OBJECT_REDZONE, object + layout->object_size, right_size,
                REDZONE_INACTIVE);
}

static void check_padding(struct heap_check *check, const struct layout *layout,
                          const unsigned char *object)
{
    if (layout->left_redzone_size == 0) {
        check_bytes(check, RULE_OBJECT_PADDING, object + layout->object_size,
                    layout->metadata_offset - layout->object_size, POISON_INUSE);
    }
    check_bytes(check, RULE_OBJECT_PADDING, object + layout->padding_offset,
                layout->stride - layout->left_redzone_size - layout->padding_offset, POISON_INUSE);
}

/*
 * Site and time of a simulation are the number of the step, but for callers that the program names;
 * a track that was never set is blank.
 */
static bool track_is_sound(const struct heap_check *check, const struct track *track)
{
    return (track->site == track->time || sim_is_caller(track->site)) &&
           track->time <= check->journal->clock && track->cpu < check->heap->config.cpu_count;
}

/*
 * Both tracks are blank, or neither: a free object was allocated as often as it was freed. Which
 * step is the later one says nothing: one that began early may do a free that was put off late.
 */
static void check_tracks(struct heap_check *check, const struct kmem_cache *cache,
                         const unsigned char *object)
{
    const unsigned char *tracks = object + cache->layout.tracks_offset;
    struct track alloc = track_get(cache, object, TRACK_ALLOC);
    struct track free = track_get(cache, object, TRACK_FREE);
    bool is_sound = track_is_sound(check, &alloc) && track_is_sound(check, &free) &&
                    (alloc.time == 0) == (free.time == 0);

    if (!is_sound && !judge_is_exempt(check, tracks, TRACKS_SIZE)) {
        judge_fail(check, RULE_OBJECT_TRACKED, object, free.time, alloc.time);
    }
}

bool judge_is_hidden(const struct kmem_cache *cache, const unsigned char *object)
{
    const struct layout *layout = &cache->layout;
    const unsigned char *slot = object - layout->left_redzone_size;
    size_t read = align_up(layout->object_size, WORD_SIZE);

    if ((cache->flags & SLAB_TYPESAFE_BY_RCU) == 0) {
        return memory_first_shown(slot, layout->stride) == NULL;
    }
    return memory_first_shown(slot, layout->left_redzone_size) == NULL &&
           memory_first_shown(object + read, layout->slot_end_offset - read) == NULL;
}

void judge_hidden(struct heap_check *check, const struct kmem_cache *cache, const void *object)
{
    judge_that(check, judge_is_hidden(cache, object), RULE_OBJECT_HIDDEN, object);
}

void judge_free_object(struct heap_check *check, const struct slab *slab, const void *address)
{
    const struct kmem_cache *cache = slab->cache;
    const struct layout *layout = &cache->layout;
    const unsigned char *object = address;

    judge_that(check, !judge_is_owned(check, object), RULE_OBJECT_UNOWNED, object);
    judge_uncharged(check, slab, object);
    judge_unmarked(check, cache, object);
    judge_hidden(check, cache, object);
    if (!cache->is_debug || !judge_may_walk(check, layout->stride / BYTES_PER_ITEM)) {
        return;
    }
    judge_walked(check, layout->stride / BYTES_PER_ITEM);
    if (layout->left_redzone_size != 0) {
        check_redzones(check, layout, object);
    }
    if (layout->poisons_objects) {
        size_t last = layout->object_size - 1;

        check_bytes(check, RULE_OBJECT_POISON, object, last, POISON_FREE);
        check_bytes(check, RULE_OBJECT_POISON, object + last, 1, POISON_END);
    }
    if (layout->poisons_padding) {
        check_padding(check, layout, object);
    }
    if (layout->tracks_offset != 0) {
        check_tracks(check, cache, object);
    }
}

void judge_slab_tail(struct heap_check *check, const struct slab *slab)
{
    const struct layout *layout = &slab->cache->layout;
    size_t used = view_slab(slab).object_count * layout->stride;

    if (layout->poisons_padding) {
        check_bytes(check, RULE_OBJECT_PADDING, slab_base(slab->cache->heap, slab) + used,
                    order_size(slab->order) - used, POISON_INUSE);
    }
}
