/*
 * What is known of a pointer, for whoever looks at a heap: as data, and as text.
 *
 *      slab my_cache start 0x... data offset 64 pointer offset 12 size 60 live
 *     Allocated at site 12 time=12 cpu=0
 */
#ifndef ALLOCATOR_API_DESCRIBE_H
#define ALLOCATOR_API_DESCRIBE_H

#include <stdbool.h>

#include "allocator/debug/describe.h"

/*
 * Of any address, NULL included; the caller sees to it that what lies there does not come or go
 * meanwhile. O(1); takes no lock.
 */
struct description heap_describe(const struct kmem_heap *heap, const void *address);

/* True if the address lies in a slab or in the guard pool: an object may be there. As above. */
bool heap_valid_obj(const struct kmem_heap *heap, const void *address);

/*
 * Writes the text of a description, NUL-terminated and cut to capacity, which is not 0. Returns
 * the number of bytes the whole text has, without the NUL. The cache is still there.
 */
size_t heap_describe_text(const struct description *description, char *bytes, size_t capacity);

/* Sends the text to the platform's log; false, and nothing, where heap_valid_obj() says false. */
bool heap_dump(const struct kmem_heap *heap, const void *address);

#endif
