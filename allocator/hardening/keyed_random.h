/*
 * Random numbers that depend on what they are for, not on when they are asked for.
 *
 * Threat. Not an attacker's: a generator that is stepped hands out different numbers as soon as one
 * more caller asks, so that a failing run cannot be shortened without changing what remains.
 *
 * Mechanism. Each number is a hash of (seed, purpose, id, ordinal): the same key gives the same
 * number, a different key an unrelated one. Each part is added to the state and mixed as splitmix64
 * mixes its counter: a bijection of 64 bits in which each input bit flips about half of the output.
 *
 * What it does not stop. It is not cryptographic: every step can be undone, so whoever learns one
 * number and its key computes the seed, and with it all others. Where that matters, secrets have to
 * come from the operating system.
 *
 * Cost. Four multiply-and-shift mixes, no memory.
 */
#ifndef ALLOCATOR_HARDENING_KEYED_RANDOM_H
#define ALLOCATOR_HARDENING_KEYED_RANDOM_H

#include <stdint.h>

static inline uint64_t keyed_random_mix(uint64_t state, uint64_t part)
{
    state += part + UINT64_C(0x9e3779b97f4a7c15);
    state = (state ^ state >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    state = (state ^ state >> 27) * UINT64_C(0x94d049bb133111eb);
    return state ^ state >> 31;
}

/* The number that belongs to this key. Every part of the key matters in its place. */
static inline uint64_t keyed_random(uint64_t seed, uint64_t purpose, uint64_t id, uint64_t ordinal)
{
    uint64_t state = keyed_random_mix(0, seed);

    state = keyed_random_mix(state, purpose);
    state = keyed_random_mix(state, id);
    return keyed_random_mix(state, ordinal);
}

#endif
