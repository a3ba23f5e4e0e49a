/*
 * Page poison: what a free page holds, and what damage to it looks like.
 *
 * Threat. A write through a stale pointer into a page that went back to the page allocator. There
 * the next owner may be anybody: a slab, a table, another subsystem.
 *
 * Mechanism. A page is filled with PAGE_POISON_BYTE when it is freed and compared when it is
 * allocated. 0xaa alternates its bits, so one flipped bit is told from an overwrite: a single bit
 * off in a single byte is more likely a memory module's fault than a program's.
 *
 * What it does not stop. Reads of free pages. Writes of the same byte. Damage is found when the
 * page is allocated, which may be never.
 *
 * Cost. A page written for each page freed, a page read for each page allocated.
 */
#ifndef ALLOCATOR_HARDENING_PAGE_POISON_H
#define ALLOCATOR_HARDENING_PAGE_POISON_H

#include <stdbool.h>
#include <stddef.h>

enum { PAGE_POISON_BYTE = 0xaa };

/* True if the damage is one flipped bit: first_byte as found, of damage_size damaged bytes. */
static inline bool page_poison_is_bit_error(unsigned char first_byte, size_t damage_size)
{
    unsigned flipped = first_byte ^ (unsigned)PAGE_POISON_BYTE;

    return damage_size == 1 && flipped != 0 && (flipped & (flipped - 1)) == 0;
}

#endif
