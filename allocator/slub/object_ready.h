/*
 * The last step of an allocation and the first of a free: contents, and what users may touch.
 *
 * A free object is hidden from users. Handing it out shows exactly the requested bytes, so a
 * sanitizer sees an access to the slack behind them.
 */
#ifndef ALLOCATOR_SLUB_OBJECT_READY_H
#define ALLOCATOR_SLUB_OBJECT_READY_H

#include <stddef.h>

#include "allocator/base/flags.h"
#include "allocator/cache/cache.h"

/* Zeroes what has to read zero, and shows the first requested_size bytes. */
void object_hand_out(const struct kmem_cache *cache, void *object, size_t requested_size,
                     gfp_t gfp);

/* Wipes the object if the cache does that, and hides it. The object is the caller's alone. */
void object_take_back(const struct kmem_cache *cache, void *object);

#endif
