/* KASAN tests whose objects are live: accesses beside them. */
#include <string.h>

#include "allocator/api/linux_api.h"
#include "tests/conformance/kasan_cases.h"
#include "tests/conformance/kernel.h"

enum { GRANULE = 8 };

static volatile unsigned char sink;

/* Writes a byte that no redzone holds, and frees the object. */
static void write_and_free(void *object, ptrdiff_t offset)
{
    ((volatile unsigned char *)object)[offset] = 'x';
    kfree(object);
}

void kmalloc_oob_right(void)
{
    write_and_free(kmalloc(115, GFP_KERNEL), 115);
}

void kmalloc_oob_right_granule(void)
{
    write_and_free(kmalloc(115, GFP_KERNEL), 115 + 5);
}

void kmalloc_oob_right_object(void)
{
    write_and_free(kmalloc(115, GFP_KERNEL), 115 + 5 + GRANULE);
}

void kmalloc_oob_left(void)
{
    write_and_free(kmalloc(15, GFP_KERNEL), -1);
}

void kmalloc_page_sized_oob_right(void)
{
    write_and_free(kmalloc(4096, GFP_KERNEL), 4096);
}

void kmalloc_big_oob_right(void)
{
    enum { SIZE = KMALLOC_CACHE_SIZE_MAX - 256 };

    write_and_free(kmalloc(SIZE, GFP_KERNEL), SIZE);
}

void kmalloc_large_oob_right(void)
{
    enum { SIZE = KMALLOC_CACHE_SIZE_MAX + 10 };

    write_and_free(kmalloc(SIZE, GFP_KERNEL), SIZE);
}

void vmalloc_oob(void)
{
    enum { SIZE = 5 * PAGE_SIZE - 13 };
    volatile unsigned char *view = kernel_vmalloc(SIZE);

    view[SIZE] = 'x';
    kvfree((void *)(uintptr_t)view);
}

void kmalloc_oob_16(void)
{
    struct words {
        uint64_t words[2];
    };
    volatile struct words *target = kmalloc(sizeof(struct words) - 3, GFP_KERNEL);
    volatile struct words *source = kmalloc(sizeof(struct words), GFP_KERNEL);

    source->words[0] = 1;
    source->words[1] = UINT64_MAX;
    *target = *source;
    kfree((void *)(uintptr_t)source);
    kfree((void *)(uintptr_t)target);
}

/* The final size bytes of a memset lie half behind what was asked for. */
static void memset_over_end(size_t size)
{
    size_t asked = 128 - GRANULE;
    volatile size_t count = size;
    unsigned char *object = kmalloc(asked, GFP_KERNEL);

    memset(object + asked - size / 2, 0, count);
    kfree(object);
}

void kmalloc_oob_memset_2(void)
{
    memset_over_end(2);
}

void kmalloc_oob_memset_4(void)
{
    memset_over_end(4);
}

void kmalloc_oob_memset_8(void)
{
    memset_over_end(8);
}

void kmalloc_oob_memset_16(void)
{
    memset_over_end(16);
}

void kmalloc_oob_in_memset(void)
{
    volatile size_t count = 128 + GRANULE;
    unsigned char *object = kmalloc(128, GFP_KERNEL);

    memset(object, 0, count);
    kfree(object);
}

void kmalloc_memmove_negative_size(void)
{
    volatile size_t count = (size_t)-2;
    unsigned char *object = kzalloc(64, GFP_KERNEL);

    memmove(object, object + 4, count);
    kfree(object);
}

void kmalloc_memmove_invalid_size(void)
{
    volatile size_t count = 64;
    unsigned char *object = kzalloc(64, GFP_KERNEL);

    memmove(object, object + 4, count);
    kfree(object);
}

void krealloc_more_last_byte(void)
{
    write_and_free(krealloc(kmalloc(201, GFP_KERNEL), 235, GFP_KERNEL), 234);
}

void krealloc_more_oob(void)
{
    write_and_free(krealloc(kmalloc(201, GFP_KERNEL), 235, GFP_KERNEL), 235);
}

void krealloc_more_oob_granule(void)
{
    write_and_free(krealloc(kmalloc(201, GFP_KERNEL), 235, GFP_KERNEL), 240);
}

void krealloc_less_last_byte(void)
{
    write_and_free(krealloc(kmalloc(235, GFP_KERNEL), 201, GFP_KERNEL), 200);
}

void krealloc_less_oob(void)
{
    write_and_free(krealloc(kmalloc(235, GFP_KERNEL), 201, GFP_KERNEL), 201);
}

void krealloc_less_oob_granule(void)
{
    write_and_free(krealloc(kmalloc(235, GFP_KERNEL), 201, GFP_KERNEL), 208);
}

void krealloc_less_oob_old_end(void)
{
    write_and_free(krealloc(kmalloc(235, GFP_KERNEL), 201, GFP_KERNEL), 234);
}

void krealloc_large_more_oob(void)
{
    enum { SIZE = KMALLOC_CACHE_SIZE_MAX };

    write_and_free(krealloc(kmalloc(SIZE + 201, GFP_KERNEL), SIZE + 235, GFP_KERNEL), SIZE + 235);
}

void krealloc_large_less_oob(void)
{
    enum { SIZE = KMALLOC_CACHE_SIZE_MAX };

    write_and_free(krealloc(kmalloc(SIZE + 235, GFP_KERNEL), SIZE + 201, GFP_KERNEL), SIZE + 201);
}

/* ksize tells of more than the user may touch. */
void ksize_unpoisons_memory(void)
{
    unsigned char *object = kmalloc(128 - GRANULE - 5, GFP_KERNEL);

    write_and_free(object, (ptrdiff_t)ksize(object) - 1);
}

void kmem_cache_oob(void)
{
    struct kmem_cache *cache = kmem_cache_create("test_cache", 200, 0, 0, NULL);
    volatile unsigned char *object = kmem_cache_alloc(cache, GFP_KERNEL);

    object[200] = 'x';
    kmem_cache_free(cache, (void *)(uintptr_t)object);
    kmem_cache_destroy(cache);
}

void kasan_memchr(void)
{
    volatile size_t count = 24 + 1;
    unsigned char *object = kzalloc(24, GFP_KERNEL);

    sink = memchr(object, '1', count) != NULL;
    kfree(object);
}

void kasan_memcmp(void)
{
    static const unsigned char zeros[32];
    volatile size_t count = 24 + 1;
    unsigned char *object = kzalloc(24, GFP_KERNEL);

    sink = memcmp(object, zeros, count) != 0;
    kfree(object);
}

/* An atomic access of 8 bytes to the last ones but 4. */
void kasan_atomics(void)
{
    unsigned char *object = kzalloc(52, GFP_KERNEL);

    __atomic_fetch_add((uint64_t *)(void *)(object + 48), UINT64_MAX / 3, __ATOMIC_SEQ_CST);
    kfree(object);
}

/* A bit of the word behind. */
void kasan_bitops(void)
{
    unsigned char *object = kzalloc(48, GFP_KERNEL);

    ((volatile uint64_t *)(void *)object)[6] ^= UINT64_C(1) << 7;
    kfree(object);
}
