#include "tests/conformance/kfence_cases.h"

#include <stdlib.h>
#include <string.h>

#include "allocator/api/linux_api.h"
#include "allocator/base/raw.h"
#include "allocator/cache/heap_state.h"

enum { SIZE = 32, ODD_SIZE = 73, ROUNDS = 5, OBJECTS = 5, CTOR_BYTE = 'x' };

enum side { ANY, LEFT, RIGHT };

static volatile unsigned char sink;

static void insist(bool holds)
{
    if (!holds) {
        abort();
    }
}

static bool is_in_pool(const void *object)
{
    return guarded_live_at(&linux_api_heap()->guarded, object) != NULL;
}

static bool is_at(const void *object, enum side side)
{
    bool is_left = ((uintptr_t)object & (PAGE_SIZE - 1)) == 0;

    return side == ANY || (side == LEFT) == is_left;
}

static void construct(void *object)
{
    memset(object, CTOR_BYTE, SIZE);
}

static struct kmem_cache *make_cache(bool is_constructed)
{
    return kmem_cache_create("test", SIZE, 1, 0, is_constructed ? construct : NULL);
}

/* Of kmalloc if cache is NULL. The sides come in turns. */
static unsigned char *alloc_sized(struct kmem_cache *cache, size_t size, enum side side)
{
    for (;;) {
        unsigned char *object =
            cache != NULL ? kmem_cache_alloc(cache, GFP_KERNEL) : kmalloc(size, GFP_KERNEL);

        insist(is_in_pool(object));
        if (is_at(object, side)) {
            return object;
        }
    }
}

static unsigned char *alloc(struct kmem_cache *cache, enum side side)
{
    return alloc_sized(cache, SIZE, side);
}

static void release(struct kmem_cache *cache, void *object)
{
    if (cache != NULL) {
        kmem_cache_free(cache, object);
    } else {
        kfree(object);
    }
}

static void read_at(const unsigned char *object, ptrdiff_t offset)
{
    sink = *(const volatile unsigned char *)(object + offset);
}

static void write_at(unsigned char *object, ptrdiff_t offset)
{
    *(volatile unsigned char *)(object + offset) ^= 1;
}

void oob_read_left(void)
{
    read_at(alloc(NULL, LEFT), -1);
}

void oob_read_right(void)
{
    read_at(alloc(NULL, RIGHT), SIZE);
}

void memcache_oob_read_left(void)
{
    read_at(alloc(make_cache(false), LEFT), -1);
}

void memcache_oob_read_right(void)
{
    read_at(alloc(make_cache(false), RIGHT), SIZE);
}

static void write_and_free(struct kmem_cache *cache, enum side side, ptrdiff_t offset)
{
    unsigned char *object = alloc(cache, side);

    write_at(object, offset);
    release(cache, object);
}

void oob_write(void)
{
    write_and_free(NULL, LEFT, -1);
}

void memcache_oob_write(void)
{
    write_and_free(make_cache(false), LEFT, -1);
}

static unsigned char *freed(struct kmem_cache *cache)
{
    unsigned char *object = alloc(cache, ANY);

    release(cache, object);
    return object;
}

void uaf_read(void)
{
    read_at(freed(NULL), 0);
}

void memcache_uaf_read(void)
{
    read_at(freed(make_cache(false)), 0);
}

/* Until the object is used again, other ones are. */
void uaf_write(void)
{
    unsigned char *object = freed(NULL);
    uint32_t count = linux_api_heap()->guarded.count;

    write_at(object, 0);
    for (uint32_t i = 0; i < count; i++) {
        kfree(kmalloc(SIZE, GFP_KERNEL));
    }
}

void double_free(void)
{
    kfree(freed(NULL));
}

void memcache_double_free(void)
{
    struct kmem_cache *cache = make_cache(false);

    kmem_cache_free(cache, freed(cache));
}

void invalid_addr_free(void)
{
    unsigned char *object = alloc(NULL, ANY);

    kfree(object + 1);
    kfree(object);
}

void memcache_invalid_addr_free(void)
{
    struct kmem_cache *cache = make_cache(false);
    unsigned char *object = alloc(cache, ANY);

    kmem_cache_free(cache, object + 1);
    kmem_cache_free(cache, object);
}

/* The far side of the page, where only the pattern is. */
void corruption_left(void)
{
    write_and_free(NULL, LEFT, SIZE);
}

void corruption_right(void)
{
    write_and_free(NULL, RIGHT, -1);
}

void memcache_corruption_left(void)
{
    write_and_free(make_cache(false), LEFT, SIZE);
}

void memcache_corruption_right(void)
{
    write_and_free(make_cache(false), RIGHT, -1);
}

void free_bulk(void)
{
    for (int round = 0; round < ROUNDS; round++) {
        void *objects[OBJECTS];

        for (int i = 0; i < OBJECTS; i++) {
            objects[i] = kmalloc(SIZE, GFP_KERNEL);
        }
        kfree_bulk(OBJECTS, objects);
    }
}

void memcache_free_bulk(void)
{
    for (int round = 0; round < ROUNDS; round++) {
        struct kmem_cache *cache = make_cache(round % 2 != 0);
        void *objects[OBJECTS];

        for (int i = 0; i < OBJECTS; i++) {
            objects[i] = alloc(cache, ANY);
        }
        kmem_cache_free_bulk(cache, OBJECTS, objects);
        insist(kmem_cache_destroy(cache) == 0);
    }
}

void kmalloc_aligned_oob_read_pad(void)
{
    read_at(alloc_sized(NULL, ODD_SIZE, RIGHT), ODD_SIZE);
}

void kmalloc_aligned_oob_read_guard(void)
{
    unsigned char *object = alloc_sized(NULL, ODD_SIZE, RIGHT);

    read_at(object, PAGE_SIZE - ((uintptr_t)object & (PAGE_SIZE - 1)));
}

void kmalloc_aligned_oob_write(void)
{
    unsigned char *object = alloc_sized(NULL, ODD_SIZE, RIGHT);

    write_at(object, ODD_SIZE);
    kfree(object);
}

void shrink_memcache(void)
{
    struct kmem_cache *cache = make_cache(false);
    unsigned char *object = alloc(cache, ANY);

    kmem_cache_shrink(cache);
    kmem_cache_free(cache, object);
}

void memcache_ctor(void)
{
    struct kmem_cache *cache = make_cache(true);

    for (int round = 0; round < 2 * ROUNDS; round++) {
        unsigned char *object = alloc(cache, ANY);

        for (int i = 0; i < SIZE; i++) {
            insist(object[i] == CTOR_BYTE);
        }
        object[0] = 0;
        kmem_cache_free(cache, object);
    }
}

void invalid_access(void)
{
    read_at(linux_api_heap()->guarded.pages, 10);
}

/* Each object of the pool in turn, the one with stale bytes among them. */
void gfpzero(void)
{
    uint32_t count = linux_api_heap()->guarded.count;

    for (uint32_t i = 0; i < 2 * count; i++) {
        unsigned char *object = kmalloc(SIZE, GFP_KERNEL | __GFP_ZERO);

        for (int byte = 0; byte < SIZE; byte++) {
            insist(object[byte] == 0);
        }
        memset(object, 'x', SIZE);
        kfree(object);
    }
}

static void insist_on_numbers(const unsigned char *object, int count)
{
    for (int i = 0; i < count; i++) {
        insist(object[i] == i + 1);
    }
}

void krealloc_keeps(void)
{
    unsigned char *object = alloc(NULL, ANY);

    insist(ksize(object) == SIZE);
    for (int i = 0; i < SIZE; i++) {
        object[i] = (unsigned char)(i + 1);
    }
    object = krealloc(object, 3 * SIZE, GFP_KERNEL);
    insist(ksize(object) >= 3 * SIZE);
    insist_on_numbers(object, SIZE);
    object = krealloc(object, 2 * SIZE, GFP_KERNEL);
    insist(ksize(object) >= 2 * SIZE);
    insist_on_numbers(object, SIZE);
    insist(krealloc(object, 0, GFP_KERNEL) == ZERO_SIZE_PTR);
    insist(!is_in_pool(object));
}

void krealloc_uaf(void)
{
    unsigned char *object = alloc(NULL, ANY);

    insist(krealloc(object, 0, GFP_KERNEL) == ZERO_SIZE_PTR);
    read_at(object, 0);
}

void memcache_alloc_bulk(void)
{
    struct kmem_cache *cache = make_cache(false);
    void *objects[OBJECTS];
    int hits = 0;

    insist(kmem_cache_alloc_bulk(cache, GFP_KERNEL, OBJECTS, objects) == OBJECTS);
    for (int i = 0; i < OBJECTS; i++) {
        hits += is_in_pool(objects[i]);
    }
    kmem_cache_free_bulk(cache, OBJECTS, objects);
    insist(hits >= 1);
}

static void insist_on_wiping(struct kmem_cache *cache)
{
    unsigned char *object = alloc(cache, ANY);

    memset(object, 'x', SIZE);
    release(cache, object);
    insist(raw_find_other(object, SIZE, 0) == SIZE);
}

void init_on_free(void)
{
    insist_on_wiping(NULL);
}

void memcache_init_on_free(void)
{
    insist_on_wiping(make_cache(false));
}
