#include "fuzz/engines/random_edit.h"

#include <string.h>

static size_t insert_byte(uint8_t *data, size_t size, size_t index, uint8_t value)
{
    memmove(data + index + 1, data + index, size - index);
    data[index] = value;
    return size + 1;
}

static size_t delete_byte(uint8_t *data, size_t size, size_t index)
{
    memmove(data + index, data + index + 1, size - index - 1);
    return size - 1;
}

size_t random_edit(uint8_t *data, size_t size, size_t max_size, uint64_t seed)
{
    uint8_t value = (uint8_t)(seed >> 8);
    size_t index = size > 0 ? (size_t)(seed >> 16) % size : 0;
    if (size == 0 || (seed % 3 == 0 && size < max_size)) {
        return insert_byte(data, size, index, value);
    }
    if (seed % 3 == 1) {
        return delete_byte(data, size, index);
    }
    data[index] = value;
    return size;
}

size_t random_cross(const uint8_t *a, size_t a_size, const uint8_t *b, size_t b_size, uint8_t *out,
                    size_t max_size, uint64_t seed)
{
    size_t head = (seed & UINT32_MAX) % (a_size + 1);
    size_t tail = (seed >> 32) % (b_size + 1);
    head = head < max_size ? head : max_size;
    tail = tail < max_size - head ? tail : max_size - head;
    memcpy(out, a, head);
    memcpy(out + head, b + (b_size - tail), tail);
    return head + tail;
}
