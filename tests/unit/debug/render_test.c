/* Reports as text: rendered at the moment they are sent, as platforms do. */
#include "allocator/debug/render.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "allocator/api/kmalloc.h"
#include "allocator/api/kmem_cache.h"
#include "allocator/api/pages.h"
#include "allocator/base/bits.h"
#include "allocator/cache/freelist.h"
#include "tests/unit/debug/debug_heap.h"

enum { TEXT_SIZE = 8192, LINE_SIZE = 256 };

static struct test_platform test;
static struct kmem_heap *heap;
static struct kmem_cache *cache;
static char text[TEXT_SIZE];
static size_t text_size;
static unsigned traced_count;

static void render(void *context, const struct report *report)
{
    (void)context;
    test.reports[0] = *report;
    test.report_count++;
    text_size = render_report(heap, report, text, sizeof(text));
}

static void render_traced(void *context, const struct object_trace *trace)
{
    (void)context;
    traced_count++;
    text_size = render_trace(trace, text, sizeof(text));
}

static void init(size_t size, slab_flags_t flags)
{
    struct heap_config config = heap_config_default();
    const struct cache_request request = {.name = "my_cache", .size = size, .flags = flags};

    config.page_poison = true;
    test_platform_init(&test);
    test.platform.report = render;
    test.platform.trace = render_traced;
    heap = heap_create(&config, &test.platform);
    assert_non_null(heap);
    assert_int_equal(heap_cache_create(heap, &request, &cache), HEAP_OK);
}

static void fini(void)
{
    heap_destroy(heap);
    assert_int_equal(test.map_count, 0);
}

static __attribute__((format(printf, 1, 2))) void expect_text(const char *format, ...)
{
    char expected[LINE_SIZE];
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(expected, sizeof(expected), format, arguments);
    va_end(arguments);
    if (strstr(text, expected) == NULL) {
        fail_msg("'%s' is missing in:\n%s", expected, text);
    }
}

/* Every report has these, whatever it is about. */
static void expect_frame(enum report_kind kind, const char *subject, const char *stage)
{
    assert_int_equal(test.report_count, 1);
    test.report_count = 0;
    assert_string_equal(report_kind_name(test.reports[0].kind), report_kind_name(kind));
    assert_int_equal(text_size, strlen(text));
    assert_int_equal(strspn(text, "="), 77);
    expect_text("\nBUG %s: %s\n---------", subject, report_kind_headline(kind));
    expect_text("\n\nFound at %s, site %llu\n", stage,
                (unsigned long long)test.reports[0].site);
    expect_text("\nFIX %s: ", subject);
    assert_int_equal(text[text_size - 1], '\n');
}

static unsigned char *allocate(void)
{
    return kmem_cache_alloc(cache, GFP_KERNEL);
}

/* A row of the dump: an address that is a multiple of 8, and the bytes there. */
static void expect_row(const char *label, const void *first, const char *bytes)
{
    expect_text("%-8s %p: %s", label, first, bytes);
}

static void damaged_region_is_shown_with_its_object(void **state)
{
    (void)state;
    init(60, SLAB_DEBUG_FLAGS);
    unsigned char *object = allocate();
    const struct slab *slab = slab_at(heap, object);
    size_t offset = (size_t)(object - slab_base(heap, slab));

    memset(object, 0x41, 60);
    raw_store_byte(object + 61, 0x12);
    raw_store_byte(object + 62, 0x13);
    kmem_cache_free(cache, object);
    expect_frame(REPORT_RIGHT_REDZONE, "my_cache", "free");
    expect_text("%p - %p @offset=%zu. First byte 0x12 instead of 0xcc\n", (void *)(object + 61),
                (void *)(object + 62), offset + 61);
    expect_text("Allocated at site ");
    assert_null(strstr(text, "Freed at site "));
    expect_text("Slab %p cache=my_cache objects=%u used=1 fp=%p frozen=0 place=partial\n",
                (void *)slab_base(heap, slab), slab_state(slab).object_count,
                object_from_ref(cache, slab_state(slab).freelist));
    expect_text("Object %p @offset=%zu fp=", (void *)object, offset);
    expect_row("Redzone", object - 8, "cc cc cc cc cc cc cc cc ");
    expect_row("Object", object, "41 41 41 41 41 41 41 41 41 41 41 41 41 41 41 41  AAAAAAAA");
    expect_row("Redzone", object + 60, "cc 12 13 cc ");
    expect_row("Padding", object + 136, "5a 5a 5a 5a 5a 5a 5a 5a ");
    expect_text("FIX my_cache: Restoring %p - %p = 0xcc\n", (void *)(object + 61),
                (void *)(object + 62));
    expect_text("FIX my_cache: Object not freed\n");
    fini();
}

static void freed_object_is_shown_with_both_tracks(void **state)
{
    (void)state;
    init(60, SLAB_DEBUG_FLAGS);
    unsigned char *object = allocate();

    kmem_cache_free(cache, object);
    flip(object, 7);
    kmem_cache_validate(cache);
    expect_frame(REPORT_POISON, "my_cache", "validate");
    expect_text("First byte 0x2b instead of 0x6b");
    expect_text("Allocated at site ");
    expect_text("Freed at site ");
    expect_row("Object", object, "6b 6b 6b 6b 6b 6b 6b 2b ");
    expect_text("= 0x6b\n");
    assert_null(strstr(text, "Restoring bytes"));
    fini();
}

/* Of a long object the rows around the damage are shown. */
static void damage_far_inside_an_object_is_shown(void **state)
{
    (void)state;
    init(3000, SLAB_DEBUG_FLAGS);
    unsigned char *object = allocate();

    kmem_cache_free(cache, object);
    flip(object, 2003);
    kmem_cache_validate(cache);
    expect_frame(REPORT_POISON, "my_cache", "validate");
    expect_text("Object   ... 1984 bytes before\n");
    expect_row("Object", object + 2000, "6b 6b 6b 2b 6b ");
    expect_text("Object   ... 888 bytes more\n");
    fini();
}

static void corrupt_links_are_told_without_following_them(void **state)
{
    (void)state;
    init(60, SLAB_POISON | SLAB_CONSISTENCY_CHECKS);
    unsigned char *object = allocate();

    kmem_cache_free(cache, object);
    raw_store_word(freelist_slot(cache, object), UINT64_C(0x4141414141414141));
    assert_non_null(allocate());
    expect_frame(REPORT_FREE_POINTER, "my_cache", "alloc");
    expect_text("%p - %p @offset=", freelist_slot(cache, object),
                (void *)((unsigned char *)freelist_slot(cache, object) + 7));
    assert_null(strstr(text, "First byte"));
    expect_text("FIX my_cache: Isolating the slab\n");
    fini();
}

static void counts_are_told(void **state)
{
    (void)state;
    init(60, SLAB_POISON);
    unsigned char *object = allocate();
    struct slab *slab = slab_at(heap, object);
    struct slab_state damaged = slab_state(slab);

    damaged.inuse_count = 7;
    slab_set_state(slab, damaged);
    kmem_cache_validate(cache);
    expect_frame(REPORT_OBJECT_COUNT, "my_cache", "validate");
    expect_text("Counter is 7 but should be 1\n");
    expect_text("FIX my_cache: Counter adjusted\n");

    cache->nodes[0].partial_count = 9;
    kmem_cache_validate(cache);
    expect_frame(REPORT_SLAB_COUNT, "my_cache", "validate");
    expect_text("Counter is 9 but should be 1\n");
    fini();
}

static void padding_of_a_slab_is_shown(void **state)
{
    (void)state;
    init(60, SLAB_POISON);
    const struct slab *slab = slab_at(heap, allocate());
    unsigned char *tail =
        slab_base(heap, slab) + slab_state(slab).object_count * cache->layout.stride;

    flip(tail, 2);
    kmem_cache_validate(cache);
    expect_frame(REPORT_SLAB_PADDING, "my_cache", "validate");
    expect_row("Damage", tail + 2, "1a ");
    expect_text("FIX my_cache: Restoring %p - %p = 0x5a\n", (void *)(tail + 2),
                (void *)(tail + 2));
    fini();
}

static void misused_objects_are_shown(void **state)
{
    (void)state;
    init(60, SLAB_CONSISTENCY_CHECKS);
    struct kmem_cache *other;
    const struct cache_request request = {.name = "other", .size = 60};
    unsigned char *object = allocate();

    kmem_cache_free(cache, object + 4);
    expect_frame(REPORT_INVALID_POINTER, "my_cache", "free");
    expect_text("Pointer %p\n", (void *)(object + 4));

    assert_int_equal(heap_cache_create(heap, &request, &other), HEAP_OK);
    kmem_cache_free(other, object);
    expect_frame(REPORT_WRONG_CACHE, "other", "free");
    expect_text(" cache=my_cache objects=");

    assert_int_equal(kmem_cache_destroy(cache), HEAP_EBUSY);
    expect_frame(REPORT_OBJECTS_REMAINING, "my_cache", "destroy");
    expect_text("Object %p @offset=", (void *)object);
    expect_text("FIX my_cache: Cache kept\n");

    kmem_cache_free(cache, object);
    kmem_cache_free(cache, object);
    expect_frame(REPORT_DOUBLE_FREE, "my_cache", "free");
    fini();
}

/* Pointers that may be anything are printed, never followed. */
static void stray_pointers_are_told(void **state)
{
    (void)state;
    static char outside[64];
    void *const strays[] = {outside + 3, (void *)8, (void *)UINTPTR_MAX, &test};

    init(60, 0);
    for (size_t i = 0; i < sizeof(strays) / sizeof(strays[0]); i++) {
        kmem_cache_free(cache, strays[i]);
        expect_frame(REPORT_NOT_A_SLAB, "my_cache", "free");
        expect_text("Pointer %p\n", strays[i]);
    }
    heap_free(heap, outside);
    expect_frame(REPORT_NOT_KMALLOC, "pages", "free");
    assert_null(heap_realloc(heap, outside, 10, GFP_KERNEL));
    expect_frame(REPORT_NOT_KMALLOC, "pages", "resize");

    unsigned char *large = heap_alloc(heap, 20000, GFP_KERNEL);

    heap_free(heap, large + 5);
    expect_frame(REPORT_INVALID_LARGE_FREE, "pages", "free");
    expect_text("Page %p pfn=", (void *)large);
    expect_text("Pointer %p\n", (void *)(large + 5));
    assert_null(heap_realloc(heap, large + PAGE_SIZE, 10, GFP_KERNEL));
    expect_frame(REPORT_INVALID_LARGE_FREE, "pages", "resize");
    heap_free(heap, large);
    assert_int_equal(test.report_count, 0);
    fini();
}

static void construct(void *object)
{
    memset(object, 1, 60);
}

static void odd_wishes_are_told(void **state)
{
    (void)state;
    const struct cache_request request = {.name = "ctor", .size = 60, .ctor = construct};

    init(60, 0);
    assert_int_equal(heap_cache_create(heap, &request, &cache), HEAP_OK);
    assert_non_null(kmem_cache_zalloc(cache, GFP_KERNEL));
    expect_frame(REPORT_CTOR_WITH_ZERO, "ctor", "alloc");
    expect_text("FIX ctor: Nothing changed\n");
    fini();
}

static void damaged_pages_are_shown(void **state)
{
    (void)state;
    init(60, 0);
    struct page *page = heap_alloc_pages(heap, GFP_KERNEL, 1);
    unsigned char *memory = heap_page_address(heap, page);

    heap_free_pages(heap, page, 0);
    expect_frame(REPORT_BAD_PAGE_FREE, "pages", "page free");
    expect_text("Page %p pfn=", (void *)memory);
    heap_free_pages(heap, (struct page *)(void *)&test, 0);
    expect_frame(REPORT_BAD_PAGE_FREE, "pages", "page free");
    expect_text("Pointer %p\n", (void *)&test);

    heap_free_pages(heap, page, 1);
    raw_store_byte(memory + 100, 0x12);
    raw_store_byte(memory + 103, 0x13);
    assert_non_null(heap_alloc_pages(heap, GFP_KERNEL, 1));
    expect_frame(REPORT_PAGE_POISON, "pages", "page alloc");
    expect_text("First byte 0x12 instead of 0xaa\n");
    expect_row("Damage", memory + 100, "12 aa aa 13 ");
    expect_text("FIX pages: Pages kept out of circulation\n");
    fini();
}

/* Never a byte behind the end, always a NUL, always the same answer. */
static void text_is_cut_to_capacity(void **state)
{
    (void)state;
    static char whole[TEXT_SIZE];
    static char cut[TEXT_SIZE];

    init(60, SLAB_DEBUG_FLAGS);
    unsigned char *object = allocate();

    flip(object, -1);
    kmem_cache_validate(cache);
    expect_frame(REPORT_LEFT_REDZONE, "my_cache", "validate");

    const struct report report = test.reports[0];
    size_t size = render_report(heap, &report, whole, sizeof(whole));

    assert_true(size < sizeof(whole));
    for (size_t capacity = 1; capacity <= size + 1; capacity++) {
        memset(cut, 0x7f, sizeof(cut));
        assert_int_equal(render_report(heap, &report, cut, capacity), size);
        assert_int_equal(strlen(cut), capacity - 1);
        assert_memory_equal(cut, whole, capacity - 1);
        assert_int_equal(cut[capacity], 0x7f);
    }
    fini();
}

static void expect_traced(unsigned count, const void *object, const char *act, unsigned used,
                          const void *next)
{
    assert_int_equal(traced_count, count);
    assert_int_equal(text_size, strlen(text));
    assert_int_equal(strncmp(text, "TRACE my_cache ", 15), 0);
    expect_text("TRACE my_cache %s %p inuse=%u fp=%p\n", act, object, used, next);
}

/* Whatever else is done to a freed object, what its user left is told. */
static void traced_objects_are_told(void **state)
{
    static const slab_flags_t flags[] = {SLAB_TRACE, SLAB_TRACE | SLAB_DEBUG_FLAGS};

    (void)state;
    for (size_t i = 0; i < sizeof(flags) / sizeof(flags[0]); i++) {
        traced_count = 0;
        init(200, flags[i]);
        unsigned char *first = allocate();
        const struct slab *slab = slab_at(heap, first);

        expect_traced(1, first, "alloc", 1, object_from_ref(cache, slab_state(slab).freelist));
        assert_null(strstr(text, "Object"));
        unsigned char *second = allocate();

        expect_traced(2, second, "alloc", 2, object_from_ref(cache, slab_state(slab).freelist));
        memset(first, 0x42, 200);
        const void *next = object_from_ref(cache, slab_state(slab).freelist);

        kmem_cache_free(cache, first);
        expect_traced(3, first, "free", 2, next);
        expect_row("Object", first, "42 42 42 42 42 42 42 42 42 42 42 42 42 42 42 42  BBBBBBBB");
        expect_text("... 72 bytes more\n");
        kmem_cache_free_bulk(cache, 1, (void *[]){second});
        expect_traced(4, second, "free", 1, first);
        assert_int_equal(test.report_count, 0);
        fini();
    }
}

/* Neither is a free that was refused, nor what becomes of other caches. */
static void others_are_not_told(void **state)
{
    (void)state;
    traced_count = 0;
    init(60, SLAB_TRACE | SLAB_CONSISTENCY_CHECKS);
    unsigned char *object = allocate();

    kmem_cache_free(cache, object);
    kmem_cache_free(cache, object);
    assert_int_equal(test.report_count, 1);
    test.report_count = 0;
    heap_free(heap, heap_alloc(heap, 60, GFP_KERNEL));
    assert_int_equal(traced_count, 2);
    fini();
}

static void stages_and_actions_have_names(void **state)
{
    (void)state;
    for (enum report_stage stage = 0; stage < STAGE_COUNT; stage++) {
        assert_true(strlen(render_stage_name(stage)) > 0);
    }
    for (enum report_action action = 0; action < ACTION_COUNT; action++) {
        assert_true(strlen(render_action_name(action)) > 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(damaged_region_is_shown_with_its_object),
        cmocka_unit_test(freed_object_is_shown_with_both_tracks),
        cmocka_unit_test(damage_far_inside_an_object_is_shown),
        cmocka_unit_test(corrupt_links_are_told_without_following_them),
        cmocka_unit_test(counts_are_told),
        cmocka_unit_test(padding_of_a_slab_is_shown),
        cmocka_unit_test(misused_objects_are_shown),
        cmocka_unit_test(stray_pointers_are_told),
        cmocka_unit_test(odd_wishes_are_told),
        cmocka_unit_test(damaged_pages_are_shown),
        cmocka_unit_test(text_is_cut_to_capacity),
        cmocka_unit_test(traced_objects_are_told),
        cmocka_unit_test(others_are_not_told),
        cmocka_unit_test(stages_and_actions_have_names),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
