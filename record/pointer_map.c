#include "record/pointer_map.h"

#include <stdlib.h>

enum { CAPACITY_MIN = 64 };

/* The place a pointer would have in an empty map: the high bits of a multiplicative hash. */
static size_t home_of(const struct pointer_map *map, uint64_t pointer)
{
    return (size_t)(pointer * UINT64_C(0x9e3779b97f4a7c15) >> 32) & (map->capacity - 1);
}

static size_t next_place(const struct pointer_map *map, size_t place)
{
    return (place + 1) & (map->capacity - 1);
}

/* The place of the pointer, or the hole where it would go. */
static size_t place_of(const struct pointer_map *map, uint64_t pointer)
{
    size_t place = home_of(map, pointer);

    while (map->entries[place].pointer != 0 && map->entries[place].pointer != pointer) {
        place = next_place(map, place);
    }
    return place;
}

struct pointer_entry *pointer_map_find(const struct pointer_map *map, uint64_t pointer)
{
    size_t place = 0;

    if (map->count == 0 || pointer == 0) {
        return NULL;
    }
    place = place_of(map, pointer);
    return map->entries[place].pointer != 0 ? &map->entries[place] : NULL;
}

static bool grow(struct pointer_map *map)
{
    struct pointer_map larger = {.capacity = map->capacity == 0 ? CAPACITY_MIN : 2 * map->capacity};

    larger.entries = calloc(larger.capacity, sizeof(*larger.entries));
    if (larger.entries == NULL) {
        return false;
    }
    for (size_t i = 0; i < map->capacity; i++) {
        if (map->entries[i].pointer != 0) {
            larger.entries[place_of(&larger, map->entries[i].pointer)] = map->entries[i];
        }
    }
    larger.count = map->count;
    free(map->entries);
    *map = larger;
    return true;
}

bool pointer_map_insert(struct pointer_map *map, const struct pointer_entry *entry)
{
    if (2 * (map->count + 1) > map->capacity && !grow(map)) {
        return false;
    }
    map->entries[place_of(map, entry->pointer)] = *entry;
    map->count++;
    return true;
}

void pointer_map_remove(struct pointer_map *map, struct pointer_entry *entry)
{
    size_t mask = map->capacity - 1;
    size_t hole = (size_t)(entry - map->entries);
    size_t place = next_place(map, hole);

    for (; map->entries[place].pointer != 0; place = next_place(map, place)) {
        size_t home = home_of(map, map->entries[place].pointer);

        /* An entry may go back into the hole if its home does not lie behind it. */
        if (((place - home) & mask) >= ((place - hole) & mask)) {
            map->entries[hole] = map->entries[place];
            hole = place;
        }
    }
    map->entries[hole] = (struct pointer_entry){0};
    map->count--;
}

void pointer_map_fini(struct pointer_map *map)
{
    free(map->entries);
    *map = (struct pointer_map){0};
}
