#include "tests/stress/churn_round.h"

#include <string.h>

#include "allocator/api/kmalloc.h"
#include "allocator/api/pages.h"
#include "allocator/base/params.h"
#include "allocator/base/world.h"

enum { BULK = 12, PAGE_ORDERS = 3, OWN_SIZES = 600 };

/* Bytes of an object: from its stamp alone to a run of pages. */
enum { MARK_SIZE = 128, SIZE_MIN = 8, SIZE_MAX_USED = PAGE_SIZE << (PAGE_ORDERS - 1) };

/* Few objects a slab, so that slabs come and go; the last cache is a debug one. */
static const struct cache_request requests[CHURN_CACHES] = {
    {.name = "dense", .size = 64},
    {.name = "sparse", .size = 1000},
    {.name = "pairs", .size = 2000},
    {.name = "debug", .size = 400, .flags = SLAB_DEBUG_FLAGS},
};

/*
 * At the start of an object and of each further page of it, with `value`, cut to a byte, in the
 * bytes behind, as far as the mark goes. Two that have the same memory write over each other's
 * marks; more bytes would take time and find nothing more.
 */
struct stamp {
    uint32_t size;     /* of the object, bytes */
    uint32_t value;    /* slot and CPU of whoever allocated it */
};

static uint64_t next_random(struct churn_worker *worker)
{
    worker->random ^= worker->random << 13;
    worker->random ^= worker->random >> 7;
    worker->random ^= worker->random << 17;
    return worker->random >> 11;
}

static unsigned choose(struct churn_worker *worker, unsigned count)
{
    return (unsigned)(next_random(worker) % count);
}

static uint32_t value_of(const struct churn_worker *worker, unsigned slot)
{
    return worker->cpu * CHURN_SLOTS + slot;
}

static size_t mark_size(size_t size)
{
    return size < MARK_SIZE ? size : MARK_SIZE;
}

static void put_stamp(unsigned char *object, uint32_t size, uint32_t value)
{
    const struct stamp stamp = {size, value};

    for (size_t offset = 0; offset < size; offset += PAGE_SIZE) {
        memset(object + offset, (int)value, mark_size(size));
        memcpy(object + offset, &stamp, sizeof(stamp));
    }
}

static struct stamp stamp_of(const unsigned char *object)
{
    struct stamp stamp;

    memcpy(&stamp, object, sizeof(stamp));
    return stamp;
}

static bool mark_is_intact(const unsigned char *mark, struct stamp stamp)
{
    const unsigned char *bytes = mark + sizeof(stamp);
    size_t count = mark_size(stamp.size) - sizeof(stamp);

    if (memcmp(mark, &stamp, sizeof(stamp)) != 0) {
        return false;
    }
    return count == 0 ||
           (bytes[0] == (unsigned char)stamp.value && memcmp(bytes, bytes + 1, count - 1) == 0);
}

static bool is_intact(const unsigned char *object)
{
    struct stamp stamp = stamp_of(object);

    if (stamp.size < SIZE_MIN || stamp.size > SIZE_MAX_USED) {
        return false;
    }
    for (size_t offset = 0; offset < stamp.size; offset += PAGE_SIZE) {
        if (!mark_is_intact(object + offset, stamp)) {
            return false;
        }
    }
    return true;
}

static void check(struct churn_worker *worker, const unsigned char *object, const char *where)
{
    if (!is_intact(object)) {
        churn_complain(worker->round, "content", where);
    }
}

static unsigned source_of(unsigned slot)
{
    return slot % SOURCE_COUNT;
}

static uint32_t size_of(unsigned slot)
{
    unsigned source = source_of(slot);
    unsigned ordinal = slot / SOURCE_COUNT;

    if (source < CHURN_CACHES) {
        return (uint32_t)requests[source].size;
    }
    if (source == SOURCE_KMALLOC) {
        return (uint32_t)SIZE_MIN << ordinal;
    }
    return (uint32_t)PAGE_SIZE << ordinal % PAGE_ORDERS;
}

static unsigned order_of(uint32_t size)
{
    return (unsigned)__builtin_ctz(size / PAGE_SIZE);
}

static unsigned char *take_pages(struct kmem_heap *heap, uint32_t size)
{
    struct page *page = heap_alloc_pages(heap, GFP_KERNEL, order_of(size));

    return page != NULL ? heap_page_address(heap, page) : NULL;
}

/* Now and then without a lock, where that may be done: not beside a validation. */
static bool avoids_locks(struct churn_worker *worker, unsigned source)
{
    return requests[source].flags == 0 && choose(worker, 4) == 0;
}

static unsigned char *obtain(struct churn_worker *worker, unsigned slot)
{
    struct churn_round *round = worker->round;
    unsigned source = source_of(slot);
    unsigned char *object = NULL;

    if (source == SOURCE_PAGES) {
        return take_pages(round->heap, size_of(slot));
    }
    if (source == SOURCE_KMALLOC) {
        return heap_alloc(round->heap, size_of(slot), GFP_KERNEL);
    }
    if (avoids_locks(worker, source)) {
        object = kmem_cache_alloc_nolock(round->caches[source]);
    }
    return object != NULL ? object : kmem_cache_alloc(round->caches[source], GFP_KERNEL);
}

static void release(struct churn_worker *worker, unsigned source, unsigned char *object)
{
    struct churn_round *round = worker->round;

    if (source == SOURCE_PAGES) {
        heap_free_pages(round->heap, heap_page_at(round->heap, object),
                        order_of(stamp_of(object).size));
    } else if (source == SOURCE_KMALLOC) {
        heap_free(round->heap, object);
    } else if (avoids_locks(worker, source)) {
        kmem_cache_free_nolock(round->caches[source], object);
    } else {
        kmem_cache_free(round->caches[source], object);
    }
}

/* Leaves the object to another CPU, and frees what still lies there. */
static void send_parcel(struct churn_worker *worker, unsigned source, unsigned char *object)
{
    unsigned cpu = choose(worker, CHURN_THREADS);
    unsigned char *displaced = atomic_exchange(&worker->round->parcels[cpu][source], object);

    if (displaced != NULL) {
        check(worker, displaced, "parcel");
        release(worker, source, displaced);
    }
}

static void free_parcel(struct churn_worker *worker)
{
    unsigned source = choose(worker, SOURCE_COUNT);
    unsigned char *object =
        atomic_exchange(&worker->round->parcels[worker->cpu][source], NULL);

    if (object != NULL) {
        check(worker, object, "parcel");
        release(worker, source, object);
    }
}

static void use_slot(struct churn_worker *worker)
{
    unsigned slot = choose(worker, CHURN_SLOTS);
    unsigned char *object = worker->objects[slot];

    if (object == NULL) {
        object = obtain(worker, slot);
        if (object != NULL) {
            put_stamp(object, size_of(slot), value_of(worker, slot));
        }
        worker->objects[slot] = object;
        return;
    }
    check(worker, object, "slot");
    if (stamp_of(object).value != value_of(worker, slot)) {
        churn_complain(worker->round, "content", "owner");
    }
    worker->objects[slot] = NULL;
    if (choose(worker, 3) == 0) {
        send_parcel(worker, source_of(slot), object);
    } else {
        release(worker, source_of(slot), object);
    }
}

/* Fills and frees a few objects at once; false if there was no memory. */
static bool use_in_bulk(struct churn_worker *worker, struct kmem_cache *cache)
{
    void *objects[BULK];
    size_t count = 1 + choose(worker, BULK);

    if (kmem_cache_alloc_bulk(cache, GFP_KERNEL, count, objects) != count) {
        return false;
    }
    for (size_t i = 0; i < count; i++) {
        put_stamp(objects[i], (uint32_t)kmem_cache_size(cache), (uint32_t)i);
    }
    for (size_t i = 0; i < count; i++) {
        check(worker, objects[i], "bulk");
        if (stamp_of(objects[i]).value != i) {
            churn_complain(worker->round, "content", "owner");
        }
    }
    kmem_cache_free_bulk(cache, count, objects);
    return true;
}

static struct kmem_cache *any_cache(struct churn_worker *worker)
{
    return worker->round->caches[choose(worker, CHURN_CACHES)];
}

static void use_bulk(struct churn_worker *worker)
{
    use_in_bulk(worker, any_cache(worker));
}

static void use_own_cache(struct churn_worker *worker)
{
    const struct cache_request request = {
        .name = "own",
        .size = SIZE_MIN + choose(worker, OWN_SIZES),
        .flags = choose(worker, 4) == 0 ? SLAB_DEBUG_FLAGS : 0,
    };
    struct kmem_cache *cache;

    if (heap_cache_create(worker->round->heap, &request, &cache) != HEAP_OK) {
        return;
    }
    if (kmem_cache_size(cache) != request.size) {
        churn_complain(worker->round, "content", "cache");
    }
    use_in_bulk(worker, cache);
    if (kmem_cache_destroy(cache) != HEAP_OK) {
        churn_complain(worker->round, "destroy", "own");
    }
}

static void flush(struct churn_worker *worker)
{
    kmem_cache_flush_cpu(any_cache(worker), choose(worker, CHURN_THREADS));
}

static void shrink(struct churn_worker *worker)
{
    kmem_cache_shrink(any_cache(worker));
}

/* Refused, which is no harm, by caches without debug flags. */
static void validate(struct churn_worker *worker)
{
    kmem_cache_validate(any_cache(worker));
}

static const struct act {
    unsigned weight;
    void (*run)(struct churn_worker *worker);
} acts[] = {
    {32, use_slot}, {8, free_parcel}, {10, use_bulk}, {10, flush}, {2, shrink},
    {1, validate},  {1, use_own_cache},
};

static void act(struct churn_worker *worker)
{
    unsigned total = 0;

    for (size_t i = 0; i < sizeof(acts) / sizeof(acts[0]); i++) {
        total += acts[i].weight;
    }

    unsigned choice = choose(worker, total);
    const struct act *chosen = acts;

    while (choice >= chosen->weight) {
        choice -= chosen->weight;
        chosen++;
    }
    chosen->run(worker);
}

static void count_op(struct churn_worker *worker)
{
    atomic_fetch_add_explicit(&worker->ops, 1, memory_order_relaxed);
}

void *churn_work(void *argument)
{
    struct churn_worker *worker = argument;
    struct churn_round *round = worker->round;

    world_native_enter(worker->cpu);
    for (uint64_t op = 0; op < round->ops_max; op++) {
        if (atomic_load_explicit(&round->time_is_up, memory_order_relaxed)) {
            break;
        }
        act(worker);
        count_op(worker);
    }
    atomic_store(&worker->is_done, true);
    return NULL;
}

bool churn_create_caches(struct churn_round *round)
{
    for (unsigned i = 0; i < CHURN_CACHES; i++) {
        if (heap_cache_create(round->heap, &requests[i], &round->caches[i]) != HEAP_OK) {
            return false;
        }
    }
    return true;
}

static void free_slots(struct churn_worker *worker, const struct churn_worker *owner)
{
    for (unsigned slot = 0; slot < CHURN_SLOTS; slot++) {
        if (owner->objects[slot] != NULL) {
            check(worker, owner->objects[slot], "slot");
            release(worker, source_of(slot), owner->objects[slot]);
        }
    }
    for (unsigned source = 0; source < SOURCE_COUNT; source++) {
        unsigned char *object = atomic_load(&worker->round->parcels[owner->cpu][source]);

        if (object != NULL) {
            check(worker, object, "parcel");
            release(worker, source, object);
        }
    }
    count_op(worker);
}

static void shrink_kmalloc(struct churn_worker *worker)
{
    for (size_t size = SIZE_MIN; size <= KMALLOC_CACHE_SIZE_MAX; size *= 2) {
        if (kmem_cache_shrink(heap_kmalloc_cache(worker->round->heap, size)) != 0) {
            churn_complain(worker->round, "leak", "kmalloc");
        }
        count_op(worker);
    }
}

void *churn_tidy_up(void *argument)
{
    struct churn_worker *worker = argument;
    struct churn_round *round = worker->round;

    world_native_enter(worker->cpu);
    for (unsigned i = 0; i < CHURN_THREADS; i++) {
        free_slots(worker, &round->workers[i]);
    }
    for (unsigned i = 0; i < CHURN_CACHES; i++) {
        if (kmem_cache_destroy(round->caches[i]) != HEAP_OK) {
            churn_complain(round, "destroy", requests[i].name);
        }
        count_op(worker);
    }
    shrink_kmalloc(worker);
    /* The whole arena is one run again. */
    if (heap_alloc_pages(round->heap, GFP_KERNEL, ORDER_MAX) == NULL) {
        churn_complain(round, "leak", "pages");
    }
    atomic_store(&worker->is_done, true);
    return NULL;
}
