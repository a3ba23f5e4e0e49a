#include "fuzz/triage/draw_slab.h"

#include <inttypes.h>
#include <stdio.h>

#include "allocator/base/raw.h"
#include "fuzz/triage/describe.h"
#include "fuzz/triage/slab_map.h"
#include "fuzz/triage/slot_bar.h"
#include "sanitizers/view.h"

enum {
    OBJECTS_DRAWN_MAX = 24,    /* of a larger slab, plain objects share a line */
    LINES_MAX = 48,            /* further ones are for what is not plain */
    NEIGHBOURS = 2,            /* of the focus, that always have their own line */
    BYTES_SHOWN = 64,          /* of the focus */
    BYTES_PER_LINE = 16,
};

struct drawing {
    struct slab_map map;
    uint32_t drawn_count;      /* objects that get drawn */
    uint32_t focus;
    const struct palette *palette;
};

static const char *const state_names[] = {
    [OBJECT_USED] = "nobody's",    [OBJECT_LIVE] = "live", [OBJECT_ISOLATED] = "isolated",
    [OBJECT_FREE] = "free",        [OBJECT_CPU_FREE] = "free, CPU's",
};

static size_t arena_offset(const struct slab *slab, const void *address)
{
    return (size_t)((uintptr_t)address - (uintptr_t)slab->cache->heap->memory.arena);
}

static void print_link(const struct object_note *note, const struct palette *palette)
{
    switch ((enum link_state)note->link) {
    case LINK_NONE:
        break;
    case LINK_END:
        printf(" -> end");
        break;
    case LINK_GOOD:
        printf(" -> #%u", note->target);
        break;
    case LINK_AGAIN:
        printf(" %s-> #%u again%s", palette->bad, note->target, palette->reset);
        break;
    case LINK_BAD:
        printf(" %s-> nowhere: 0x%" PRIx64 "%s", palette->bad, note->link_address, palette->reset);
        break;
    }
}

static void print_state(const struct object_note *note)
{
    char text[24];

    if (note->state == OBJECT_LIVE) {
        snprintf(text, sizeof(text), "live o%u", note->model_slot);
    } else {
        snprintf(text, sizeof(text), "%s", state_names[note->state]);
    }
    printf("%-12s", text);
}

/* The user's bytes of the focus. */
static void print_bytes(const struct drawing *drawing, const unsigned char *object)
{
    size_t size = drawing->map.slab->cache->layout.object_size;
    size_t shown = size < BYTES_SHOWN ? size : BYTES_SHOWN;

    for (size_t i = 0; i < shown; i++) {
        if (i % BYTES_PER_LINE == 0) {
            printf("%s         +%-4zu:", i == 0 ? "" : "\n", i);
        }
        printf(" %02x", raw_load_byte(object + i));
    }
    printf("%s\n", shown < size ? " ..." : "");
}

static void draw_object(const struct drawing *drawing, uint32_t index)
{
    const struct slab_map *map = &drawing->map;
    const struct palette *palette = drawing->palette;
    const unsigned char *object = slab_object(map->slab, index);
    bool is_focus = index == drawing->focus;

    printf("%s%c #%-5u +0x%-6zx %s", is_focus ? palette->focus : "", is_focus ? '>' : ' ', index,
           arena_offset(map->slab, object), is_focus ? palette->reset : "");
    print_state(&map->notes[index]);
    slot_bar_print(map, index, palette);
    print_link(&map->notes[index], palette);
    printf("\n");
    slot_print_damage(map, index, palette);
    if (is_focus) {
        print_bytes(drawing, object);
    }
}

static bool is_near_focus(const struct drawing *drawing, uint32_t index)
{
    return index + NEIGHBOURS >= drawing->focus && index <= drawing->focus + (uint64_t)NEIGHBOURS;
}

/* True for an object that nothing can be said of but its state. */
static bool is_plain(const struct drawing *drawing, uint32_t index)
{
    return !is_near_focus(drawing, index) && !slot_is_damaged(&drawing->map, index);
}

/* End of the objects from index on that share a line; index + 1 if it has its own. */
static uint32_t find_alike(const struct drawing *drawing, uint32_t index)
{
    const struct object_note *notes = drawing->map.notes;
    uint32_t end = index;

    if (drawing->drawn_count <= OBJECTS_DRAWN_MAX) {
        return index + 1;
    }
    while (end < drawing->drawn_count && notes[end].state == notes[index].state &&
           is_plain(drawing, end)) {
        end++;
    }
    return end > index ? end : index + 1;
}

static void draw_objects(const struct drawing *drawing)
{
    uint32_t line_count = 0;
    uint32_t omitted_count = 0;

    for (uint32_t index = 0; index < drawing->drawn_count;) {
        uint32_t end = find_alike(drawing, index);

        if (line_count >= LINES_MAX && is_plain(drawing, index)) {
            omitted_count += end - index;
        } else if (end > index + 1) {
            printf("  #%u..%u  %s\n", index, end - 1,
                   state_names[drawing->map.notes[index].state]);
            line_count++;
        } else {
            draw_object(drawing, index);
            line_count++;
        }
        index = end;
    }
    if (omitted_count > 0) {
        printf("  ... more objects: %u\n", omitted_count);
    }
}

static void draw_head(const struct drawing *drawing)
{
    const struct slab_map *map = &drawing->map;
    const struct kmem_cache *cache = map->slab->cache;
    const struct layout *layout = &cache->layout;
    char text[DESCRIPTION_SIZE];

    printf("slab at frame %u, order %u, of cache %.*s: %s\n",
           view_slab_pfn(cache->heap, map->slab), map->slab->order, CACHE_NAME_SIZE, cache->name,
           describe_slab(view_slab(map->slab), view_place(map->slab), text));
    printf("  objects of %zu bytes every %zu; a letter is %zu: ", layout->object_size,
           layout->stride, slot_bar_scale(layout));
    slot_bar_print_legend(layout);
    printf("\n  freelist");
    print_link(&map->head, drawing->palette);
    if (map->cpu != NULL) {
        printf("; that of CPU %u", map->cpu_number);
        print_link(&map->cpu_head, drawing->palette);
    }
    printf("\n");
}

void draw_slab(const struct model *model, const struct slab *slab, uint32_t focus,
               const struct palette *palette)
{
    struct drawing drawing = {.focus = focus, .palette = palette};
    uint32_t object_count = view_slab(slab).object_count;

    if (!slab_map_make(&drawing.map, model, slab)) {
        printf("no memory to draw the slab\n");
        return;
    }
    drawing.drawn_count = object_count < drawing.map.count ? object_count : drawing.map.count;
    draw_head(&drawing);
    draw_objects(&drawing);
    slab_map_release(&drawing.map);
}
