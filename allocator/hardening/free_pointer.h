/*
 * Encoded free pointers: the link inside a free object is not the address of the next one.
 *
 * Threat. A write into a free object, from a use after free or an overflow of its neighbour,
 * replaces the link of the freelist; an allocation later hands out whatever address was written.
 *
 * Mechanism. The word stored is
 *
 *     next ^ secret ^ byteswap(address of the slot)
 *
 * with one random secret a cache. Whoever writes a chosen word does not know which address it
 * decodes to; most such addresses are not even mapped, or fail an alignment and range test. The
 * address of the slot makes a link worthless at any other place, so two links cannot be compared
 * or copied. It goes in byte-swapped because next and slot share their high bytes, which would
 * cancel: swapped, the bytes of the slot that vary most cover the bytes of next that vary least.
 * NULL is encoded like any other link, so the end of a list looks like the rest.
 *
 * What it does not stop. One encoded link read by the attacker, with next and slot known, gives the
 * secret of the cache away. XOR is malleable: flipping a bit of the stored word flips the same bit
 * of next, so overwriting only the low bytes moves the link by a small unknown distance. Nothing is
 * authenticated: a wrong link is noticed only by a test of what it decodes to.
 *
 * Cost. Two XORs and a byte swap for each link read or written; one word a cache.
 */
#ifndef ALLOCATOR_HARDENING_FREE_POINTER_H
#define ALLOCATOR_HARDENING_FREE_POINTER_H

#include <stdint.h>

/* A link as it lies in memory. Its own type, so that it cannot be followed by accident. */
struct free_pointer {
    uint64_t encoded;
};

/* What a link is XORed with at this slot: for callers that keep the words themselves. */
static inline uint64_t free_pointer_key(uint64_t secret, uintptr_t slot_address)
{
    return secret ^ __builtin_bswap64(slot_address);
}

/* next may be 0 for the end of the list. slot_address is where the result will be stored. */
static inline struct free_pointer free_pointer_encode(uintptr_t next, uint64_t secret,
                                                      uintptr_t slot_address)
{
    return (struct free_pointer){next ^ free_pointer_key(secret, slot_address)};
}

/* slot_address is where link was stored. Any word decodes to something: test the result. */
static inline uintptr_t free_pointer_decode(struct free_pointer link, uint64_t secret,
                                            uintptr_t slot_address)
{
    return (uintptr_t)(link.encoded ^ free_pointer_key(secret, slot_address));
}

#endif
