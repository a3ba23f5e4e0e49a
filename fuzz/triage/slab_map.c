#include "fuzz/triage/slab_map.h"

#include <stdlib.h>

#include "allocator/base/bits.h"
#include "allocator/cache/freelist.h"
#include "sanitizers/view.h"

static uint32_t capacity_of(const struct slab *slab)
{
    size_t stride = slab->cache->layout.stride;
    unsigned order = slab->order <= ORDER_MAX ? slab->order : 0;

    return (uint32_t)(order_size(order) / stride);
}

/* Index of the object that starts at an address, or count. */
static uint32_t index_at(const struct slab_map *map, uint64_t address)
{
    uint64_t offset = address - (uintptr_t)slab_object(map->slab, 0);
    uint64_t index = offset / map->slab->cache->layout.stride;

    return index < map->count && index * map->slab->cache->layout.stride == offset
               ? (uint32_t)index
               : map->count;
}

/* What a link holds; false if it leads to no object that is still to be walked. */
static bool note_link(const struct slab_map *map, struct object_note *note, uint64_t address)
{
    uint32_t target = index_at(map, address);

    note->link_address = address;
    note->target = target;
    if (address == 0) {
        note->link = LINK_END;
    } else if (target == map->count) {
        note->link = LINK_BAD;
    } else {
        note->link = map->notes[target].link == LINK_NONE ? LINK_GOOD : LINK_AGAIN;
    }
    return note->link == LINK_GOOD;
}

/* Walks one list from the link in head. */
static void walk(struct slab_map *map, struct object_note *head, object_ref_t first,
                 enum object_state state)
{
    const struct kmem_cache *cache = map->slab->cache;
    struct object_note *note = head;
    uint64_t address = (uintptr_t)object_from_ref(cache, first);

    while (note_link(map, note, address)) {
        uint32_t index = note->target;

        note = &map->notes[index];
        note->state = (uint8_t)state;
        note->link = LINK_END;
        address = (uintptr_t)freelist_next(cache, slab_object(map->slab, index));
    }
}

static void find_cpu(struct slab_map *map)
{
    const struct kmem_cache *cache = map->slab->cache;

    for (unsigned i = 0; i < CPU_MAX; i++) {
        if (view_cpu_slab(cache->heap, &cache->cpus[i]) == map->slab) {
            map->cpu = &cache->cpus[i];
            map->cpu_number = i;
        }
    }
}

static void note_owner(struct slab_map *map, const unsigned char *address, enum object_state state,
                       uint32_t slot)
{
    uint64_t offset = (uintptr_t)address - (uintptr_t)slab_object(map->slab, 0);
    uint64_t index = offset / map->slab->cache->layout.stride;

    if (index < map->count && map->notes[index].state == OBJECT_USED) {
        map->notes[index].state = (uint8_t)state;
        map->notes[index].model_slot = slot;
    }
}

static void note_owners(struct slab_map *map, const struct model *model)
{
    for (uint32_t i = 0; i < model->used_count; i++) {
        const struct model_object *object = &model->objects[model->used[i]];

        if (object->state == MODEL_LIVE && object->size > 0) {
            note_owner(map, object->address, OBJECT_LIVE, model->used[i]);
        }
    }
    for (uint32_t i = 0; i < model->isolated_count; i++) {
        note_owner(map, model->isolated[i].address, OBJECT_ISOLATED, 0);
    }
}

bool slab_map_make(struct slab_map *map, const struct model *model, const struct slab *slab)
{
    *map = (struct slab_map){.slab = slab, .count = capacity_of(slab)};
    map->notes = calloc((size_t)map->count + 1, sizeof(*map->notes));
    if (map->notes == NULL) {
        return false;
    }
    walk(map, &map->head, view_slab(slab).freelist, OBJECT_FREE);
    find_cpu(map);
    if (map->cpu != NULL) {
        walk(map, &map->cpu_head, view_cpu(map->cpu).freelist, OBJECT_CPU_FREE);
    }
    note_owners(map, model);
    return true;
}

void slab_map_release(struct slab_map *map)
{
    free(map->notes);
    map->notes = NULL;
}
