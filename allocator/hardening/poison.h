/*
 * Poison: what a free object and its padding hold.
 *
 * Threat. A write through a stale pointer into a free object, or through a wild one into bytes that
 * belong to nobody; a read of a stale object that happens to look fine.
 *
 * Mechanism. A free object holds POISON_FREE, its final byte POISON_END, so that an overflow of one
 * byte from an object filled with POISON_FREE shows too. Padding that no user ever owns holds
 * POISON_INUSE. All are compared when the object is allocated or its slab goes away. Stale data are
 * gone, and a pointer read from poison, 0x6b6b..., is no address.
 *
 * What it does not stop. Writes after the object was allocated again. Writes of the same byte.
 * Reads, unless their value is used. Damage is found late: see redzone.h.
 *
 * Cost. Each byte of the object is written at each free and read at each allocation: in proportion
 * to the size of the object. The free pointer has to live outside the object.
 */
#ifndef ALLOCATOR_HARDENING_POISON_H
#define ALLOCATOR_HARDENING_POISON_H

#include <stddef.h>

enum {
    POISON_INUSE = 0x5a,    /* padding; an object of a new slab that was never allocated */
    POISON_FREE = 0x6b,
    POISON_END = 0xa5,
};

/* What byte index of a free object of size bytes holds; index < size. */
static inline unsigned char poison_byte_at(size_t index, size_t size)
{
    return index + 1 == size ? POISON_END : POISON_FREE;
}

#endif
