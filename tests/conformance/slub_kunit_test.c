/* slub_kunit: what validation says of each damage, in errors as the kernel counts them. */
#define _GNU_SOURCE

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <string.h>
#include <sys/time.h>

#include <cmocka.h>
#include <pthread.h>

#include "allocator/base/raw.h"
#include "allocator/base/world.h"
#include "allocator/cache/freelist.h"
#include "tests/conformance/kernel.h"

static struct test_heap kernel;

/* The kernel's tests take a cache with these flags alone. */
static struct kmem_cache *test_cache(const char *name, size_t size, slab_flags_t flags)
{
    struct kmem_cache *cache = kmem_cache_create(name, size, 0, flags | SLAB_NO_USER_FLAGS, NULL);

    assert_non_null(cache);
    return cache;
}

static void assert_slab_errors(struct kmem_cache *cache, unsigned errors)
{
    kmem_cache_validate(cache);
    assert_int_equal(kernel_slab_errors(&kernel), errors);
}

/* One damage, of two errors, is found at this byte and mended. */
static void assert_damage(struct kmem_cache *cache, enum report_kind kind, const void *damage)
{
    kmem_cache_validate(cache);
    assert_int_equal(kernel.test.reports[0].kind, kind);
    assert_ptr_equal(kernel.test.reports[0].damage, damage);
    assert_int_equal(kernel_slab_errors(&kernel), 2);
    assert_slab_errors(cache, 0);
}

static void test_clobber_zone(void **state)
{
    (void)state;
    kernel_boot_debug(&kernel, 0);
    struct kmem_cache *cache = test_cache("TestSlub_RZ_alloc", 64, SLAB_RED_ZONE);
    unsigned char *p = kmem_cache_alloc(cache, GFP_KERNEL);

    raw_store_byte(p + 64, 0x12);
    assert_damage(cache, REPORT_RIGHT_REDZONE, p + 64);
    kmem_cache_free(cache, p);
    kmem_cache_destroy(cache);
    kernel_halt(&kernel);
}

static void test_next_pointer(void **state)
{
    (void)state;
    kernel_boot_debug(&kernel, 0);
    struct kmem_cache *cache = test_cache("TestSlub_next_ptr_free", 64, SLAB_POISON);
    unsigned char *p = kmem_cache_alloc(cache, GFP_KERNEL);

    kmem_cache_free(cache, p);

    unsigned char *slot = freelist_slot(cache, p);
    uint64_t link = raw_load_word(slot);

    /* The chain is corrupt, the objects behind are lost, and their number is put right. */
    raw_store_byte(slot, (unsigned char)~raw_load_byte(slot));
    assert_slab_errors(cache, 3);
    assert_null(freelist_next(cache, p));

    /* They come back: what is wrong is their number alone. */
    raw_store_word(slot, link);
    assert_slab_errors(cache, 2);
    assert_slab_errors(cache, 0);
    kmem_cache_destroy(cache);
    kernel_halt(&kernel);
}

/* A byte of a free object changes. */
static void clobber_free(slab_flags_t flags, size_t offset, unsigned char value,
                         enum report_kind kind)
{
    kernel_boot_debug(&kernel, 0);
    struct kmem_cache *cache = test_cache("TestSlub_free", 64, flags);
    unsigned char *p = kmem_cache_alloc(cache, GFP_KERNEL);

    kmem_cache_free(cache, p);
    raw_store_byte(p + offset, value);
    assert_damage(cache, kind, p + offset);
    kmem_cache_destroy(cache);
    kernel_halt(&kernel);
}

static void test_first_word(void **state)
{
    (void)state;
    clobber_free(SLAB_POISON, 0, 0x78, REPORT_POISON);
}

static void test_clobber_50th_byte(void **state)
{
    (void)state;
    clobber_free(SLAB_POISON, 50, 0x9a, REPORT_POISON);
}

static void test_clobber_redzone_free(void **state)
{
    (void)state;
    clobber_free(SLAB_RED_ZONE, 64, 0xab, REPORT_RIGHT_REDZONE);
}

static void test_kmalloc_redzone_access(void **state)
{
    (void)state;
    kernel_boot_debug(&kernel, SLAB_STORE_USER | SLAB_RED_ZONE);
    struct kmem_cache *cache = heap_kmalloc_cache(kernel.heap, 18);
    unsigned char *p = kmalloc(18, GFP_KERNEL);

    assert_int_equal(kmem_cache_size(cache), 32);
    raw_store_byte(p + 18, 0xab);
    raw_store_byte(p + 19, 0xab);
    assert_damage(cache, REPORT_KMALLOC_REDZONE, p + 18);
    kfree(p);
    kernel_halt(&kernel);
}

static void test_kfree_rcu(void **state)
{
    (void)state;
    kernel_boot_debug(&kernel, 0);
    for (int i = 0; i < 10; i++) {
        struct kmem_cache *cache = test_cache("TestSlub_kfree_rcu", 64, SLAB_NO_MERGE);

        kfree_rcu_mightsleep(kmem_cache_alloc(cache, GFP_KERNEL));
        assert_int_equal(kmem_cache_destroy(cache), 0);
    }
    kernel_halt(&kernel);
}

static void *destroy(void *cache)
{
    world_native_enter(1);
    return kmem_cache_destroy(cache) == 0 ? cache : NULL;
}

/* Another thread does what the work queue does. */
static void test_kfree_rcu_wq_destroy(void **state)
{
    (void)state;
    kernel_boot_debug(&kernel, 0);
    for (int i = 0; i < 10; i++) {
        struct kmem_cache *cache = test_cache("TestSlub_kfree_rcu_wq", 64, SLAB_NO_MERGE);
        pthread_t worker;
        void *destroyed;

        kfree_rcu_mightsleep(kmem_cache_alloc(cache, GFP_KERNEL));
        assert_int_equal(pthread_create(&worker, NULL, destroy, cache), 0);
        assert_int_equal(pthread_join(worker, &destroyed), 0);
        assert_ptr_equal(destroyed, cache);
    }
    kernel_halt(&kernel);
}

static void test_leak_destroy(void **state)
{
    (void)state;
    kernel_boot_debug(&kernel, 0);
    struct kmem_cache *cache = test_cache("TestSlub_leak_destroy", 64, SLAB_NO_MERGE);

    assert_non_null(kmem_cache_alloc(cache, GFP_KERNEL));
    assert_int_not_equal(kmem_cache_destroy(cache), 0);
    assert_int_equal(kernel_slab_errors(&kernel), 2);
    kernel_halt(&kernel);
}

static void test_krealloc_redzone_zeroing(void **state)
{
    (void)state;
    kernel_boot_debug(&kernel, SLAB_STORE_USER | SLAB_RED_ZONE);
    struct kmem_cache *cache = heap_kmalloc_cache(kernel.heap, 48);
    unsigned char *p = kzalloc(48, GFP_KERNEL);

    memset(p, 0xff, 48);
    p = krealloc(p, 40, GFP_KERNEL | __GFP_ZERO);
    assert_reads(p + 40, 24, 0xcc);
    p = krealloc(p, 56, GFP_KERNEL | __GFP_ZERO);
    assert_reads(p + 40, 16, 0);
    assert_reads(p + 56, 8, 0xcc);
    assert_slab_errors(cache, 0);
    memset(p, 0xff, 56);
    p = krealloc(p, 112, GFP_KERNEL | __GFP_ZERO);
    assert_reads(p, 56, 0xff);
    assert_reads(p + 56, 56, 0);
    assert_slab_errors(cache, 0);
    kfree(p);
    kernel_halt(&kernel);
}

enum { NOLOCK_SIZE = 64, NOLOCK_OBJECTS = 1000, NOLOCK_ROUNDS = 1000, SIGNAL_MICROSECONDS = 50 };

static unsigned nolock_count;

static void alloc_and_free_nolock(int number)
{
    void *object = kmalloc_nolock(NOLOCK_SIZE, 0);

    (void)number;
    if (object != NULL) {
        kfree_nolock(object);
        nolock_count++;
    }
}

static void interrupt_every(long microseconds)
{
    const struct sigaction action = {.sa_handler = alloc_and_free_nolock};
    const struct itimerval timer = {
        .it_interval = {.tv_usec = microseconds},
        .it_value = {.tv_usec = microseconds},
    };

    assert_int_equal(sigaction(SIGALRM, &action, NULL), 0);
    assert_int_equal(setitimer(ITIMER_REAL, &timer, NULL), 0);
}

/* The handler comes in the middle of anything that the loop does. */
static void test_kmalloc_nolock_and_friends(void **state)
{
    (void)state;
    static void *objects[NOLOCK_OBJECTS];

    kernel_boot_debug(&kernel, 0);
    interrupt_every(SIGNAL_MICROSECONDS);
    for (int round = 0; round < NOLOCK_ROUNDS; round++) {
        for (int i = 0; i < NOLOCK_OBJECTS; i++) {
            objects[i] = kmalloc(NOLOCK_SIZE, GFP_KERNEL);
        }
        for (int i = 0; i < NOLOCK_OBJECTS; i++) {
            kfree(objects[i]);
        }
    }
    interrupt_every(0);
    assert_int_not_equal(nolock_count, 0);
    kernel_halt(&kernel);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_clobber_zone),
        cmocka_unit_test(test_next_pointer),
        cmocka_unit_test(test_first_word),
        cmocka_unit_test(test_clobber_50th_byte),
        cmocka_unit_test(test_clobber_redzone_free),
        cmocka_unit_test(test_kmalloc_redzone_access),
        cmocka_unit_test(test_kfree_rcu),
        cmocka_unit_test(test_kfree_rcu_wq_destroy),
        cmocka_unit_test(test_leak_destroy),
        cmocka_unit_test(test_krealloc_redzone_zeroing),
        cmocka_unit_test(test_kmalloc_nolock_and_friends),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
