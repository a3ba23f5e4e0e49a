/* What a user says about a cache when creating it. */
#ifndef ALLOCATOR_CACHE_REQUEST_H
#define ALLOCATOR_CACHE_REQUEST_H

#include <stdbool.h>
#include <stddef.h>

#include "allocator/base/flags.h"

struct cache_request {
    const char *name;              /* copied, cut to CACHE_NAME_SIZE - 1 bytes; not NULL */
    size_t size;                   /* bytes of an object, 1 .. KMALLOC_SIZE_MAX */
    size_t align;                  /* power of two up to ALIGN_MAX, or 0 */
    slab_flags_t flags;            /* SLAB_CREATE_FLAGS */
    void (*ctor)(void *object);    /* run once on each object of a new slab, or NULL; locks are
                                      held: it must not call the allocator */
    size_t useroffset;             /* what may be copied to and from users: [useroffset, */
    size_t usersize;               /* useroffset + usersize) of each object; 0: nothing */
    bool use_freeptr_offset;       /* the link of a free object lies at freeptr_offset, bytes, */
    size_t freeptr_offset;         /* where neither readers nor the constructor look */
};

#endif
