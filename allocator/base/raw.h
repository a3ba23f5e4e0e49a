/*
 * The only way to touch freed objects, redzones, padding and free pages.
 *
 * No sanitizer looks at these functions, so the allocator and the judges can work on memory that is
 * forbidden to users. raw.c is compiled with -fno-builtin: a plain loop would become a call of
 * memset or memcpy, which the sanitizers intercept.
 */
#ifndef ALLOCATOR_BASE_RAW_H
#define ALLOCATOR_BASE_RAW_H

#include <stddef.h>
#include <stdint.h>

#include "allocator/base/compiler.h"

/* address is 8-byte aligned. May race with its owner: the caller must be able to drop the value. */
static inline NO_SANITIZE uint64_t raw_load_word(const void *address)
{
    memory_look_away();

    uint64_t value = *(const volatile uint64_t *)address;

    memory_look_back();
    return value;
}

/* address is 8-byte aligned. */
static inline UNSEEN void raw_store_word(void *address, uint64_t value)
{
    memory_look_away();
    *(volatile uint64_t *)address = value;
    memory_look_back();
}

static inline NO_SANITIZE unsigned char raw_load_byte(const void *address)
{
    memory_look_away();

    unsigned char value = *(const volatile unsigned char *)address;

    memory_look_back();
    return value;
}

static inline UNSEEN void raw_store_byte(void *address, unsigned char value)
{
    memory_look_away();
    *(volatile unsigned char *)address = value;
    memory_look_back();
}

/* O(size). */
void raw_fill(void *first, size_t size, unsigned char value);
void raw_copy(void *target, const void *source, size_t size);

/* Offset of the first byte that is not value, or size if there is none. O(size). */
size_t raw_find_other(const void *first, size_t size, unsigned char value);

/*
 * The same for a pattern that repeats every 8 bytes of address: the byte at an address modulo 8 is
 * that byte of the pattern, lowest first. raw_pattern_byte() is what an address should hold.
 */
void raw_fill_pattern(void *first, size_t size, uint64_t pattern);
size_t raw_find_damage(const void *first, size_t size, uint64_t pattern);

static inline unsigned char raw_pattern_byte(const void *address, uint64_t pattern)
{
    return (unsigned char)(pattern >> 8 * ((uintptr_t)address & 7));
}

#endif
