/*
 * The guard pool: a few objects, each alone in a page between two pages that are nobody's.
 *
 *      page 0    page 1     page 2    page 3     page 4
 *     +--------+----------+---------+----------+--------+
 *     | guard  | object 0 |  guard  | object 1 | guard  |
 *     +----:---+----------+----:----+----------+---:----+
 *          :    tile of 0      :     tile of 1     :
 *
 * Threat. Writes beyond an object, however far; writes to freed objects; frees of what is not
 * allocated: in a program that can pay for no check on every object.
 *
 * Mechanism. Every so many-th allocation is served from the pool, so sooner or later any bug of
 * any call site meets it. An object lies at the left or the right end of its page, in turns. All
 * other bytes of its tile, its page and the near halves of the guards, hold a pattern that depends
 * on the address. The object is hidden as soon as it is freed, and used again only when all objects
 * freed before it were: until then a sanitizer, or page protection, stops any access to it. Without
 * either the pattern tells: of writes beside an object when it is freed, of writes after the free
 * when the tile is used next. A free of anything but an allocated object is noticed at once.
 *
 * What it does not stop. Bugs of objects that were not chosen. Reads, where nobody stops accesses.
 * At the right end, bytes between the object and the next multiple of its alignment.
 *
 * Cost. Two pages an object; two pages compared an allocation and a free from the pool; nothing
 * elsewhere but the count.
 */
#ifndef ALLOCATOR_HARDENING_GUARD_POOL_H
#define ALLOCATOR_HARDENING_GUARD_POOL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Of the object in a tile. FREEING: somebody frees it, who alone may touch the tile. */
enum guard_state { GUARD_UNUSED, GUARD_ALLOCATED, GUARD_FREEING, GUARD_FREED };

/* What eight bytes at a multiple of 8 hold, first byte lowest: 0xaa XOR the address modulo 8. */
static inline uint64_t guard_canary(void)
{
    return UINT64_C(0xadacafaea9a8abaa);
}

/* Pages of a pool for so many objects. */
static inline size_t guard_pool_pages(uint32_t count)
{
    return 2 * (size_t)count + 1;
}

/* Where the page of an object starts, in bytes from the pool's start; and its tile of two pages. */
static inline size_t guard_page_offset(size_t page_size, uint32_t number)
{
    return (2 * (size_t)number + 1) * page_size;
}

static inline size_t guard_tile_offset(size_t page_size, uint32_t number)
{
    return guard_page_offset(page_size, number) - page_size / 2;
}

/* Number of the object whose tile has the byte at an offset; none of the pool's if no tile has. */
static inline size_t guard_number(size_t page_size, size_t offset)
{
    return (offset - page_size / 2) / (2 * page_size);
}

/* Where an object goes in its page. align is a power of two; both are a page at most. */
static inline size_t guard_object_offset(size_t page_size, size_t size, size_t align,
                                         bool is_at_right)
{
    return is_at_right ? (page_size - size) & ~(align - 1) : 0;
}

/* The nth allocation, counted from 1, is to be served from the pool. interval 0: none is. */
static inline bool guard_is_due(uint64_t nth, uint32_t interval)
{
    return interval != 0 && nth % interval == 0;
}

/* Freed objects, first freed first, by their numbers plus 1; 0 names none. */
struct guard_queue {
    uint32_t first;
    uint32_t last;
};

/* The queue with one object more behind the last one, which the caller links to it. */
static inline struct guard_queue guard_queue_with(struct guard_queue queue, uint32_t object)
{
    return (struct guard_queue){
        .first = queue.first != 0 ? queue.first : object,
        .last = object,
    };
}

/* The queue without its first object, behind which next lies. It is not empty. */
static inline struct guard_queue guard_queue_without_first(struct guard_queue queue, uint32_t next)
{
    return (struct guard_queue){
        .first = next,
        .last = next != 0 ? queue.last : 0,
    };
}

#endif
