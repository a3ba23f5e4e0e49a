#include "allocator/cache/object_bits.h"

#include "allocator/cache/heap_state.h"
#include "allocator/hardening/object_bitmap.h"

static struct object_bit bit_of(const struct kmem_heap *heap, const void *object)
{
    return object_bitmap_bit((size_t)((const unsigned char *)object - heap->memory.arena));
}

void object_bits_set(struct kmem_cache *cache, const void *object)
{
    struct object_bit bit = bit_of(cache->heap, object);
    struct world_word *word = &cache->heap->object_bits[bit.word];
    uint64_t old = world_load(word);

    while (!world_cas(word, &old, object_bitmap_with(old, bit))) {
    }
}

bool object_bits_clear(struct kmem_cache *cache, const void *object)
{
    struct object_bit bit = bit_of(cache->heap, object);
    struct world_word *word = &cache->heap->object_bits[bit.word];
    uint64_t old = world_load(word);

    while (object_bitmap_has(old, bit) &&
           !world_cas(word, &old, object_bitmap_without(old, bit))) {
    }
    return object_bitmap_has(old, bit);
}

bool object_bits_has(const struct kmem_cache *cache, const void *object)
{
    struct object_bit bit = bit_of(cache->heap, object);

    return object_bitmap_has(world_load(&cache->heap->object_bits[bit.word]), bit);
}
