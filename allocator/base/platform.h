/*
 * The outside world of one heap: memory, randomness, and what becomes of a report.
 *
 * sim/ implements it from the input, and tests with a few lines that call mmap. The heap copies the
 * struct; context outlives the heap and stays its owner's.
 */
#ifndef ALLOCATOR_BASE_PLATFORM_H
#define ALLOCATOR_BASE_PLATFORM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "allocator/base/object_trace.h"
#include "allocator/base/report.h"

/* What a mapping is for. One mapping of each use per heap. */
enum map_use {
    MAP_ARENA,         /* the pages; aligned to the largest run */
    MAP_DESCRIPTORS,   /* frame and slab descriptors, the heap itself */
};

/* What a random number is for: the first part of its key. */
enum random_purpose {
    RANDOM_CACHE_SECRET,    /* id: cache, ordinal: 0 */
    RANDOM_SLAB_ORDER,      /* id: cache, ordinal: slabs it made on the node, the node above them */
    RANDOM_KMALLOC_SEED,    /* id: 0, ordinal: 0 */
    RANDOM_FAULT,           /* id: kind of failure, ordinal: decisions made so far */
    RANDOM_REMOTE_SEARCH,   /* id: cache, ordinal: slabs it made on the node that has none left */
};

struct platform {
    void *context;

    /*
     * Zero-filled memory, or NULL. alignment is a power of two, size a multiple of PAGE_SIZE. An
     * arena comes hidden from users (memory_hide() of base/compiler.h): the platform may know that
     * it is hidden already, where the zone would have to go over all of it.
     */
    void *(*map)(void *context, enum map_use use, size_t size, size_t alignment);
    void (*unmap)(void *context, enum map_use use, void *memory, size_t size);

    /*
     * Takes pages of an arena away, with what they hold, or gives them back, for debug_pagealloc;
     * NULL: the platform cannot, and free pages are unmapped in name only. False if it refuses to
     * take them away; to give them back must succeed. Called from several threads at once, for
     * different pages.
     */
    bool (*set_mapped)(void *context, void *first, size_t size, bool is_mapped);

    /* The same key gives the same number for the life of the heap. */
    uint64_t (*random)(void *context, enum random_purpose purpose, uint64_t id, uint64_t ordinal);

    /*
     * Misuse or corruption was found. May return (continue and isolate) or stop the program. Locks
     * of the heap may be held: it must not call the allocator.
     */
    void (*report)(void *context, const struct report *report);

    /*
     * Text that somebody asked for (kmem_dump_obj()), lines with their line ends; NULL: nobody
     * reads it. The text is the caller's. Must not call the allocator.
     */
    void (*log)(void *context, const char *text);

    /*
     * An object of a cache with SLAB_TRACE was allocated, or is about to be free. A lock of the
     * heap is held, as above. NULL: nobody listens.
     */
    void (*trace)(void *context, const struct object_trace *trace);

    /* SLAB_PANIC: a cache that the user cannot do without was not made. Should not return. */
    void (*panic)(void *context, const char *cache_name, int error);
};

#endif
