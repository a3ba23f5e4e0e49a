#include "fuzz/text.h"

#include "fuzz/ops.h"

enum { QUOTED_MAX = 32 };

void text_put(struct text *text, char byte)
{
    if (text->length < text->capacity) {
        text->bytes[text->length] = byte;
    }
    text->length++;
}

void text_put_string(struct text *text, const char *string)
{
    for (; *string != '\0'; string++) {
        text_put(text, *string);
    }
}

void text_put_decimal(struct text *text, uint64_t value)
{
    char digits[20];
    size_t count = 0;

    do {
        digits[count] = (char)('0' + value % 10);
        count++;
        value /= 10;
    } while (value != 0);
    while (count > 0) {
        count--;
        text_put(text, digits[count]);
    }
}

void text_put_byte(struct text *text, uint8_t value)
{
    static const char digits[] = "0123456789abcdef";

    text_put_string(text, "0x");
    text_put(text, digits[value >> 4]);
    text_put(text, digits[value & 15]);
}

void text_put_flags(struct text *text, uint32_t flags)
{
    const char *separator = "";

    if (flags == 0) {
        text_put(text, '0');
    }
    for (size_t bit = 0; bit < OP_FLAG_COUNT; bit++) {
        if ((flags >> bit & 1) != 0) {
            text_put_string(text, separator);
            text_put_string(text, op_flag_names[bit]);
            separator = "|";
        }
    }
}

void text_put_quoted(struct text *text, const char *bytes, size_t size)
{
    text_put(text, '\'');
    for (size_t i = 0; i < size && i < QUOTED_MAX; i++) {
        text_put(text, bytes[i] >= ' ' && bytes[i] <= '~' ? bytes[i] : '?');
    }
    text_put_string(text, size > QUOTED_MAX ? "...'" : "'");
}

size_t text_end(struct text *text)
{
    if (text->capacity > 0) {
        size_t end = text->length < text->capacity ? text->length : text->capacity - 1;

        text->bytes[end] = '\0';
    }
    return text->length;
}
