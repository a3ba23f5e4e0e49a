/* What can be said of a cache beside size, alignment and flags; by kernel spelling. */
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "allocator/api/linux_api.h"
#include "tests/support/test_heap.h"

static struct test_heap fixture;

static int setup(void **state)
{
    struct heap_config config = heap_config_default();

    (void)state;
    config.name_checks = true;
    test_heap_init(&fixture, &config);
    linux_api_bind(fixture.heap);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    linux_api_bind(NULL);
    test_heap_fini(&fixture);
    return 0;
}

static void expect_report(enum report_kind kind)
{
    assert_int_equal(fixture.test.report_count, 1);
    assert_int_equal(test_platform_report(&fixture.test)->kind, kind);
    test_platform_clear(&fixture.test);
}

static struct kmem_cache *create_windowed(slab_flags_t flags, unsigned offset, unsigned size)
{
    const struct kmem_cache_args args = {.useroffset = offset, .usersize = size};

    return kmem_cache_create("windowed", 100, &args, flags);
}

/* Whether exactly the copies inside [first, end) of an object are allowed. */
static void check_window(slab_flags_t flags, size_t first, size_t end)
{
    struct kmem_cache *cache = create_windowed(flags, (unsigned)first, (unsigned)(end - first));
    char *object = kmem_cache_alloc(cache, GFP_KERNEL);

    for (size_t from = 0; from <= 100; from++) {
        for (size_t size = 1; size <= 20; size++) {
            bool is_inside = from >= first && from + size <= end;

            assert_int_equal(check_object_size(object + from, size), is_inside);
        }
    }
    assert_true(check_object_size(object, 0));
    assert_false(check_object_size(object - 1, 1));
    kmem_cache_free(cache, object);
    kmem_cache_destroy(cache);
    test_platform_clear(&fixture.test);
}

static void copies_stay_inside_the_window(void **state)
{
    (void)state;
    check_window(0, 16, 48);
    check_window(0, 0, 100);
    check_window(0, 99, 100);
    check_window(SLAB_RED_ZONE, 0, 100);
    check_window(SLAB_RED_ZONE | SLAB_POISON | SLAB_STORE_USER, 16, 48);
}

static void copies_outside_are_reported(void **state)
{
    (void)state;
    struct kmem_cache *cache = create_windowed(SLAB_RED_ZONE, 16, 48);
    char *object = kmem_cache_alloc(cache, GFP_KERNEL);

    assert_true(check_object_size(object + 16, 48));
    assert_int_equal(fixture.test.report_count, 0);
    assert_false(check_object_size(object + 16, 49));
    expect_report(REPORT_USERCOPY);
    assert_false(check_object_size(NULL, 1));
    expect_report(REPORT_USERCOPY);
    assert_false(check_object_size(object, SIZE_MAX));
    expect_report(REPORT_USERCOPY);
    kmem_cache_free(cache, object);
    kmem_cache_destroy(cache);
}

static void kmalloc_and_pages_may_be_copied_whole(void **state)
{
    (void)state;
    char *object = kmalloc(100, GFP_KERNEL);
    char *large = kmalloc(20000, GFP_KERNEL);
    struct page *page = alloc_pages(GFP_KERNEL, 1);
    char *run = page_address(page);

    assert_true(check_object_size(object, ksize(object)));
    assert_true(check_object_size(large, ksize(large)));
    assert_true(check_object_size(run + 1, 2 * PAGE_SIZE - 1));
    assert_true(check_object_size(&page, 8));
    assert_int_equal(fixture.test.report_count, 0);
    assert_false(check_object_size(object, ksize(object) + 1));
    assert_false(check_object_size(large, ksize(large) + 1));
    assert_false(check_object_size(run + 1, 2 * PAGE_SIZE));
    assert_int_equal(fixture.test.report_count, 3);
    kfree(object);
    kfree(large);
    __free_pages(page, 1);
}

static void wrong_window_lets_nothing_pass(void **state)
{
    static const struct {
        unsigned offset;
        unsigned size;
    } wrong[] = {{1, 0}, {0, 101}, {1, 100}, {100, 1}, {UINT32_MAX, 1}};

    (void)state;
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        struct kmem_cache *cache = create_windowed(0, wrong[i].offset, wrong[i].size);
        char *object = kmem_cache_alloc(cache, GFP_KERNEL);

        expect_report(REPORT_USERCOPY_WINDOW);
        assert_false(check_object_size(object, 1));
        expect_report(REPORT_USERCOPY);
        kmem_cache_free(cache, object);
        kmem_cache_destroy(cache);
    }
}

static void names_are_looked_at(void **state)
{
    (void)state;
    struct kmem_cache *first = kmem_cache_create("inode", 40, NULL, 0);

    assert_non_null(first);
    assert_int_equal(fixture.test.report_count, 0);

    struct kmem_cache *second = kmem_cache_create("inode", 80, NULL, 0);
    struct kmem_cache *third = kmem_cache_create("kmalloc-64", 80, NULL, 0);

    assert_int_equal(fixture.test.report_count, 2);
    assert_int_equal(fixture.test.reports[0].kind, REPORT_DUPLICATE_NAME);
    assert_int_equal(fixture.test.reports[1].kind, REPORT_DUPLICATE_NAME);
    test_platform_clear(&fixture.test);

    struct kmem_cache *spaced = kmem_cache_create("inode cache", 80, NULL, 0);

    expect_report(REPORT_NAME_WITH_SPACE);
    assert_null(kmem_cache_create(NULL, 80, NULL, 0));
    assert_int_equal(kmem_cache_destroy(first), 0);
    assert_int_equal(kmem_cache_destroy(second), 0);
    first = kmem_cache_create("inode", 40, NULL, 0);
    assert_int_equal(fixture.test.report_count, 0);
    assert_true(first != NULL && third != NULL && spaced != NULL);
}

static void construct(void *object)
{
    memset(object, 'c', 16);
}

static struct kmem_cache *create_linked(unsigned offset, void (*ctor)(void *object))
{
    const struct kmem_cache_args args = {
        .freeptr_offset = offset,
        .use_freeptr_offset = true,
        .ctor = ctor,
    };

    return kmem_cache_create("linked", 60, &args, 0);
}

static void link_lies_where_it_is_wanted(void **state)
{
    (void)state;
    struct kmem_cache *cache = create_linked(48, construct);
    struct kmem_cache *plain = kmem_cache_create("outside", 60, 0, 0, construct);
    char *object = kmem_cache_alloc(cache, GFP_KERNEL);

    assert_non_null(plain);
    kmem_cache_free(cache, object);
    object = kmem_cache_alloc(cache, GFP_KERNEL);
    assert_memory_equal(object, "cccccccccccccccc", 16);
    kmem_cache_free(cache, object);
    assert_int_equal(kmem_cache_destroy(cache), 0);
    assert_null(create_linked(48, NULL));
    assert_null(create_linked(64, construct));
    assert_null(create_linked(56, construct));
    assert_null(create_linked(20, construct));
}

static void old_and_new_forms_are_told_apart(void **state)
{
    (void)state;
    struct kmem_cache_args args = {.align = 64};
    struct kmem_cache *cache = kmem_cache_create("new", 40, &args, 0);
    struct kmem_cache *old = kmem_cache_create("old", 40, 64, 0, NULL);

    assert_int_equal((uintptr_t)kmem_cache_alloc(cache, GFP_KERNEL) % 64, 0);
    assert_int_equal((uintptr_t)kmem_cache_alloc(old, GFP_KERNEL) % 64, 0);
    assert_null(kmem_cache_create("wrong", 40, (void *)&args, 0));
}

struct record {
    long key;
    char text[24];
};

static void field_of_struct_may_be_copied(void **state)
{
    (void)state;
    struct kmem_cache *cache = KMEM_CACHE_USERCOPY(record, SLAB_RED_ZONE, text);
    struct record *record = kmem_cache_alloc(cache, GFP_KERNEL);

    assert_true(check_object_size(record->text, sizeof(record->text)));
    assert_int_equal(fixture.test.report_count, 0);
    assert_false(check_object_size(&record->key, 1));
    kmem_cache_free(cache, record);
}

/* The free waits for the reader; destroying the cache waits for the free. */
static void freed_after_readers_is_no_object_that_remains(void **state)
{
    (void)state;
    struct kmem_cache *cache = kmem_cache_create("read", 64, NULL, 0);
    char *object = kmem_cache_alloc(cache, GFP_KERNEL);

    rcu_read_lock();
    strcpy(object + 16, "still here");
    kfree_rcu_mightsleep(object);
    assert_string_equal(object + 16, "still here");
    rcu_read_unlock();
    assert_int_equal(kmem_cache_destroy(cache), 0);
    assert_int_equal(fixture.test.report_count, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(copies_stay_inside_the_window, setup, teardown),
        cmocka_unit_test_setup_teardown(copies_outside_are_reported, setup, teardown),
        cmocka_unit_test_setup_teardown(kmalloc_and_pages_may_be_copied_whole, setup, teardown),
        cmocka_unit_test_setup_teardown(wrong_window_lets_nothing_pass, setup, teardown),
        cmocka_unit_test_setup_teardown(names_are_looked_at, setup, teardown),
        cmocka_unit_test_setup_teardown(link_lies_where_it_is_wanted, setup, teardown),
        cmocka_unit_test_setup_teardown(old_and_new_forms_are_told_apart, setup, teardown),
        cmocka_unit_test_setup_teardown(field_of_struct_may_be_copied, setup, teardown),
        cmocka_unit_test_setup_teardown(freed_after_readers_is_no_object_that_remains, setup,
                                        teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
