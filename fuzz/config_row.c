#include "fuzz/config_row.h"

#include <stdbool.h>

#include "allocator/base/config.h"

static bool names_are_equal(const char *name, const char *other, size_t other_size)
{
    for (size_t i = 0; i < other_size; i++) {
        if (name[i] != other[i] || name[i] == '\0') {
            return false;
        }
    }
    return name[other_size] == '\0';
}

size_t config_row_find(const char *name, size_t name_size)
{
    size_t index = 0;

    while (index < HEAP_CONFIG_COUNT &&
           !names_are_equal(heap_config_rows[index].name, name, name_size)) {
        index++;
    }
    return index;
}
