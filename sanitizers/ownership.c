#include "sanitizers/ownership.h"

#include "allocator/base/bits.h"
#include "allocator/base/params.h"
#include "sanitizers/reserve.h"

enum {
    FRAME_GRANULES = PAGE_SIZE / GRANULE_SIZE,
    GRANULE_COUNT_MAX = PAGE_COUNT_MAX * FRAME_GRANULES,
};

/* Granules of one frame. */
struct span {
    size_t frame;
    size_t first;    /* index in the frame */
    size_t count;
};

bool ownership_init(struct ownership *ownership)
{
    *ownership = (struct ownership){
        .granules = reserve_memory(GRANULE_COUNT_MAX * sizeof(owner_t)),
        .frames = reserve_memory(PAGE_COUNT_MAX * sizeof(struct owned_frame)),
    };
    if (ownership->granules != NULL && ownership->frames != NULL) {
        return true;
    }
    ownership_fini(ownership);
    return false;
}

void ownership_fini(struct ownership *ownership)
{
    reserve_release(ownership->granules, GRANULE_COUNT_MAX * sizeof(owner_t));
    reserve_release(ownership->frames, PAGE_COUNT_MAX * sizeof(struct owned_frame));
}

void ownership_begin(struct ownership *ownership, const void *arena, uint32_t page_count)
{
    ownership->arena = (uintptr_t)arena;
    ownership->arena_size = (size_t)page_count * PAGE_SIZE;
}

/* The part of [granule, end) that lies in the first frame. */
static struct span first_span(size_t granule, size_t end)
{
    size_t frame = granule / FRAME_GRANULES;
    size_t frame_end = (frame + 1) * FRAME_GRANULES;
    size_t span_end = end < frame_end ? end : frame_end;

    return (struct span){
        .frame = frame,
        .first = granule % FRAME_GRANULES,
        .count = span_end - granule,
    };
}

static bool span_is_free(const struct ownership *ownership, struct span span)
{
    const struct owned_frame *frame = &ownership->frames[span.frame];
    const owner_t *granules = &ownership->granules[span.frame * FRAME_GRANULES + span.first];

    if (frame->owner != 0) {
        return false;
    }
    for (size_t i = 0; frame->granule_count != 0 && i < span.count; i++) {
        if (granules[i] != 0) {
            return false;
        }
    }
    return true;
}

static void span_set_owner(struct ownership *ownership, struct span span, owner_t owner)
{
    struct owned_frame *frame = &ownership->frames[span.frame];
    owner_t *granules = &ownership->granules[span.frame * FRAME_GRANULES + span.first];

    if (span.count == FRAME_GRANULES) {
        frame->owner = owner;
        return;
    }
    for (size_t i = 0; i < span.count; i++) {
        granules[i] = owner;
    }
    frame->granule_count += owner != 0 ? (uint32_t)span.count : -(uint32_t)span.count;
}

static size_t granule_of(const struct ownership *ownership, const void *byte)
{
    return ((uintptr_t)byte - ownership->arena) / GRANULE_SIZE;
}

static void set_owner(struct ownership *ownership, size_t granule, size_t end, owner_t owner)
{
    while (granule < end) {
        struct span span = first_span(granule, end);

        span_set_owner(ownership, span, owner);
        granule += span.count;
    }
}

bool ownership_claim(struct ownership *ownership, const void *first, size_t size, owner_t owner)
{
    size_t start = granule_of(ownership, first);
    size_t end = start + align_up(size, GRANULE_SIZE) / GRANULE_SIZE;

    for (size_t granule = start; granule < end;) {
        struct span span = first_span(granule, end);

        if (!span_is_free(ownership, span)) {
            return false;
        }
        granule += span.count;
    }
    set_owner(ownership, start, end, owner);
    return true;
}

void ownership_release(struct ownership *ownership, const void *first, size_t size)
{
    size_t start = granule_of(ownership, first);

    set_owner(ownership, start, start + align_up(size, GRANULE_SIZE) / GRANULE_SIZE, 0);
}

owner_t ownership_find(const struct ownership *ownership, const void *byte)
{
    size_t granule = granule_of(ownership, byte);
    const struct owned_frame *frame = &ownership->frames[granule / FRAME_GRANULES];

    return frame->owner != 0 ? frame->owner : ownership->granules[granule];
}
