#include "tests/support/traffic.h"

#include <string.h>

#include "allocator/api/heap.h"
#include "allocator/api/kmalloc.h"
#include "allocator/api/kmem_cache.h"
#include "allocator/api/pages.h"
#include "allocator/hardening/keyed_random.h"

static uint64_t next_random(uint64_t *state)
{
    *state = keyed_random_mix(*state, 1);
    return *state;
}

static uint64_t below(uint64_t *state, uint64_t bound)
{
    return next_random(state) % bound;
}

struct heap_config traffic_config(uint64_t seed)
{
    struct heap_config config = heap_config_default();
    uint64_t random = ~seed;

    config.seed = (uint32_t)seed;
    config.page_count = 8u << below(&random, 6);
    config.page_count += (uint32_t)below(&random, 8);
    config.cpu_count = 1 + (uint32_t)below(&random, 4);
    config.debug_flags = (uint32_t)(below(&random, 3) == 0 ? below(&random, 16) : 0);
    config.slab_order_max = (uint32_t)below(&random, 5);
    config.partial_floor = (uint32_t)below(&random, 6);
    config.cpu_partial_slabs = (uint32_t)below(&random, 4);
    config.freelist_encoded = below(&random, 2) == 0;
    config.freelist_shuffled = below(&random, 2) == 0;
    config.page_poison = below(&random, 4) == 0;
    config.init_on_alloc = below(&random, 4) == 0;
    config.init_on_free = below(&random, 4) == 0;
    return config;
}

void traffic_begin(struct traffic *traffic, struct sim *sim, struct kmem_heap *heap,
                   const struct heap_config *config, uint64_t seed)
{
    memset(traffic, 0, sizeof(*traffic));
    traffic->sim = sim;
    traffic->heap = heap;
    traffic->cpu_count = config->cpu_count;
    traffic->random = seed;
}

static void fill_first_byte(void *object)
{
    *(unsigned char *)object = 0x33;
}

static void create(struct traffic *traffic, unsigned cache)
{
    uint64_t *random = &traffic->random;
    bool is_large = below(random, 8) == 0;
    struct cache_request request = {
        .name = "traffic",
        .size = 1 + below(random, is_large ? 20000 : 300),
        .align = below(random, 3) == 0 ? (size_t)1 << below(random, 9) : 0,
        .flags = (slab_flags_t)(below(random, 2) == 0 ? below(random, SLAB_DEBUG_FLAGS + 1) : 0),
        .ctor = below(random, 4) == 0 ? fill_first_byte : NULL,
    };

    request.flags |= below(random, 2) == 0 ? SLAB_HWCACHE_ALIGN : 0;
    heap_cache_create(traffic->heap, &request, &traffic->caches[cache]);
}

static bool cache_is_empty(const struct traffic *traffic, unsigned cache)
{
    for (unsigned i = 0; i < TRAFFIC_SLOTS; i++) {
        if (traffic->slots[i].kind == TRAFFIC_OBJECT && traffic->slots[i].detail == cache) {
            return false;
        }
    }
    return true;
}

static void maintain(struct traffic *traffic, unsigned cache_index)
{
    struct kmem_cache *cache = traffic->caches[cache_index];

    switch (below(&traffic->random, 5)) {
    case 0:
        kmem_cache_shrink(cache);
        break;
    case 1:
        kmem_cache_flush_cpu(cache, (unsigned)below(&traffic->random, traffic->cpu_count));
        break;
    case 2:
        kmem_cache_validate(cache);
        break;
    case 3:
        heap_fail_page_alloc(traffic->heap, below(&traffic->random, 4));
        break;
    default:
        if (cache_is_empty(traffic, cache_index)) {
            kmem_cache_destroy(cache);
            traffic->caches[cache_index] = NULL;
        }
        break;
    }
}

static size_t random_size(uint64_t *random)
{
    return 1 + below(random, below(random, 8) == 0 ? 20000 : 500);
}

static void allocate(struct traffic *traffic, struct traffic_slot *slot, unsigned cache)
{
    switch (below(&traffic->random, 10)) {
    case 0:
        slot->kind = TRAFFIC_PAGES;
        slot->detail = (unsigned)below(&traffic->random, 4);
        slot->address = heap_alloc_pages(traffic->heap, GFP_KERNEL, slot->detail);
        break;
    case 1:
    case 2:
    case 3:
        slot->kind = TRAFFIC_KMALLOC;
        slot->address = heap_alloc(traffic->heap, random_size(&traffic->random), GFP_KERNEL);
        break;
    default:
        slot->kind = TRAFFIC_OBJECT;
        slot->detail = cache;
        slot->address = kmem_cache_alloc(traffic->caches[cache], GFP_KERNEL);
        break;
    }
    if (slot->address == NULL) {
        slot->kind = TRAFFIC_NOTHING;
    }
}

static void resize(struct traffic *traffic, struct traffic_slot *slot)
{
    size_t size = random_size(&traffic->random);
    void *moved = heap_realloc(traffic->heap, slot->address, size, GFP_KERNEL);

    slot->address = moved != NULL ? moved : slot->address;
}

static void release(struct traffic *traffic, struct traffic_slot *slot)
{
    if (slot->kind == TRAFFIC_KMALLOC && below(&traffic->random, 4) == 0) {
        resize(traffic, slot);
        return;
    }
    if (slot->kind == TRAFFIC_KMALLOC) {
        heap_free(traffic->heap, slot->address);
    } else if (slot->kind == TRAFFIC_PAGES) {
        heap_free_pages(traffic->heap, slot->address, slot->detail);
    } else {
        kmem_cache_free(traffic->caches[slot->detail], slot->address);
    }
    slot->kind = TRAFFIC_NOTHING;
}

void traffic_step(struct traffic *traffic)
{
    unsigned cache = (unsigned)below(&traffic->random, TRAFFIC_CACHES);
    struct traffic_slot *slot = &traffic->slots[below(&traffic->random, TRAFFIC_SLOTS)];

    sim_set_cpu(traffic->sim, (cpu_id_t)below(&traffic->random, traffic->cpu_count));
    sim_begin_step(traffic->sim);
    if (traffic->caches[cache] == NULL) {
        create(traffic, cache);
    } else if (below(&traffic->random, 16) == 0) {
        maintain(traffic, cache);
    } else if (slot->kind == TRAFFIC_NOTHING) {
        allocate(traffic, slot, cache);
    } else {
        release(traffic, slot);
    }
    sim_end_step(traffic->sim);
    traffic->hash = keyed_random_mix(traffic->hash, (uintptr_t)slot->address);
}
