/*
 * What the bytes of a live object are known to hold.
 *
 *     head_first  head_size               tail_first       tail_end    size
 *     | pattern   | unknown, or zero        | pattern       |            |
 *
 * The user of the model writes patterns: slices of one table of random bytes, chosen by object and
 * fill, so that bytes moved to a wrong place or another object do not look right. Objects up to
 * CONTENT_WHOLE_SIZE are written and read whole, larger ones at both edges. Beside the pattern one
 * range may be known to read zero.
 *
 * Objects are accessed plainly, as a user would, so that a sanitizer sees each access; only
 * content_is_wiped() looks at bytes that a user must not read.
 */
#ifndef SANITIZERS_CONTENT_H
#define SANITIZERS_CONTENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    CONTENT_WHOLE_SIZE = 1024,
    CONTENT_EDGE_SIZE = CONTENT_WHOLE_SIZE / 2,
    CONTENT_TABLE_SIZE = 16 * 1024,
    CONTENT_CTOR_SIZE_MAX = 256,    /* largest prefix that a constructor writes */
};

/* The random bytes that patterns are cut from; the same in every process. */
struct content_table {
    _Alignas(8) unsigned char bytes[CONTENT_TABLE_SIZE];
};

/* All bytes unknown if all fields are 0. Offsets in bytes from the object. */
struct content {
    uint32_t pattern;       /* offset of the head's slice in the table, a multiple of 8 */
    uint32_t head_first;
    uint32_t head_size;     /* its end; nothing of it is known if it is head_first */
    uint32_t tail_first;    /* its slice follows that of the head */
    uint32_t tail_end;
    uint32_t zero_first;
    uint32_t zero_end;      /* zero_first if no range is known to read zero */
};

void content_table_init(struct content_table *table);

/* Writes the pattern that key selects over an object of size bytes. O(CONTENT_WHOLE_SIZE). */
struct content content_fill(const struct content_table *table, void *object, size_t size,
                            uint64_t key);

/* An object of size bytes that reads zero. */
struct content content_zero(size_t size);

/*
 * The content after a resize. is_zeroed: bytes gained read zero. The object may have moved.
 */
struct content content_resize(struct content content, size_t old_size, size_t size, bool is_zeroed);

/* The first size bytes, at most CONTENT_EDGE_SIZE, hold anything from now on. */
struct content content_forget(struct content content, size_t size);

/* True if the object holds what its content says about the pattern, and about zeros. */
bool content_has_pattern(const struct content_table *table, const struct content *content,
                         const void *object);
bool content_has_zeros(const struct content *content, const void *object);

/* True if an object reads zero, of any owner: looked at raw. As thorough as content_has_zeros(). */
bool content_is_wiped(const void *object, size_t size);

/*
 * Constructors take no argument but the object, so there is one for each size of prefix: the one
 * returned writes the largest prefix that fits into an object of size bytes, and *prefix_size is
 * set to it. size is not 0.
 */
void (*content_ctor(size_t size, uint32_t *prefix_size))(void *object);

/* Writes the constructed state once more, as a user does before freeing. */
void content_construct(void *object, uint32_t prefix_size);
bool content_is_constructed(const void *object, uint32_t prefix_size);

#endif
