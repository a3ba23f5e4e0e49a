#include "allocator/cache/layout.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#include "allocator/base/bits.h"
#include "allocator/base/errors.h"

enum { F = SLAB_CONSISTENCY_CHECKS, Z = SLAB_RED_ZONE, P = SLAB_POISON, U = SLAB_STORE_USER };

/* Offsets worked out by hand from the rules in layout.h. */
static const struct {
    size_t size;
    size_t align;
    unsigned flags;
    bool has_ctor;
    size_t metadata;
    size_t free_pointer;
    size_t left;
    size_t padding;
    size_t stride;
} rows[] = {
    {64, 0, 0, false, 64, 32, 0, 64, 64},
    {1, 0, 0, false, 8, 0, 0, 8, 8},
    {20, 0, 0, false, 24, 8, 0, 24, 24},
    {24, 16, 0, false, 24, 8, 0, 24, 32},
    {24, 0, SLAB_HWCACHE_ALIGN, false, 24, 8, 0, 24, 32},
    {33, 0, SLAB_HWCACHE_ALIGN, false, 40, 16, 0, 40, 64},
    {64, 0, F, false, 64, 32, 0, 64, 64},
    {64, 0, Z, false, 72, 32, 8, 72, 88},
    {60, 0, Z, false, 64, 24, 8, 64, 80},
    {4, 0, Z, false, 8, 8, 8, 16, 32},
    {9, 0, Z, false, 16, 0, 8, 16, 32},
    {64, 0, P, false, 64, 64, 0, 72, 72},
    {64, 0, 0, true, 64, 64, 0, 72, 72},
    {64, 0, U, false, 64, 32, 0, 128, 128},
    {64, 0, F | Z | P | U, false, 72, 72, 8, 144, 160},
    {64, 64, F | Z | P | U, false, 72, 72, 64, 144, 256},
    {64, 0, U | SLAB_KMALLOC, false, 64, 32, 0, 136, 136},
    {64, 0, Z | U | SLAB_KMALLOC, false, 72, 72, 8, 152, 168},
};

static const struct heap_config *default_config(void)
{
    static struct heap_config config;

    config = heap_config_default();
    return &config;
}

static void rules_give_these_offsets(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        const struct layout_request request = {rows[i].size, rows[i].align, rows[i].flags,
                                               rows[i].has_ctor, .config = default_config()};
        struct layout layout;

        assert_int_equal(layout_compute(&request, &layout), HEAP_OK);
        assert_int_equal(layout.metadata_offset, rows[i].metadata);
        assert_int_equal(layout.free_pointer_offset, rows[i].free_pointer);
        assert_int_equal(layout.left_redzone_size, rows[i].left);
        assert_int_equal(layout.padding_offset, rows[i].padding);
        assert_int_equal(layout.stride, rows[i].stride);
        assert_true(layout_is_valid(&layout));
    }
}

/* What must hold for every layout, whatever the request. */
static void check_sound(const struct layout_request *request, const struct layout *layout)
{
    assert_true(layout_is_valid(layout));
    assert_true(layout->metadata_offset >= request->object_size);
    assert_int_equal(layout->stride % layout->align, 0);
    assert_true(layout->order <= ORDER_MAX);
    assert_true(layout->order_least <= layout->order);
    assert_true(layout->objects_per_least_slab >= 1);
    assert_true(layout->objects_per_slab * layout->stride <= order_size(layout->order));
    if (!layout_free_pointer_is_outside(layout)) {
        bool fits_object = layout->free_pointer_offset + WORD_SIZE <= request->object_size;
        bool fits_rounded =
            layout->free_pointer_offset + WORD_SIZE <= layout->metadata_offset;

        assert_true(request->flags & SLAB_RED_ZONE ? fits_object : fits_rounded);
    }
    if (request->flags & SLAB_RED_ZONE) {
        assert_true(layout->metadata_offset > request->object_size);
        assert_true(layout->slot_end_offset >= layout->padding_offset + WORD_SIZE);
    }
}

static void every_request_gives_a_sound_layout(void **state)
{
    (void)state;
    for (unsigned flags = 0; flags < 16; flags++) {
        for (size_t size = 1; size < 3 * PAGE_SIZE; size += size < 130 ? 1 : 37) {
            for (size_t align = 0; align <= 256; align = align == 0 ? 8 : 2 * align) {
                struct layout_request request = {
                    size, align, flags, false, .config = default_config()};
                struct layout layout;

                for (int pass = 0; pass < 4; pass++) {
                    request.has_ctor = pass & 1;
                    request.flags = flags | (pass & 2 ? SLAB_KMALLOC : 0);
                    assert_int_equal(layout_compute(&request, &layout), HEAP_OK);
                    check_sound(&request, &layout);
                }
            }
        }
    }
}

/* Waste is at most a sixteenth where some order up to the preferred one allows that. */
static void order_wastes_little(void **state)
{
    (void)state;
    for (size_t size = 8; size <= PAGE_SIZE; size += 8) {
        const struct layout_request request = {size, 0, 0, false, .config = default_config()};
        struct layout layout;
        bool strict_is_possible = false;

        assert_int_equal(layout_compute(&request, &layout), HEAP_OK);
        for (unsigned order = 0; order <= 3; order++) {
            size_t wanted = 12 * size < order_size(3) ? 12 * size : order_size(3) / size * size;

            strict_is_possible |= order_size(order) >= wanted &&
                                  order_size(order) % size <= order_size(order) / 16;
        }
        if (strict_is_possible) {
            assert_true(order_size(layout.order) % size <= order_size(layout.order) / 16);
        }
    }
}

static void largest_run_is_the_limit(void **state)
{
    (void)state;
    struct layout_request request = {KMALLOC_SIZE_MAX, 0, 0, false, .config = default_config()};
    struct layout layout = {.stride = 12345};

    assert_int_equal(layout_compute(&request, &layout), HEAP_OK);
    assert_int_equal(layout.order, ORDER_MAX);
    assert_int_equal(layout.objects_per_slab, 1);

    layout.stride = 12345;
    request.flags = SLAB_RED_ZONE;
    assert_int_equal(layout_compute(&request, &layout), HEAP_EINVAL);
    request.flags = 0;
    request.object_size = (size_t)KMALLOC_SIZE_MAX + 1;
    assert_int_equal(layout_compute(&request, &layout), HEAP_EINVAL);
    request.object_size = 0;
    assert_int_equal(layout_compute(&request, &layout), HEAP_EINVAL);
    request.object_size = 64;
    request.align = 24;
    assert_int_equal(layout_compute(&request, &layout), HEAP_EINVAL);
    assert_int_equal(layout.stride, 12345);
}

static void many_tiny_objects_stay_countable(void **state)
{
    (void)state;
    struct heap_config config = heap_config_default();
    const struct layout_request request = {8, 0, 0, false, .config = &config};
    struct layout layout;

    config.slab_order_min = config.slab_order_max = ORDER_MAX;
    assert_int_equal(layout_compute(&request, &layout), HEAP_OK);
    assert_true(layout.objects_per_slab <= SLAB_OBJECTS_MAX);
    assert_true(layout_is_valid(&layout));
}

static void sizes_above_the_preferred_order_still_fit(void **state)
{
    (void)state;
    const struct layout_request request = {
        order_size(3) + 1, 0, 0, false, .config = default_config()};
    struct layout layout;

    assert_int_equal(layout_compute(&request, &layout), HEAP_OK);
    assert_int_equal(layout.order, 4);
    assert_int_equal(layout.objects_per_slab, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rules_give_these_offsets),
        cmocka_unit_test(every_request_gives_a_sound_layout),
        cmocka_unit_test(order_wastes_little),
        cmocka_unit_test(largest_run_is_the_limit),
        cmocka_unit_test(many_tiny_objects_stay_countable),
        cmocka_unit_test(sizes_above_the_preferred_order_still_fit),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
