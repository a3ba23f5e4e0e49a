#include "allocator/api/kmalloc_caches.h"

#include "allocator/base/bits.h"
#include "allocator/cache/registry.h"

static const struct {
    size_t size;
    const char *name;
} sizes[KMALLOC_CACHE_COUNT] = {
    {8, "kmalloc-8"},       {16, "kmalloc-16"},     {32, "kmalloc-32"},    {64, "kmalloc-64"},
    {96, "kmalloc-96"},     {128, "kmalloc-128"},   {192, "kmalloc-192"},  {256, "kmalloc-256"},
    {512, "kmalloc-512"},   {1024, "kmalloc-1k"},   {2048, "kmalloc-2k"},  {4096, "kmalloc-4k"},
    {8192, "kmalloc-8k"},
};

/* Index by (size - 1) / 8 up to 192 bytes, where two classes are no powers of two. */
static const unsigned char small_index[KMALLOC_SMALL_MAX / WORD_SIZE] = {
    0, 1, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 6, 6, 6, 6, 6, 6, 6, 6,
};

unsigned kmalloc_cache_index(size_t size)
{
    enum { INDEX_OF_256 = 7, LOG2_OF_256 = 8 };

    if (size <= KMALLOC_SMALL_MAX) {
        return small_index[(size - 1) / WORD_SIZE];
    }
    return log2_ceil(size) - LOG2_OF_256 + INDEX_OF_256;
}

/* A power of two is aligned to itself, another size to the largest power of two that divides it. */
static size_t natural_alignment(size_t size)
{
    return size & (~size + 1);
}

void kmalloc_caches_create(struct kmem_heap *heap)
{
    for (unsigned index = 0; index < KMALLOC_CACHE_COUNT; index++) {
        const struct cache_request request = {
            .name = sizes[index].name,
            .size = sizes[index].size,
            .align = natural_alignment(sizes[index].size),
            .flags = SLAB_KMALLOC | heap->config.debug_flags,
        };

        registry_add(heap, &request, &heap->kmalloc_caches[index]);
    }
}
