/* Text of any length for a place of fixed size. The only printf of the allocator. */
#ifndef ALLOCATOR_DEBUG_TEXT_H
#define ALLOCATOR_DEBUG_TEXT_H

#include <stddef.h>

/* Text that grows up to its capacity; what does not fit is only counted. */
struct text {
    char *bytes;
    size_t capacity;    /* the final NUL included */
    size_t size;        /* of the whole text, without the NUL: what did not fit included */
};

/* An empty text in capacity bytes of the caller's; capacity may be 0, and bytes NULL then. */
struct text text_begin(char *bytes, size_t capacity);

/* Appends; the text stays NUL-terminated, cut to its capacity. */
__attribute__((format(printf, 2, 3))) void text_print(struct text *text, const char *format, ...);

#endif
