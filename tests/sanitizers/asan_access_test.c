/* Under ASan every touch of memory that is not the user's stops the program. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "allocator/api/kmalloc.h"
#include "allocator/api/pages.h"
#include "tests/sanitizers/access.h"

static volatile unsigned char sink;

static void read_past_kmalloc(struct test_heap *fixture)
{
    const volatile unsigned char *object = heap_alloc(fixture->heap, 13, GFP_KERNEL);

    sink = object[13];
}

static void write_past_large_kmalloc(struct test_heap *fixture)
{
    volatile unsigned char *object = heap_alloc(fixture->heap, 20001, GFP_KERNEL);

    object[20001] = 1;
}

static void write_past_shrunken(struct test_heap *fixture)
{
    volatile unsigned char *object = heap_alloc(fixture->heap, 60, GFP_KERNEL);

    heap_realloc(fixture->heap, (void *)(uintptr_t)object, 40, GFP_KERNEL);
    object[41] = 1;
}

static void write_past_object(struct test_heap *fixture)
{
    volatile unsigned char *object = kmem_cache_alloc(test_heap_cache(fixture, 20, 0), GFP_KERNEL);

    object[20] = 1;
}

static void write_left_redzone(struct test_heap *fixture)
{
    struct kmem_cache *cache = test_heap_cache(fixture, 64, SLAB_RED_ZONE);
    volatile unsigned char *object = kmem_cache_alloc(cache, GFP_KERNEL);

    object[-1] = 1;
}

static void write_right_redzone(struct test_heap *fixture)
{
    struct kmem_cache *cache = test_heap_cache(fixture, 64, SLAB_RED_ZONE);
    volatile unsigned char *object = kmem_cache_alloc(cache, GFP_KERNEL);

    object[64] = 1;
}

static void read_freed_object(struct test_heap *fixture)
{
    struct kmem_cache *cache = test_heap_cache(fixture, 64, 0);
    volatile unsigned char *object = kmem_cache_alloc(cache, GFP_KERNEL);

    kmem_cache_free(cache, (void *)(uintptr_t)object);
    sink = object[0];
}

static void write_freed_kmalloc(struct test_heap *fixture)
{
    volatile unsigned char *object = heap_alloc(fixture->heap, 100, GFP_KERNEL);

    heap_free(fixture->heap, (void *)(uintptr_t)object);
    object[50] = 1;
}

static void write_freed_page(struct test_heap *fixture)
{
    struct page *page = heap_alloc_pages(fixture->heap, GFP_KERNEL, 0);
    volatile unsigned char *memory = heap_page_address(fixture->heap, page);

    heap_free_pages(fixture->heap, page, 0);
    memory[100] = 1;
}

static void write_behind_pages(struct test_heap *fixture)
{
    struct page *page = heap_alloc_pages(fixture->heap, GFP_KERNEL, 0);
    volatile unsigned char *memory = heap_page_address(fixture->heap, page);

    memory[PAGE_SIZE] = 1;
}

static const struct access bad_accesses[] = {
    {"read past kmalloc", read_past_kmalloc},
    {"write past large kmalloc", write_past_large_kmalloc},
    {"write past a shrunken object", write_past_shrunken},
    {"write past an object of odd size", write_past_object},
    {"write into the left redzone", write_left_redzone},
    {"write into the right redzone", write_right_redzone},
    {"read a freed object", read_freed_object},
    {"write a freed kmalloc object", write_freed_kmalloc},
    {"write a freed page", write_freed_page},
    {"write behind a run", write_behind_pages},
};

static void bad_access_stops_the_program(void **state)
{
    (void)state;
    for (unsigned flags = 0; flags < 16; flags += 5) {
        struct heap_config config = heap_config_default();

        config.debug_flags = flags;
        for (size_t i = 0; i < sizeof(bad_accesses) / sizeof(bad_accesses[0]); i++) {
            if (!access_is_stopped(&bad_accesses[i], &config)) {
                fail_msg("not stopped: %s, debug flags %u", bad_accesses[i].name, flags);
            }
        }
    }
}

static void correct_program_is_silent(void **state)
{
    (void)state;
    const struct access correct = {"correct program", access_correctly};

    for (unsigned flags = 0; flags < 16; flags++) {
        struct heap_config config = heap_config_default();

        config.debug_flags = flags;
        config.init_on_free = flags % 2;
        assert_false(access_is_stopped(&correct, &config));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bad_access_stops_the_program),
        cmocka_unit_test(correct_program_is_silent),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
