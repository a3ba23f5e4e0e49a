#include "fuzz/triage/slabinfo_table.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "allocator/api/stats.h"
#include "allocator/base/bits.h"
#include "allocator/cache/cache.h"

enum { NUMBER_SIZE = 24 };

static struct slabinfo_activity find_activity(const struct kmem_cache *cache)
{
    uint64_t fast_allocs = kmem_cache_stat(cache, STAT_ALLOC_FASTPATH);
    uint64_t fast_frees = kmem_cache_stat(cache, STAT_FREE_FASTPATH);

    return (struct slabinfo_activity){
        .alloc_count = fast_allocs + kmem_cache_stat(cache, STAT_ALLOC_SLOWPATH),
        .free_count = fast_frees + kmem_cache_stat(cache, STAT_FREE_SLOWPATH),
        .fast_alloc_count = fast_allocs,
        .fast_free_count = fast_frees,
        .fallback_count = kmem_cache_stat(cache, STAT_ORDER_FALLBACK),
        .slab_retry_count = kmem_cache_stat(cache, STAT_CMPXCHG_DOUBLE_FAIL),
        .cpu_retry_count = kmem_cache_stat(cache, STAT_CMPXCHG_DOUBLE_CPU_FAIL),
    };
}

void slabinfo_add(struct slabinfo_table *table, struct kmem_cache *cache)
{
    struct slabinfo_row *row = &table->rows[table->count++];

    *row = (struct slabinfo_row){
        .info = kmem_cache_slabinfo(cache),
        .activity = find_activity(cache),
        .object_size = cache->layout.object_size,
        .objects_per_slab = cache->layout.objects_per_slab,
        .order = cache->layout.order,
        .flags = cache->flags,
    };
    memcpy(row->name, cache->name, sizeof(row->name));
}

static uint64_t space_of(const struct slabinfo_row *row)
{
    return row->info.slabs * order_size(row->order);
}

static uint64_t used_of(const struct slabinfo_row *row)
{
    return row->info.active_objects * row->object_size;
}

/* A slab that found no run of the preferred order is smaller than it counts here. */
static uint64_t loss_of(const struct slabinfo_row *row)
{
    return space_of(row) > used_of(row) ? space_of(row) - used_of(row) : 0;
}

static uint64_t percent(uint64_t part, uint64_t whole)
{
    return whole != 0 ? part * 100 / whole : 100;
}

static const char *size_text(uint64_t bytes, const struct slabinfo_view *view,
                             char text[NUMBER_SIZE])
{
    static const char units[] = "KMGT";
    double value = (double)bytes;
    unsigned unit = 0;

    if (view->shows_bytes || bytes < 1024) {
        snprintf(text, NUMBER_SIZE, "%" PRIu64, bytes);
        return text;
    }
    for (value /= 1024; value >= 1024 && unit + 1 < sizeof(units) - 1; value /= 1024) {
        unit++;
    }
    snprintf(text, NUMBER_SIZE, "%.1f%c", value, units[unit]);
    return text;
}

static void put_flags(slab_flags_t flags)
{
    static const struct {
        slab_flags_t flag;
        char letter;
    } letters[] = {
        {SLAB_CACHE_DMA, 'd'},           {SLAB_HWCACHE_ALIGN, 'A'}, {SLAB_POISON, 'P'},
        {SLAB_RECLAIM_ACCOUNT, 'a'},     {SLAB_RED_ZONE, 'Z'},
        {SLAB_CONSISTENCY_CHECKS, 'F'},  {SLAB_STORE_USER, 'U'},    {SLAB_TRACE, 'T'},
    };

    const char *separator = " ";

    for (unsigned i = 0; i < sizeof(letters) / sizeof(letters[0]); i++) {
        if ((flags & letters[i].flag) != 0) {
            printf("%s%c", separator, letters[i].letter);
            separator = "";
        }
    }
    putchar('\n');
}

static void put_row(const struct slabinfo_row *row, const struct slabinfo_view *view)
{
    const struct slabinfo *info = &row->info;
    char size[NUMBER_SIZE];
    char spread[3 * NUMBER_SIZE];

    snprintf(spread, sizeof(spread), "%" PRIu64 "/%" PRIu64 "/%" PRIu64,
             info->slabs - info->cpu_slabs, info->partial_slabs, info->cpu_slabs);
    printf("%-21s %8" PRIu64 " %7" PRIu64 " %8s %15s %4u %1u %3" PRIu64 " %3" PRIu64, row->name,
           info->active_objects, row->object_size,
           size_text(view->shows_loss ? loss_of(row) : space_of(row), view, size), spread,
           row->objects_per_slab, row->order, percent(info->partial_slabs, info->slabs),
           percent(used_of(row), space_of(row)));
    put_flags(row->flags);
}

static void put_activity(const struct slabinfo_row *row)
{
    const struct slabinfo_activity *activity = &row->activity;

    printf("%-21s %8" PRIu64 " %10" PRIu64 " %10" PRIu64 " %3" PRIu64 " %3" PRIu64 " %5" PRIu64
           " %1u %4" PRIu64 " %4" PRIu64 "\n", row->name, row->info.active_objects,
           activity->alloc_count, activity->free_count,
           percent(activity->fast_alloc_count, activity->alloc_count),
           percent(activity->fast_free_count, activity->free_count), activity->fallback_count,
           row->order, activity->slab_retry_count, activity->cpu_retry_count);
}

static void put_heading(const struct slabinfo_view *view)
{
    if (view->shows_activity) {
        printf("Name                   Objects      Alloc       Free   %%Fast Fallb O CmpX   UL\n");
    } else {
        printf("Name                   Objects Objsize %8s  Slabs/Part/Cpu  O/S O %%Fr %%Ef Flg\n",
               view->shows_loss ? "Loss" : "Space");
    }
}

static uint64_t sort_key(const struct slabinfo_row *row, char order)
{
    switch (order) {
    case 'S':
        return space_of(row);
    case 'P':
        return row->info.partial_slabs;
    case 'L':
        return loss_of(row);
    case 'A':
        return row->activity.alloc_count + row->activity.free_count;
    default:
        return 0;
    }
}

/* Largest first, and of equal ones in the order of their names. */
static bool comes_before(const struct slabinfo_row *row, const struct slabinfo_row *other,
                         const struct slabinfo_view *view)
{
    uint64_t key = sort_key(row, view->order);
    uint64_t other_key = sort_key(other, view->order);
    bool is_before =
        key != other_key ? key > other_key : strcmp(row->name, other->name) < 0;

    return is_before != view->is_inverted;
}

/* A hundred rows at most. */
static void sort_rows(struct slabinfo_table *table, const struct slabinfo_view *view)
{
    for (uint32_t end = 1; end < table->count; end++) {
        struct slabinfo_row row = table->rows[end];
        uint32_t place = end;

        for (; place > 0 && comes_before(&row, &table->rows[place - 1], view); place--) {
            table->rows[place] = table->rows[place - 1];
        }
        table->rows[place] = row;
    }
}

static bool is_wanted(const struct slabinfo_row *row, const struct slabinfo_view *view)
{
    return row->info.slabs != 0 ? !view->hides_used : view->shows_empty;
}

void slabinfo_print(struct slabinfo_table *table, const struct slabinfo_view *view)
{
    uint32_t line_count = 0;

    sort_rows(table, view);
    put_heading(view);
    for (uint32_t i = 0; i < table->count; i++) {
        if (!is_wanted(&table->rows[i], view) ||
            (view->line_max != 0 && line_count >= view->line_max)) {
            continue;
        }
        line_count++;
        if (view->shows_activity) {
            put_activity(&table->rows[i]);
        } else {
            put_row(&table->rows[i], view);
        }
    }
}

enum total {
    TOTAL_OBJECTS,
    TOTAL_SLABS,
    TOTAL_PARTIAL,
    TOTAL_PARTIAL_PERCENT,
    TOTAL_PARTIAL_OBJECTS,
    TOTAL_PARTIAL_OBJECTS_PERCENT,
    TOTAL_MEMORY,
    TOTAL_USED,
    TOTAL_LOSS,
    TOTAL_COUNT
};

static const struct {
    const char *name;
    bool is_size;
    bool is_percent;
} total_rows[TOTAL_COUNT] = {
    [TOTAL_OBJECTS] = {"#Objects", false, false},
    [TOTAL_SLABS] = {"#Slabs", false, false},
    [TOTAL_PARTIAL] = {"#PartSlab", false, false},
    [TOTAL_PARTIAL_PERCENT] = {"%PartSlab", false, true},
    [TOTAL_PARTIAL_OBJECTS] = {"PartObjs", false, false},
    [TOTAL_PARTIAL_OBJECTS_PERCENT] = {"% PartObj", false, true},
    [TOTAL_MEMORY] = {"Memory", true, false},
    [TOTAL_USED] = {"Used", true, false},
    [TOTAL_LOSS] = {"Loss", true, false},
};

static void measure(const struct slabinfo_row *row, uint64_t numbers[TOTAL_COUNT])
{
    const struct slabinfo *info = &row->info;

    numbers[TOTAL_OBJECTS] = info->active_objects;
    numbers[TOTAL_SLABS] = info->slabs;
    numbers[TOTAL_PARTIAL] = info->partial_slabs;
    numbers[TOTAL_PARTIAL_PERCENT] = percent(info->partial_slabs, info->slabs);
    numbers[TOTAL_PARTIAL_OBJECTS] = info->partial_objects;
    numbers[TOTAL_PARTIAL_OBJECTS_PERCENT] = percent(info->partial_objects, info->active_objects);
    numbers[TOTAL_MEMORY] = space_of(row);
    numbers[TOTAL_USED] = used_of(row);
    numbers[TOTAL_LOSS] = loss_of(row);
}

static void put_total(enum total total, uint64_t number, const struct slabinfo_view *view)
{
    char text[NUMBER_SIZE];

    if (total_rows[total].is_size) {
        printf(" %11s", size_text(number, view, text));
    } else {
        printf(total_rows[total].is_percent ? " %10" PRIu64 "%%" : " %11" PRIu64, number);
    }
}

/* Shares are averaged over the whole, not added up. */
static uint64_t total_share(enum total total, const uint64_t sums[TOTAL_COUNT])
{
    return total == TOTAL_PARTIAL_PERCENT
               ? percent(sums[TOTAL_PARTIAL], sums[TOTAL_SLABS])
               : percent(sums[TOTAL_PARTIAL_OBJECTS], sums[TOTAL_OBJECTS]);
}

void slabinfo_print_totals(const struct slabinfo_table *table, const struct slabinfo_view *view)
{
    uint64_t least[TOTAL_COUNT];
    uint64_t largest[TOTAL_COUNT] = {0};
    uint64_t sums[TOTAL_COUNT] = {0};
    uint32_t active_count = 0;

    memset(least, 0xff, sizeof(least));
    for (uint32_t i = 0; i < table->count; i++) {
        uint64_t numbers[TOTAL_COUNT];

        measure(&table->rows[i], numbers);
        active_count += table->rows[i].info.slabs != 0 ? 1 : 0;
        for (unsigned total = 0; total < TOTAL_COUNT && table->rows[i].info.slabs != 0; total++) {
            least[total] = numbers[total] < least[total] ? numbers[total] : least[total];
            largest[total] = numbers[total] > largest[total] ? numbers[total] : largest[total];
            sums[total] += numbers[total];
        }
    }
    printf("Slabcache totals: %" PRIu32 " caches, %" PRIu32 " of them with slabs\n", table->count,
           active_count);
    printf("Per cache        Average     Minimum     Maximum       Total\n");
    for (unsigned total = 0; total < TOTAL_COUNT && active_count != 0; total++) {
        printf("%-10s", total_rows[total].name);
        put_total((enum total)total, sums[total] / active_count, view);
        put_total((enum total)total, least[total], view);
        put_total((enum total)total, largest[total], view);
        put_total((enum total)total,
                  total_rows[total].is_percent ? total_share((enum total)total, sums)
                                               : sums[total], view);
        printf("\n");
    }
}
