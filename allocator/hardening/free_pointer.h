/*
 * Encoded free pointers: the link inside a free object is not where the next one lies.
 *
 * Threat. A write into a free object, from a use after free or an overflow of its neighbour,
 * replaces the link of the freelist; an allocation later hands out whatever was written.
 *
 * Mechanism. The word stored is
 *
 *     next ^ byteswap(place * secret)
 *
 * with one random odd secret a cache. place says where the word lies and next what it leads to: two
 * addresses, or numbers of objects, or next as its difference to place. Whoever writes a chosen
 * word does not know what it decodes to; most of that lies outside all memory, or fails a test of
 * alignment and range. The place makes a link worthless anywhere else, so two links cannot be
 * compared or copied: an odd secret gives each place a key of its own. The low bits of a product
 * depend on few bits of its factors, and on none at all if place is a multiple of a large power of
 * two; byte-swapped, they come to lie over the bits of next that are always the same, and the high
 * bits, which depend on everything, over those that tell one object from another.
 *
 * The end of a list is encoded like any other link, so it looks like the rest. A secret of 0 stores
 * each link as it is.
 *
 * What it does not stop. One encoded link read by the attacker, with next and place known, gives
 * the secret of the cache away. XOR is malleable: flipping a bit of the stored word flips the same
 * bit of next, so overwriting only the low bytes moves the link by a small unknown distance.
 * Nothing is authenticated: a wrong link is noticed only by a test of what it decodes to.
 *
 * Cost. A multiplication, a byte swap and a XOR for each link read or written; one word a cache.
 */
#ifndef ALLOCATOR_HARDENING_FREE_POINTER_H
#define ALLOCATOR_HARDENING_FREE_POINTER_H

#include <stdint.h>

/* A link as it lies in memory. Its own type, so that it cannot be followed by accident. */
struct free_pointer {
    uint64_t encoded;
};

/* The secret made of a random number. */
static inline uint64_t free_pointer_secret(uint64_t random)
{
    return random | 1;
}

/* What a link at this place is XORed with: for callers that keep the words themselves. */
static inline uint64_t free_pointer_key(uint64_t secret, uint64_t place)
{
    return __builtin_bswap64(place * secret);
}

/* Any next can be encoded. place is where the result will be stored, and not 0. */
static inline struct free_pointer free_pointer_encode(uint64_t next, uint64_t secret,
                                                      uint64_t place)
{
    return (struct free_pointer){next ^ free_pointer_key(secret, place)};
}

/* place is where link was stored. Any word decodes to something: test the result. */
static inline uint64_t free_pointer_decode(struct free_pointer link, uint64_t secret,
                                           uint64_t place)
{
    return link.encoded ^ free_pointer_key(secret, place);
}

#endif
