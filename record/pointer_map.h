/*
 * Live allocations of a recorded process by their address: a hash table with linear probing, at
 * most half full. Removing moves the entries behind a hole into it, so there are no tombstones.
 */
#ifndef RECORD_POINTER_MAP_H
#define RECORD_POINTER_MAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct pointer_entry {
    uint64_t pointer;    /* 0: no entry */
    uint32_t slot;       /* object slot of the program */
    uint32_t size;       /* bytes asked for */
};

/* All zeros: empty. */
struct pointer_map {
    struct pointer_entry *entries;
    size_t capacity;    /* a power of two, or 0 */
    size_t count;
};

/* The entry of a pointer, or NULL. Valid until the next insertion or removal. O(1). */
struct pointer_entry *pointer_map_find(const struct pointer_map *map, uint64_t pointer);

/*
 * Adds an entry; its pointer is not 0 and has none yet. False, and the map as it was, if there is
 * no memory. O(1) on average over many.
 */
bool pointer_map_insert(struct pointer_map *map, const struct pointer_entry *entry);

/* Removes an entry that pointer_map_find() returned. O(1). */
void pointer_map_remove(struct pointer_map *map, struct pointer_entry *entry);

/* Frees what the map holds and leaves it empty. */
void pointer_map_fini(struct pointer_map *map);

#endif
