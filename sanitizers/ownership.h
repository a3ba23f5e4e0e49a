/*
 * Who owns which bytes of an arena.
 *
 *     frame      0              1              2
 *              +--------------+--------------+--------------+
 *     owner    | -            | 7            | -            |    a frame that one owner has whole
 *     granules | 3 3 . . 5 5  | (not used)   | 7 7 7 . . .  |    8 bytes each, elsewhere
 *              +--------------+--------------+--------------+
 *
 * Objects up to a page are written granule by granule, larger ones frame by frame with granules at
 * both ends, so that claiming costs little for any size and finding the owner of a byte is O(1).
 * The tables are reserved once for the largest arena and touched only where the arena is used.
 */
#ifndef SANITIZERS_OWNERSHIP_H
#define SANITIZERS_OWNERSHIP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { GRANULE_SIZE = 8 };

/* Who owns a byte; 0: nobody. */
typedef uint32_t owner_t;

struct owned_frame {
    owner_t owner;             /* of the whole frame; 0: see the granules */
    uint32_t granule_count;    /* granules of this frame that have an owner */
};

struct ownership {
    uintptr_t arena;
    size_t arena_size;              /* bytes */
    owner_t *granules;              /* one per granule of the largest arena */
    struct owned_frame *frames;     /* one per frame of the largest arena */
};

/* Reserves the tables, all bytes unowned. False if there is no address space. */
bool ownership_init(struct ownership *ownership);
void ownership_fini(struct ownership *ownership);

/* Turns to an arena of page_count pages. Everything that was claimed has been released. */
void ownership_begin(struct ownership *ownership, const void *arena, uint32_t page_count);

static inline bool ownership_covers(const struct ownership *ownership, const void *first,
                                    size_t size)
{
    uintptr_t offset = (uintptr_t)first - ownership->arena;

    return offset < ownership->arena_size && size <= ownership->arena_size - offset;
}

/*
 * Gives the bytes to owner, rounded up to granules. False, and nothing changed, if somebody owns
 * one of them. first is a multiple of GRANULE_SIZE, the arena covers the bytes, size is not 0.
 * O(size / page + granules of a page).
 */
bool ownership_claim(struct ownership *ownership, const void *first, size_t size, owner_t owner);

/* Takes bytes back that were claimed with the same range. */
void ownership_release(struct ownership *ownership, const void *first, size_t size);

/* Owner of a byte that the arena covers, or 0. */
owner_t ownership_find(const struct ownership *ownership, const void *byte);

#endif
