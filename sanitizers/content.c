#include "sanitizers/content.h"

#include <string.h>

#include "allocator/base/params.h"
#include "allocator/base/raw.h"

enum { WORD = sizeof(uint64_t) };

static uint64_t load_word(const unsigned char *bytes)
{
    uint64_t word;

    memcpy(&word, bytes, sizeof(word));
    return word;
}

/* One round of splitmix64. */
static uint64_t mix(uint64_t value)
{
    value += UINT64_C(0x9e3779b97f4a7c15);
    value = (value ^ value >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    value = (value ^ value >> 27) * UINT64_C(0x94d049bb133111eb);
    return value ^ value >> 31;
}

void content_table_init(struct content_table *table)
{
    for (size_t index = 0; index < CONTENT_TABLE_SIZE; index += WORD) {
        uint64_t word = mix(index);

        memcpy(table->bytes + index, &word, sizeof(word));
    }
}

static uint32_t choose_pattern(uint64_t key)
{
    return (uint32_t)(mix(key) % ((CONTENT_TABLE_SIZE - CONTENT_WHOLE_SIZE) / WORD)) * WORD;
}

struct content content_fill(const struct content_table *table, void *object, size_t size,
                            uint64_t key)
{
    struct content content = {.pattern = choose_pattern(key)};
    const unsigned char *pattern = table->bytes + content.pattern;

    if (size <= CONTENT_WHOLE_SIZE) {
        content.head_size = (uint32_t)size;
        memcpy(object, pattern, size);
        return content;
    }

    content.head_size = CONTENT_EDGE_SIZE;
    content.tail_end = (uint32_t)size;
    content.tail_first = content.tail_end - CONTENT_EDGE_SIZE;
    memcpy(object, pattern, CONTENT_EDGE_SIZE);
    memcpy((unsigned char *)object + content.tail_first, pattern + CONTENT_EDGE_SIZE,
           CONTENT_EDGE_SIZE);
    return content;
}

struct content content_zero(size_t size)
{
    return (struct content){.zero_end = (uint32_t)size};
}

static uint32_t smaller(uint32_t left, uint32_t right)
{
    return left < right ? left : right;
}

struct content content_resize(struct content content, size_t old_size, size_t size, bool is_zeroed)
{
    uint32_t end = (uint32_t)size;
    bool has_zeros = content.zero_first < content.zero_end;

    if (size > old_size && is_zeroed && (!has_zeros || content.zero_end == old_size)) {
        content.zero_first = has_zeros ? content.zero_first : (uint32_t)old_size;
        content.zero_end = end;
    }
    content.head_size = smaller(content.head_size, end);
    content.tail_end = smaller(content.tail_end, end);
    content.tail_first = smaller(content.tail_first, content.tail_end);
    content.zero_end = smaller(content.zero_end, end);
    content.zero_first = smaller(content.zero_first, content.zero_end);
    return content;
}

static uint32_t larger(uint32_t left, uint32_t right)
{
    return left > right ? left : right;
}

struct content content_forget(struct content content, size_t size)
{
    uint32_t first = (uint32_t)size;

    content.head_first = smaller(larger(content.head_first, first), content.head_size);
    content.zero_first = smaller(larger(content.zero_first, first), content.zero_end);
    return content;
}

/* No early exit: the loop is vectorised, and the bytes are as good as always equal. */
static bool bytes_are_equal(const unsigned char *bytes, const unsigned char *expected, size_t size)
{
    uint64_t difference = 0;
    size_t index = 0;

    for (; index + WORD <= size; index += WORD) {
        difference |= load_word(bytes + index) ^ load_word(expected + index);
    }
    for (; index < size; index++) {
        difference |= (uint64_t)(bytes[index] ^ expected[index]);
    }
    return difference == 0;
}

bool content_has_pattern(const struct content_table *table, const struct content *content,
                         const void *object)
{
    const unsigned char *bytes = object;
    const unsigned char *pattern = table->bytes + content->pattern;

    uint32_t head_first = content->head_first;

    return bytes_are_equal(bytes + head_first, pattern + head_first,
                           content->head_size - head_first) &&
           bytes_are_equal(bytes + content->tail_first, pattern + CONTENT_EDGE_SIZE,
                           content->tail_end - content->tail_first);
}

static bool bytes_are_zero(const unsigned char *bytes, size_t size)
{
    uint64_t found = 0;
    size_t index = 0;

    for (; index < size && ((uintptr_t)(bytes + index) & (WORD - 1)) != 0; index++) {
        found |= bytes[index];
    }
    for (; index + WORD <= size; index += WORD) {
        found |= load_word(bytes + index);
    }
    for (; index < size; index++) {
        found |= bytes[index];
    }
    return found == 0;
}

/* Ranges up to a page are read whole, larger ones at both edges and once in each page between. */
bool content_has_zeros(const struct content *content, const void *object)
{
    const unsigned char *first = (const unsigned char *)object + content->zero_first;
    size_t size = content->zero_end - content->zero_first;

    if (size <= PAGE_SIZE) {
        return bytes_are_zero(first, size);
    }
    for (size_t offset = CONTENT_WHOLE_SIZE; offset < size; offset += PAGE_SIZE) {
        if (first[offset] != 0) {
            return false;
        }
    }
    return bytes_are_zero(first, CONTENT_WHOLE_SIZE) &&
           bytes_are_zero(first + size - CONTENT_WHOLE_SIZE, CONTENT_WHOLE_SIZE);
}

bool content_is_wiped(const void *object, size_t size)
{
    const unsigned char *first = object;

    if (size <= PAGE_SIZE) {
        return raw_find_other(first, size, 0) == size;
    }
    return raw_find_other(first, CONTENT_WHOLE_SIZE, 0) == CONTENT_WHOLE_SIZE &&
           raw_find_other(first + size - CONTENT_WHOLE_SIZE, CONTENT_WHOLE_SIZE, 0) ==
               CONTENT_WHOLE_SIZE;
}

static unsigned char ctor_byte(size_t index)
{
    return (unsigned char)(0xc7 + 29 * index);
}

void content_construct(void *object, uint32_t prefix_size)
{
    unsigned char *bytes = object;

    for (size_t index = 0; index < prefix_size; index++) {
        bytes[index] = ctor_byte(index);
    }
}

bool content_is_constructed(const void *object, uint32_t prefix_size)
{
    const unsigned char *bytes = object;
    unsigned difference = 0;

    for (size_t index = 0; index < prefix_size; index++) {
        difference |= (unsigned)(bytes[index] ^ ctor_byte(index));
    }
    return difference == 0;
}

/* size of the prefix, in ascending order */
#define CTORS(X) X(1) X(8) X(16) X(32) X(64) X(128) X(256)

#define X(size)                                                                                    \
    static void construct_##size(void *object)                                                     \
    {                                                                                              \
        content_construct(object, size);                                                           \
    }
CTORS(X)
#undef X

void (*content_ctor(size_t size, uint32_t *prefix_size))(void *object)
{
    static const struct {
        uint32_t prefix_size;
        void (*ctor)(void *object);
    } ctors[] = {
#define X(size) {size, construct_##size},
        CTORS(X)
#undef X
    };
    size_t chosen = sizeof(ctors) / sizeof(ctors[0]) - 1;

    while (ctors[chosen].prefix_size > size) {
        chosen--;
    }
    *prefix_size = ctors[chosen].prefix_size;
    return ctors[chosen].ctor;
}
