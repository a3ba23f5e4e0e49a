/*
 * After taking in six headers of the kit: the same allocator, the same interface.
 *
 *     slot:  | requested size | left zone | object ... | right zone |
 *                                           link, poison while free
 *
 * double_free.h, redzone.h: a zone tells a live object from a free one, and whether its neighbour
 * wrote beyond its end. poison.h: a free object that changed. free_pointer.h: a link that was
 * overwritten leads nowhere. shuffle.h, keyed_random.h: who lies beside whom is a matter of chance.
 * What is found damaged is never handed out again.
 */
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "allocator/hardening/double_free.h"
#include "allocator/hardening/free_pointer.h"
#include "allocator/hardening/keyed_random.h"
#include "allocator/hardening/poison.h"
#include "allocator/hardening/redzone.h"
#include "allocator/hardening/shuffle.h"
#include "examples/bump.h"

enum { ZONE_SIZE = 8, HEADER_SIZE = 8 + ZONE_SIZE, OVERHEAD = 32, LINK_SIZE = 8 };
enum purpose { PURPOSE_SECRET, PURPOSE_ORDER };

struct size_class {
    void *free_list;
    uint64_t secret;             /* of the links */
    unsigned char *fresh;        /* the chunk that objects are taken from for the first time */
    uint32_t fresh_count;
    struct shuffle order;        /* in which they are */
};

struct bump {
    unsigned char *memory;
    size_t chunk_count;
    size_t chunks_used;
    uint64_t seed;
    unsigned misuse_count;
    struct size_class classes[BUMP_CLASS_COUNT];
    unsigned char class_of_chunk[];
};

static size_t class_size(unsigned class)
{
    return (size_t)BUMP_SIZE_MIN << class;
}

static size_t slot_size(unsigned class)
{
    return class_size(class) + OVERHEAD;
}

static unsigned class_for(size_t size)
{
    unsigned class = 0;

    while (class_size(class) < size) {
        class++;
    }
    return class;
}

static bool holds(const unsigned char *bytes, size_t size, unsigned char value)
{
    for (size_t i = 0; i < size; i++) {
        if (bytes[i] != value) {
            return false;
        }
    }
    return true;
}

static size_t *requested_size(unsigned char *object)
{
    return (size_t *)(void *)(object - HEADER_SIZE);
}

/* Zones from the left one to the end of the slot, for an object of which size bytes are used. */
static void paint(unsigned char *object, unsigned class, size_t size, bool is_live)
{
    *requested_size(object) = size;
    memset(object - ZONE_SIZE, redzone_byte(is_live), ZONE_SIZE);
    memset(object + size, redzone_byte(is_live), class_size(class) - size + ZONE_SIZE);
    if (!is_live) {
        memset(object, POISON_FREE, size);
    }
}

static bool zones_are_intact(unsigned char *object, unsigned class, bool is_live)
{
    size_t size = *requested_size(object);

    return size <= class_size(class) &&
           holds(object - ZONE_SIZE, ZONE_SIZE, redzone_byte(is_live)) &&
           holds(object + size, class_size(class) - size + ZONE_SIZE, redzone_byte(is_live));
}

static uint64_t *link_of(void *object)
{
    return object;
}

/* The chunk's class if an object starts there, or BUMP_CLASS_COUNT. */
static unsigned class_of(const struct bump *bump, const void *object)
{
    size_t offset = (size_t)((uintptr_t)object - (uintptr_t)bump->memory);

    if (offset >= bump->chunks_used * BUMP_CHUNK_SIZE) {
        return BUMP_CLASS_COUNT;
    }

    unsigned class = bump->class_of_chunk[offset / BUMP_CHUNK_SIZE];

    return offset % BUMP_CHUNK_SIZE % slot_size(class) == HEADER_SIZE ? class : BUMP_CLASS_COUNT;
}

struct bump *bump_create(size_t chunk_count, uint64_t seed)
{
    struct bump *bump = calloc(1, sizeof(*bump) + chunk_count);
    unsigned char *memory = aligned_alloc(BUMP_CHUNK_SIZE, chunk_count * BUMP_CHUNK_SIZE);

    if (bump == NULL || memory == NULL) {
        free(bump);
        free(memory);
        return NULL;
    }
    bump->memory = memory;
    bump->chunk_count = chunk_count;
    bump->seed = seed;
    for (unsigned class = 0; class < BUMP_CLASS_COUNT; class++) {
        bump->classes[class].secret =
            free_pointer_secret(keyed_random(seed, PURPOSE_SECRET, class, 0));
    }
    return bump;
}

void bump_destroy(struct bump *bump)
{
    free(bump->memory);
    free(bump);
}

/* True if a free object is as it was left. */
static bool is_untouched(unsigned char *object, unsigned class)
{
    return zones_are_intact(object, class, false) &&
           holds(object + LINK_SIZE, class_size(class) - LINK_SIZE, POISON_FREE);
}

/* A damaged object takes what is behind it along: where its link leads nobody knows. */
static unsigned char *take_free(struct bump *bump, unsigned index)
{
    struct size_class *class = &bump->classes[index];
    unsigned char *object = class->free_list;

    if (object == NULL) {
        return NULL;
    }

    uint64_t link = *link_of(object);
    uint64_t next = free_pointer_decode((struct free_pointer){link}, class->secret,
                                        (uintptr_t)object);
    bool leads_somewhere = next == 0 || class_of(bump, (void *)(uintptr_t)next) == index;

    class->free_list = leads_somewhere ? (void *)(uintptr_t)next : NULL;
    if (!leads_somewhere || !is_untouched(object, index)) {
        bump->misuse_count++;
        return take_free(bump, index);
    }
    return object;
}

static unsigned char *take_fresh(struct size_class *class, unsigned index)
{
    if (class->fresh_count == 0) {
        return NULL;
    }
    class->fresh_count--;
    return class->fresh + shuffle_at(&class->order, class->fresh_count) * slot_size(index) +
           HEADER_SIZE;
}

static void add_chunk(struct bump *bump, unsigned index)
{
    struct size_class *class = &bump->classes[index];

    if (bump->chunks_used == bump->chunk_count) {
        return;
    }
    bump->class_of_chunk[bump->chunks_used] = (unsigned char)index;
    class->fresh = bump->memory + bump->chunks_used * BUMP_CHUNK_SIZE;
    class->fresh_count = (uint32_t)(BUMP_CHUNK_SIZE / slot_size(index));
    class->order = shuffle_init(class->fresh_count,
                                keyed_random(bump->seed, PURPOSE_ORDER, index, bump->chunks_used));
    bump->chunks_used++;
}

void *bump_alloc(struct bump *bump, size_t size)
{
    if (size == 0 || size > BUMP_SIZE_MAX) {
        return NULL;
    }

    unsigned index = class_for(size);
    struct size_class *class = &bump->classes[index];
    unsigned char *object = take_free(bump, index);

    if (object == NULL) {
        if (class->fresh_count == 0) {
            add_chunk(bump, index);
        }
        object = take_fresh(class, index);
    }
    if (object != NULL) {
        paint(object, index, size, true);
    }
    return object;
}

void bump_free(struct bump *bump, void *object)
{
    unsigned index = object != NULL ? class_of(bump, object) : BUMP_CLASS_COUNT;

    if (object == NULL) {
        return;
    }
    if (index == BUMP_CLASS_COUNT ||
        double_free_is_immediate(object, bump->classes[index].free_list) ||
        !zones_are_intact(object, index, true)) {
        bump->misuse_count++;
        return;
    }

    struct size_class *class = &bump->classes[index];
    uint64_t next = (uintptr_t)class->free_list;

    paint(object, index, class_size(index), false);
    *link_of(object) = free_pointer_encode(next, class->secret, (uintptr_t)object).encoded;
    class->free_list = object;
}

unsigned bump_misuse_count(const struct bump *bump)
{
    return bump->misuse_count;
}
