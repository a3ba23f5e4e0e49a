/* The rows of the heap's configuration by the names that traces and command lines give them. */
#ifndef FUZZ_CONFIG_ROW_H
#define FUZZ_CONFIG_ROW_H

#include <stddef.h>

/*
 * Index of the row whose name is the name_size bytes at name, or HEAP_CONFIG_COUNT (base/config.h).
 * O(rows).
 */
size_t config_row_find(const char *name, size_t name_size);

#endif
