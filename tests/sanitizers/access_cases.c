#include "tests/sanitizers/access_cases.h"

#include <stdint.h>
#include <unistd.h>

#include "allocator/api/linux_api.h"

struct kmem_cache *access_cache(unsigned size, unsigned flags)
{
    return kmem_cache_create("access", size, 0, (slab_flags_t)flags | SLAB_PANIC, NULL);
}

void access_decide_on(unsigned char byte)
{
    if (byte == 42) {
        write(STDOUT_FILENO, "", 0);
    }
}

static void read_at(const void *memory, ptrdiff_t offset)
{
    access_decide_on(((const volatile unsigned char *)memory)[offset]);
}

static void write_at(void *memory, ptrdiff_t offset)
{
    ((volatile unsigned char *)memory)[offset] = 1;
}

void read_past_kmalloc(void)
{
    read_at(kzalloc(13, GFP_KERNEL), 13);
}

void write_past_kmalloc(void)
{
    write_at(kmalloc(13, GFP_KERNEL), 13);
}

void write_past_large_kmalloc(void)
{
    write_at(kmalloc(20001, GFP_KERNEL), 20001);
}

void write_past_odd_object(void)
{
    write_at(kmem_cache_alloc(access_cache(20, 0), GFP_KERNEL), 20);
}

void write_before_object(void)
{
    write_at(kmem_cache_alloc(access_cache(64, SLAB_RED_ZONE), GFP_KERNEL), -1);
}

void read_before_object(void)
{
    read_at(kmem_cache_alloc(access_cache(64, SLAB_RED_ZONE), GFP_KERNEL), -1);
}

void write_behind_object(void)
{
    write_at(kmem_cache_alloc(access_cache(64, SLAB_RED_ZONE), GFP_KERNEL), 64);
}

void write_past_shrunken(void)
{
    write_at(krealloc(kmalloc(60, GFP_KERNEL), 40, GFP_KERNEL), 41);
}

void read_past_shrunken(void)
{
    read_at(krealloc(kzalloc(60, GFP_KERNEL), 40, GFP_KERNEL), 40);
}

void write_past_usable(void)
{
    unsigned char *object = kmalloc(70, GFP_KERNEL);

    write_at(object, (ptrdiff_t)ksize(object) - 1);
}

static void *freed_object(void)
{
    struct kmem_cache *cache = access_cache(64, 0);
    void *object = kmem_cache_zalloc(cache, GFP_KERNEL);

    kmem_cache_free(cache, object);
    return object;
}

void read_freed_object(void)
{
    read_at(freed_object(), 5);
}

void write_freed_object(void)
{
    write_at(freed_object(), 5);
}

static void *freed_kmalloc(size_t size)
{
    void *object = kzalloc(size, GFP_KERNEL);

    kfree(object);
    return object;
}

void write_freed_kmalloc(void)
{
    write_at(freed_kmalloc(100), 50);
}

void read_freed_large(void)
{
    read_at(freed_kmalloc(20000), 10000);
}

void read_freed_by_bulk(void)
{
    struct kmem_cache *cache = access_cache(64, 0);
    void *objects[4];
    void *kept;

    kmem_cache_alloc_bulk(cache, GFP_KERNEL | __GFP_ZERO, 4, objects);
    kept = objects[2];
    kmem_cache_free_bulk(cache, 4, objects);
    read_at(kept, 30);
}

void read_freed_by_rcu(void)
{
    void *object = kzalloc(64, GFP_KERNEL);

    kfree_rcu_mightsleep(object);
    kvfree_rcu_barrier();
    read_at(object, 40);
}

void read_moved_object(void)
{
    void *object = kzalloc(60, GFP_KERNEL);

    krealloc(object, 1000, GFP_KERNEL);
    read_at(object, 30);
}

void use_freed_in_krealloc(void)
{
    krealloc(freed_kmalloc(60), 50, GFP_KERNEL);
}

void use_freed_in_ksize(void)
{
    ksize(freed_kmalloc(60));
}

static void *freed_page(void)
{
    struct page *page = alloc_pages(GFP_KERNEL | __GFP_ZERO, 0);
    void *memory = page_address(page);

    __free_pages(page, 0);
    return memory;
}

void write_freed_page(void)
{
    write_at(freed_page(), 100);
}

void read_freed_page(void)
{
    read_at(freed_page(), 100);
}

void write_behind_pages(void)
{
    write_at(page_address(alloc_pages(GFP_KERNEL, 0)), PAGE_SIZE);
}

/* Without guards another user's page would follow. */
static unsigned char *guarded_page(void)
{
    unsigned char *page = page_address(alloc_pages(GFP_KERNEL | __GFP_ZERO, 0));

    alloc_pages(GFP_KERNEL | __GFP_ZERO, 0);
    return page;
}

void write_guard_page(void)
{
    write_at(guarded_page(), PAGE_SIZE);
}

void read_guard_page(void)
{
    read_at(guarded_page(), PAGE_SIZE + 5);
}

void read_retired_slab(void)
{
    struct kmem_cache *cache = access_cache(64, 0);
    void *object = kmem_cache_zalloc(cache, GFP_KERNEL);

    kmem_cache_free(cache, object);
    kmem_cache_destroy(cache);
    read_at(object, 8);
}

void use_fresh_object(void)
{
    read_at(kmem_cache_alloc(access_cache(64, 0), GFP_KERNEL), 5);
}

void use_fresh_kmalloc(void)
{
    read_at(kmalloc(20, GFP_KERNEL), 19);
}

void use_fresh_page(void)
{
    read_at(page_address(alloc_pages(GFP_KERNEL, 0)), 77);
}

void use_growth(void)
{
    read_at(krealloc(kzalloc(20, GFP_KERNEL), 200, GFP_KERNEL), 150);
}

/* Zeroing what a resize in place gains says nothing about the bytes before. */
void use_before_zeroed_growth(void)
{
    read_at(krealloc(kmalloc(20000, GFP_KERNEL), 30000, GFP_KERNEL | __GFP_ZERO), 19999);
}

void use_regained_slack(void)
{
    unsigned char *object = krealloc(kzalloc(60, GFP_KERNEL), 40, GFP_KERNEL);

    read_at(krealloc(object, 60, GFP_KERNEL), 40);
}
