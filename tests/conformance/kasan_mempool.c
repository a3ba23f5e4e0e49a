/* KASAN tests of elements that pools keep in reserve. */
#include "allocator/api/linux_api.h"
#include "tests/conformance/kasan_cases.h"

enum { ELEMENT_COUNT = 4, SMALL_SIZE = 128 - 32 - 5, LARGE_SIZE = KMALLOC_CACHE_SIZE_MAX + 1 };

static void write_at(void *memory, size_t offset)
{
    ((volatile unsigned char *)memory)[offset] = 'x';
}

/* The pool's own elements come first: what the user frees goes to the reserve. */
static void *take(struct mempool *pool)
{
    return mempool_alloc_preallocated(pool);
}

static void overflow(struct mempool *pool, size_t size)
{
    void *element = take(pool);

    write_at(element, size);
    mempool_free(pool, element);
    mempool_destroy(pool);
}

static void use_after_free(struct mempool *pool)
{
    void *element = take(pool);

    mempool_free(pool, element);
    write_at(element, 0);
    mempool_destroy(pool);
}

static void double_free(struct mempool *pool)
{
    void *element = take(pool);

    mempool_free(pool, element);
    mempool_free(pool, element);
    mempool_destroy(pool);
}

static void invalid_free(struct mempool *pool)
{
    unsigned char *element = take(pool);

    mempool_free(pool, element + 1);
    mempool_free(pool, element);
    mempool_destroy(pool);
}

static struct mempool *slab_pool(struct kmem_cache **cache)
{
    *cache = kmem_cache_create("test_cache", 123, 0, 0, NULL);
    return mempool_create_slab_pool(ELEMENT_COUNT, *cache);
}

void mempool_kmalloc_oob_right(void)
{
    overflow(mempool_create_kmalloc_pool(ELEMENT_COUNT, SMALL_SIZE), SMALL_SIZE);
}

void mempool_kmalloc_large_oob_right(void)
{
    overflow(mempool_create_kmalloc_pool(ELEMENT_COUNT, LARGE_SIZE), LARGE_SIZE);
}

void mempool_slab_oob_right(void)
{
    struct kmem_cache *cache;

    overflow(slab_pool(&cache), 123);
    kmem_cache_destroy(cache);
}

void mempool_kmalloc_uaf(void)
{
    use_after_free(mempool_create_kmalloc_pool(ELEMENT_COUNT, SMALL_SIZE));
}

void mempool_kmalloc_large_uaf(void)
{
    use_after_free(mempool_create_kmalloc_pool(ELEMENT_COUNT, LARGE_SIZE));
}

void mempool_slab_uaf(void)
{
    struct kmem_cache *cache;

    use_after_free(slab_pool(&cache));
    kmem_cache_destroy(cache);
}

void mempool_page_alloc_uaf(void)
{
    use_after_free(mempool_create_page_pool(ELEMENT_COUNT, 2));
}

void mempool_kmalloc_double_free(void)
{
    double_free(mempool_create_kmalloc_pool(ELEMENT_COUNT, SMALL_SIZE));
}

void mempool_kmalloc_large_double_free(void)
{
    double_free(mempool_create_kmalloc_pool(ELEMENT_COUNT, LARGE_SIZE));
}

void mempool_page_alloc_double_free(void)
{
    double_free(mempool_create_page_pool(ELEMENT_COUNT, 2));
}

void mempool_kmalloc_invalid_free(void)
{
    invalid_free(mempool_create_kmalloc_pool(ELEMENT_COUNT, SMALL_SIZE));
}

void mempool_kmalloc_large_invalid_free(void)
{
    invalid_free(mempool_create_kmalloc_pool(ELEMENT_COUNT, LARGE_SIZE));
}
