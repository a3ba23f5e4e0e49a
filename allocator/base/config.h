/*
 * The run-time configuration of a heap, made from config.def.
 *
 * heap_config_set() and heap_config_value() address a row by its index in the table, so that tools
 * need no list of their own.
 */
#ifndef ALLOCATOR_BASE_CONFIG_H
#define ALLOCATOR_BASE_CONFIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "allocator/base/config.def"
#include "allocator/base/params.h"

struct heap_config {
#define X(name, type, initial, minimum, maximum, why) type name;
    HEAP_CONFIG(X)
#undef X
};

/* One row of the table, for tools that print, parse or choose configurations. */
struct heap_config_row {
    const char *name;
    uint64_t initial;
    uint64_t minimum;
    uint64_t maximum;
    const char *why;
};

enum heap_config_index {
#define X(name, type, initial, minimum, maximum, why) HEAP_CONFIG_##name,
    HEAP_CONFIG(X)
#undef X
    HEAP_CONFIG_COUNT
};

extern const struct heap_config_row heap_config_rows[HEAP_CONFIG_COUNT];

struct heap_config heap_config_default(void);

/* Value of row index; index < HEAP_CONFIG_COUNT. */
uint64_t heap_config_value(const struct heap_config *config, size_t index);

/* Sets row index < HEAP_CONFIG_COUNT. False, and nothing changed, if value is out of range. */
bool heap_config_set(struct heap_config *config, size_t index, uint64_t value);

/* Pages that are there: those of the arena but for the hole, as far as that lies in it. */
uint32_t heap_config_frames(const struct heap_config *config);

/* Every value in its range, and the rows that depend on each other agree. */
bool heap_config_is_valid(const struct heap_config *config);

#endif
