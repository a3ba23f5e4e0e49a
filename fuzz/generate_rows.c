#include "fuzz/generate_rows.h"

#include "fuzz/generate_cache.h"
#include "fuzz/generate_kmalloc.h"
#include "fuzz/generate_node.h"
#include "fuzz/generate_mempool.h"
#include "fuzz/generate_pages.h"
#include "fuzz/generate_mobility.h"
#include "fuzz/mutate_sizes.h"

/* Of texts that are told of a heap, about: bytes, and attributes that a cache has. */
enum { SLABINFO_SIZE = 3000, TRACES_SIZE = 400, ATTRIBUTE_SIZE = 12, ATTRIBUTE_COUNT = 31,
       DESCRIPTION_SIZE = 160 };

/* Those of the attributes that count, by their place in attributes.def. */
enum { COUNTING_FIRST = 8, COUNTING_COUNT = 7 };

/* Those that are settings. */
enum { MIN_PARTIAL = 6, CPU_PARTIAL = 7, REMOTE_RATIO = 22, FAILSLAB = 29 };

static uint32_t page_count(const struct generator *generator)
{
    return generator->forecast.config->page_count;
}

static uint32_t object_size(const struct generator *generator, const struct op *op)
{
    return op->object < FORECAST_SLOT_COUNT ? generator->forecast.slots[op->object].size : 64;
}

static void fill_create(struct generator *generator, struct op *op)
{
    struct random *random = &generator->random;
    uint32_t align_log2 = choose_align_log2(random, generator->profile);
    uint32_t flags = choose_create_flags(random, generator->profile);
    uint32_t ctor = random_one_in(random, 6) ? 1 : 0;

    op->a = choose_object_size(random, generator->profile);
    op->b = align_log2 | flags << 4 | ctor << 13;
}

static void fill_pattern(struct generator *generator, struct op *op)
{
    op->a = random_below(&generator->random, UINT16_MAX + 1);
}

static void fill_bulk(struct generator *generator, struct op *op)
{
    op->a = choose_bulk_count(&generator->random);
}

/* No more than there are free slots in a row. */
static void fill_bulk_alloc(struct generator *generator, struct op *op)
{
    uint32_t wanted = choose_bulk_count(&generator->random);
    bool is_usual = random_one_in(&generator->random, 2);
    uint32_t urgency = is_usual ? 0 : random_below(&generator->random, 8);

    op->a = 1;
    op->b = urgency | (random_one_in(&generator->random, 8) ? 8u : 0u);
    while (op->a < wanted &&
           (forecast_content(&generator->forecast, op->object + op->a) & SLOT_NOT_LIVE) != 0) {
        op->a++;
    }
}

/* The first CPU from a random one on, cyclically, with or without something in flight. */
static uint32_t find_cpu(struct generator *generator, bool is_in_flight)
{
    uint32_t cpu_count = generator->forecast.config->cpu_count;
    uint32_t start = random_below(&generator->random, cpu_count);

    for (uint32_t i = 0; i < cpu_count; i++) {
        uint32_t cpu = (start + i) % cpu_count;

        if ((forecast_depth(&generator->forecast, cpu) > 0) == is_in_flight) {
            return cpu;
        }
    }
    return start;
}

/* Any CPU but the present one, if there is another. */
static void fill_other_cpu(struct generator *generator, struct op *op)
{
    uint32_t cpu_count = generator->forecast.config->cpu_count;
    uint32_t other = 1 + random_below(&generator->random, cpu_count - 1);

    op->a = (generator->forecast.cpu + other) % cpu_count;
}

/* The same, or one where something is to go on. */
static void fill_cpu(struct generator *generator, struct op *op)
{
    if (generator->forecast.schedule.flight_count > 0 && random_one_in(&generator->random, 2)) {
        op->a = find_cpu(generator, true);
    } else {
        fill_other_cpu(generator, op);
    }
}

static void fill_flush(struct generator *generator, struct op *op)
{
    op->a = random_below(&generator->random, generator->forecast.config->cpu_count);
}

static void fill_size(struct generator *generator, struct op *op)
{
    op->a = generator->profile == MUTATE_BUDDY
                ? choose_large_size(&generator->random, page_count(generator))
                : choose_kmalloc_size(&generator->random, page_count(generator));
}

/* Mostly a small product; sometimes one that overflows and wraps around to a small one. */
static void fill_calloc(struct generator *generator, struct op *op)
{
    struct random *random = &generator->random;

    if (random_one_in(random, 6)) {
        op->a = UINT32_MAX - random_below(random, 16);
        op->b = random_one_in(random, 2) ? UINT32_MAX - random_below(random, 64)
                                         : random_below(random, 8);
        return;
    }
    fill_size(generator, op);
    op->b = 1 + random_below(random, 16);
    op->a /= op->b;
}

/* Growing and shrinking by a little stays in place or just does not. */
static void fill_realloc(struct generator *generator, struct op *op)
{
    uint32_t size = object_size(generator, op);

    fill_size(generator, op);
    if (size > 16 && random_one_in(&generator->random, 3)) {
        op->a = size - 16 + random_below(&generator->random, 33);
    }
    op->b = random_one_in(&generator->random, 4) ? 1 : 0;
}

static void fill_pages(struct generator *generator, struct op *op)
{
    op->a = choose_order(&generator->random, page_count(generator));
    op->b = random_one_in(&generator->random, 4) ? 1 : 0;
}

static void fill_nth(struct generator *generator, struct op *op)
{
    op->a = random_one_in(&generator->random, 8) ? 0 : 1 + random_below(&generator->random, 4);
}

static uint32_t choose_xor(struct generator *generator)
{
    return random_one_in(&generator->random, 4) ? 1u << random_below(&generator->random, 8)
                                                : 1 + random_below(&generator->random, UINT8_MAX);
}

static void fill_before(struct generator *generator, struct op *op)
{
    op->a = random_below(&generator->random, random_one_in(&generator->random, 8) ? 64 : 8);
    op->b = choose_xor(generator);
}

/* Mostly where it is noticed, and then mostly right behind the object. */
static void fill_behind(struct generator *generator, struct op *op)
{
    struct random *random = &generator->random;

    fill_before(generator, op);
    if (op->object < FORECAST_SLOT_COUNT && !random_one_in(random, 8)) {
        struct forecast_range range = forecast_guarded_bytes(&generator->forecast, op->object);

        op->a = range.first + (random_one_in(random, 2) ? 0 : random_below(random, range.count));
    }
}

static void fill_inside(struct generator *generator, struct op *op)
{
    op->a = choose_offset(&generator->random, object_size(generator, op));
    op->b = choose_xor(generator);
}

static void fill_interior(struct generator *generator, struct op *op)
{
    op->a = choose_offset(&generator->random, object_size(generator, op));
}

static void fill_wild(struct generator *generator, struct op *op)
{
    uint32_t offset =
        random_one_in(&generator->random, 2) ? 0 : random_below(&generator->random, PAGE_SIZE);
    uint32_t is_kfree = random_below(&generator->random, 2);

    op->a = random_below(&generator->random, page_count(generator));
    op->b = offset | is_kfree << 12;
}

static void fill_xor(struct generator *generator, struct op *op)
{
    op->b = choose_xor(generator);
}

static void fill_wrong_order(struct generator *generator, struct op *op)
{
    op->a = random_below(&generator->random, 6);
}

static void fill_padding(struct generator *generator, struct op *op)
{
    op->a = random_below(&generator->random, random_one_in(&generator->random, 4) ? 512 : 16);
    op->b = choose_xor(generator);
}

static void fill_park(struct generator *generator, struct op *op)
{
    op->a = choose_after(&generator->random);
}

static void fill_migrate(struct generator *generator, struct op *op)
{
    op->a = find_cpu(generator, true) | find_cpu(generator, false) << 3;
}

static void fill_drain(struct generator *generator, struct op *op)
{
    op->a = random_below(&generator->random, generator->forecast.config->cpu_count);
}

/* Mostly all of a text, else a little of it: what is cut is cut anywhere. */
static uint32_t choose_room(struct generator *generator, uint32_t room_max)
{
    struct random *random = &generator->random;

    return random_one_in(random, 2) ? 0 : 1 + random_below(random, room_max);
}

static void fill_slabinfo(struct generator *generator, struct op *op)
{
    op->a = choose_room(generator, SLABINFO_SIZE);
}

static void fill_traces(struct generator *generator, struct op *op)
{
    op->a = choose_room(generator, TRACES_SIZE);
    op->b = random_below(&generator->random, 2);
}

static void fill_describe(struct generator *generator, struct op *op)
{
    struct random *random = &generator->random;

    op->a = random_one_in(random, 2) ? 0 : random_below(random, UINT16_MAX);
    op->b = random_one_in(random, 4) ? choose_room(generator, DESCRIPTION_SIZE) : 0;
}

static void fill_attribute(struct generator *generator, struct op *op)
{
    struct random *random = &generator->random;

    op->a = random_one_in(random, 4) ? choose_room(generator, ATTRIBUTE_SIZE) : 0;
    op->b = random_one_in(random, 4) ? random_below(random, ATTRIBUTE_COUNT)
                                     : COUNTING_FIRST + random_below(random, COUNTING_COUNT);
}

/* Mostly what can be written, and small numbers: limits that are met. */
static void fill_store(struct generator *generator, struct op *op)
{
    static const uint8_t settings[] = {MIN_PARTIAL, CPU_PARTIAL, REMOTE_RATIO, FAILSLAB};
    struct random *random = &generator->random;

    op->a = random_below(random, random_one_in(random, 4) ? 256 : 4);
    op->b = random_one_in(random, 3) ? random_below(random, ATTRIBUTE_COUNT)
                                     : settings[random_below(random, 4)];
}

/* A text of few bytes ends anywhere in it. */
static void fill_item(struct generator *generator, struct op *op)
{
    op->a = random_below(&generator->random, 32);
    op->b = random_below(&generator->random, random_one_in(&generator->random, 4) ? 256 : 12);
}

/* Failures that come often, for a while, and mostly hit whoever asks; sizes are powers of two. */
static void fill_fault(struct generator *generator, struct op *op)
{
    static const uint8_t probabilities[] = {0, 10, 50, 50, 100, 100, 100, 101};
    struct random *random = &generator->random;
    uint32_t interval = random_one_in(random, 2) ? random_below(random, 5) : 0;
    uint32_t times = random_one_in(random, 2) ? random_below(random, 5) : 63;
    uint32_t space = random_one_in(random, 3) ? 1u << random_below(random, 10) : 0;

    op->a = probabilities[random_below(random, 8)] | interval << 7 | times << 11 | space << 17;
    op->b = (random_one_in(random, 4) ? 0u : 1u) | (random_one_in(random, 4) ? 2u : 0u) |
            random_below(random, 3) << 2;
}

static void fill_fail_nth(struct generator *generator, struct op *op)
{
    fill_nth(generator, op);
    op->b = random_below(&generator->random, 2);
}

static void fill_mark(struct generator *generator, struct op *op)
{
    op->a = random_one_in(&generator->random, 3) ? 0 : 1;
}

/* Weights: MUTATE_SEQUENCE, MUTATE_MISUSE, MUTATE_BUDDY, MUTATE_SMP. */
const struct generate_row generate_rows[OP_CODE_COUNT] = {
    [OP_CREATE] = {{6, 8, 0, 6}, true, fill_create},
    [OP_DESTROY] = {{2, 1, 0, 3}, false, NULL},
    [OP_ALLOC] = {{42, 30, 0, 30}, true, NULL},
    [OP_ZALLOC] = {{6, 4, 0, 4}, false, NULL},
    [OP_FREE] = {{42, 30, 0, 30}, true, NULL},
    [OP_FILL] = {{2, 1, 2, 2}, false, fill_pattern},
    [OP_VERIFY] = {{1, 1, 1, 1}, false, NULL},
    [OP_BULK_ALLOC] = {{6, 3, 0, 6}, false, fill_bulk_alloc},
    [OP_BULK_FREE] = {{6, 3, 0, 6}, false, fill_bulk},
    [OP_SHRINK] = {{3, 2, 0, 6}, false, NULL},
    [OP_FLUSH] = {{3, 2, 0, 7}, false, fill_flush},
    [OP_CPU] = {{7, 5, 2, 18}, true, fill_cpu},
    [OP_KMALLOC] = {{15, 10, 14, 6}, true, fill_size},
    [OP_KZALLOC] = {{4, 2, 4, 1}, false, fill_size},
    [OP_KCALLOC] = {{3, 1, 2, 1}, false, fill_calloc},
    [OP_KREALLOC] = {{6, 3, 5, 3}, false, fill_realloc},
    [OP_KFREE] = {{17, 10, 16, 8}, true, NULL},
    [OP_KSIZE] = {{2, 1, 1, 1}, false, NULL},
    [OP_PAGES] = {{8, 6, 40, 5}, true, fill_pages},
    [OP_FREE_PAGES] = {{8, 6, 40, 5}, true, NULL},
    [OP_VALIDATE] = {{2, 10, 0, 2}, false, NULL},
    [OP_FAIL_PAGE] = {{2, 1, 4, 2}, false, fill_nth},
    [OP_CACHE_SIZE] = {{1, 1, 0, 1}, false, NULL},
    [OP_VALIDATE_KMALLOC] = {{1, 3, 0, 1}, false, NULL},
    [OP_FLUSH_KMALLOC] = {{1, 1, 0, 2}, false, fill_flush},
    [OP_KFREE_BULK] = {{2, 1, 3, 2}, false, fill_bulk},
    [OP_KFREE_NULL] = {{1, 1, 1, 1}, false, NULL},
    [OP_PARK] = {{0, 0, 0, 12}, true, fill_park},
    [OP_IRQ] = {{0, 0, 0, 5}, false, NULL},
    [OP_NMI] = {{0, 0, 0, 2}, false, NULL},
    [OP_MIGRATE] = {{0, 0, 0, 5}, false, fill_migrate},
    [OP_DRAIN] = {{0, 0, 0, 4}, false, fill_drain},
    [OP_OFFLINE] = {{1, 1, 0, 1}, false, fill_other_cpu},
    [OP_ONLINE] = {{1, 1, 0, 1}, false, fill_flush},
    [OP_ALLOC_NOLOCK] = {{2, 1, 0, 4}, false, NULL},
    [OP_FREE_NOLOCK] = {{3, 1, 0, 4}, false, NULL},
    [OP_RCU_LOCK] = {{1, 1, 0, 2}, false, NULL},
    [OP_RCU_UNLOCK] = {{1, 1, 0, 3}, false, NULL},
    [OP_GRACE] = {{1, 1, 0, 2}, false, NULL},
    [OP_FREE_RCU] = {{3, 1, 0, 4}, false, NULL},
    [OP_KMALLOC_GFP] = {{6, 2, 0, 3}, false, fill_kmalloc_gfp},
    [OP_KREALLOC_ARRAY] = {{2, 1, 0, 1}, false, fill_krealloc_array},
    [OP_KREALLOC_ALIGN] = {{2, 1, 0, 1}, false, fill_krealloc_align},
    [OP_KFREE_SENSITIVE] = {{2, 1, 0, 1}, false, NULL},
    [OP_SIZE_ROUNDUP] = {{1, 1, 0, 1}, false, fill_size_roundup},
    [OP_ACCOUNT] = {{2, 1, 0, 1}, false, fill_account},
    [OP_ACCOUNT_LIMIT] = {{2, 1, 0, 1}, false, fill_account_limit},
    [OP_ACCOUNTING] = {{1, 1, 0, 1}, false, fill_accounting},
    [OP_KVMALLOC] = {{6, 2, 4, 3}, false, fill_kvmalloc},
    [OP_KVMALLOC_ARRAY] = {{2, 1, 1, 1}, false, fill_kvmalloc_array},
    [OP_KVREALLOC] = {{6, 1, 4, 2}, false, fill_kvrealloc},
    [OP_KVFREE] = {{4, 1, 3, 3}, false, NULL},
    [OP_KMALLOC_NOLOCK] = {{2, 1, 0, 3}, false, fill_kmalloc_nolock},
    [OP_KFREE_NOLOCK] = {{3, 1, 0, 3}, false, NULL},
    [OP_BUCKETS_CREATE] = {{2, 1, 0, 3}, false, fill_buckets_create},
    [OP_BUCKETS_ALLOC] = {{4, 2, 0, 6}, false, fill_buckets_alloc},
    [OP_BUCKETS_DESTROY] = {{1, 1, 0, 1}, false, fill_set},
    [OP_CHARGE] = {{3, 1, 0, 3}, false, NULL},
    [OP_ALLOC_ACCOUNT] = {{4, 2, 0, 5}, false, NULL},
    [OP_POOL_CREATE] = {{2, 2, 0, 6}, false, fill_pool_create},
    [OP_POOL_CREATE_SIZED] = {{1, 1, 2, 2}, false, fill_pool_create_sized},
    [OP_POOL_ALLOC] = {{7, 5, 4, 5}, false, fill_pool_alloc},
    [OP_POOL_FREE] = {{7, 5, 5, 8}, false, NULL},
    [OP_POOL_RESIZE] = {{1, 1, 1, 1}, false, fill_pool_resize},
    [OP_POOL_DESTROY] = {{1, 1, 1, 1}, false, fill_pool},
    [OP_POOL_WRITE] = {{0, 4, 0, 0}, false, fill_pool_write},
    [OP_POOL_BAD_FREE] = {{0, 4, 0, 0}, false, fill_pool_bad_free},
    [OP_QUARANTINE_PURGE] = {{2, 1, 0, 2}, false, NULL},
    [OP_FAILSLAB] = {{3, 1, 0, 2}, false, fill_fault},
    [OP_FAIL_PAGES] = {{3, 1, 0, 3}, false, fill_fault},
    [OP_FAIL_NTH] = {{3, 1, 0, 2}, false, fill_fail_nth},
    [OP_FAIL_BOOT] = {{1, 1, 0, 2}, false, fill_fault},
    [OP_MARK_FAILING] = {{3, 1, 0, 4}, false, fill_mark},
    [OP_STAT_CLEAR] = {{1, 1, 0, 2}, false, fill_item},
    [OP_STAT_READ] = {{2, 1, 0, 3}, false, fill_item},
    [OP_CENSUS] = {{1, 1, 0, 1}, false, NULL},
    [OP_OVERFLOW] = {{0, 8, 0, 0}, false, fill_behind},
    [OP_UNDERFLOW] = {{0, 8, 0, 0}, false, fill_before},
    [OP_WRITE_AFTER_FREE] = {{0, 8, 0, 0}, false, fill_inside},
    [OP_DOUBLE_FREE] = {{0, 8, 0, 0}, false, NULL},
    [OP_WRONG_CACHE] = {{0, 5, 0, 0}, false, NULL},
    [OP_FREE_INTERIOR] = {{0, 5, 0, 0}, false, fill_interior},
    [OP_FREE_WILD] = {{0, 2, 0, 0}, false, fill_wild},
    [OP_FREE_POINTER] = {{0, 6, 0, 0}, false, fill_xor},
    [OP_FREE_PAGES_ORDER] = {{0, 2, 0, 0}, false, fill_wrong_order},
    [OP_PAGES_COMP] = {{4, 1, 10, 2}, false, fill_pages},
    [OP_GET_PAGE] = {{5, 1, 14, 3}, false, fill_get_page},
    [OP_PUT_PAGE] = {{5, 1, 14, 3}, false, NULL},
    [OP_PAGES_EXACT] = {{2, 1, 10, 1}, false, fill_exact},
    [OP_FREE_EXACT] = {{2, 1, 10, 1}, false, NULL},
    [OP_PAGES_BULK] = {{2, 1, 10, 1}, false, fill_pages_bulk},
    [OP_FREE_PAGES_BULK] = {{2, 1, 8, 1}, false, fill_bulk},
    [OP_PAGE_OWNER] = {{1, 1, 3, 1}, false, NULL},
    [OP_FRAGS] = {{2, 1, 8, 3}, false, fill_frags},
    [OP_FREE_FRAGS] = {{3, 1, 10, 4}, false, fill_bulk},
    [OP_DRAIN_FRAGS] = {{1, 1, 2, 1}, false, fill_drain_frags},
    [OP_DRAIN_PAGES] = {{1, 1, 2, 1}, false, NULL},
    [OP_LIVE_LINK] = {{0, 5, 0, 0}, false, NULL},
    [OP_FREE_FRAG_TWICE] = {{0, 3, 0, 0}, false, NULL},
    [OP_FREE_TWICE_NOLOCK] = {{0, 4, 0, 0}, false, NULL},
    [OP_FREE_PAGES_CLIENT] = {{0, 2, 0, 0}, false, NULL},
    [OP_SLAB_PADDING] = {{0, 5, 0, 0}, false, fill_padding},
    [OP_SLABINFO] = {{1, 1, 0, 1}, false, fill_slabinfo},
    [OP_TRACES] = {{1, 1, 0, 1}, false, fill_traces},
    [OP_ATTRIBUTE] = {{2, 1, 0, 2}, false, fill_attribute},
    [OP_DESCRIBE] = {{2, 2, 1, 1}, false, fill_describe},
    [OP_STORE] = {{2, 1, 0, 3}, false, fill_store},
    [OP_PAGES_TYPE] = {{3, 2, 30, 5}, false, fill_pages_type},
    [OP_ISOLATE] = {{1, 1, 5, 2}, false, fill_isolate},
    [OP_UNISOLATE] = {{1, 1, 5, 2}, false, fill_isolate},
    [OP_CONTIG_ALLOC] = {{1, 1, 6, 2}, false, fill_contig},
    [OP_CONTIG_FREE] = {{2, 1, 7, 3}, false, NULL},
    [OP_ALLOC_NODE] = {{10, 4, 0, 6}, false, fill_alloc_node},
    [OP_KMALLOC_NODE] = {{6, 2, 4, 2}, false, fill_kmalloc_node},
    [OP_PAGES_NODE] = {{5, 2, 12, 2}, false, fill_pages_node},
    [OP_NODE_OFFLINE] = {{1, 1, 3, 2}, false, fill_node},
    [OP_NODE_ONLINE] = {{1, 1, 3, 2}, false, fill_node},
    [OP_BALANCE] = {{2, 1, 4, 1}, false, fill_node},
    [OP_CREATE_ARGS] = {{1, 2, 0, 1}, false, generate_create_args},
    [OP_CREATE_USERCOPY] = {{1, 1, 0, 1}, false, generate_create_usercopy},
    [OP_READ_FREED] = {{4, 4, 0, 2}, false, NULL},
    [OP_USERCOPY_CHECK] = {{4, 4, 0, 1}, false, generate_usercopy_check},
};
