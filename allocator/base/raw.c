#include "allocator/base/raw.h"

enum { STEP = sizeof(uint64_t) };

static uint64_t repeat_byte(unsigned char value)
{
    return value * UINT64_C(0x0101010101010101);
}

static size_t bytes_to_alignment(uintptr_t address)
{
    return (STEP - (address & (STEP - 1))) & (STEP - 1);
}

UNSEEN void raw_fill(void *first, size_t size, unsigned char value)
{
    volatile unsigned char *byte = first;
    size_t index = 0;
    size_t head = bytes_to_alignment((uintptr_t)first);

    memory_look_away();
    for (; index < size && index < head; index++) {
        byte[index] = value;
    }
    for (uint64_t word = repeat_byte(value); index + STEP <= size; index += STEP) {
        *(uint64_t *)(uintptr_t)(byte + index) = word;
    }
    for (; index < size; index++) {
        byte[index] = value;
    }
    memory_look_back();
}

UNSEEN void raw_copy(void *target, const void *source, size_t size)
{
    volatile unsigned char *to = target;
    const volatile unsigned char *from = source;
    size_t index = 0;

    memory_look_away();
    if (((uintptr_t)target & (STEP - 1)) == 0 && ((uintptr_t)source & (STEP - 1)) == 0) {
        for (; index + STEP <= size; index += STEP) {
            *(volatile uint64_t *)(to + index) = *(const volatile uint64_t *)(from + index);
        }
    }
    for (; index < size; index++) {
        to[index] = from[index];
    }
    memory_look_back();
}

static NO_SANITIZE size_t find_other(const void *first, size_t size, unsigned char value)
{
    const volatile unsigned char *byte = first;
    size_t index = 0;
    size_t head = bytes_to_alignment((uintptr_t)first);

    for (; index < size && index < head; index++) {
        if (byte[index] != value) {
            return index;
        }
    }
    for (uint64_t word = repeat_byte(value); index + STEP <= size; index += STEP) {
        if (*(const uint64_t *)(uintptr_t)(byte + index) != word) {
            break;
        }
    }
    while (index < size && byte[index] == value) {
        index++;
    }
    return index;
}

NO_SANITIZE size_t raw_find_other(const void *first, size_t size, unsigned char value)
{
    memory_look_away();

    size_t index = find_other(first, size, value);

    memory_look_back();
    return index;
}

UNSEEN void raw_fill_pattern(void *first, size_t size, uint64_t pattern)
{
    volatile unsigned char *byte = first;
    size_t index = 0;
    size_t head = bytes_to_alignment((uintptr_t)first);

    memory_look_away();
    for (; index < size && index < head; index++) {
        byte[index] = raw_pattern_byte((const unsigned char *)first + index, pattern);
    }
    for (; index + STEP <= size; index += STEP) {
        *(uint64_t *)(uintptr_t)(byte + index) = pattern;
    }
    for (; index < size; index++) {
        byte[index] = raw_pattern_byte((const unsigned char *)first + index, pattern);
    }
    memory_look_back();
}

static NO_SANITIZE size_t find_damage(const unsigned char *first, size_t size, uint64_t pattern)
{
    const volatile unsigned char *byte = first;
    size_t index = 0;
    size_t head = bytes_to_alignment((uintptr_t)first);

    while (index < size && index < head &&
           byte[index] == raw_pattern_byte(first + index, pattern)) {
        index++;
    }
    if (index < head) {
        return index;
    }
    while (index + STEP <= size && *(const uint64_t *)(uintptr_t)(byte + index) == pattern) {
        index += STEP;
    }
    while (index < size && byte[index] == raw_pattern_byte(first + index, pattern)) {
        index++;
    }
    return index;
}

NO_SANITIZE size_t raw_find_damage(const void *first, size_t size, uint64_t pattern)
{
    memory_look_away();

    size_t index = find_damage(first, size, pattern);

    memory_look_back();
    return index;
}
