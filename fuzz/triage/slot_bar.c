#include "fuzz/triage/slot_bar.h"

#include <stdio.h>

#include "allocator/base/raw.h"
#include "allocator/debug/object.h"

enum { LETTERS_MAX = 64, BYTES_SHOWN_MAX = 16 };

static const struct legend_row {
    char letter;
    const char *meaning;
} legend[] = {
    {'z', "left redzone"}, {'o', "in use"}, {'.', "free"},           {'r', "right redzone"},
    {'L', "free pointer"}, {'t', "tracks"}, {'s', "size asked for"}, {'p', "padding"},
};

/* Regions of one slot that must read one byte, as its state says. */
struct regions {
    struct object_region rows[OBJECT_REGION_MAX];
    unsigned count;
};

/* Nobody says what an object reads that was kept because something was wrong with it. */
static struct regions regions_of(const struct slab_map *map, uint32_t index)
{
    struct regions regions = {.count = 0};

    if (map->notes[index].state == OBJECT_ISOLATED) {
        return regions;
    }
    regions.count = object_regions(map->slab->cache, slab_object(map->slab, index),
                                   !object_is_free(&map->notes[index]), regions.rows);
    return regions;
}

static bool link_is_bad(const struct object_note *note)
{
    return note->link == LINK_BAD || note->link == LINK_AGAIN;
}

/* First damaged byte of a region, as an offset from its start; its size if there is none. */
static size_t damage_first(const unsigned char *object, const struct object_region *region)
{
    return raw_find_other(object + region->offset, region->size, region->expected);
}

static size_t damage_end(const unsigned char *object, const struct object_region *region)
{
    size_t end = region->size;

    while (end > 0 && raw_load_byte(object + region->offset + end - 1) == region->expected) {
        end--;
    }
    return end;
}

bool slot_is_damaged(const struct slab_map *map, uint32_t index)
{
    struct regions regions = regions_of(map, index);
    const unsigned char *object = slab_object(map->slab, index);

    for (unsigned i = 0; i < regions.count; i++) {
        if (damage_first(object, &regions.rows[i]) != regions.rows[i].size) {
            return true;
        }
    }
    return link_is_bad(&map->notes[index]);
}

static bool byte_is_damaged(const struct regions *regions, const unsigned char *object,
                            ptrdiff_t offset)
{
    for (unsigned i = 0; i < regions->count; i++) {
        const struct object_region *region = &regions->rows[i];

        if (offset >= region->offset && offset < region->offset + (ptrdiff_t)region->size) {
            return raw_load_byte(object + offset) != region->expected;
        }
    }
    return false;
}

static bool is_within(ptrdiff_t offset, size_t first, size_t size)
{
    return offset >= (ptrdiff_t)first && offset < (ptrdiff_t)(first + size);
}

/* What one byte of a slot is for. offset is that from the object. */
static char letter_of(const struct layout *layout, const struct object_note *note,
                      ptrdiff_t offset)
{
    bool is_free = object_is_free(note);

    if (offset < 0) {
        return 'z';
    }
    if ((is_free || layout_free_pointer_is_outside(layout)) &&
        is_within(offset, layout->free_pointer_offset, WORD_SIZE)) {
        return link_is_bad(note) ? '!' : 'L';
    }
    if (offset < (ptrdiff_t)layout->object_size) {
        return is_free ? '.' : 'o';
    }
    if (offset < (ptrdiff_t)layout->metadata_offset && layout->left_redzone_size != 0) {
        return 'r';
    }
    if (layout->tracks_offset != 0 && is_within(offset, layout->tracks_offset, TRACKS_SIZE)) {
        return 't';
    }
    if (layout->requested_size_offset != 0 &&
        is_within(offset, layout->requested_size_offset, WORD_SIZE)) {
        return 's';
    }
    return 'p';
}

static bool has_letter(const struct layout *layout, char letter)
{
    const struct object_note notes[] = {{.state = OBJECT_LIVE}, {.state = OBJECT_FREE}};

    for (ptrdiff_t at = -(ptrdiff_t)layout->left_redzone_size;
         at < (ptrdiff_t)layout->slot_end_offset; at++) {
        if (letter_of(layout, &notes[0], at) == letter ||
            letter_of(layout, &notes[1], at) == letter) {
            return true;
        }
    }
    return false;
}

void slot_bar_print_legend(const struct layout *layout)
{
    for (size_t i = 0; i < sizeof(legend) / sizeof(legend[0]); i++) {
        if (has_letter(layout, legend[i].letter)) {
            printf("%c %s, ", legend[i].letter, legend[i].meaning);
        }
    }
    printf("! bad");
}

size_t slot_bar_scale(const struct layout *layout)
{
    size_t scale = 1;

    while (layout->stride / scale > LETTERS_MAX) {
        scale *= 2;
    }
    return scale;
}

/* Of the bytes that share a letter, damage counts first, then the free pointer. */
static char letter_of_group(const struct slab_map *map, uint32_t index,
                            const struct regions *regions, ptrdiff_t first)
{
    const struct layout *layout = &map->slab->cache->layout;
    const unsigned char *object = slab_object(map->slab, index);
    ptrdiff_t end = first + (ptrdiff_t)slot_bar_scale(layout);
    char letter = letter_of(layout, &map->notes[index], first);

    for (ptrdiff_t at = first; at < end && at < (ptrdiff_t)layout->slot_end_offset; at++) {
        char own = letter_of(layout, &map->notes[index], at);

        if (own == '!' || byte_is_damaged(regions, object, at)) {
            return '!';
        }
        letter = own == 'L' ? own : letter;
    }
    return letter;
}

void slot_bar_print(const struct slab_map *map, uint32_t index, const struct palette *palette)
{
    const struct layout *layout = &map->slab->cache->layout;
    struct regions regions = regions_of(map, index);

    printf("|");
    for (ptrdiff_t at = -(ptrdiff_t)layout->left_redzone_size;
         at < (ptrdiff_t)layout->slot_end_offset; at += (ptrdiff_t)slot_bar_scale(layout)) {
        char letter = letter_of_group(map, index, &regions, at);

        if (letter == '!') {
            printf("%s!%s", palette->bad, palette->reset);
        } else {
            printf("%c", letter);
        }
    }
    printf("|");
}

void slot_print_damage(const struct slab_map *map, uint32_t index, const struct palette *palette)
{
    const unsigned char *object = slab_object(map->slab, index);
    struct regions regions = regions_of(map, index);

    for (unsigned i = 0; i < regions.count; i++) {
        const struct object_region *region = &regions.rows[i];
        size_t first = damage_first(object, region);
        size_t end = damage_end(object, region);

        if (first == region->size) {
            continue;
        }
        printf("         %s!%s %s at %+td:", palette->bad, palette->reset,
               report_kind_name(region->kind), region->offset + (ptrdiff_t)first);
        for (size_t at = first; at < end && at < first + BYTES_SHOWN_MAX; at++) {
            printf(" %02x", raw_load_byte(object + region->offset + at));
        }
        printf("%s, should be %02x\n", end - first > BYTES_SHOWN_MAX ? " ..." : "",
               region->expected);
    }
}
