/*
 * test_meminit: what was in memory before is in it no more. Everything is tried with memory zeroed
 * when it is allocated, and with memory zeroed when it is freed.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "allocator/base/params.h"
#include "tests/conformance/kernel.h"

enum { GARBAGE = 0xa5, CTOR_BYTES = 4, CTOR_PATTERN = 0x41, BULK = 100, BULK_ROUNDS = 1024 };

enum cache_kind { PLAIN, WITH_CTOR, WITH_ZERO };

enum { CACHE_SIZE_MIN = 8, CACHE_SIZE_MAX = 8 << 9, REUSE_ROUNDS = 1024 };

static struct test_heap kernel;

static void boot(bool on_alloc)
{
    struct heap_config config = heap_config_default();

    config.page_count = 4096;
    config.init_on_alloc = on_alloc;
    config.init_on_free = !on_alloc;
    kernel_boot(&kernel, &config);
}

static void for_both(void (*test)(void))
{
    for (int on_alloc = 0; on_alloc < 2; on_alloc++) {
        boot(on_alloc != 0);
        test();
        kernel_halt(&kernel);
    }
}

/* Pages of every order, all garbage, then free. */
static void fill_pages(unsigned order)
{
    struct page *page = alloc_pages(GFP_KERNEL, order);

    memset(page_address(page), GARBAGE, (size_t)PAGE_SIZE << order);
    __free_pages(page, order);
}

static void check_pages(void)
{
    for (unsigned order = 0; order <= ORDER_MAX; order++) {
        fill_pages(order);

        struct page *page = alloc_pages(GFP_KERNEL, order);

        assert_non_null(page);
        assert_reads(page_address(page), (size_t)PAGE_SIZE << order, 0);
        __free_pages(page, order);
    }
}

static void test_pages(void **state)
{
    (void)state;
    for_both(check_pages);
}

static void check_kmalloc(void)
{
    for (size_t size = 1; size <= 1u << 19; size *= 2) {
        void *object = kmalloc(size, GFP_KERNEL);

        memset(object, GARBAGE, size);
        kfree(object);
        object = kmalloc(size, GFP_KERNEL);
        assert_non_null(object);
        assert_reads(object, size, 0);
        kfree(object);
    }
}

static void test_kvmalloc(void **state)
{
    (void)state;
    for_both(check_kmalloc);
}

static void check_vmalloc(void)
{
    for (size_t size = 4 * PAGE_SIZE; size <= 1u << 19; size *= 2) {
        void *view = kernel_vmalloc(size);

        memset(view, GARBAGE, size);
        kvfree(view);
        view = kernel_vmalloc(size);
        assert_non_null(view);
        assert_reads(view, size, 0);
        kvfree(view);
    }
}

static void test_vmalloc(void **state)
{
    (void)state;
    for_both(check_vmalloc);
}

static void construct(void *object)
{
    memset(object, CTOR_PATTERN, CTOR_BYTES);
}

static void check_object(const unsigned char *object, size_t size, enum cache_kind kind)
{
    if (kind == WITH_CTOR) {
        assert_reads(object, CTOR_BYTES, CTOR_PATTERN);
    } else {
        assert_reads(object, size, 0);
    }
}

/* A constructor's bytes belong to the object, whoever has it. */
static void use_object(unsigned char *object, size_t size, enum cache_kind kind)
{
    size_t kept = kind == WITH_CTOR ? CTOR_BYTES : 0;

    memset(object + kept, GARBAGE, size - kept);
}

static void use_bulk(struct kmem_cache *cache, size_t size, enum cache_kind kind, gfp_t gfp)
{
    void *objects[BULK];

    assert_int_equal(kmem_cache_alloc_bulk(cache, gfp, BULK, objects), BULK);
    for (int i = 0; i < BULK; i++) {
        check_object(objects[i], size, kind);
        use_object(objects[i], size, kind);
    }
    kmem_cache_free_bulk(cache, BULK, objects);
}

static void check_cache_of(size_t size, enum cache_kind kind)
{
    gfp_t gfp = kind == WITH_ZERO ? GFP_KERNEL | __GFP_ZERO : GFP_KERNEL;
    struct kmem_cache *cache =
        kmem_cache_create("test_cache", size, 1, 0, kind == WITH_CTOR ? construct : NULL);

    assert_non_null(cache);
    for (int round = 0; round < 10; round++) {
        unsigned char *object = kmem_cache_alloc(cache, gfp);

        check_object(object, size, kind);
        use_object(object, size, kind);
        kmem_cache_free(cache, object);
        if (kind != WITH_CTOR) {
            use_bulk(cache, size, kind, gfp);
        }
    }
    assert_int_equal(kmem_cache_destroy(cache), 0);
}

static void check_caches(void)
{
    for (size_t size = CACHE_SIZE_MIN; size <= CACHE_SIZE_MAX; size *= 2) {
        check_cache_of(size, PLAIN);
        check_cache_of(size, WITH_CTOR);
        check_cache_of(size, WITH_ZERO);
    }
}

static void test_kmemcache(void **state)
{
    (void)state;
    for_both(check_caches);
}

/* What a reader sees of an object is what was there before it was freed. */
static void check_read(struct kmem_cache *cache, size_t size)
{
    unsigned char *object = kmem_cache_alloc(cache, GFP_KERNEL);

    memset(object, GARBAGE, size);
    rcu_read_lock();
    kmem_cache_free(cache, object);
    assert_reads(object, size, GARBAGE);
    rcu_read_unlock();
}

/* The same memory holds what it held, whether or not a reader looked. */
static void check_reuse(struct kmem_cache *cache, size_t size)
{
    unsigned char *first = kmem_cache_alloc(cache, GFP_KERNEL);
    void *objects[REUSE_ROUNDS];
    int count = 0;

    memset(first, GARBAGE, size);
    kmem_cache_free(cache, first);
    do {
        objects[count] = kmem_cache_alloc(cache, GFP_KERNEL);
    } while (objects[count++] != first && count < REUSE_ROUNDS);
    assert_ptr_equal(objects[count - 1], first);
    assert_reads(first, size, GARBAGE);
    while (count > 0) {
        kmem_cache_free(cache, objects[--count]);
    }
}

/* Aligned to its size, as the kernel's is: the link lies behind the object all the same. */
static void check_reader_caches(void)
{
    for (size_t size = CACHE_SIZE_MIN; size <= CACHE_SIZE_MAX; size *= 2) {
        struct kmem_cache *cache =
            kmem_cache_create("test_cache", size, size, SLAB_TYPESAFE_BY_RCU, NULL);

        for (int round = 0; round < 10; round++) {
            check_read(cache, size);
        }
        check_reuse(cache, size);
        assert_int_equal(kmem_cache_destroy(cache), 0);
    }
}

static void test_rcu_persistent(void **state)
{
    (void)state;
    for_both(check_reader_caches);
}

static void check_bulk(void)
{
    struct kmem_cache *cache = kmem_cache_create("test_cache", 8, 8, 0, NULL);
    void *objects[10];

    for (int round = 0; round < BULK_ROUNDS; round++) {
        assert_int_equal(kmem_cache_alloc_bulk(cache, GFP_KERNEL, 10, objects), 10);
        for (int i = 0; i < 10; i++) {
            assert_reads(objects[i], 8, 0);
            memset(objects[i], GARBAGE, 8);
        }
        kmem_cache_free_bulk(cache, 10, objects);
    }
    assert_int_equal(kmem_cache_destroy(cache), 0);
}

static void test_kmemcache_bulk(void **state)
{
    (void)state;
    for_both(check_bulk);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_pages),
        cmocka_unit_test(test_kvmalloc),
        cmocka_unit_test(test_vmalloc),
        cmocka_unit_test(test_kmemcache),
        cmocka_unit_test(test_rcu_persistent),
        cmocka_unit_test(test_kmemcache_bulk),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
