#include "allocator/api/linux_api.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "tests/support/test_heap.h"

struct my_struct {
    char name[40];
    long counter;
    void *next;
};

/* The two lines that a kernel developer writes, as they are. */
static void kernel_code_compiles_and_runs(void **state)
{
    (void)state;
    const struct heap_config config = heap_config_default();
    struct test_heap fixture;

    test_heap_init(&fixture, &config);
    linux_api_bind(fixture.heap);

    struct kmem_cache *first =
        kmem_cache_create("my_object_cache", sizeof(struct my_struct), 0, SLAB_PANIC, NULL);
    struct kmem_cache *second = KMEM_CACHE(my_struct, SLAB_PANIC);
    struct my_struct *object = kmem_cache_alloc(second, GFP_KERNEL);

    assert_non_null(first);
    assert_int_equal(kmem_cache_size(second), sizeof(struct my_struct));
    object->counter = 7;
    kmem_cache_free(second, object);

    char *text = kmalloc(5, GFP_KERNEL);

    memcpy(text, "slab", 5);
    text = krealloc(text, 500, GFP_KERNEL);
    assert_string_equal(text, "slab");
    assert_int_equal(ksize(text), 512);
    kfree(text);
    assert_null(kmalloc_array(SIZE_MAX / 2, 4, GFP_KERNEL));

    struct page *page = alloc_pages(GFP_KERNEL | __GFP_ZERO, 1);

    assert_int_equal(((char *)page_address(page))[PAGE_SIZE], 0);
    __free_pages(page, 1);
    kmem_cache_destroy(first);
    kmem_cache_destroy(second);
    assert_null(kmem_cache_create("refused", 0, 0, 0, NULL));
    assert_int_equal(fixture.test.report_count, 0);
    assert_ptr_equal(linux_api_heap(), fixture.heap);
    linux_api_bind(NULL);
    test_heap_fini(&fixture);
}

/* What is known of an object, and that nothing is of what is none. */
static void kernel_code_dumps_objects(void **state)
{
    (void)state;
    const struct heap_config config = heap_config_default();
    struct test_heap fixture;
    const char *logged = fixture.test.logged;
    char expected[128];

    test_heap_init(&fixture, &config);
    linux_api_bind(fixture.heap);

    struct kmem_cache *cache =
        kmem_cache_create("dumped", 60, 0, SLAB_RED_ZONE | SLAB_STORE_USER, NULL);
    char *object = kmem_cache_alloc(cache, GFP_KERNEL);
    void *large = kmalloc(20000, GFP_KERNEL);

    assert_true(kmem_valid_obj(object));
    assert_true(kmem_dump_obj(object + 7));
    snprintf(expected, sizeof(expected),
             " slab dumped start %p data offset %zu pointer offset 7 size 60\n", (void *)object,
             (size_t)8);
    assert_memory_equal(logged, expected, strlen(expected));
    assert_non_null(strstr(logged, "Allocated at site "));
    assert_null(strstr(logged, "Freed at site "));
    assert_false(kmem_dump_obj(large));
    assert_false(kmem_dump_obj(NULL));
    assert_false(kmem_dump_obj(expected));
    assert_int_equal(fixture.test.log_count, 1);
    kmem_cache_free(cache, object);
    assert_true(kmem_dump_obj(object));
    assert_non_null(strstr(logged, "Freed at site "));
    kfree(large);
    kmem_cache_destroy(cache);
    assert_false(kmem_valid_obj(object));
    linux_api_bind(NULL);
    test_heap_fini(&fixture);
}

/* Each page call by its kernel name, once. */
static void kernel_code_takes_pages(void **state)
{
    (void)state;
    const struct heap_config config = heap_config_default();
    struct test_heap fixture;
    struct page *pages[3] = {NULL};

    test_heap_init(&fixture, &config);
    linux_api_bind(fixture.heap);

    struct page *shared = alloc_pages_node(0, GFP_KERNEL | __GFP_COMP, get_order(3 * PAGE_SIZE));
    void *exact = alloc_pages_exact(3 * PAGE_SIZE, GFP_KERNEL);

    get_page(shared);
    put_page(shared);
    put_page(shared);
    assert_ptr_equal(page_address(virt_to_page(exact)), exact);
    free_pages_exact(exact, 3 * PAGE_SIZE);
    assert_int_equal(alloc_pages_bulk(GFP_KERNEL, 3, pages), 3);
    for (int i = 0; i < 3; i++) {
        __free_pages(pages[i], 0);
    }
    assert_int_equal(alloc_contig_range(5, 8, GFP_KERNEL), 0);
    free_contig_range(5, 3);
    kfree(kmalloc_node(64, GFP_KERNEL, 0));
    assert_int_equal(fixture.test.report_count, 0);
    linux_api_bind(NULL);
    test_heap_fini(&fixture);
}

/* Objects of a set lie in its own caches, and are freed as any. */
static void kernel_code_has_buckets(void **state)
{
    (void)state;
    const struct heap_config config = heap_config_default();
    struct test_heap fixture;

    test_heap_init(&fixture, &config);
    linux_api_bind(fixture.heap);

    struct kmem_buckets *buckets = kmem_buckets_create("msg", 0, 0, 64, NULL);

    assert_non_null(buckets);

    void *object = kmem_buckets_alloc(buckets, 100, GFP_KERNEL);

    assert_int_equal(ksize(object), 128);
    assert_true(check_object_size(object, 64));
    kfree(object);
    assert_int_equal(kmem_buckets_destroy(buckets), 0);
    assert_null(kmem_buckets_create("other", ~(slab_flags_t)0, 0, 0, NULL));
    assert_int_equal(fixture.test.report_count, 0);
    linux_api_bind(NULL);
    test_heap_fini(&fixture);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(kernel_code_compiles_and_runs),
        cmocka_unit_test(kernel_code_dumps_objects),
        cmocka_unit_test(kernel_code_takes_pages),
        cmocka_unit_test(kernel_code_has_buckets),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
