/*
 * Writing text into a caller's buffer, as snprintf does but without formats and locales: what does
 * not fit is counted and not written. For the trace reader and writer.
 */
#ifndef FUZZ_TEXT_H
#define FUZZ_TEXT_H

#include <stddef.h>
#include <stdint.h>

struct text {
    char *bytes;
    size_t capacity;    /* of bytes, the final NUL included; 0 writes nothing */
    size_t length;      /* of the whole text so far, written or not */
};

void text_put(struct text *text, char byte);
void text_put_string(struct text *text, const char *string);
void text_put_decimal(struct text *text, uint64_t value);

/* "0x" and two digits. */
void text_put_byte(struct text *text, uint8_t value);

/* SLAB_ flag names joined by a bar, or "0". */
void text_put_flags(struct text *text, uint32_t flags);

/* In single quotes, what is not printable as '?', cut after 32 bytes. */
void text_put_quoted(struct text *text, const char *bytes, size_t size);

/* Ends the text with a NUL if there is any capacity; returns its whole length without the NUL. */
size_t text_end(struct text *text);

#endif
