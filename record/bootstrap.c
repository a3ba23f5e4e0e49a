#include "record/bootstrap.h"

#include <stdint.h>
#include <string.h>

void *bootstrap_alloc(struct bootstrap *bootstrap, size_t size)
{
    size_t left = BOOTSTRAP_SIZE - bootstrap->used;

    /* In front of each piece, in a unit of its own, stands its size. */
    if (left < BOOTSTRAP_ALIGN || size > left - BOOTSTRAP_ALIGN) {
        return NULL;
    }

    unsigned char *unit = bootstrap->bytes + bootstrap->used;
    size_t unit_count = (size + BOOTSTRAP_ALIGN - 1) / BOOTSTRAP_ALIGN + 1;

    bootstrap->used += unit_count * BOOTSTRAP_ALIGN;
    memcpy(unit, &size, sizeof(size));
    return unit + BOOTSTRAP_ALIGN;
}

bool bootstrap_owns(const struct bootstrap *bootstrap, const void *pointer)
{
    return (uintptr_t)pointer - (uintptr_t)bootstrap->bytes < BOOTSTRAP_SIZE;
}

size_t bootstrap_size(const void *pointer)
{
    size_t size;

    memcpy(&size, (const unsigned char *)pointer - BOOTSTRAP_ALIGN, sizeof(size));
    return size;
}
