#include <string.h>
#include <unistd.h>

#include "allocator/api/linux_api.h"
#include "tests/sanitizers/access_cases.h"

static void insist(int condition)
{
    if (!condition) {
        _exit(1);
    }
}

static void use(unsigned char *memory, size_t size)
{
    memset(memory, 0x41, size);
    insist(size == 0 || memory[size - 1] == 0x41);
}

void use_pages(void)
{
    struct page *page = alloc_pages(GFP_KERNEL, 1);

    use(page_address(page), 2 * PAGE_SIZE);
    __free_pages(page, 1);
}

void use_cache(void)
{
    struct kmem_cache *cache = access_cache(72, 0);

    for (int i = 0; i < 200; i++) {
        unsigned char *object = kmem_cache_alloc(cache, GFP_KERNEL);

        use(object, 72);
        kmem_cache_free(cache, object);
    }
    insist(kmem_cache_destroy(cache) == 0);
}

void use_bulk(void)
{
    enum { COUNT = 40 };
    struct kmem_cache *cache = access_cache(24, 0);
    void *objects[COUNT];

    for (int round = 0; round < 5; round++) {
        insist(kmem_cache_alloc_bulk(cache, GFP_KERNEL, COUNT, objects) == COUNT);
        for (int i = 0; i < COUNT; i++) {
            use(objects[i], 24);
        }
        kmem_cache_free_bulk(cache, COUNT, objects);
    }
    insist(kmem_cache_destroy(cache) == 0);
}

void use_kmalloc(void)
{
    for (size_t size = 1; size < 20000; size += size < 300 ? 1 : 511) {
        unsigned char *object = kmalloc(size, GFP_KERNEL);

        use(object, size);
        object = krealloc(object, size + 3, GFP_KERNEL);
        use(object, size + 3);
        object = krealloc(object, size / 2 + 1, GFP_KERNEL);
        use(object, size / 2 + 1);
        kfree(object);
    }
}

void use_zeroed(void)
{
    unsigned char *object = kzalloc(100, GFP_KERNEL);

    for (int i = 0; i < 100; i++) {
        insist(object[i] == 0);
    }
    object = krealloc(object, 120, GFP_KERNEL | __GFP_ZERO);
    insist(object[119] == 0);
    kfree(object);
}

/* Where the size asked for is known, the bytes gained are zeroed, and they alone. */
void use_zeroed_growth(void)
{
    unsigned char *object = krealloc(kmalloc(20000, GFP_KERNEL), 30000, GFP_KERNEL | __GFP_ZERO);

    insist(object[20000] == 0 && object[29999] == 0);
    kfree(object);
}

/* What a reader holds stays readable, less what the allocator keeps in it. */
void use_deferred_free(void)
{
    unsigned char *object = kmalloc(64, GFP_KERNEL);

    memset(object, 0x42, 64);
    rcu_read_lock();
    kfree_rcu_mightsleep(object);
    insist(object[RCU_OBJECT_SIZE_MIN] == 0x42 && object[63] == 0x42);
    rcu_read_unlock();
    kvfree_rcu_barrier();
}
