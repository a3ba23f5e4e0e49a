/*
 * Redzones: bytes of a known value on both sides of an object.
 *
 * Threat. Writing past the end of an object, or before its start, damages a neighbour without a
 * trace.
 *
 *     | left redzone | object | right redzone |
 *
 * Mechanism. Both zones hold REDZONE_ACTIVE while the object is live and REDZONE_INACTIVE while it
 * is free, and are compared whenever it changes hands. Two values instead of one make the zone tell
 * also in which state the object is, so a free of a free object shows even if no list is walked.
 *
 * What it does not stop. Reads. Writes that jump over the zone, or that happen to write its value.
 * Damage is found when the object is next looked at, not when it is done; who did it is a guess.
 *
 * Cost. Memory: the left zone is as large as the alignment, the right one at least a byte, mostly a
 * word. Time: both zones are written at each allocation and free, and compared before.
 */
#ifndef ALLOCATOR_HARDENING_REDZONE_H
#define ALLOCATOR_HARDENING_REDZONE_H

#include <stdbool.h>
#include <stddef.h>

enum {
    REDZONE_INACTIVE = 0xbb,
    REDZONE_ACTIVE = 0xcc,
    REDZONE_SIZE_MIN = 8,    /* bytes of the left zone */
};

/* What both zones hold beside a live or a free object. */
static inline unsigned char redzone_byte(bool object_is_live)
{
    return object_is_live ? REDZONE_ACTIVE : REDZONE_INACTIVE;
}

/* Size of the left zone, bytes: keeps an object aligned whose slot is. align is a power of two. */
static inline size_t redzone_left_size(size_t align)
{
    return align > REDZONE_SIZE_MIN ? align : REDZONE_SIZE_MIN;
}

#endif
