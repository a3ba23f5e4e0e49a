#include "tests/conformance/lkdtm_cases.h"

#include <stdlib.h>
#include <string.h>

#include "allocator/api/linux_api.h"
#include "tests/conformance/kernel.h"

enum { SIZE = 1024, GARBAGE = 0xab };

static volatile unsigned char sink;

void slab_linear_overflow(void)
{
    volatile uint32_t *data = kmalloc(1020, GFP_KERNEL);

    data[1024 / sizeof(data[0])] = 0x12345678;
    kfree((void *)(uintptr_t)data);
}

void vmalloc_linear_overflow(void)
{
    enum { VIEW_SIZE = 5 * PAGE_SIZE };
    volatile unsigned char *view = kernel_vmalloc(VIEW_SIZE);

    view[VIEW_SIZE] = 0xaa;
    kvfree((void *)(uintptr_t)view);
}

/* The word in the middle is no link of a freelist. */
static volatile uint32_t *freed_words(void)
{
    volatile uint32_t *words = kzalloc(SIZE, GFP_KERNEL);

    kfree((void *)(uintptr_t)words);
    return words;
}

void write_after_free(void)
{
    freed_words()[SIZE / sizeof(uint32_t) / 4] = 0x0abcdef0;
}

void read_after_free(void)
{
    sink = (unsigned char)freed_words()[SIZE / sizeof(uint32_t) / 4];
}

static volatile unsigned char *freed_page(void)
{
    struct page *page = alloc_pages(GFP_KERNEL | __GFP_ZERO, 0);
    volatile unsigned char *memory = page_address(page);

    __free_pages(page, 0);
    return memory;
}

void write_buddy_after_free(void)
{
    volatile unsigned char *memory = freed_page();

    for (unsigned i = 0; i < PAGE_SIZE; i++) {
        memory[i] = 3;
    }
    __free_pages(alloc_pages(GFP_KERNEL, 0), 0);
}

void read_buddy_after_free(void)
{
    sink = freed_page()[100];
}

static void insist_on_zero(const unsigned char *memory, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        if (memory[i] != 0) {
            abort();
        }
    }
}

void slab_init_on_alloc(void)
{
    unsigned char *first = kmalloc(512, GFP_KERNEL);

    memset(first, GARBAGE, 512);
    kfree(first);
    first = kmalloc(512, GFP_KERNEL);
    insist_on_zero(first, 512);
    kfree(first);
}

void buddy_init_on_alloc(void)
{
    struct page *page = alloc_pages(GFP_KERNEL, 0);

    memset(page_address(page), GARBAGE, PAGE_SIZE);
    __free_pages(page, 0);
    page = alloc_pages(GFP_KERNEL, 0);
    insist_on_zero(page_address(page), PAGE_SIZE);
    __free_pages(page, 0);
}

static void construct(void *object)
{
    (void)object;
}

/* With a constructor, so that nobody merges them. */
static struct kmem_cache *cache(const char *name)
{
    return kmem_cache_create(name, SIZE, 0, 0, construct);
}

void slab_free_double(void)
{
    struct kmem_cache *double_free = cache("lkdtm-heap-double_free");
    void *object = kmem_cache_alloc(double_free, GFP_KERNEL);

    kmem_cache_free(double_free, object);
    kmem_cache_free(double_free, object);
    kmem_cache_destroy(double_free);
}

void slab_free_cross(void)
{
    struct kmem_cache *a = cache("lkdtm-heap-a");
    struct kmem_cache *b = cache("lkdtm-heap-b");
    void *object = kmem_cache_alloc(a, GFP_KERNEL);

    kmem_cache_free(b, object);
    kmem_cache_free(a, object);
    kmem_cache_destroy(b);
    kmem_cache_destroy(a);
}

void slab_free_page(void)
{
    struct page *page = alloc_pages(GFP_KERNEL | __GFP_ZERO, 0);

    kmem_cache_free(cache("lkdtm-heap-page"), page_address(page));
    __free_pages(page, 0);
}

/* Half an object may be copied, either way; sixteen bytes too many may not. */
void slab_size_within(void)
{
    unsigned char *object = kmalloc(SIZE, GFP_KERNEL);

    check_object_size(object + 16, SIZE / 2);
    kfree(object);
}

void slab_size_beyond(void)
{
    unsigned char *object = kmalloc(SIZE, GFP_KERNEL);

    check_object_size(object, SIZE + 16);
    kfree(object);
}

/* Users see a quarter of the way into the object, and a sixteenth of it. */
static void copy_from_window(size_t bytes_before)
{
    struct kmem_cache *windowed = kmem_cache_create_usercopy("lkdtm-usercopy", SIZE, 0, 0, SIZE / 4,
                                                             SIZE / 16, NULL);
    unsigned char *object = kmem_cache_alloc(windowed, GFP_KERNEL);

    check_object_size(object + SIZE / 4 - bytes_before, SIZE / 16);
    kmem_cache_free(windowed, object);
    kmem_cache_destroy(windowed);
}

void slab_whitelist_within(void)
{
    copy_from_window(0);
}

void slab_whitelist_before(void)
{
    copy_from_window(1);
}
