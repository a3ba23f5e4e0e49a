#include "allocator/debug/text.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>

struct text text_begin(char *bytes, size_t capacity)
{
    if (capacity > 0) {
        bytes[0] = '\0';
    }
    return (struct text){.bytes = bytes, .capacity = capacity};
}

void text_print(struct text *text, const char *format, ...)
{
    bool is_full = text->size >= text->capacity;
    va_list arguments;

    va_start(arguments, format);
    int size = vsnprintf(is_full ? NULL : text->bytes + text->size,
                         is_full ? 0 : text->capacity - text->size, format, arguments);
    va_end(arguments);
    text->size += size > 0 ? (size_t)size : 0;
}
