/* KASAN tests that use or free what is free already. */
#include <stdlib.h>
#include <string.h>

#include "allocator/api/linux_api.h"
#include "tests/conformance/kasan_cases.h"

static volatile unsigned char sink;

static void *freed(size_t size)
{
    void *object = kzalloc(size, GFP_KERNEL);

    kfree(object);
    return object;
}

static void write_at(void *memory, size_t offset)
{
    ((volatile unsigned char *)memory)[offset] = 'x';
}

void kmalloc_uaf(void)
{
    write_at(freed(10), 8);
}

void kmalloc_uaf_memset(void)
{
    volatile size_t count = 33;

    memset(freed(33), 0, count);
}

void kmalloc_uaf2(void)
{
    enum { SIZE = 43 };
    void *first = freed(SIZE);

    write_at(first, SIZE - 3);
}

/* The one that was freed is not the next to be had. */
void kmalloc_uaf2_reuse(void)
{
    enum { SIZE = 43 };
    void *first = freed(SIZE);

    if (kmalloc(SIZE, GFP_KERNEL) == first) {
        abort();
    }
}

void kmalloc_uaf_16(void)
{
    volatile uint64_t *source = kzalloc(16, GFP_KERNEL);
    volatile uint64_t *target = freed(16);

    target[0] = source[0];
    target[1] = source[1];
    kfree((void *)(uintptr_t)source);
}

/* Free pages are looked at when they are allocated again. */
void kmalloc_large_uaf(void)
{
    enum { SIZE = KMALLOC_CACHE_SIZE_MAX + 10 };

    write_at(freed(SIZE), 0);
    kfree(kmalloc(SIZE, GFP_KERNEL));
}

void krealloc_uaf(void)
{
    krealloc(freed(201), 235, GFP_KERNEL);
}

void ksize_uaf(void)
{
    sink = (unsigned char)ksize(freed(128));
}

void rcu_uaf(void)
{
    void *object = kzalloc(48, GFP_KERNEL);

    kfree_rcu_mightsleep(object);
    kvfree_rcu_barrier();
    write_at(object, 32);
}

void kasan_strings(void)
{
    sink = (unsigned char)strlen(freed(24));
}

void page_alloc_uaf(void)
{
    struct page *page = alloc_pages(GFP_KERNEL, 4);
    void *memory = page_address(page);

    __free_pages(page, 4);
    write_at(memory, 0);
    __free_pages(alloc_pages(GFP_KERNEL, 4), 4);
}

void kmem_cache_double_free(void)
{
    struct kmem_cache *cache = kmem_cache_create("test_cache", 200, 0, 0, NULL);
    void *object = kmem_cache_alloc(cache, GFP_KERNEL);

    kmem_cache_free(cache, object);
    kmem_cache_free(cache, object);
    kmem_cache_destroy(cache);
}

/* An object that was freed while this reader looked at it; the slab goes when the reader does. */
static void *object_of_reader(void)
{
    struct kmem_cache *cache = kmem_cache_create("test_cache", 200, 0, SLAB_TYPESAFE_BY_RCU, NULL);
    unsigned char *object = kmem_cache_alloc(cache, GFP_KERNEL);

    object[0] = 1;
    rcu_read_lock();
    kmem_cache_free(cache, object);
    kmem_cache_shrink(cache);
    sink = object[0];
    rcu_read_unlock();
    return object;
}

void kmem_cache_rcu_read(void)
{
    object_of_reader();
}

void kmem_cache_rcu_uaf(void)
{
    void *object = object_of_reader();

    kvfree_rcu_barrier();
    write_at(object, 0);
    __free_pages(alloc_pages(GFP_KERNEL, 0), 0);
}

void kmem_cache_invalid_free(void)
{
    struct kmem_cache *cache =
        kmem_cache_create("test_cache", 200, 0, SLAB_CONSISTENCY_CHECKS, NULL);
    unsigned char *object = kmem_cache_alloc(cache, GFP_KERNEL);

    kmem_cache_free(cache, object + 1);
    kmem_cache_free(cache, object);
    kmem_cache_destroy(cache);
}

void kmalloc_double_free(void)
{
    kfree(freed(16));
}

void kmalloc_double_kzfree(void)
{
    void *object = kmalloc(16, GFP_KERNEL);

    kfree_sensitive(object);
    kfree_sensitive(object);
}

void kmalloc_large_invalid_free(void)
{
    unsigned char *object = kmalloc(KMALLOC_CACHE_SIZE_MAX + 10, GFP_KERNEL);

    kfree(object + 1);
    kfree(object);
}

void kmalloc_large_double_free(void)
{
    kfree(freed(KMALLOC_CACHE_SIZE_MAX + 10));
}

void page_alloc_double_free(void)
{
    struct page *page = alloc_pages(GFP_KERNEL, 0);

    __free_pages(page, 0);
    __free_pages(page, 0);
}

void kmem_cache_bulk(void)
{
    struct kmem_cache *cache = kmem_cache_create("test_cache", 200, 0, 0, NULL);
    void *objects[10];

    if (kmem_cache_alloc_bulk(cache, GFP_KERNEL, 10, objects) == 10) {
        for (int i = 0; i < 10; i++) {
            write_at(objects[i], 0);
            write_at(objects[i], 199);
        }
        kmem_cache_free_bulk(cache, 10, objects);
    }
    kmem_cache_destroy(cache);
}

/* Who pays for an object is noted beside its slab, where nobody looks but the allocator. */
void kmem_cache_accounted(void)
{
    struct kmem_cache *cache = kmem_cache_create("test_cache", 200, 0, 0, NULL);

    for (int i = 0; i < 5; i++) {
        void *object = kmem_cache_alloc(cache, GFP_KERNEL | __GFP_ACCOUNT);

        if (object != NULL) {
            write_at(object, 199);
            kmem_cache_free(cache, object);
        }
    }
    kmem_cache_destroy(cache);
}

void kfree_via_page(void)
{
    void *object = kmalloc(KMALLOC_CACHE_SIZE_MAX + 10, GFP_KERNEL);

    kfree(page_address(virt_to_page(object)));
}
