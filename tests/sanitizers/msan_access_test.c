/* Under MSan deciding on bytes that nobody wrote, or that were freed, stops the program. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <unistd.h>

#include <cmocka.h>

#include "allocator/api/kmalloc.h"
#include "allocator/api/pages.h"
#include "tests/sanitizers/access.h"

static void decide_on(unsigned char byte)
{
    if (byte == 42) {
        write(STDOUT_FILENO, "", 0);
    }
}

static void use_fresh_object(struct test_heap *fixture)
{
    const unsigned char *object = kmem_cache_alloc(test_heap_cache(fixture, 64, 0), GFP_KERNEL);

    decide_on(object[5]);
}

static void use_fresh_kmalloc(struct test_heap *fixture)
{
    const unsigned char *object = heap_alloc(fixture->heap, 20, GFP_KERNEL);

    decide_on(object[19]);
}

static void use_fresh_page(struct test_heap *fixture)
{
    struct page *page = heap_alloc_pages(fixture->heap, GFP_KERNEL, 0);
    const unsigned char *memory = heap_page_address(fixture->heap, page);

    decide_on(memory[77]);
}

static void use_freed_object(struct test_heap *fixture)
{
    struct kmem_cache *cache = test_heap_cache(fixture, 64, 0);
    unsigned char *object = kmem_cache_zalloc(cache, GFP_KERNEL);

    kmem_cache_free(cache, object);
    decide_on(object[5]);
}

static void use_growth(struct test_heap *fixture)
{
    unsigned char *object = heap_zalloc(fixture->heap, 20, GFP_KERNEL);

    object = heap_realloc(fixture->heap, object, 200, GFP_KERNEL);
    decide_on(object[150]);
}

/* Zeroing what a resize in place gains says nothing about the bytes before. */
static void use_what_was_there_before_a_zeroed_growth(struct test_heap *fixture)
{
    unsigned char *object = heap_alloc(fixture->heap, 20000, GFP_KERNEL);

    object = heap_realloc(fixture->heap, object, 30000, GFP_KERNEL | __GFP_ZERO);
    decide_on(object[19999]);
}

static void use_what_a_shrink_took_away(struct test_heap *fixture)
{
    unsigned char *object = heap_zalloc(fixture->heap, 60, GFP_KERNEL);

    object = heap_realloc(fixture->heap, object, 40, GFP_KERNEL);
    object = heap_realloc(fixture->heap, object, 60, GFP_KERNEL);
    decide_on(object[40]);
}

static const struct access bad_accesses[] = {
    {"use of a fresh object", use_fresh_object},
    {"use of fresh kmalloc memory", use_fresh_kmalloc},
    {"use of a fresh page", use_fresh_page},
    {"use of a freed object", use_freed_object},
    {"use of what a resize gained", use_growth},
    {"use of what a zeroed growth found", use_what_was_there_before_a_zeroed_growth},
    {"use of what a shrink took away", use_what_a_shrink_took_away},
};

static void undefined_memory_stops_the_program(void **state)
{
    (void)state;
    const struct heap_config config = heap_config_default();

    for (size_t i = 0; i < sizeof(bad_accesses) / sizeof(bad_accesses[0]); i++) {
        if (!access_is_stopped(&bad_accesses[i], &config)) {
            fail_msg("not stopped: %s", bad_accesses[i].name);
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
        assert_false(access_is_stopped(&correct, &config));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(undefined_memory_stops_the_program),
        cmocka_unit_test(correct_program_is_silent),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
