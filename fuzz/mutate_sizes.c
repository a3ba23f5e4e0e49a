#include "fuzz/mutate_sizes.h"

#include "allocator/base/flags.h"
#include "allocator/base/params.h"

struct range {
    uint32_t weight;    /* 0 ends a table */
    uint32_t first;
    uint32_t final;
};

enum { RANGE_MAX = 8 };

static const struct range object_sizes[] = {
    /* Up to three words the free pointer's place follows rules of its own. */
    {6, 1, 24}, {4, 25, 128}, {3, 129, 1024}, {1, 1025, 4096}, {1, 4097, 8200}, {0, 0, 0},
};

static const struct range race_object_sizes[] = {
    {8, 1, 64}, {3, 65, 512}, {3, 513, 1365}, {4, 1366, 4096}, {1, 4097, 8200}, {0, 0, 0},
};

static const struct range kmalloc_sizes[] = {
    {4, 1, 64}, {3, 65, 1024}, {3, 1025, 8192}, {2, 8193, 65536}, {0, 0, 0},
};

/* The kmalloc classes, which are also the sizes where a slab's geometry changes. */
static const uint32_t class_sizes[] = {
    8, 16, 24, 32, 64, 96, 128, 192, 256, 512, 1024, 2048, 4096, 8192,
};

static const uint32_t extreme_sizes[] = {
    0, KMALLOC_CACHE_SIZE_MAX + 1, 32768, 65536, KMALLOC_SIZE_MAX, KMALLOC_SIZE_MAX + 1, 0xffffff,
};

static const struct range aligns_log2[] = {
    {20, 0, 0}, {6, 3, 6}, {2, 7, 12}, {2, 1, 2}, {1, 13, 15}, {0, 0, 0},
};

static const struct range race_aligns_log2[] = {
    {20, 0, 0}, {4, 3, 8}, {8, 9, 10}, {10, 11, 12}, {1, 13, 15}, {0, 0, 0},
};

static const struct range bulk_counts[] = {
    {8, 1, 4}, {4, 5, 16}, {2, 17, 40}, {1, 41, 63}, {0, 0, 0},
};

static const struct range afters[] = {
    {6, 1, 1}, {6, 2, 3}, {8, 4, 8}, {5, 9, 13}, {2, 14, 28}, {1, 29, 60}, {0, 0, 0},
};

static const struct range early_afters[] = {
    {4, 1, 1}, {3, 2, 3}, {2, 4, 13}, {0, 0, 0},
};

/* What goes through all caches makes a few accesses in each. */
static const struct range late_afters[] = {
    {3, 1, 8}, {4, 9, 24}, {2, 25, 40}, {1, 41, 60}, {1, 61, 200}, {0, 0, 0},
};

/* Rows that are not here take any value of their range. */
static const struct range config_values[HEAP_CONFIG_COUNT][RANGE_MAX] = {
    [HEAP_CONFIG_page_count] =
        {{28, 8, 16}, {24, 17, 64}, {6, 65, 256}, {5, 257, 1024}, {1, 1025, 65536}},
    [HEAP_CONFIG_cpu_count] = {{3, 1, 1}, {8, 2, 2}, {4, 3, 4}, {1, 5, 8}},
    [HEAP_CONFIG_slab_order_min] = {{12, 0, 0}, {3, 1, 3}, {1, 4, ORDER_MAX}},
    [HEAP_CONFIG_slab_order_max] = {{6, 0, 1}, {2, 2, 2}, {6, 3, 3}, {1, 4, ORDER_MAX}},
    [HEAP_CONFIG_slab_objects_min] = {{10, 0, 0}, {4, 1, 8}, {1, 9, 64}, {1, 65, 1024}},
    [HEAP_CONFIG_partial_floor] = {{6, 0, 1}, {3, 2, 4}, {4, 5, 5}, {1, 6, 64}},
    [HEAP_CONFIG_partial_ceiling] = {{4, 0, 2}, {2, 3, 9}, {4, 10, 10}, {1, 11, 64}},
    [HEAP_CONFIG_cpu_partial_slabs] = {{3, 0, 0}, {6, 1, 2}, {3, 3, 8}, {3, 16, 16}, {1, 17, 64}},
    [HEAP_CONFIG_debug_flags] = {{12, 0, 0}, {4, 15, 15}, {4, 1, 14}},
    /* Writing whole pages costs time, and the first report is rarely worth being the last. */
    [HEAP_CONFIG_page_poison] = {{3, 0, 0}, {1, 1, 1}},
    [HEAP_CONFIG_init_on_alloc] = {{3, 0, 0}, {1, 1, 1}},
    [HEAP_CONFIG_init_on_free] = {{3, 0, 0}, {1, 1, 1}},
    [HEAP_CONFIG_stop_on_report] = {{31, 0, 0}, {1, 1, 1}},
    [HEAP_CONFIG_pageblock_order] = {{6, 0, 0}, {10, 1, 3}, {3, 4, 5}, {1, 6, ORDER_MAX}},
    [HEAP_CONFIG_min_free_pages] = {{20, 0, 0}, {6, 1, 3}, {1, 4, 12}},
    [HEAP_CONFIG_highatomic_percent] = {{3, 0, 0}, {2, 1, 1}, {2, 2, 50}},
    [HEAP_CONFIG_guard_order] = {{5, 0, 0}, {1, 1, 1}, {1, 2, 5}},
    [HEAP_CONFIG_page_owner] = {{3, 0, 0}, {1, 1, 1}},
    [HEAP_CONFIG_debug_pagealloc] = {{5, 0, 0}, {1, 1, 1}},
    [HEAP_CONFIG_pcp_high] = {{4, 0, 0}, {5, 1, 8}, {3, 9, 32}, {1, 33, 512}},
    [HEAP_CONFIG_pcp_batch] = {{3, 0, 0}, {3, 1, 1}, {4, 2, 8}, {1, 9, 64}},
    [HEAP_CONFIG_pcp_types] = {{1, 0, 0}, {2, 1, 1}},
    [HEAP_CONFIG_hole_first] = {{4, 1, 16}, {4, 17, 64}, {1, 65, 1024}, {1, 0, 0}},
    [HEAP_CONFIG_hole_pages] = {{8, 0, 0}, {5, 1, 4}, {3, 5, 24}, {1, 25, 256}},
    /* One op after the other sees no difference. */
    [HEAP_CONFIG_store_buffers] = {{1, 0, 0}},
    /* Every cache costs time when the heap is made. */
    [HEAP_CONFIG_kmalloc_families] = {{5, 0, 0}, {2, 1, 1}},
    [HEAP_CONFIG_kmalloc_copies] = {{12, 0, 0}, {3, 1, 2}, {1, 15, 15}},
    [HEAP_CONFIG_kmalloc_align_log2] = {{8, 3, 3}, {4, 4, 7}},
    [HEAP_CONFIG_object_extensions] = {{4, 0, 0}, {1, 1, 1}},
    /* Who is watched takes no fast path. */
    [HEAP_CONFIG_stats] = {{4, 0, 0}, {1, 1, 1}},
    [HEAP_CONFIG_name_checks] = {{5, 0, 0}, {1, 1, 1}},
    [HEAP_CONFIG_merging] = {{2, 0, 0}, {1, 1, 1}},
    [HEAP_CONFIG_slab_debug] = {{8, 0, 0}, {3, 1, 7}},
    [HEAP_CONFIG_fault_injection] = {{4, 0, 0}, {1, 1, 1}},
    [HEAP_CONFIG_object_bitmap] = {{5, 0, 0}, {1, 1, 1}},
    [HEAP_CONFIG_quarantine_bytes] = {{10, 0, 0}, {1, 1, 128}, {1, 129, 4096}, {1, 4097, 65535}},
    [HEAP_CONFIG_guard_pool_interval] = {{12, 0, 0}, {3, 1, 2}, {1, 3, 8}},
    /* Small ones leave pages for others, and come round. */
    [HEAP_CONFIG_guard_pool_objects] = {{6, 1, 3}, {2, 4, 7}, {1, 8, 15}},
    [HEAP_CONFIG_node_count] = {{8, 1, 1}, {5, 2, 2}, {2, 3, 4}},
    [HEAP_CONFIG_node_skew] = {{4, 0, 0}, {4, 1, 8}, {1, 9, 64}, {1, 65, 1024}},
    [HEAP_CONFIG_memoryless_nodes] = {{5, 0, 0}, {2, 2, 2}, {1, 4, 14}},
    [HEAP_CONFIG_dma_pages] = {{6, 0, 0}, {3, 1, 8}, {1, 9, 64}, {1, 65, 4096}},
    [HEAP_CONFIG_watermark_scale] = {{8, 0, 0}, {3, 500, 1500}, {1, 1, 3000}},
    [HEAP_CONFIG_lowmem_reserve_ratio] = {{4, 0, 0}, {3, 1, 4}, {1, 5, 256}},
    [HEAP_CONFIG_remote_defrag_ratio] = {{4, 1000, 1000}, {2, 0, 0}, {2, 1024, 1024}, {1, 1, 1023}},
};

/* What MUTATE_SMP has instead: CPUs that meet in few small slabs, which none of them keeps. */
static const struct range race_config_values[HEAP_CONFIG_COUNT][RANGE_MAX] = {
    [HEAP_CONFIG_page_count] = {{10, 8, 16}, {6, 17, 32}, {3, 33, 64}, {1, 65, 256}},
    [HEAP_CONFIG_cpu_count] = {{8, 2, 2}, {4, 3, 3}, {3, 4, 4}},
    [HEAP_CONFIG_slab_order_min] = {{20, 0, 0}, {1, 1, 1}},
    [HEAP_CONFIG_slab_order_max] = {{8, 0, 0}, {3, 1, 1}, {1, 2, 3}},
    [HEAP_CONFIG_slab_objects_min] = {{4, 0, 0}, {8, 1, 2}, {3, 3, 8}},
    [HEAP_CONFIG_partial_floor] = {{8, 0, 0}, {3, 1, 1}, {1, 2, 5}},
    [HEAP_CONFIG_partial_ceiling] = {{6, 0, 1}, {3, 2, 4}, {1, 5, 10}},
    [HEAP_CONFIG_cpu_partial_slabs] = {{5, 0, 0}, {5, 1, 1}, {4, 2, 2}, {1, 3, 6}},
    [HEAP_CONFIG_debug_flags] = {{28, 0, 0}, {2, 15, 15}, {2, 1, 14}},
    [HEAP_CONFIG_slab_debug] = {{20, 0, 0}, {1, 1, 7}},
    [HEAP_CONFIG_store_buffers] = {{2, 0, 0}, {1, 1, 1}},
    [HEAP_CONFIG_kmalloc_families] = {{12, 0, 0}, {1, 1, 1}},
    [HEAP_CONFIG_kmalloc_copies] = {{24, 0, 0}, {1, 1, 1}},
    [HEAP_CONFIG_kmalloc_align_log2] = {{8, 3, 3}, {1, 4, 7}},
    [HEAP_CONFIG_object_extensions] = {{5, 0, 0}, {1, 1, 1}},
    [HEAP_CONFIG_pageblock_order] = {{4, 0, 0}, {4, 1, 2}, {1, 3, 4}},
    [HEAP_CONFIG_min_free_pages] = {{12, 0, 0}, {1, 1, 4}},
    [HEAP_CONFIG_highatomic_percent] = {{8, 0, 0}, {1, 1, 50}},
    [HEAP_CONFIG_guard_order] = {{11, 0, 0}, {1, 1, 2}},
    [HEAP_CONFIG_page_owner] = {{7, 0, 0}, {1, 1, 1}},
    [HEAP_CONFIG_debug_pagealloc] = {{23, 0, 0}, {1, 1, 1}},
    [HEAP_CONFIG_pcp_high] = {{4, 0, 0}, {4, 1, 4}, {2, 5, 16}},
    [HEAP_CONFIG_pcp_batch] = {{2, 0, 0}, {2, 1, 2}, {1, 3, 6}},
    [HEAP_CONFIG_pcp_types] = {{1, 0, 0}, {2, 1, 1}},
    [HEAP_CONFIG_hole_pages] = {{20, 0, 0}, {1, 1, 8}},
    [HEAP_CONFIG_stats] = {{11, 0, 0}, {1, 1, 1}},
    [HEAP_CONFIG_fault_injection] = {{11, 0, 0}, {1, 1, 1}},
    [HEAP_CONFIG_object_bitmap] = {{15, 0, 0}, {1, 1, 1}},
    [HEAP_CONFIG_quarantine_bytes] = {{15, 0, 0}, {1, 1, 8192}},
    [HEAP_CONFIG_guard_pool_interval] = {{18, 0, 0}, {2, 1, 2}},
    [HEAP_CONFIG_guard_pool_objects] = {{3, 1, 1}, {1, 2, 3}},
    [HEAP_CONFIG_node_count] = {{8, 1, 1}, {4, 2, 2}, {1, 3, 4}},
    [HEAP_CONFIG_watermark_scale] = {{15, 0, 0}, {1, 500, 1500}},
    [HEAP_CONFIG_lowmem_reserve_ratio] = {{15, 0, 0}, {1, 1, 4}},
};

/* How a cache is debugged. Weights: MUTATE_SEQUENCE, MUTATE_MISUSE, MUTATE_BUDDY, MUTATE_SMP. */
static const struct {
    uint8_t weights[MUTATE_PROFILE_COUNT];
    uint32_t flags;
} debug_combinations[] = {
    {{12, 3, 1, 40}, 0},
    {{2, 2, 0, 2}, SLAB_CONSISTENCY_CHECKS},
    {{2, 2, 0, 1}, SLAB_RED_ZONE},
    {{2, 2, 0, 1}, SLAB_POISON},
    {{1, 1, 0, 1}, SLAB_STORE_USER},
    {{2, 2, 0, 1}, SLAB_RED_ZONE | SLAB_POISON},
    {{2, 2, 0, 1}, SLAB_CONSISTENCY_CHECKS | SLAB_RED_ZONE},
    {{1, 2, 0, 1}, SLAB_CONSISTENCY_CHECKS | SLAB_POISON},
    {{2, 3, 0, 1}, SLAB_CONSISTENCY_CHECKS | SLAB_RED_ZONE | SLAB_POISON},
    {{4, 6, 0, 4}, SLAB_DEBUG_FLAGS},
};

/* One time in odds, the flag is added. The last is refused: callers may not pass it. */
static const struct {
    uint32_t odds;
    uint32_t flag;
} further_flags[] = {
    {8, SLAB_HWCACHE_ALIGN}, {8, SLAB_NO_MERGE}, {16, SLAB_NO_USER_FLAGS},
    {64, SLAB_PANIC},        {128, SLAB_KMALLOC},
};

enum {
    CLASS_COUNT = sizeof(class_sizes) / sizeof(class_sizes[0]),
    EXTREME_COUNT = sizeof(extreme_sizes) / sizeof(extreme_sizes[0]),
    COMBINATION_COUNT = sizeof(debug_combinations) / sizeof(debug_combinations[0]),
    FURTHER_FLAG_COUNT = sizeof(further_flags) / sizeof(further_flags[0]),
};

static uint32_t choose_from_ranges(struct random *random, const struct range *ranges)
{
    uint32_t total = 0;

    for (const struct range *range = ranges; range->weight != 0; range++) {
        total += range->weight;
    }

    uint32_t left = random_below(random, total);

    while (left >= ranges->weight) {
        left -= ranges->weight;
        ranges++;
    }
    return random_between(random, ranges->first, ranges->final);
}

/* A class size, one less or one more. */
static uint32_t choose_boundary(struct random *random)
{
    uint32_t size = class_sizes[random_below(random, CLASS_COUNT)];

    return size - 1 + random_below(random, 3);
}

static uint32_t choose_extreme(struct random *random)
{
    return extreme_sizes[random_below(random, EXTREME_COUNT)];
}

uint32_t choose_object_size(struct random *random, enum mutate_profile profile)
{
    if (random_one_in(random, 96)) {
        return choose_extreme(random);
    }
    if (profile == MUTATE_SMP) {
        return choose_from_ranges(random, race_object_sizes);
    }
    return random_one_in(random, 3) ? choose_boundary(random)
                                    : choose_from_ranges(random, object_sizes);
}

uint32_t choose_kmalloc_size(struct random *random, uint32_t page_count)
{
    uint32_t size;

    if (random_one_in(random, 32)) {
        return choose_extreme(random);
    }
    size = random_one_in(random, 2) ? choose_boundary(random)
                                    : choose_from_ranges(random, kmalloc_sizes);
    /* A quarter of the arena at most, or a tiny one would be asked for the impossible only. */
    return size / PAGE_SIZE < page_count / 4 ? size : size % PAGE_SIZE;
}

uint32_t choose_large_size(struct random *random, uint32_t page_count)
{
    uint32_t order;

    if (random_one_in(random, 32)) {
        return choose_extreme(random);
    }
    order = 1 + random_below(random, page_count < 64 ? 3 : 6);
    if (random_one_in(random, 2)) {
        return ((uint32_t)PAGE_SIZE << order) + random_below(random, 3);
    }
    return ((uint32_t)PAGE_SIZE << order) + random_below(random, (uint32_t)PAGE_SIZE << order);
}

uint32_t choose_align_log2(struct random *random, enum mutate_profile profile)
{
    return choose_from_ranges(random, profile == MUTATE_SMP ? race_aligns_log2 : aligns_log2);
}

static uint32_t choose_debug_flags(struct random *random, enum mutate_profile profile)
{
    uint32_t total = 0;
    uint32_t left;
    uint32_t i = 0;

    for (i = 0; i < COMBINATION_COUNT; i++) {
        total += debug_combinations[i].weights[profile];
    }
    left = random_below(random, total);
    for (i = 0; left >= debug_combinations[i].weights[profile]; i++) {
        left -= debug_combinations[i].weights[profile];
    }
    return debug_combinations[i].flags;
}

uint32_t choose_create_flags(struct random *random, enum mutate_profile profile)
{
    uint32_t flags = choose_debug_flags(random, profile);

    for (uint32_t i = 0; i < FURTHER_FLAG_COUNT; i++) {
        if (random_one_in(random, further_flags[i].odds)) {
            flags |= further_flags[i].flag;
        }
    }
    return flags;
}

uint32_t choose_order(struct random *random, uint32_t page_count)
{
    if (random_one_in(random, 48)) {
        return random_below(random, 16);
    }
    if (random_one_in(random, 2)) {
        return 0;
    }
    return random_below(random, page_count < 64 ? 4 : page_count < 1024 ? 6 : ORDER_COUNT);
}

uint32_t choose_bulk_count(struct random *random)
{
    return choose_from_ranges(random, bulk_counts);
}

uint32_t choose_offset(struct random *random, uint32_t size)
{
    if (size == 0) {
        return 0;
    }
    switch (random_below(random, 4)) {
    case 0:
        return random_below(random, size < 8 ? size : 8);
    case 1:
        return size - 1 - random_below(random, size < 8 ? size : 8);
    case 2:
        return size / 2 & ~7u;
    default:
        return random_below(random, size);
    }
}

uint32_t choose_after(struct random *random)
{
    return choose_from_ranges(random, afters);
}

uint32_t choose_early_after(struct random *random)
{
    return choose_from_ranges(random, early_afters);
}

uint32_t choose_late_after(struct random *random)
{
    return choose_from_ranges(random, late_afters);
}

uint64_t choose_config_value(struct random *random, enum mutate_profile profile, size_t index)
{
    const struct heap_config_row *row = &heap_config_rows[index];

    if (profile == MUTATE_SMP && race_config_values[index][0].weight != 0) {
        return choose_from_ranges(random, race_config_values[index]);
    }
    if (config_values[index][0].weight != 0) {
        return choose_from_ranges(random, config_values[index]);
    }
    return random_between(random, (uint32_t)row->minimum, (uint32_t)row->maximum);
}
