/*
 * A small allocator that has nothing to do with SLUB: size classes, cut from chunks of one region.
 *
 * Two versions implement it, bump_plain.c and bump_hardened.c. Not for threads.
 */
#ifndef EXAMPLES_BUMP_H
#define EXAMPLES_BUMP_H

#include <stddef.h>
#include <stdint.h>

enum {
    BUMP_CLASS_COUNT = 8,    /* 16, 32, ... 2048 bytes */
    BUMP_SIZE_MIN = 16,
    BUMP_SIZE_MAX = BUMP_SIZE_MIN << (BUMP_CLASS_COUNT - 1),
    BUMP_CHUNK_SIZE = 1 << 14,
};

struct bump;

/* An allocator with room for chunk_count chunks, or NULL. seed is for what it does by chance. */
struct bump *bump_create(size_t chunk_count, uint64_t seed);
void bump_destroy(struct bump *bump);

/* Bytes aligned to 16, or NULL if size is 0, above BUMP_SIZE_MAX, or there is no room. */
void *bump_alloc(struct bump *bump, size_t size);

/* Gives back what bump_alloc() returned; NULL does nothing. */
void bump_free(struct bump *bump, void *object);

/* How often misuse was noticed. */
unsigned bump_misuse_count(const struct bump *bump);

#endif
