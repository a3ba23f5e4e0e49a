#include "allocator/base/slab_debug.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "allocator/cache/heap_state.h"
#include "tests/support/test_heap.h"

enum {
    F = SLAB_CONSISTENCY_CHECKS,
    Z = SLAB_RED_ZONE,
    P = SLAB_POISON,
    U = SLAB_STORE_USER,
    T = SLAB_TRACE,
    A = SLAB_FAILSLAB,
};

static const struct {
    const char *option;
    const char *name;
    slab_flags_t asked;
    slab_flags_t flags;
} cases[] = {
    {NULL, "dentry", 0, 0},
    {"", "dentry", 0, F | Z | P | U},
    {"FZ", "dentry", 0, F | Z},
    {"fzputa", "dentry", 0, F | Z | P | U | T | A},
    {"FZ-P", "dentry", 0, P},
    {"-", "dentry", Z, Z},
    {"F;U", "dentry", 0, U},
    {"F;", "dentry", 0, F},
    {";;F", "dentry", 0, F},
    {",dentry", "dentry", 0, F | Z | P | U},
    {",dentry", "inode", 0, 0},
    {"P,dentry", "dentry", Z, P | Z},
    {"P,dentry", "dentry2", 0, 0},
    {"P,dentry2", "dentry", 0, 0},
    {"P,den*", "dentry", 0, P},
    {"P,den*", "de", 0, 0},
    {"P,*", "anything", 0, P},
    {"P,inode,dentry", "dentry", 0, P},
    {"P,inode,den*", "dentry", 0, P},
    {"P,dentry;Z,dentry", "dentry", 0, P},
    {"F;P,dentry;U", "dentry", 0, P},
    {"F;P,dentry;U", "inode", 0, U},
    {"FZPU;-,dentry", "dentry", 0, 0},
    {"FZPU;-,dentry", "dentry", T, T},
    {"FZPU;-,dentry", "inode", 0, F | Z | P | U},
    {"FxZ", "dentry", 0, F | Z},
    {"FZPU", "dentry", SLAB_NO_USER_FLAGS, SLAB_NO_USER_FLAGS},
    {"FU", "dentry", SLAB_NOLEAKTRACE, F | SLAB_NOLEAKTRACE},
    {"FU,dentry", "dentry", SLAB_NOLEAKTRACE, F | U | SLAB_NOLEAKTRACE},
    {"P,", "dentry", 0, 0},
};

static void option_chooses_flags(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        slab_flags_t flags = slab_debug_apply(cases[i].option, cases[i].name, cases[i].asked);

        if (flags != cases[i].flags) {
            fail_msg("\"%s\" of %s: %#x", cases[i].option, cases[i].name, flags);
        }
    }
}

static void what_is_not_known_is_told(void **state)
{
    (void)state;
    assert_int_equal(slab_debug_unknown(NULL), 0);
    assert_int_equal(slab_debug_unknown("FZPUTAO-"), 0);
    assert_int_equal(slab_debug_unknown("F,xyz;P"), 0);
    assert_int_equal(slab_debug_unknown("F;Px,a;y"), 'x');
}

static void any_block_may_limit_orders(void **state)
{
    (void)state;
    assert_true(slab_debug_limits_order("FO"));
    assert_true(slab_debug_limits_order("F;Po,inode"));
    assert_false(slab_debug_limits_order("F,O"));
    assert_false(slab_debug_limits_order(NULL));
}

static slab_flags_t flags_of_new(struct test_heap *fixture, const char *name, size_t size)
{
    const struct cache_request request = {.name = name, .size = size};
    struct kmem_cache *cache;

    assert_int_equal(heap_cache_create(fixture->heap, &request, &cache), HEAP_OK);
    return cache->flags;
}

static void caches_follow_the_option(void **state)
{
    static struct test_heap fixture;
    const struct heap_config config = heap_config_default();

    (void)state;
    test_heap_init(&fixture, &config);
    assert_int_equal(heap_slab_debug(fixture.heap, "PqU;Z,in*"), 'q');
    assert_int_equal(flags_of_new(&fixture, "dentry", 100), P | U);
    assert_int_equal(flags_of_new(&fixture, "inode", 100), Z);
    assert_int_equal(heap_slab_debug(fixture.heap, "FZPUO"), 0);
    assert_int_equal(flags_of_new(&fixture, "small", 100), F | Z | P | U);
    assert_int_equal(flags_of_new(&fixture, "page", 4096), F);
    assert_int_equal(heap_slab_debug(fixture.heap, NULL), 0);
    assert_int_equal(flags_of_new(&fixture, "plain", 100), 0);
    test_heap_fini(&fixture);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(option_chooses_flags),
        cmocka_unit_test(what_is_not_known_is_told),
        cmocka_unit_test(any_block_may_limit_orders),
        cmocka_unit_test(caches_follow_the_option),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
