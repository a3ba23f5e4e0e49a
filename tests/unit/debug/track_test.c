/* Who allocated and who freed an object last. */
#include "allocator/debug/track.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "allocator/api/kmalloc.h"
#include "allocator/api/linux_api.h"
#include "allocator/base/compiler.h"
#include "allocator/base/world.h"
#include "tests/unit/debug/debug_heap.h"

enum { FUNCTION_SIZE_MAX = 1024 };

static struct test_heap fixture;
static struct kmem_cache *cache;

/* Keeps a call from being the last thing a function does: then it would leave no call site. */
static volatile int keeps_frame;

static void init(slab_flags_t flags)
{
    debug_heap_init(&fixture, flags);
    cache = debug_heap_cache(&fixture, (struct cache_request){.size = 60});
    linux_api_bind(fixture.heap);
}

static void fini(void)
{
    linux_api_bind(NULL);
    world_native_enter(0);
    assert_int_equal(fixture.test.report_count, 0);
    test_heap_fini(&fixture);
}

static struct track of(const void *object, enum track_kind kind)
{
    return track_get(slab_at(fixture.heap, object)->cache, object, kind);
}

static NO_INLINE void *by_alloc(void)
{
    void *object = kmem_cache_alloc(cache, GFP_KERNEL);

    keeps_frame++;
    return object;
}

static NO_INLINE void *by_zalloc(void)
{
    void *object = kmem_cache_zalloc(cache, GFP_KERNEL);

    keeps_frame++;
    return object;
}

static NO_INLINE void *by_alloc_bulk(void)
{
    void *object;

    assert_int_equal(kmem_cache_alloc_bulk(cache, GFP_KERNEL, 1, &object), 1);
    return object;
}

static NO_INLINE void *by_heap_alloc(void)
{
    void *object = heap_alloc(fixture.heap, 60, GFP_KERNEL);

    keeps_frame++;
    return object;
}

static NO_INLINE void *by_heap_realloc(void)
{
    void *object = heap_realloc(fixture.heap, heap_alloc(fixture.heap, 8, GFP_KERNEL), 100,
                                GFP_KERNEL);

    keeps_frame++;
    return object;
}

static NO_INLINE void *by_kmalloc(void)
{
    void *object = kmalloc(60, GFP_KERNEL);

    keeps_frame++;
    return object;
}

static NO_INLINE void *by_kcalloc(void)
{
    void *object = kcalloc(3, 20, GFP_KERNEL);

    keeps_frame++;
    return object;
}

static NO_INLINE void free_by_cache(void *object)
{
    kmem_cache_free(cache, object);
    keeps_frame++;
}

static NO_INLINE void free_by_cache_bulk(void *object)
{
    kmem_cache_free_bulk(cache, 1, &object);
    keeps_frame++;
}

static NO_INLINE void free_by_heap(void *object)
{
    heap_free(fixture.heap, object);
    keeps_frame++;
}

static NO_INLINE void free_by_kfree(void *object)
{
    kfree(object);
    keeps_frame++;
}

static NO_INLINE void free_by_kfree_bulk(void *object)
{
    kfree_bulk(1, &object);
    keeps_frame++;
}

static const struct {
    void *(*alloc)(void);
    void (*free)(void *object);
} ways[] = {
    {by_alloc, free_by_cache},        {by_zalloc, free_by_cache_bulk},
    {by_alloc_bulk, free_by_cache},   {by_heap_alloc, free_by_heap},
    {by_heap_realloc, free_by_kfree}, {by_kmalloc, free_by_kfree},
    {by_kcalloc, free_by_kfree_bulk},
};

static bool lies_in(uint64_t site, uintptr_t function)
{
    return site - function < FUNCTION_SIZE_MAX;
}

static void tracks_name_the_users_call(void **state)
{
    (void)state;
    init(U);
    for (size_t i = 0; i < sizeof(ways) / sizeof(ways[0]); i++) {
        void *object = ways[i].alloc();

        assert_true(lies_in(of(object, TRACK_ALLOC).site, (uintptr_t)ways[i].alloc));
        ways[i].free(object);
        assert_true(lies_in(of(object, TRACK_ALLOC).site, (uintptr_t)ways[i].alloc));
        assert_true(lies_in(of(object, TRACK_FREE).site, (uintptr_t)ways[i].free));
    }
    fini();
}

static void tracks_name_the_cpu(void **state)
{
    (void)state;
    init(U);
    world_native_enter(1);
    void *object = by_alloc();

    world_native_enter(0);
    kmem_cache_free(cache, object);
    assert_int_equal(of(object, TRACK_ALLOC).cpu, 1);
    assert_int_equal(of(object, TRACK_FREE).cpu, 0);
    fini();
}

/* The free before remains to be seen while the object lives again. */
static void allocation_keeps_the_track_of_the_last_free(void **state)
{
    (void)state;
    init(U);
    void *object = by_alloc();

    free_by_cache(object);
    assert_ptr_equal(by_zalloc(), object);
    assert_true(lies_in(of(object, TRACK_ALLOC).site, (uintptr_t)by_zalloc));
    assert_true(lies_in(of(object, TRACK_FREE).site, (uintptr_t)free_by_cache));
    fini();
}

static void refused_free_leaves_no_track(void **state)
{
    (void)state;
    init(F | U);
    unsigned char *object = by_alloc();

    free_by_cache(object);
    kmem_cache_free(cache, object);
    assert_int_equal(only_report(&fixture).kind, REPORT_DOUBLE_FREE);
    assert_true(lies_in(of(object, TRACK_FREE).site, (uintptr_t)free_by_cache));
    fini();
}

static void reports_name_the_users_call(void **state)
{
    (void)state;
    init(F | Z);
    unsigned char *object = by_alloc();

    free_by_cache(object + 1);
    assert_true(lies_in(only_report(&fixture).site, (uintptr_t)free_by_cache));
    free_by_kfree((unsigned char *)&fixture);
    assert_true(lies_in(only_report(&fixture).site, (uintptr_t)free_by_kfree));
    fini();
}

static void other_caches_keep_no_tracks(void **state)
{
    (void)state;
    init(F | Z | P);
    const void *object = by_alloc();

    assert_int_equal(of(object, TRACK_ALLOC).site, 0);
    assert_int_equal(of(object, TRACK_FREE).site, 0);
    fini();
}

static void tracks_can_be_forgotten(void **state)
{
    (void)state;
    init(U);
    void *object = by_alloc();

    track_clear(cache, object);
    assert_int_equal(of(object, TRACK_ALLOC).site, 0);
    kmem_cache_free(cache, object);
    fini();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tracks_name_the_users_call),
        cmocka_unit_test(tracks_name_the_cpu),
        cmocka_unit_test(allocation_keeps_the_track_of_the_last_free),
        cmocka_unit_test(refused_free_leaves_no_track),
        cmocka_unit_test(reports_name_the_users_call),
        cmocka_unit_test(other_caches_keep_no_tracks),
        cmocka_unit_test(tracks_can_be_forgotten),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
