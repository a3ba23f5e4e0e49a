/* What each event of a recording becomes, and what holds for any recording. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "allocator/base/params.h"
#include "fuzz/trace.h"
#include "record/convert.h"
#include "tests/tooling/record/slots.h"

enum {
    P = 0x1000,    /* addresses */
    Q = 0x2000,
    R = 0x3000,
    LARGE = KMALLOC_SIZE_MAX + 1,
    TEXT_SIZE = 4096,
};

static struct conversion conversion;

static void convert(const struct recording_event *events, size_t event_count)
{
    assert_int_equal(convert_events(&conversion, events, event_count, SIZE_MAX), CONVERT_DONE);
}

/* The ops that events, up to one of kind 0, become: as text, without the lines before them. */
static void expect(const struct recording_event *events, const char *ops)
{
    char text[TEXT_SIZE];
    const char *first = NULL;

    convert(events, 1000);
    assert_true(trace_write(&conversion.program, text, sizeof(text)) < sizeof(text));
    first = strstr(text, "\nheap ");
    assert_non_null(first);
    assert_string_equal(strchr(first + 1, '\n') + 1, ops);
}

/* How often something was counted, after expect(). */
static void expect_count(enum convert_count row, uint64_t number)
{
    assert_int_equal(conversion.counts[row], number);
}

static int forget(void **state)
{
    (void)state;
    convert_fini(&conversion);
    return 0;
}

static void allocation_is_filled_and_verified_before_its_free(void **state)
{
    static const struct recording_event events[] = {
        {RECORDING_MALLOC, 0, P, 24, 0}, {RECORDING_FREE, 0, P, 0, 0}, {0, 0, 0, 0, 0},
    };

    (void)state;
    expect(events, "kmalloc o0 size=24\nfill o0 pattern=1\nverify o0\nkfree o0\n");
    expect_count(CONVERT_EVENTS, 2);
    expect_count(CONVERT_OPS, 4);
    expect_count(CONVERT_PEAK_BYTES, 24);
    expect_count(CONVERT_PEAK_OBJECTS, 1);
}

static void nothing_is_filled_or_verified_in_no_bytes(void **state)
{
    static const struct recording_event events[] = {
        {RECORDING_MALLOC, 0, P, 0, 0}, {RECORDING_FREE, 0, P, 0, 0}, {0, 0, 0, 0, 0},
    };

    (void)state;
    expect(events, "kmalloc o0 size=0\nkfree o0\n");
}

static void slots_are_dense_and_reused_last_freed_first(void **state)
{
    static const struct recording_event events[] = {
        {RECORDING_MALLOC, 0, P, 0, 0}, {RECORDING_MALLOC, 0, Q, 0, 0},
        {RECORDING_FREE, 0, P, 0, 0}, {RECORDING_FREE, 0, Q, 0, 0},
        {RECORDING_MALLOC, 0, P, 0, 0}, {RECORDING_MALLOC, 0, R, 0, 0},
        {RECORDING_MALLOC, 0, Q, 0, 0}, {0, 0, 0, 0, 0},
    };

    (void)state;
    expect(events, "kmalloc o0 size=0\nkmalloc o1 size=0\nkfree o0\nkfree o1\n"
                   "kmalloc o1 size=0\nkmalloc o0 size=0\nkmalloc o2 size=0\n");
}

static void calloc_becomes_kcalloc_or_for_one_kzalloc(void **state)
{
    static const struct recording_event events[] = {
        {RECORDING_CALLOC, 0, P, 8, 3},
        {RECORDING_CALLOC, 0, Q, 40, 1},
        {RECORDING_CALLOC, 0, R, 0, UINT64_C(1) << 40},
        {0, 0, 0, 0, 0},
    };

    (void)state;
    expect(events, "kcalloc o0 count=3 size=8\nfill o0 pattern=1\n"
                   "kzalloc o1 size=40\nfill o1 pattern=2\n"
                   "kzalloc o2 size=0\n");
}

static void realloc_keeps_the_slot_and_fills_what_grew(void **state)
{
    static const struct recording_event events[] = {
        {RECORDING_MALLOC, 0, P, 8, 0}, {RECORDING_REALLOC, 0, Q, 16, P},
        {RECORDING_REALLOC, 0, Q, 4, Q}, {RECORDING_FREE, 0, P, 0, 0},
        {RECORDING_FREE, 0, Q, 0, 0}, {0, 0, 0, 0, 0},
    };

    (void)state;
    expect(events, "kmalloc o0 size=8\nfill o0 pattern=1\n"
                   "krealloc o0 size=16 zero=0\nfill o0 pattern=2\n"
                   "krealloc o0 size=4 zero=0\nverify o0\nkfree o0\n");
    expect_count(CONVERT_STRANGE, 1);
    expect_count(CONVERT_PEAK_BYTES, 16);
    expect_count(CONVERT_PEAK_OBJECTS, 1);
}

static void realloc_of_nothing_allocates_and_to_nothing_frees(void **state)
{
    static const struct recording_event events[] = {
        {RECORDING_REALLOC, 0, P, 8, 0}, {RECORDING_REALLOC, 0, 0, 0, P},
        {RECORDING_REALLOC, 0, Q, 8, P}, {0, 0, 0, 0, 0},
    };

    (void)state;
    expect(events, "kmalloc o0 size=8\nfill o0 pattern=1\nverify o0\nkfree o0\n"
                   "kmalloc o0 size=8\nfill o0 pattern=2\n");
}

static void failed_calls_change_nothing(void **state)
{
    static const struct recording_event events[] = {
        {RECORDING_MALLOC, 0, P, 8, 0},           {RECORDING_REALLOC, 0, 0, SIZE_MAX, P},
        {RECORDING_MALLOC, 0, 0, SIZE_MAX, 0},    {RECORDING_CALLOC, 0, 0, SIZE_MAX, 2},
        {RECORDING_MEMALIGN, 0, 0, SIZE_MAX, 64}, {RECORDING_FREE, 0, P, 0, 0},
        {0, 0, 0, 0, 0},
    };

    (void)state;
    expect(events, "kmalloc o0 size=8\nfill o0 pattern=1\nverify o0\nkfree o0\n");
    expect_count(CONVERT_FAILED, 4);
}

static void usable_size_becomes_ksize(void **state)
{
    static const struct recording_event events[] = {
        {RECORDING_MALLOC, 0, P, 0, 0},      {RECORDING_USABLE_SIZE, 0, P, 0, 0},
        {RECORDING_USABLE_SIZE, 0, Q, 0, 0}, {0, 0, 0, 0, 0},
    };

    (void)state;
    expect(events, "kmalloc o0 size=0\nksize o0\n");
    expect_count(CONVERT_STRANGE, 1);
}

static void what_is_too_large_is_left_out_while_it_is(void **state)
{
    static const struct recording_event events[] = {
        {RECORDING_MALLOC, 0, P, LARGE - 1, 0},
        {RECORDING_REALLOC, 0, Q, LARGE, P},
        {RECORDING_USABLE_SIZE, 0, Q, 0, 0},
        {RECORDING_REALLOC, 0, Q, LARGE, Q},
        {RECORDING_REALLOC, 0, P, 8, Q},
        {RECORDING_CALLOC, 0, R, LARGE, 1},
        {RECORDING_FREE, 0, R, 0, 0},
        {0, 0, 0, 0, 0},
    };

    (void)state;
    expect(events, "kmalloc o0 size=4194304\nfill o0 pattern=1\nverify o0\nkfree o0\n"
                   "kmalloc o0 size=8\nfill o0 pattern=2\n");
    expect_count(CONVERT_TOO_LARGE, 3);
    expect_count(CONVERT_STRANGE, 0);
    expect_count(CONVERT_PEAK_BYTES, KMALLOC_SIZE_MAX);
}

static void aligned_memory_comes_from_a_class_aligned_enough(void **state)
{
    static const struct recording_event events[] = {
        {RECORDING_MEMALIGN, 0, 0x10, 20, 8},       {RECORDING_MEMALIGN, 0, 0x20, 20, 16},
        {RECORDING_MEMALIGN, 0, 0x30, 20, 4096},    {RECORDING_MEMALIGN, 0, 0x40, 5000, 64},
        {RECORDING_MEMALIGN, 0, 0x50, 100000, 64},  {RECORDING_MEMALIGN, 0, 0x60, 9, 1 << 22},
        {RECORDING_MEMALIGN, 0, 0x70, 9, 1 << 23},  {RECORDING_MEMALIGN, 0, 0x80, LARGE, 64},
        {RECORDING_FREE, 0, 0x70, 0, 0},            {0, 0, 0, 0, 0},
    };

    (void)state;
    expect(events, "kmalloc o0 size=20\nfill o0 pattern=1\n"
                   "kmalloc o1 size=32\nfill o1 pattern=2\n"
                   "kmalloc o2 size=4096\nfill o2 pattern=3\n"
                   "kmalloc o3 size=8192\nfill o3 pattern=4\n"
                   "kmalloc o4 size=100000\nfill o4 pattern=5\n"
                   "kmalloc o5 size=4194304\nfill o5 pattern=6\n");
    expect_count(CONVERT_TOO_ALIGNED, 1);
    expect_count(CONVERT_TOO_LARGE, 1);
    expect_count(CONVERT_STRANGE, 0);
}

static void address_handed_out_again_was_freed_by_somebody(void **state)
{
    static const struct recording_event events[] = {
        {RECORDING_MALLOC, 0, P, 8, 0},
        {RECORDING_MALLOC, 0, P, 0, 0},
        {RECORDING_MALLOC, 0, Q, 0, 0},
        {RECORDING_REALLOC, 0, P, 0, Q},
        {0, 0, 0, 0, 0},
    };

    (void)state;
    expect(events, "kmalloc o0 size=8\nfill o0 pattern=1\nverify o0\nkfree o0\n"
                   "kmalloc o0 size=0\nkmalloc o1 size=0\n"
                   "kfree o0\nkrealloc o1 size=0 zero=0\n");
    expect_count(CONVERT_IMPLIED, 2);
}

static void unknown_kind_is_told_with_its_number(void **state)
{
    static const struct recording_event events[] = {
        {RECORDING_MALLOC, 0, P, 8, 0}, {RECORDING_KIND_COUNT, 0, P, 0, 0},
    };
    static const struct recording_event null_events[] = {{RECORDING_KIND_COUNT, 0, 0, 0, 0}};

    (void)state;
    assert_int_equal(convert_events(&conversion, events, 2, SIZE_MAX), CONVERT_BAD_EVENT);
    expect_count(CONVERT_EVENTS, 1);
    convert_fini(&conversion);
    assert_int_equal(convert_events(&conversion, null_events, 1, SIZE_MAX), CONVERT_BAD_EVENT);
    expect_count(CONVERT_EVENTS, 0);
}

static void ops_end_where_they_are_to(void **state)
{
    static const struct recording_event events[] = {
        {RECORDING_MALLOC, 0, P, 8, 0}, {RECORDING_MALLOC, 0, Q, 8, 0},
        {RECORDING_FREE, 0, P, 0, 0},
    };

    (void)state;
    assert_int_equal(convert_events(&conversion, events, 3, 3), CONVERT_DONE);
    assert_int_equal(conversion.program.op_count, 3);
    expect_count(CONVERT_EVENTS, 3);
    expect_count(CONVERT_BEYOND, 1);
    expect_count(CONVERT_PEAK_BYTES, 16);
}

/* count allocations of size bytes, none of which is freed. */
static void convert_pile(size_t event_count, uint64_t size)
{
    struct recording_event *events = calloc(event_count, sizeof(*events));

    assert_non_null(events);
    for (size_t i = 0; i < event_count; i++) {
        events[i] = (struct recording_event){RECORDING_MALLOC, 0, P * (i + 1), size, 0};
    }
    convert(events, event_count);
    free(events);
}

static void program_is_wide_when_slots_exceed_16_bits(void **state)
{
    (void)state;
    convert_pile(OP_NARROW_OBJECT_MAX + 1, 0);
    assert_false(conversion.program.wide);
    convert_fini(&conversion);
    convert_pile(OP_NARROW_OBJECT_MAX + 2, 0);
    assert_true(conversion.program.wide);
}

static void arena_is_twice_the_peak_as_kmalloc_rounds_it(void **state)
{
    (void)state;
    convert_pile(1, 1);
    assert_int_equal(conversion.program.config.page_count, 128);
    convert_fini(&conversion);

    /* 1000 objects of 2049 bytes take 4096 each: 2000 pages, and 64 to spare. */
    convert_pile(1000, 2049);
    assert_int_equal(conversion.program.config.page_count, 4096);
    convert_fini(&conversion);
    convert_pile(1000, KMALLOC_SIZE_MAX);
    assert_int_equal(conversion.program.config.page_count, PAGE_COUNT_MAX);
}

enum { HOLDER_COUNT = 300, TRAFFIC_COUNT = 20000 };

static uint64_t next_random(uint64_t *random)
{
    *random = *random * UINT64_C(6364136223846793005) + 1442695040888963407u;
    return *random >> 33;
}

/* A size as programs ask for them: mostly small, rarely too large. */
static uint64_t random_size(uint64_t *random)
{
    return next_random(random) % (UINT64_C(1) << next_random(random) % 24);
}

/*
 * What a program with HOLDER_COUNT pointers does, other threads and what came before included. base
 * is where its memory lies.
 */
static void make_traffic(struct recording_event *events, uint64_t base, uint64_t random)
{
    for (size_t i = 0; i < TRAFFIC_COUNT; i++) {
        uint64_t kind = RECORDING_MALLOC + next_random(&random) % RECORDING_USABLE_SIZE;
        uint64_t pointer = base + 16 * (next_random(&random) % HOLDER_COUNT);
        uint64_t size = random_size(&random);
        uint64_t detail = 0;

        if (kind == RECORDING_CALLOC) {
            detail = next_random(&random) % 40;
        } else if (kind == RECORDING_MEMALIGN) {
            detail = UINT64_C(1) << next_random(&random) % 24;
        } else if (kind == RECORDING_REALLOC && next_random(&random) % 4 != 0) {
            detail = base + 16 * (next_random(&random) % HOLDER_COUNT);
        }
        events[i] = (struct recording_event){(uint32_t)kind, 0, pointer, size, detail};
    }
}

/* Writing, reading and writing once more gives the same text, which is returned. */
static char *check_text(void)
{
    size_t size = trace_write(&conversion.program, NULL, 0);
    char *text = malloc(size + 1);
    struct op *ops = calloc(conversion.program.op_count, sizeof(*ops));
    struct program read = {.ops = ops};
    struct trace_error error;

    assert_non_null(text);
    assert_non_null(ops);
    (void)trace_write(&conversion.program, text, size + 1);
    assert_true(trace_read(text, size, &read, conversion.program.op_count, &error));
    assert_true(program_is_equal(&read, &conversion.program));
    free(ops);
    return text;
}

static void threads_become_cpus_that_take_turns(void **state)
{
    static const struct recording_event events[] = {
        {RECORDING_MALLOC, 0, P, 8, 0}, {RECORDING_MALLOC, 2, Q, 16, 0},
        {RECORDING_FREE, 2, P, 0, 0},   {RECORDING_REALLOC, 9, R, 32, Q},
        {0, 0, 0, 0, 0},
    };

    (void)state;
    expect(events, "kmalloc o0 size=8\nfill o0 pattern=1\n"
                   "cpu cpu=2\nkmalloc o1 size=16\nfill o1 pattern=2\nverify o0\nkfree o0\n"
                   "cpu cpu=1\nkrealloc o1 size=32 zero=0\nfill o1 pattern=3\n");
    expect_count(CONVERT_THREADS, 10);
    expect_count(CONVERT_TURNS, 2);
    assert_int_equal(conversion.program.config.cpu_count, CPU_MAX);
}

static void as_many_cpus_as_threads_are_enough(void **state)
{
    static const struct recording_event events[] = {
        {RECORDING_MALLOC, 0, P, 8, 0}, {RECORDING_MALLOC, 2, Q, 8, 0}, {0, 0, 0, 0, 0},
    };

    (void)state;
    convert(events, 2);
    assert_int_equal(conversion.program.config.cpu_count, 3);
}

static void any_traffic_gives_a_balanced_program(void **state)
{
    static struct recording_event events[TRAFFIC_COUNT];

    (void)state;
    for (uint64_t seed = 1; seed <= 20; seed++) {
        struct slot_usage usage;

        make_traffic(events, P, seed);
        convert(events, TRAFFIC_COUNT);
        assert_true(slots_are_balanced(&conversion.program, &usage));
        assert_true(usage.slot_count <= HOLDER_COUNT);
        assert_int_equal(usage.slot_count, usage.live_peak);
        free(check_text());
        convert_fini(&conversion);
    }
}

static void addresses_do_not_matter(void **state)
{
    static struct recording_event events[TRAFFIC_COUNT];
    char *here = NULL;
    char *there = NULL;

    (void)state;
    make_traffic(events, 0x55e7cedca2a0, 1);
    convert(events, TRAFFIC_COUNT);
    here = check_text();
    convert_fini(&conversion);
    make_traffic(events, 0x7f0000000010, 1);
    convert(events, TRAFFIC_COUNT);
    there = check_text();
    assert_string_equal(here, there);
    free(here);
    free(there);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(allocation_is_filled_and_verified_before_its_free, forget),
        cmocka_unit_test_teardown(nothing_is_filled_or_verified_in_no_bytes, forget),
        cmocka_unit_test_teardown(slots_are_dense_and_reused_last_freed_first, forget),
        cmocka_unit_test_teardown(calloc_becomes_kcalloc_or_for_one_kzalloc, forget),
        cmocka_unit_test_teardown(realloc_keeps_the_slot_and_fills_what_grew, forget),
        cmocka_unit_test_teardown(realloc_of_nothing_allocates_and_to_nothing_frees, forget),
        cmocka_unit_test_teardown(failed_calls_change_nothing, forget),
        cmocka_unit_test_teardown(usable_size_becomes_ksize, forget),
        cmocka_unit_test_teardown(what_is_too_large_is_left_out_while_it_is, forget),
        cmocka_unit_test_teardown(aligned_memory_comes_from_a_class_aligned_enough, forget),
        cmocka_unit_test_teardown(address_handed_out_again_was_freed_by_somebody, forget),
        cmocka_unit_test_teardown(unknown_kind_is_told_with_its_number, forget),
        cmocka_unit_test_teardown(ops_end_where_they_are_to, forget),
        cmocka_unit_test_teardown(program_is_wide_when_slots_exceed_16_bits, forget),
        cmocka_unit_test_teardown(arena_is_twice_the_peak_as_kmalloc_rounds_it, forget),
        cmocka_unit_test_teardown(threads_become_cpus_that_take_turns, forget),
        cmocka_unit_test_teardown(as_many_cpus_as_threads_are_enough, forget),
        cmocka_unit_test_teardown(any_traffic_gives_a_balanced_program, forget),
        cmocka_unit_test_teardown(addresses_do_not_matter, forget),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
