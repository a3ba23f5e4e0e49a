/*
 * The allocated-object bitmap: one bit a granule of memory, set while an object that starts there
 * is in its user's hands.
 *
 * Threat. An object freed twice, at whatever time and by whatever path, is handed out to two
 * owners; so is one that an overwritten link puts on a freelist although somebody has it.
 *
 * Mechanism. The bit of an object is set when it is handed out and cleared when it is freed, each
 * by an exchange that tells what it was before. Freeing what is not allocated is seen at once,
 * without a walk, and by exactly one of two CPUs that do it at a time. A link of a freelist that
 * leads to a live object is seen when it is followed, before that is handed out: slub/follow.h.
 *
 * What it does not stop. A free of an object that has another owner by now: its bit is set again.
 * Writes: only who calls the allocator is seen.
 *
 * Cost. One bit every 8 bytes of memory, 1.6 %, and an exchange of a shared word per allocation
 * and free.
 */
#ifndef ALLOCATOR_HARDENING_OBJECT_BITMAP_H
#define ALLOCATOR_HARDENING_OBJECT_BITMAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { OBJECT_BITMAP_GRANULE = 8, OBJECT_BITMAP_WORD_BITS = 64 };

/* Where the bit of an object lies. */
struct object_bit {
    size_t word;      /* index */
    uint64_t mask;
};

/* Words that cover so many bytes, a multiple of 512. */
static inline size_t object_bitmap_words(size_t size)
{
    return size / OBJECT_BITMAP_GRANULE / OBJECT_BITMAP_WORD_BITS;
}

/* The bit of an object that starts at this offset, a multiple of the granule. */
static inline struct object_bit object_bitmap_bit(size_t offset)
{
    size_t index = offset / OBJECT_BITMAP_GRANULE;

    return (struct object_bit){
        .word = index / OBJECT_BITMAP_WORD_BITS,
        .mask = UINT64_C(1) << index % OBJECT_BITMAP_WORD_BITS,
    };
}

static inline bool object_bitmap_has(uint64_t word, struct object_bit bit)
{
    return (word & bit.mask) != 0;
}

static inline uint64_t object_bitmap_with(uint64_t word, struct object_bit bit)
{
    return word | bit.mask;
}

static inline uint64_t object_bitmap_without(uint64_t word, struct object_bit bit)
{
    return word & ~bit.mask;
}

#endif
