#include "allocator/api/traces.h"

#include "allocator/api/pages.h"
#include "allocator/base/bits.h"
#include "allocator/base/errors.h"
#include "allocator/cache/heap_state.h"
#include "allocator/slub/sites.h"
#include "allocator/slub/tally.h"

/* Of the table: beyond that, sites are left out and their objects told of in one line. */
enum { TABLE_ORDER_MAX = 4 };

/* Lies at the start of the pages that hold the table. */
struct cache_traces {
    struct kmem_heap *heap;
    struct page *page;
    unsigned order;
    struct site_table table;
    const struct site *told;    /* the last one; NULL: none yet */
    bool has_ended;
};

/* Enough for a site of each object, within bounds. */
static unsigned table_order(uint64_t object_count)
{
    size_t size = sizeof(struct cache_traces) + object_count * sizeof(struct site);

    return size >= order_size(TABLE_ORDER_MAX) ? (unsigned)TABLE_ORDER_MAX : order_for_size(size);
}

int kmem_cache_traces_open(struct kmem_cache *cache, enum track_kind kind,
                           struct cache_traces **traces)
{
    struct kmem_heap *heap = cache->heap;
    struct cache_tally tally;

    *traces = NULL;
    if (!cache_stores_users(cache)) {
        return HEAP_EINVAL;
    }
    slub_tally(cache, &tally);

    unsigned order = table_order(tally_total(&tally).object_count);
    struct page *page = heap_alloc_pages(heap, GFP_KERNEL, order);

    if (page == NULL) {
        return HEAP_ENOMEM;
    }

    struct cache_traces *made = heap_page_address(heap, page);

    *made = (struct cache_traces){.heap = heap, .page = page, .order = order};
    made->table.sites = (struct site *)(made + 1);
    made->table.capacity = (uint32_t)((order_size(order) - sizeof(*made)) / sizeof(struct site));
    slub_collect_sites(cache, kind, &made->table);
    *traces = made;
    return HEAP_OK;
}

/* More objects first, and of as many the site that is further up in the table. */
static bool comes_before(const struct site *site, const struct site *other)
{
    return site->count != other->count ? site->count > other->count : site < other;
}

/* The site behind the one that was told last, or NULL. */
static const struct site *find_next(const struct cache_traces *traces)
{
    const struct site *next = NULL;

    for (uint32_t i = 0; i < traces->table.count; i++) {
        const struct site *site = &traces->table.sites[i];
        bool is_left = traces->told == NULL || comes_before(traces->told, site);

        if (is_left && (next == NULL || comes_before(site, next))) {
            next = site;
        }
    }
    return next;
}

/* " cpus=0-2,5": ranges of the bits that are set; nothing for none. */
static void print_set(struct text *text, const char *name, uint32_t bits)
{
    const char *separator = "=";

    if (bits == 0) {
        return;
    }
    text_print(text, " %s", name);
    for (unsigned first = 0; first < 32; first++) {
        unsigned final = first;

        if ((bits >> first & 1) == 0) {
            continue;
        }
        while (final < 31 && (bits >> (final + 1) & 1) != 0) {
            final++;
        }
        text_print(text, final > first ? "%s%u-%u" : "%s%u", separator, first, final);
        separator = ",";
        first = final;
    }
}

static void print_site(struct text *text, const struct site *site)
{
    unsigned long long count = site->count;
    unsigned long long waste = site->waste;

    text_print(text, "%7llu", count);
    if (site->site != 0) {
        text_print(text, " site %llu", (unsigned long long)site->site);
    } else {
        text_print(text, " <not-available>");
    }
    if (waste != 0) {
        text_print(text, " waste=%llu/%llu", count * waste, waste);
    }
    text_print(text, " age=%llu", (unsigned long long)site->age_min);
    if (site->age_min != site->age_max) {
        text_print(text, "/%llu/%llu", (unsigned long long)(site->age_sum / count),
                   (unsigned long long)site->age_max);
    }
    print_set(text, "cpus", site->cpus);
    print_set(text, "nodes", site->nodes);
    text_print(text, "\n");
}

/* What comes behind the last site. */
static bool print_end(struct cache_traces *traces, struct text *text)
{
    bool is_empty = traces->table.count == 0;
    unsigned long long left_out = traces->table.left_out;

    if (traces->has_ended || (!is_empty && left_out == 0)) {
        return false;
    }
    traces->has_ended = true;
    if (is_empty) {
        text_print(text, "No data\n");
    } else {
        text_print(text, "%7llu of further sites\n", left_out);
    }
    return true;
}

bool kmem_cache_traces_next(struct cache_traces *traces, struct text *text)
{
    const struct site *site = find_next(traces);

    if (site == NULL) {
        return print_end(traces, text);
    }
    traces->told = site;
    print_site(text, site);
    return true;
}

void kmem_cache_traces_close(struct cache_traces *traces)
{
    heap_free_pages(traces->heap, traces->page, traces->order);
}
