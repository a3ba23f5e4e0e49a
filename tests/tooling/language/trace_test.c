/* Programs as text: reading and writing undo each other, and what is wrong is named by its line. */
#include "fuzz/trace.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "tests/tooling/language/support.h"

enum { OPS_MAX = 64, TEXT_MAX = 16384, ROUNDS = 4000, DAMAGE_ROUNDS = 40000 };

static bool read_text(const char *text, size_t size, struct program *program, struct op *ops,
                      struct trace_error *error)
{
    memset(error, 0, sizeof(*error));
    program->ops = ops;
    return trace_read(text, size, program, OPS_MAX, error);
}

/* program -> text -> program gives the same. */
static void assert_round_trip(const struct program *program)
{
    static char text[TEXT_MAX];
    struct op ops[OPS_MAX];
    struct program copy;
    struct trace_error error;
    size_t size = trace_write(program, text, sizeof(text));

    assert_in_range(size, 1, sizeof(text) - 1);
    assert_int_equal(strlen(text), size);
    if (!read_text(text, size, &copy, ops, &error)) {
        print_error("line %zu: %s\n%s\n", error.line, error.cause, text);
        fail();
    }
    assert_true(program_is_equal(program, &copy));
}

static void random_programs_round_trip(void **state)
{
    uint64_t seed = 1;
    struct op ops[OPS_MAX];
    struct program program;

    (void)state;
    for (int i = 0; i < ROUNDS; i++) {
        test_random_program(&seed, &program, ops, OPS_MAX);
        assert_round_trip(&program);
    }
}

static void assert_op_round_trips(const struct op *op, void *context)
{
    struct op copy = *op;
    struct program program = {.config = heap_config_default(), .ops = &copy, .op_count = 1};
    char line[TRACE_OP_SIZE];

    program.wide = *(bool *)context;
    assert_in_range(trace_write_op(op, line, sizeof(line)), 1, sizeof(line) - 1);
    assert_round_trip(&program);
}

static void extreme_operands_round_trip(void **state)
{
    bool wide = false;

    (void)state;
    test_each_op(OP_NARROW_OBJECT_MAX, assert_op_round_trips, &wide);
    wide = true;
    test_each_op(UINT32_MAX, assert_op_round_trips, &wide);
}

/* What was read, written again. */
static void assert_canonical(const char *text, const char *expected)
{
    char written[TEXT_MAX];
    struct op ops[OPS_MAX];
    struct program program;
    struct trace_error error;

    if (!read_text(text, strlen(text), &program, ops, &error)) {
        print_error("line %zu: %s\n", error.line, error.cause);
        fail();
    }
    (void)trace_write(&program, written, sizeof(written));
    assert_string_equal(written, expected);
}

static void reading_is_lenient_and_writing_is_not(void **state)
{
    (void)state;
    assert_canonical("slubbed trace 1", "slubbed trace 1\n");
    assert_canonical("\n  # a comment first\nslubbed\ttrace  1 # and one behind\r\n\n",
                     "slubbed trace 1\n");
    assert_canonical("slubbed trace 1\nheap page_count=256\n", "slubbed trace 1\n");
    assert_canonical("slubbed trace 1\nheap debug_flags=3 page_count=0x10\nheap seed=2\n",
                     "slubbed trace 1\n"
                     "heap page_count=16 seed=2 debug_flags=CONSISTENCY_CHECKS|RED_ZONE\n");
    assert_canonical("slubbed trace 1\nslots narrow\n", "slubbed trace 1\n");
    assert_canonical("slubbed trace 1\nslots wide\nalloc c0 o4294967295\n",
                     "slubbed trace 1\nslots wide\nalloc c0 o4294967295\n");
    assert_canonical("slubbed trace 1\ncreate c0 flags=POISON|RED_ZONE size=0x40#hex\n",
                     "slubbed trace 1\n"
                     "create c0 size=64 align_log2=0 flags=RED_ZONE|POISON ctor=0\n");
    assert_canonical("slubbed trace 1\noverflow o1 xor=90 offset=3\n  nop\n",
                     "slubbed trace 1\noverflow o1 offset=3 xor=0x5a\nnop\n");
    assert_canonical("slubbed trace 1\nkcalloc o007 count=4294967295\n",
                     "slubbed trace 1\nkcalloc o7 count=4294967295 size=0\n");
    assert_canonical("slubbed trace 1\nheap slab_order_max=2\nheap slab_order_min=2\n",
                     "slubbed trace 1\nheap slab_order_min=2 slab_order_max=2\n");
}

struct bad_trace {
    const char *text;
    size_t line;
    const char *cause;
};

static const struct bad_trace bad_traces[] = {
    {"", 1, "the text ends before the line 'slubbed trace 1'"},
    {"\n\n# nothing\n\n", 4, "the text ends before the line 'slubbed trace 1'"},
    {"alloc c0 o1\n", 1, "the first line is not 'slubbed trace 1'"},
    {"slubbed\n", 1, "the first line is not 'slubbed trace 1'"},
    {"slubbed trace\n", 1, "the first line is not 'slubbed trace 1'"},
    {"slubbed trace 2\n", 1, "the first line is not 'slubbed trace 1'"},
    {"slubbed trace 1 now\n", 1, "the first line is not 'slubbed trace 1'"},
    {"slubbed graph 1\n", 1, "the first line is not 'slubbed trace 1'"},
    {"slubbed trace 1\nallocate c0 o1\n", 2, "unknown op 'allocate'"},
    {"slubbed trace 1\nallo c0 o1\n", 2, "unknown op 'allo'"},
    {"slubbed trace 1\nslubbed trace 1\n", 2, "unknown op 'slubbed'"},
    {"slubbed trace 1\nal\x01\xffoc\n", 2, "unknown op 'al??oc'"},
    {"slubbed trace 1\n\n#\nabcdefghijklmnopqrstuvwxyzabcdefghij\n", 4,
     "unknown op 'abcdefghijklmnopqrstuvwxyzabcdef...'"},
    {"slubbed trace 1\nalloc\n", 2, "alloc needs a cache slot, such as c0"},
    {"slubbed trace 1\nalloc c0\n", 2, "alloc needs an object slot, such as o0"},
    {"slubbed trace 1\nalloc c0 # o1\n", 2, "alloc needs an object slot, such as o0"},
    {"slubbed trace 1\nalloc o1 c0\n", 2, "alloc needs a cache slot, not 'o1'"},
    {"slubbed trace 1\nalloc c o1\n", 2, "alloc needs a cache slot, not 'c'"},
    {"slubbed trace 1\nalloc c-1 o1\n", 2, "alloc needs a cache slot, not 'c-1'"},
    {"slubbed trace 1\nalloc c0 1\n", 2, "alloc needs an object slot, not '1'"},
    {"slubbed trace 1\nalloc c32 o1\n", 2, "the cache slot is not within 0..31"},
    {"slubbed trace 1\nfree o4294967296\n", 2, "the object slot is not within 0..4294967295"},
    {"slubbed trace 1\nfree o99999999999999999999999\n", 2,
     "the object slot is not within 0..4294967295"},
    {"slubbed trace 1\nfree o65536\n", 2,
     "a line 'slots wide' must come before object slot 'o65536'"},
    {"slubbed trace 1\nfree o1 o2\n", 2, "free has no operand 'o2'"},
    {"slubbed trace 1\nfree o1 size=1\n", 2, "free has no operand 'size'"},
    {"slubbed trace 1\nfree o1 object=1\n", 2, "free has no operand 'object'"},
    {"slubbed trace 1\nnop 1\n", 2, "nop has no operand '1'"},
    {"slubbed trace 1\nkmalloc o1 size\n", 2, "size is no number: ''"},
    {"slubbed trace 1\nkmalloc o1 size=\n", 2, "size is no number: ''"},
    {"slubbed trace 1\nkmalloc o1 size=-1\n", 2, "size is no number: '-1'"},
    {"slubbed trace 1\nkmalloc o1 size=0x\n", 2, "size is no number: '0x'"},
    {"slubbed trace 1\nkmalloc o1 size=0xfg\n", 2, "size is no number: '0xfg'"},
    {"slubbed trace 1\nkmalloc o1 size=8k\n", 2, "size is no number: '8k'"},
    {"slubbed trace 1\nkmalloc o1 size=a\n", 2, "size is no number: 'a'"},
    {"slubbed trace 1\nkmalloc o1 size=16777216\n", 2, "size is not within 0..16777215"},
    {"slubbed trace 1\nkmalloc o1 size=18446744073709551617\n", 2,
     "size is not within 0..16777215"},
    {"slubbed trace 1\nkmalloc o1 size=1 size=1\n", 2, "size is given twice"},
    {"slubbed trace 1\noverflow o1 xor=256\n", 2, "xor is not within 0..255"},
    {"slubbed trace 1\ncreate c0 flags=RED\n", 2, "unknown flag 'RED'"},
    {"slubbed trace 1\ncreate c0 flags=SLAB_RED_ZONE\n", 2, "unknown flag 'SLAB_RED_ZONE'"},
    {"slubbed trace 1\ncreate c0 flags=POISON|\n", 2, "unknown flag ''"},
    {"slubbed trace 1\ncreate c0 flags=\n", 2, "unknown flag ''"},
    {"slubbed trace 1\ncreate c0 flags=512\n", 2, "flags is not within 0..511"},
    {"slubbed trace 1\nheap pages=8\n", 2, "heap has no row 'pages'"},
    {"slubbed trace 1\nheap page_count\n", 2, "page_count is no number: ''"},
    {"slubbed trace 1\nheap page_count=7\n", 2, "page_count is not within 8..1048576"},
    {"slubbed trace 1\nheap cpu_count=9\n", 2, "cpu_count is not within 1..8"},
    {"slubbed trace 1\nheap seed=1\nheap seed=1\n", 3, "seed is given twice"},
    {"slubbed trace 1\nheap debug_flags=HWCACHE_ALIGN\n", 2, "debug_flags is not within 0..15"},
    {"slubbed trace 1\nheap debug_flags=X\n", 2, "unknown flag 'X'"},
    {"slubbed trace 1\nnop\nheap seed=1\n", 3, "heap comes after the first op"},
    {"slubbed trace 1\nnop\nslots wide\n", 3, "slots comes after the first op"},
    {"slubbed trace 1\nslots\n", 2, "slots is followed by 'wide' or 'narrow'"},
    {"slubbed trace 1\nslots wider\n", 2, "slots is followed by 'wide' or 'narrow'"},
    {"slubbed trace 1\nslots wide narrow\n", 2, "slots is followed by 'wide' or 'narrow'"},
    {"slubbed trace 1\n\nheap slab_order_min=4\n\nnop\n", 3,
     "slab_order_min is more than slab_order_max"},
    {"slubbed trace 1\nheap partial_ceiling=1\n", 2, "partial_floor is more than partial_ceiling"},
};

static void bad_line_is_named_with_its_cause(void **state)
{
    struct op ops[OPS_MAX];
    struct program program;
    struct trace_error error;

    (void)state;
    for (size_t i = 0; i < sizeof(bad_traces) / sizeof(bad_traces[0]); i++) {
        const struct bad_trace *bad = &bad_traces[i];

        if (read_text(bad->text, strlen(bad->text), &program, ops, &error)) {
            print_error("read without error:\n%s\n", bad->text);
            fail();
        }
        assert_string_equal(error.cause, bad->cause);
        assert_int_equal(error.line, bad->line);
    }
}

static void more_ops_than_fit_are_an_error(void **state)
{
    static const char text[] = "slubbed trace 1\nnop\nnop\nnop\n";
    struct op ops[3];
    struct program program = {.ops = ops};
    struct trace_error error;

    (void)state;
    assert_in_range(trace_op_capacity(text, strlen(text)), 3, 10);
    assert_true(trace_read(text, strlen(text), &program, 3, &error));
    assert_int_equal(program.op_count, 3);
    program.ops = ops;
    assert_false(trace_read(text, strlen(text), &program, 2, &error));
    assert_int_equal(error.line, 4);
    assert_string_equal(error.cause, "more ops than fit");
}

static void nothing_behind_the_size_is_read(void **state)
{
    static const char text[] = "slubbed trace 1\nkmalloc o1 size=123";
    struct op ops[OPS_MAX];
    struct program program;
    struct trace_error error;

    (void)state;
    assert_true(read_text(text, strlen(text) - 2, &program, ops, &error));
    assert_int_equal(program.op_count, 1);
    assert_int_equal(op_kmalloc_size(&ops[0]), 1);
}

/* A damaged trace is an error, or a program whose text reads as the same program. */
static void assert_any_text_is_safe(const char *text, size_t size)
{
    struct op ops[OPS_MAX];
    struct program program;
    struct trace_error error;

    if (read_text(text, size, &program, ops, &error)) {
        test_assert_valid(&program);
        assert_round_trip(&program);
        return;
    }
    assert_in_range(error.line, 1, size + 1);
    assert_in_range(strlen(error.cause), 1, TRACE_CAUSE_SIZE - 1);
    for (const char *at = error.cause; *at != '\0'; at++) {
        assert_in_range(*at, ' ', '~');
    }
}

static void damaged_text_is_safe(void **state)
{
    static char text[TEXT_MAX];
    static const char pieces[] = "\n #=|oc0x9\t";
    uint64_t seed = 7;
    struct op ops[8];
    struct program program;

    (void)state;
    for (int i = 0; i < DAMAGE_ROUNDS; i++) {
        size_t size;

        test_random_program(&seed, &program, ops, 8);
        size = trace_write(&program, text, sizeof(text));
        for (uint32_t damage = 1 + test_random(&seed) % 4; damage > 0; damage--) {
            uint32_t at = test_random(&seed) % (uint32_t)size;

            text[at] = test_random(&seed) % 2 != 0
                           ? (char)test_random(&seed)
                           : pieces[test_random(&seed) % (sizeof(pieces) - 1)];
        }
        assert_any_text_is_safe(text, test_random(&seed) % 8 == 0
                                          ? test_random(&seed) % (uint32_t)size
                                          : size);
    }
}

/* As snprintf: what fits is written and ends in a NUL, and the whole length is returned. */
static void writing_stops_at_the_capacity(void **state)
{
    struct op op = {.code = OP_ALLOC, .cache = 3, .object = 21};
    struct program program = {.config = heap_config_default(), .ops = &op, .op_count = 1};
    static const char whole[] = "slubbed trace 1\nheap seed=77\nalloc c3 o21\n";
    char text[sizeof(whole) + 1];

    (void)state;
    program.config.seed = 77;
    for (size_t capacity = 0; capacity <= sizeof(text); capacity++) {
        size_t kept = capacity < sizeof(whole) ? capacity : sizeof(whole);

        memset(text, 0x7e, sizeof(text));
        assert_int_equal(trace_write(&program, text, capacity), sizeof(whole) - 1);
        if (kept > 0) {
            assert_memory_equal(text, whole, kept - 1);
            assert_int_equal(text[kept - 1], '\0');
        }
        for (size_t i = kept; i < sizeof(text); i++) {
            assert_int_equal(text[i], 0x7e);
        }
    }
}

static void configuration_is_written_as_a_heap_line(void **state)
{
    struct heap_config config = heap_config_default();
    char text[128];

    (void)state;
    assert_int_equal(trace_write_config(&config, text, sizeof(text)), strlen("heap"));
    config.cpu_count = 4;
    config.owner_check = false;
    (void)trace_write_config(&config, text, sizeof(text));
    assert_string_equal(text, "heap cpu_count=4 owner_check=0");
}

/* Slots are positional, so they must come before the named operands in the table. */
static void slots_come_first_in_every_op(void **state)
{
    (void)state;
    for (unsigned code = 0; code < OP_CODE_COUNT; code++) {
        const struct operand_row *rows = op_rows[code].operands;
        bool named_seen = false;

        for (size_t i = 0; rows[i].name != NULL; i++) {
            bool is_slot =
                rows[i].kind == OPERAND_KIND_CACHE || rows[i].kind == OPERAND_KIND_OBJECT;

            assert_false(is_slot && named_seen);
            named_seen = named_seen || !is_slot;
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(random_programs_round_trip),
        cmocka_unit_test(extreme_operands_round_trip),
        cmocka_unit_test(reading_is_lenient_and_writing_is_not),
        cmocka_unit_test(bad_line_is_named_with_its_cause),
        cmocka_unit_test(more_ops_than_fit_are_an_error),
        cmocka_unit_test(nothing_behind_the_size_is_read),
        cmocka_unit_test(damaged_text_is_safe),
        cmocka_unit_test(writing_stops_at_the_capacity),
        cmocka_unit_test(configuration_is_written_as_a_heap_line),
        cmocka_unit_test(slots_come_first_in_every_op),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
