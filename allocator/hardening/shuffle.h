/*
 * A random order of 0..count-1, computed instead of stored.
 *
 * Threat. An allocator that hands out the objects of a fresh slab in address order lets an attacker
 * choose what lies behind an overflowing object: he allocates the victim right after it.
 *
 * Mechanism. shuffle_at() is a keyed bijection. On the smallest power of two that holds count it
 * runs rounds that can each be undone:
 *
 *     value + constant        a rotation of the numbers
 *     value * odd constant    carries low bits upwards
 *     value ^ value >> half   brings high bits down
 *
 * all modulo 2^bits, constants from the key. A result of count or more goes through the rounds
 * again until it is smaller (cycle walking), which keeps it a bijection. Each slab takes a key of
 * its own, so each has a fresh order, with nothing to store. The usual alternative, one stored
 * order a cache that every slab enters at a random point, repeats itself: whoever has seen one slab
 * knows every later one up to log2(count) bits.
 *
 * Entropy. At most 4 * (2 * bits - 1) bits of the key's expansion matter, and at most 64: 12 for 4
 * objects, where all 24 orders occur, 28 for 16, 64 from 257 on. Of the count! orders of a large
 * slab only that part can occur. Each thing takes each place nearly equally often.
 *
 * What it does not stop. It is no cipher: an attacker who sees enough of one slab's order can
 * compute the rest of that slab. Spraying objects still lands next to the victim sooner or later.
 * Freed objects come back last in, first out: the order of a slab in use is its users' doing.
 *
 * Cost. Twelve operations an index, and fewer than two passes on average: walking the whole of
 * 0..count-1 takes at most 2^bits < 2 * count passes, whatever the key.
 */
#ifndef ALLOCATOR_HARDENING_SHUFFLE_H
#define ALLOCATOR_HARDENING_SHUFFLE_H

#include <stdint.h>

enum { SHUFFLE_ROUNDS = 4 };

struct shuffle {
    uint32_t count;
    uint32_t mask;     /* 2^bits - 1, the least such number that is at least count - 1 */
    unsigned half;     /* of the bits, rounded up: distance of the down shift */
    uint32_t addend[SHUFFLE_ROUNDS];
    uint32_t factor[SHUFFLE_ROUNDS];    /* odd */
};

/* One output of a splitmix64 generator; steps its state. */
static inline uint64_t shuffle_next_constant(uint64_t *state)
{
    uint64_t mixed = *state += UINT64_C(0x9e3779b97f4a7c15);

    mixed = (mixed ^ mixed >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    mixed = (mixed ^ mixed >> 27) * UINT64_C(0x94d049bb133111eb);
    return mixed ^ mixed >> 31;
}

/* The order that belongs to key, of count >= 1 things. Every key gives one. */
static inline struct shuffle shuffle_init(uint32_t count, uint64_t key)
{
    unsigned bits = count == 1 ? 0 : 32 - (unsigned)__builtin_clz(count - 1);
    struct shuffle shuffle = {
        .count = count,
        .mask = (uint32_t)((UINT64_C(1) << bits) - 1),
        .half = (bits + 1) / 2,
    };

    for (int round = 0; round < SHUFFLE_ROUNDS; round++) {
        uint64_t constant = shuffle_next_constant(&key);

        shuffle.addend[round] = (uint32_t)constant;
        shuffle.factor[round] = (uint32_t)(constant >> 32) | 1;
    }
    return shuffle;
}

/* The rounds: a bijection of 0..mask. */
static inline uint32_t shuffle_permute(const struct shuffle *shuffle, uint32_t value)
{
    for (int round = 0; round < SHUFFLE_ROUNDS; round++) {
        value = (value + shuffle->addend[round]) * shuffle->factor[round] & shuffle->mask;
        value ^= value >> shuffle->half;
    }
    return value;
}

/* What stands at place index < count of the order. */
static inline uint32_t shuffle_at(const struct shuffle *shuffle, uint32_t index)
{
    do {
        index = shuffle_permute(shuffle, index);
    } while (index >= shuffle->count);
    return index;
}

#endif
