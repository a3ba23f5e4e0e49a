#include "sim/store_buffer.h"

#include <string.h>

#include "allocator/base/compiler_fiber.h"

static void let_out(const struct held_store *store)
{
    atomic_store_explicit(&store->word->bits, store->value, memory_order_release);
}

void store_buffer_push(struct store_buffer *buffer, struct world_word *word, uint64_t value)
{
    if (buffer->count == STORE_BUFFER_SIZE) {
        let_out(&buffer->stores[0]);
        buffer->count--;
        memmove(buffer->stores, buffer->stores + 1, buffer->count * sizeof(buffer->stores[0]));
    }
    buffer->stores[buffer->count++] = (struct held_store){word, value};
    /* Whoever lets the store out, it is this CPU's. */
    compiler_release(word);
}

uint64_t store_buffer_read(const struct store_buffer *buffer, const struct world_word *word)
{
    for (unsigned i = buffer->count; i > 0; i--) {
        if (buffer->stores[i - 1].word == word) {
            return buffer->stores[i - 1].value;
        }
    }
    return atomic_load_explicit(&word->bits, memory_order_acquire);
}

void store_buffer_drain(struct store_buffer *buffer)
{
    for (unsigned i = 0; i < buffer->count; i++) {
        let_out(&buffer->stores[i]);
    }
    buffer->count = 0;
}
