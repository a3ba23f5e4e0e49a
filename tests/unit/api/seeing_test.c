/* Caches as text: slabinfo, attributes, traces. */
#include "allocator/api/slabinfo.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "allocator/api/attributes.h"
#include "allocator/api/traces.h"
#include "tests/support/test_heap.h"

enum { TEXT_SIZE = 16 * 1024, OBJECT_MAX = 64 };

struct seen {
    struct test_heap fixture;
    struct kmem_cache *cache;
    void *objects[OBJECT_MAX];
};

/* A heap with one cache of 512 bytes, eight to a slab. */
static void init(struct seen *seen, slab_flags_t flags)
{
    struct heap_config config = heap_config_default();

    config.slab_order_max = 0;
    config.partial_floor = 0;
    config.merging = true;
    test_heap_init(&seen->fixture, &config);
    seen->cache = test_heap_cache(&seen->fixture, 512, flags);
}

static void take(struct seen *seen, unsigned first, unsigned count)
{
    for (unsigned i = first; i < first + count; i++) {
        seen->objects[i] = kmem_cache_alloc(seen->cache, GFP_KERNEL);
        assert_non_null(seen->objects[i]);
    }
}

static void give(struct seen *seen, unsigned first, unsigned count)
{
    for (unsigned i = first; i < first + count; i++) {
        kmem_cache_free(seen->cache, seen->objects[i]);
    }
}

static void expect_attribute(struct seen *seen, const char *name, const char *line)
{
    char bytes[128];
    struct text text = text_begin(bytes, sizeof(bytes));
    enum cache_attribute attribute = cache_attribute_find(name);

    assert_int_not_equal(attribute, CACHE_ATTRIBUTE_COUNT);
    kmem_cache_show(seen->cache, attribute, &text);
    assert_string_equal(bytes, line);
    assert_int_equal(text.size, strlen(line));
}

static void slabinfo_has_two_lines_of_heading_and_one_a_cache(void **state)
{
    static const char heading[] =
        "slabinfo - version: 2.1\n"
        "# name            <active_objs> <num_objs> <objsize> <objperslab> <pagesperslab> : "
        "tunables <limit> <batchcount> <sharedfactor> : slabdata <active_slabs> <num_slabs> "
        "<sharedavail>\n";
    char text[TEXT_SIZE];
    struct seen seen;

    (void)state;
    init(&seen, 0);
    take(&seen, 0, 20);
    give(&seen, 0, 3);

    size_t size = heap_slabinfo(seen.fixture.heap, text, sizeof(text));

    assert_int_equal(size, strlen(text));
    assert_memory_equal(text, heading, strlen(heading));
    assert_non_null(strstr(text, "\nkmalloc-96             0      0 "));
    assert_non_null(strstr(text, "\ntest                  24     24    512    8    1 : tunables "
                                 "   0    0    0 : slabdata      3      3      0\n"));
    test_heap_fini(&seen.fixture);
}

static void text_is_cut_to_its_room(void **state)
{
    char whole[TEXT_SIZE];
    char text[TEXT_SIZE];
    struct seen seen;

    (void)state;
    init(&seen, 0);

    size_t size = heap_slabinfo(seen.fixture.heap, whole, sizeof(whole));

    for (size_t room = 1; room <= size + 1; room += 7) {
        memset(text, 'x', sizeof(text));
        assert_int_equal(heap_slabinfo(seen.fixture.heap, text, room), size);
        assert_int_equal(strlen(text), room - 1);
        assert_memory_equal(text, whole, room - 1);
        assert_int_equal(text[room], 'x');
    }
    test_heap_fini(&seen.fixture);
}

/* Three slabs: the first one is given up with free objects, the last one is the CPU's. */
static void counts_tell_lists_and_cpus_apart(void **state)
{
    struct seen seen;

    (void)state;
    init(&seen, 0);
    take(&seen, 0, 17);
    give(&seen, 0, 3);
    expect_attribute(&seen, "slabs", "3 N0=3\n");
    expect_attribute(&seen, "total_objects", "24 N0=24\n");
    expect_attribute(&seen, "objects", "24 N0=24\n");
    expect_attribute(&seen, "cpu_slabs", "2 N0=2\n");
    expect_attribute(&seen, "slabs_cpu_partial", "3(1) C0=3(1)\n");
    expect_attribute(&seen, "partial", "0\n");
    kmem_cache_flush_cpu(seen.cache, 0);
    expect_attribute(&seen, "objects", "14 N0=14\n");
    expect_attribute(&seen, "cpu_slabs", "0\n");
    expect_attribute(&seen, "slabs_cpu_partial", "0(0)\n");
    expect_attribute(&seen, "partial", "2 N0=2\n");
    expect_attribute(&seen, "objects_partial", "6 N0=6\n");
    test_heap_fini(&seen.fixture);
}

static void attributes_tell_how_a_cache_was_made(void **state)
{
    struct seen seen;

    (void)state;
    init(&seen, SLAB_POISON | SLAB_RED_ZONE | SLAB_HWCACHE_ALIGN);
    expect_attribute(&seen, "object_size", "512\n");
    expect_attribute(&seen, "align", "64\n");
    expect_attribute(&seen, "poison", "1\n");
    expect_attribute(&seen, "red_zone", "1\n");
    expect_attribute(&seen, "hwcache_align", "1\n");
    expect_attribute(&seen, "store_user", "0\n");
    expect_attribute(&seen, "ctor", "0\n");
    expect_attribute(&seen, "shrink", "");
    assert_int_equal(cache_attribute_find("no such"), CACHE_ATTRIBUTE_COUNT);
    test_heap_fini(&seen.fixture);
}

static void few_attributes_can_be_written(void **state)
{
    struct seen seen;

    (void)state;
    init(&seen, SLAB_POISON);
    take(&seen, 0, 8);
    give(&seen, 0, 8);
    for (unsigned i = 0; i < CACHE_ATTRIBUTE_COUNT; i++) {
        bool is_act = i == CACHE_ATTRIBUTE_shrink || i == CACHE_ATTRIBUTE_validate;
        bool is_setting = i == CACHE_ATTRIBUTE_min_partial || i == CACHE_ATTRIBUTE_failslab ||
                          i == CACHE_ATTRIBUTE_remote_node_defrag_ratio;

        assert_int_equal(kmem_cache_store(seen.cache, (enum cache_attribute)i, 1),
                         is_act || is_setting ? HEAP_OK : HEAP_EINVAL);
        assert_int_equal(kmem_cache_store(seen.cache, (enum cache_attribute)i, 2),
                         is_setting ? HEAP_OK : HEAP_EINVAL);
    }
    expect_attribute(&seen, "slabs", "0\n");
    test_heap_fini(&seen.fixture);
    init(&seen, 0);
    assert_int_equal(kmem_cache_store(seen.cache, CACHE_ATTRIBUTE_validate, 1), HEAP_EINVAL);
    test_heap_fini(&seen.fixture);
}

/* All lines of a kind; returns how many. */
static unsigned read_traces(struct seen *seen, enum track_kind kind, char *bytes, size_t capacity)
{
    struct text text = text_begin(bytes, capacity);
    struct cache_traces *traces;
    unsigned count = 0;

    assert_int_equal(kmem_cache_traces_open(seen->cache, kind, &traces), HEAP_OK);
    while (kmem_cache_traces_next(traces, &text)) {
        count++;
    }
    assert_false(kmem_cache_traces_next(traces, &text));
    kmem_cache_traces_close(traces);
    return count;
}

static void sites_come_with_most_objects_first(void **state)
{
    char text[TEXT_SIZE];
    struct seen seen;

    (void)state;
    init(&seen, SLAB_STORE_USER);
    seen.objects[40] = kmem_cache_alloc(seen.cache, GFP_KERNEL);
    take(&seen, 0, 33);
    assert_int_equal(read_traces(&seen, TRACK_ALLOC, text, sizeof(text)), 2);
    assert_memory_equal(text, "     33 site ", strlen("     33 site "));
    assert_non_null(strstr(text, " cpus=0 nodes=0\n      1 site "));
    test_heap_fini(&seen.fixture);
}

static void frees_before_are_not_known_of_new_objects(void **state)
{
    static const char line[] = "      5 <not-available> age=";
    char text[TEXT_SIZE];
    struct seen seen;

    (void)state;
    init(&seen, SLAB_STORE_USER);
    take(&seen, 0, 5);
    assert_int_equal(read_traces(&seen, TRACK_FREE, text, sizeof(text)), 1);
    assert_memory_equal(text, line, strlen(line));
    test_heap_fini(&seen.fixture);
}

static void no_objects_are_no_data_once(void **state)
{
    char text[TEXT_SIZE];
    struct seen seen;

    (void)state;
    init(&seen, SLAB_STORE_USER);
    assert_int_equal(read_traces(&seen, TRACK_ALLOC, text, sizeof(text)), 1);
    assert_string_equal(text, "No data\n");
    test_heap_fini(&seen.fixture);
}

static void traces_want_users_and_memory(void **state)
{
    struct cache_traces *traces;
    struct seen seen;

    (void)state;
    init(&seen, SLAB_POISON);
    assert_int_equal(kmem_cache_traces_open(seen.cache, TRACK_ALLOC, &traces), HEAP_EINVAL);
    assert_null(traces);
    test_heap_fini(&seen.fixture);
    init(&seen, SLAB_STORE_USER);
    take(&seen, 0, 5);
    heap_fail_page_alloc(seen.fixture.heap, 1);
    assert_int_equal(kmem_cache_traces_open(seen.cache, TRACK_ALLOC, &traces), HEAP_ENOMEM);
    assert_null(traces);
    test_heap_fini(&seen.fixture);
}

static void lower_limits_are_met_at_once(void **state)
{
    struct seen seen;

    (void)state;
    init(&seen, 0);
    take(&seen, 0, 24);
    give(&seen, 0, 24);
    kmem_cache_flush_cpu(seen.cache, 0);
    assert_int_equal(kmem_cache_store(seen.cache, CACHE_ATTRIBUTE_min_partial, 0), HEAP_OK);
    expect_attribute(&seen, "min_partial", "0\n");
    expect_attribute(&seen, "slabs", "0\n");
    take(&seen, 0, 24);
    give(&seen, 7, 17);
    assert_int_equal(kmem_cache_store(seen.cache, CACHE_ATTRIBUTE_cpu_partial, 0), HEAP_OK);
    expect_attribute(&seen, "cpu_partial", "0\n");
    expect_attribute(&seen, "slabs_cpu_partial", "0(0)\n");
    assert_int_equal(kmem_cache_store(seen.cache, CACHE_ATTRIBUTE_cpu_partial, 7), HEAP_OK);
    expect_attribute(&seen, "cpu_partial", "7\n");
    test_heap_fini(&seen.fixture);
}

static void settings_have_ranges(void **state)
{
    struct seen seen;
    struct kmem_cache *alias;
    const struct cache_request request = {.name = "alias", .size = 512};

    (void)state;
    init(&seen, SLAB_POISON);
    assert_int_equal(kmem_cache_store(seen.cache, CACHE_ATTRIBUTE_cpu_partial, 1), HEAP_EINVAL);
    assert_int_equal(kmem_cache_store(seen.cache, CACHE_ATTRIBUTE_cpu_partial, 0), HEAP_OK);
    assert_int_equal(kmem_cache_store(seen.cache, CACHE_ATTRIBUTE_remote_node_defrag_ratio, 101),
                     HEAP_ERANGE);
    assert_int_equal(kmem_cache_store(seen.cache, CACHE_ATTRIBUTE_remote_node_defrag_ratio, 7),
                     HEAP_OK);
    expect_attribute(&seen, "remote_node_defrag_ratio", "7\n");
    test_heap_fini(&seen.fixture);
    init(&seen, 0);
    assert_int_equal(heap_cache_create(seen.fixture.heap, &request, &alias), HEAP_OK);
    assert_ptr_equal(alias, seen.cache);
    expect_attribute(&seen, "aliases", "1\n");
    assert_int_equal(kmem_cache_store(seen.cache, CACHE_ATTRIBUTE_failslab, 1), HEAP_EINVAL);
    assert_int_equal(kmem_cache_destroy(alias), HEAP_OK);
    assert_int_equal(kmem_cache_store(seen.cache, CACHE_ATTRIBUTE_failslab, 1), HEAP_OK);
    expect_attribute(&seen, "failslab", "1\n");
    test_heap_fini(&seen.fixture);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(slabinfo_has_two_lines_of_heading_and_one_a_cache),
        cmocka_unit_test(text_is_cut_to_its_room),
        cmocka_unit_test(counts_tell_lists_and_cpus_apart),
        cmocka_unit_test(attributes_tell_how_a_cache_was_made),
        cmocka_unit_test(few_attributes_can_be_written),
        cmocka_unit_test(lower_limits_are_met_at_once),
        cmocka_unit_test(settings_have_ranges),
        cmocka_unit_test(sites_come_with_most_objects_first),
        cmocka_unit_test(frees_before_are_not_known_of_new_objects),
        cmocka_unit_test(no_objects_are_no_data_once),
        cmocka_unit_test(traces_want_users_and_memory),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
