/* The forecast: which ops of small traces will be steps. */
#include "fuzz/forecast.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "allocator/base/flags.h"
#include "fuzz/trace.h"

enum { OPS_MAX = 32 };

/* ops: a heap line first if there is any; steps: for each op 1 or 0. */
struct forecast_case {
    const char *ops;
    const char *steps;
};

static const struct forecast_case cases[] = {
    {"nop\n", "0"},
    {"create c0 size=64\ncreate c0 size=64\ncreate c1 size=64\n", "101"},
    {"create c0 size=0\nalloc c0 o1\n", "10"},
    {"create c0 size=8 flags=KMALLOC\nalloc c0 o1\n", "10"},
    {"create c0 size=8 align_log2=13\nalloc c0 o1\n", "10"},
    {"alloc c0 o1\ncreate c0 size=64\nalloc c0 o1\nalloc c0 o1\n", "0110"},
    {"create c0 size=64\nalloc c0 o1\nfree o1\nfree o1\nzalloc c0 o1\nfree o1\n", "111011"},
    {"create c0 size=64\nalloc c0 o1\nkfree o1\nfree_pages o1\nksize o1\n", "11000"},
    {"create c0 size=64\ndestroy c0\ndestroy c0\nvalidate c0\n", "1100"},
    {"create c0 size=64\nalloc c0 o1\ndestroy c0\nfree o1\nalloc c0 o1\nverify o1\n", "111000"},
    {"create c0 size=64\nalloc c0 o1\nfill o1\nverify o1\nfree o1\nverify o1\n", "111110"},
    {"create c0 size=64\nbulk_alloc c0 o1 count=3\nfree o3\nbulk_alloc c0 o2 count=2\n", "1110"},
    {"create c0 size=64\nbulk_alloc c0 o1 count=0\nbulk_alloc c0 o1 count=2\nfree o2\n", "1011"},
    {"create c0 size=9\ncreate c1 size=9\nalloc c0 o1\nbulk_free c1 o0 count=9\n"
     "bulk_free c0 o0 count=1\nbulk_free c0 o0 count=2\nbulk_free c0 o0 count=2\n",
     "1110010"},
    {"kmalloc o1 size=9\nkmalloc o1 size=9\nkfree o1\nkfree o1\nkfree_null\n", "10101"},
    {"kmalloc o1 size=0\nkfree o1\nkfree o1\n", "110"},
    {"kmalloc o1 size=4194305\nkfree o1\n", "10"},
    {"kcalloc o1 count=4294967295 size=4294967295\nkfree o1\n", "10"},
    {"krealloc o1 size=8\nkrealloc o1 size=80\nksize o1\nkrealloc o1 size=0\nkfree o1\n", "11111"},
    {"kmalloc o1 size=9\nkmalloc o2 size=9000\nkfree_bulk o0 count=1\nkfree_bulk o0 count=3\n"
     "kfree o1\nkfree o2\n",
     "110100"},
    {"pages o1 order=0\nfree_pages o1\nfree_pages o1\npages o1 order=11\nfree_pages o1\n", "11010"},
    {"heap page_count=8\npages o0 order=3\npages o1 order=0\nfree_pages o1\nfree_pages o0\n"
     "pages o1 order=0\nfree_pages o1\n",
     "110111"},
    {"fail_page nth=1\npages o0 order=0\nfree_pages o0\npages o0 order=0\nfree_pages o0\n",
     "11011"},
    {"fail_page nth=2\npages o0 order=0\nkmalloc o1 size=9000\nkfree o1\nkmalloc o1 size=9000\n"
     "kfree o1\n",
     "111011"},
    {"fail_page nth=1\nfail_page nth=0\npages o0 order=0\nfree_pages o0\n", "1111"},
    {"create c0 size=64 flags=CONSISTENCY_CHECKS\nbulk_alloc c0 o0 count=2\nfree o0\nfree o1\n"
     "alloc c0 o2\ndouble_free o1\ndouble_free o0\nfree o2\ndouble_free o2\n",
     "111110111"},
    {"heap cpu_count=2\ncpu cpu=0\ncpu cpu=1\ncpu cpu=1\ncpu cpu=2\n", "0101"},
    {"alloc c0 o600\nfree o600\nkfree o600\n", "011"},
    {"create c0 size=64 flags=RED_ZONE\ncreate c1 size=64\nalloc c0 o0\nalloc c1 o1\n"
     "overflow o0 xor=1\noverflow o0 xor=0\noverflow o1 xor=1\nunderflow o0 xor=1\n",
     "11111001"},
    {"create c0 size=64 flags=POISON\nalloc c0 o0\nwrite_after_free o0 xor=1\nfree o0\n"
     "write_after_free o0 xor=1\ndouble_free o0\nfree_pointer o0 xor=1\nfree_interior o0\n",
     "11011000"},
    {"create c0 size=64\nalloc c0 o0\nfree o0\nverify o0\ncpu cpu=1\ndouble_free o0\n"
     "double_free o0\n",
     "1110110"},
    {"heap double_free_check=0\ncreate c0 size=8\nalloc c0 o0\nfree o0\ndouble_free o0\n", "1110"},
    {"create c0 size=8 flags=CONSISTENCY_CHECKS\nalloc c0 o0\nalloc c0 o1\nfree o0\nfree o1\n"
     "double_free o0\nfree_pointer o0 xor=1\nfree_interior o0 offset=3\nalloc c0 o1\n"
     "free_interior o1 offset=3\nfree_interior o1 offset=8\n",
     "11111110110"},
    {"create c0 size=61 flags=RED_ZONE\ncreate c1 size=61 flags=POISON\nalloc c0 o0\n"
     "alloc c1 o1\noverflow o0 offset=2 xor=1\noverflow o0 offset=3 xor=1\n"
     "overflow o1 offset=2 xor=1\noverflow o1 offset=3 xor=1\n",
     "11111010"},
    {"heap debug_flags=RED_ZONE|STORE_USER\nkmalloc o0 size=30\noverflow o0 offset=9 xor=1\n"
     "overflow o0 offset=10 xor=1\n",
     "110"},
    {"pages o0 order=1\nfree_interior o0 offset=4095\nfree_interior o0 offset=4096\n", "101"},
    {"create c0 size=100 flags=POISON\ncreate c1 size=8 flags=POISON\nalloc c0 o0\nalloc c1 o1\n"
     "slab_padding o0 xor=1\nslab_padding o1 xor=1\n",
     "111110"},
    {"create c0 size=64\ncreate c1 size=64\nalloc c0 o0\nwrong_cache c0 o0\nwrong_cache c1 o0\n",
     "11101"},
    {"pages o0 order=1\nfree_pages_order o0 order=1\nfree_pages_order o0 order=2\n"
     "free_pages_client o0\nfree_pages o0\ndouble_free o0\n",
     "101101"},
    {"park after=0\npark after=3\npark after=4\npark after=0\npark after=1\nkmalloc o0 size=8\n",
     "010111"},
    {"irq\nnmi\npark after=1\nirq\nkmalloc o0 size=8\nirq\nnmi\nkmalloc o1 size=8\nirq\n"
     "kmalloc o2 size=8\nkmalloc o3 size=8\nirq\n",
     "001011011110"},
    {"heap cpu_count=2\nmigrate from=0 to=1\npark after=1\nkmalloc o0 size=8\n"
     "migrate from=0 to=0\nmigrate from=1 to=0\nmigrate from=0 to=1\nkmalloc o1 size=8\n"
     "park after=1\nkmalloc o2 size=8\nmigrate from=0 to=1\ncpu cpu=1\nmigrate from=0 to=1\n",
     "011001111011"},
    {"drain cpu=0\nkmalloc o0 size=8\ndrain cpu=0\n", "010"},
    {"heap store_buffers=1\ndrain cpu=0\nkmalloc o0 size=8\ndrain cpu=1\ndrain cpu=0\n"
     "drain cpu=0\n",
     "01010"},
    /* What is parked ends when its CPU has its turn, and is busy until then. */
    {"create c0 size=8\npark after=1\nalloc c0 o0\ncpu cpu=1\nfree o0\nalloc c0 o1\n"
     "destroy c0\ncpu cpu=0\ncpu cpu=0\nfree o0\n",
     "1111010101"},
    {"create c0 size=8\npark after=1\nalloc c0 o0\nirq\nfree o0\nfree o0\n", "111101"},
    {"create c0 size=8\npark after=1\nbulk_alloc c0 o0 count=3\ncpu cpu=1\nfree o2\n"
     "kmalloc o3 size=8\npark after=2\ncpu cpu=0\nfree o2\n",
     "11110111" "1"},
    /* So is the run that is held once more. */
    {"heap cpu_count=2\npages o0 order=0\npark after=1\nget_page o1 o0\ncpu cpu=1\n"
     "free_pages o0\nget_page o2 o0\ncpu cpu=0\ncpu cpu=0\nget_page o2 o1\nfree_pages o0\n",
     "1111001011"},
    /* A cache that others may share is made while nobody else is in the middle of something. */
    {"heap merging=1\nkmalloc o0 size=8\npark after=1\nkfree o0\nirq\ncreate c0 size=8\n"
     "cpu cpu=1\ncreate c0 size=8\ncpu cpu=0\ncpu cpu=1\ncreate c0 size=8\n",
     "111101011" "1"},
    /* A pool keeps elements from its source, and gives them where the source has none. */
    {"heap page_count=8\npool_create_sized size=3 pool=1 pages=1 count=1\npages o0 order=0\n"
     "free_pages o0\npool_alloc o0 pool=1\npool_alloc o1 pool=1\npool_free o1\npool_free o0\n"
     "pool_free o0\npool_destroy pool=1\npages o0 order=0\nfree_pages o0\n",
     "11011010111"},
    {"create c0 size=64\npool_create c0 count=1\npool_alloc o0 reserved=1\n"
     "pool_alloc o1 reserved=1\nfree o1\npool_free o0\nfree o0\npool_resize count=0\n"
     "pool_alloc o0\npool_free o0\npool_free o0\n",
     "11110101110"},
    {"heap page_count=8\ncreate c0 size=4096\npool_create c0 count=15\npool_alloc o0\n"
     "pool_create_sized size=0\npool_alloc o0\npool_create_sized size=11 pages=1\n"
     "pool_alloc o0\n",
     "1101010"},
};

static void steps_are_foreseen(void **state)
{
    static struct forecast forecast;
    struct op ops[OPS_MAX];
    struct program program = {.ops = ops};
    struct trace_error error;
    char text[1024];

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        int size = snprintf(text, sizeof(text), "slubbed trace 1\n%s", cases[i].ops);

        assert_in_range(size, 1, sizeof(text) - 1);
        assert_true(trace_read(text, (size_t)size, &program, OPS_MAX, &error));
        assert_int_equal(program.op_count, strlen(cases[i].steps));
        forecast_init(&forecast, &program.config);
        for (size_t k = 0; k < program.op_count; k++) {
            if (forecast_step(&forecast, &ops[k]) != (cases[i].steps[k] == '1')) {
                print_error("op %zu of\n%s", k, cases[i].ops);
                fail();
            }
        }
    }
}

/* What is freed is there again: pages do not seep away over a long life. */
static void pages_come_back(void **state)
{
    static struct forecast forecast;
    struct heap_config config = heap_config_default();

    (void)state;
    config.page_count = 64;
    forecast_init(&forecast, &config);
    for (int i = 0; i < 1000; i++) {
        const struct op create = {.code = OP_CREATE, .a = 100};
        const struct op bulk = {.code = OP_BULK_ALLOC, .a = 60};
        const struct op bulk_free = {.code = OP_BULK_FREE, .a = 60};
        const struct op destroy = {.code = OP_DESTROY};
        const struct op kmalloc = {.code = OP_KMALLOC, .a = 9000};
        const struct op kfree = {.code = OP_KFREE};

        assert_true(forecast_step(&forecast, &create));
        assert_true(forecast_fits(&forecast, &bulk));
        assert_true(forecast_step(&forecast, &bulk));
        assert_true(forecast.used_pages > 0);
        assert_true(forecast_step(&forecast, &bulk_free));
        assert_true(forecast_step(&forecast, &destroy));
        assert_true(forecast_step(&forecast, &kmalloc));
        assert_true(forecast_step(&forecast, &kfree));
        assert_int_equal(forecast.used_pages, 0);
    }
}

static void shortage_is_foreseen(void **state)
{
    static struct forecast forecast;
    struct heap_config config = heap_config_default();
    const struct op run = {.code = OP_PAGES, .a = 3};
    const struct op small = {.code = OP_KMALLOC, .object = 1, .a = 64};
    const struct op large = {.code = OP_KMALLOC, .object = 1, .a = 9000};

    (void)state;
    config.page_count = 8;
    forecast_init(&forecast, &config);
    assert_true(forecast_fits(&forecast, &run));
    assert_true(forecast_fits(&forecast, &small));
    assert_true(forecast_step(&forecast, &run));
    assert_false(forecast_fits(&forecast, &run));
    assert_false(forecast_fits(&forecast, &small));
    assert_false(forecast_fits(&forecast, &large));
}

/* A CPU does not get at the objects in another CPU's slab; flushing that CPU brings them back. */
static void slabs_of_other_cpus_are_out_of_reach(void **state)
{
    static struct forecast forecast;
    struct heap_config config = heap_config_default();
    const struct op first = {.code = OP_KMALLOC, .object = 0, .a = 512};
    const struct op second = {.code = OP_KMALLOC, .object = 1, .a = 512};
    const struct op cpu = {.code = OP_CPU, .a = 1};
    const struct op flush = {.code = OP_FLUSH_KMALLOC, .a = 0};

    (void)state;
    config.page_count = 8;
    config.slab_order_max = 0;
    forecast_init(&forecast, &config);
    for (uint32_t i = 0; i < 7; i++) {
        const struct op page = {.code = OP_PAGES, .object = 10 + i};

        assert_true(forecast_step(&forecast, &page));
    }
    assert_true(forecast_step(&forecast, &first));
    assert_int_equal(forecast.used_pages, 8);
    for (uint32_t i = 0; i < 3; i++) {
        const struct op more = {.code = OP_KMALLOC, .object = 20 + i, .a = 512};

        assert_true(forecast_fits(&forecast, &more));
        assert_true(forecast_step(&forecast, &more));
    }
    assert_true(forecast_step(&forecast, &cpu));
    assert_false(forecast_fits(&forecast, &second));
    assert_true(forecast_step(&forecast, &flush));
    assert_true(forecast_fits(&forecast, &second));
}

static void create_that_cannot_be_and_must_be_panics(void **state)
{
    struct op op = {.code = OP_CREATE, .a = 64, .b = SLAB_PANIC << 4};

    (void)state;
    assert_false(forecast_panics(&op));
    op.a = 0;
    assert_true(forecast_panics(&op));
    op.b = 0;
    assert_false(forecast_panics(&op));
}

/* Every op that can be a step has its need; a new op is not forgotten here. */
static void every_op_with_slots_has_a_need(void **state)
{
    (void)state;
    for (unsigned code = 0; code < OP_CODE_COUNT; code++) {
        bool has_object = op_masks[OPERAND_FIELD_object][code] != 0;
        bool has_cache = op_masks[OPERAND_FIELD_cache][code] != 0;

        assert_int_equal(has_object, op_needs[code].slot != 0);
        assert_int_equal(has_cache, op_needs[code].cache != CACHE_UNUSED);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(steps_are_foreseen),
        cmocka_unit_test(pages_come_back),
        cmocka_unit_test(shortage_is_foreseen),
        cmocka_unit_test(slabs_of_other_cpus_are_out_of_reach),
        cmocka_unit_test(create_that_cannot_be_and_must_be_panics),
        cmocka_unit_test(every_op_with_slots_has_a_need),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
