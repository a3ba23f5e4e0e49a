#include "allocator/slub/sites.h"

#include <string.h>

#include "allocator/debug/consistency.h"
#include "allocator/debug/object.h"
#include "allocator/slub/partial.h"

/* One collection. */
struct collection {
    struct site_table *table;
    enum track_kind kind;
    unsigned node;
    uint64_t now;
};

static bool site_is_before(const struct site *site, uint64_t number, uint64_t waste)
{
    return site->site != number ? site->site < number : site->waste < waste;
}

/* Where the site is in the table, or belongs. */
static uint32_t find_place(const struct site_table *table, uint64_t number, uint64_t waste)
{
    uint32_t first = 0;
    uint32_t end = table->count;

    while (first < end) {
        uint32_t middle = first + (end - first) / 2;

        if (site_is_before(&table->sites[middle], number, waste)) {
            first = middle + 1;
        } else {
            end = middle;
        }
    }
    return first;
}

/* The row of a site, which may be new; NULL if there is no room for it. */
static struct site *find_site(struct site_table *table, uint64_t number, uint64_t waste)
{
    uint32_t place = find_place(table, number, waste);
    struct site *site = &table->sites[place];

    if (place < table->count && site->site == number && site->waste == waste) {
        return site;
    }
    if (table->count == table->capacity) {
        return NULL;
    }
    memmove(site + 1, site, (table->count - place) * sizeof(*site));
    table->count++;
    *site = (struct site){.site = number, .waste = waste, .age_min = UINT64_MAX};
    return site;
}

/* Bytes that were handed out and not asked for, as far as the damaged can be believed. */
static uint64_t find_waste(const struct kmem_cache *cache, const void *object)
{
    size_t requested_size = object_requested_size(cache, object);

    return requested_size < cache->layout.object_size ? cache->layout.object_size - requested_size
                                                      : 0;
}

static void add_object(const struct slab *slab, void *object, void *argument)
{
    const struct collection *collection = argument;
    struct track track = track_get(slab->cache, object, collection->kind);
    uint64_t waste = find_waste(slab->cache, object);
    /* Another CPU may have set it after the collection began. */
    uint64_t age = track.time < collection->now ? collection->now - track.time : 0;
    struct site *site = find_site(collection->table, track.site, waste);

    if (site == NULL) {
        collection->table->left_out++;
        return;
    }
    site->count++;
    site->age_sum += age;
    site->age_min = age < site->age_min ? age : site->age_min;
    site->age_max = age > site->age_max ? age : site->age_max;
    site->cpus |= track.site != 0 && track.cpu < CPU_MAX ? 1u << track.cpu : 0;
    site->nodes |= 1u << collection->node;
}

static void add_list(const struct list_link *head, struct collection *collection)
{
    list_for_each_safe(link, following, head) {
        slab_for_each_used(slab_of_link(link), add_object, collection);
    }
}

static void add_node(struct kmem_cache_node *node, struct collection *collection)
{
    uint64_t irq_state = node_lock(node);

    if (node->is_ready) {
        add_list(&node->partial, collection);
        add_list(&node->full, collection);
    }
    node_unlock(node, irq_state);
}

void slub_collect_sites(struct kmem_cache *cache, enum track_kind kind, struct site_table *table)
{
    struct collection collection = {.table = table, .kind = kind, .now = world_time()};

    for (uint32_t node = 0; node < cache->heap->memory.node_count; node++) {
        collection.node = node;
        add_node(&cache->nodes[node], &collection);
    }
}
