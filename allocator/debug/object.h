/*
 * The bytes of a debug object's slot: what each region must read, painting it, checking it.
 *
 * A region is looked at only if the cache's flags paint it. All functions work on raw memory; the
 * slot belongs to the caller (it is free, or node->lock is held).
 */
#ifndef ALLOCATOR_DEBUG_OBJECT_H
#define ALLOCATOR_DEBUG_OBJECT_H

#include <stdbool.h>

#include "allocator/base/report.h"
#include "allocator/cache/cache.h"

/* Bytes of one slot that must all read the same. */
struct object_region {
    enum report_kind kind;         /* what a damage here is called */
    ptrdiff_t offset;              /* from the object */
    size_t size;                   /* bytes; may be 0 */
    unsigned char expected;
};

enum { OBJECT_REGION_MAX = 6 };

/* The regions of an object in checking order; returns how many. live: in the user's hands. */
unsigned object_regions(const struct kmem_cache *cache, const void *object, bool live,
                        struct object_region *regions);

/* Paints redzones and poison for an object that becomes live or free. O(stride). */
void object_paint(const struct kmem_cache *cache, void *object, bool live);

/* Paints what is behind size bytes of a live object if that is redzone. O(object_size). */
void object_paint_slack(const struct kmem_cache *cache, void *object, size_t size);

/* Bytes asked of kmalloc, where that is tracked; object_size elsewhere. */
size_t object_requested_size(const struct kmem_cache *cache, const void *object);
void object_set_requested_size(const struct kmem_cache *cache, void *object, size_t size);

#endif
