/* Arithmetic on sizes and orders. Alignments are powers of two. All O(1), no overflow checks. */
#ifndef ALLOCATOR_BASE_BITS_H
#define ALLOCATOR_BASE_BITS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "allocator/base/params.h"

static inline bool is_power_of_two(size_t value)
{
    return value != 0 && (value & (value - 1)) == 0;
}

static inline size_t align_up(size_t value, size_t alignment)
{
    return (value + alignment - 1) & ~(alignment - 1);
}

static inline size_t align_down(size_t value, size_t alignment)
{
    return value & ~(alignment - 1);
}

/* By 1 .. 63 bits. */
static inline uint64_t rotate_right(uint64_t value, unsigned count)
{
    return value >> count | value << (64 - count);
}

static inline uint64_t rotate_left(uint64_t value, unsigned count)
{
    return value << count | value >> (64 - count);
}

static inline bool is_aligned(uintptr_t value, size_t alignment)
{
    return (value & (alignment - 1)) == 0;
}

/* Index of the highest set bit; value is not 0. */
static inline unsigned log2_floor(size_t value)
{
    return 63u - (unsigned)__builtin_clzll(value);
}

/* Least n with 2^n >= value; value is not 0. */
static inline unsigned log2_ceil(size_t value)
{
    return value == 1 ? 0 : log2_floor(value - 1) + 1;
}

static inline size_t order_size(unsigned order)
{
    return (size_t)PAGE_SIZE << order;
}

static inline uint32_t order_pages(unsigned order)
{
    return 1u << order;
}

/* Least order whose run holds size bytes. May exceed ORDER_MAX; size is not 0. */
static inline unsigned order_for_size(size_t size)
{
    return size <= PAGE_SIZE ? 0 : log2_ceil(size) - PAGE_SHIFT;
}

#endif
