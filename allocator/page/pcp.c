#include "allocator/page/pcp.h"

#include "allocator/base/bits.h"
#include "allocator/page/buddy.h"
#include "allocator/page/watermark.h"

void pcp_init(struct page_zone *zone)
{
    for (cpu_id_t cpu = 0; cpu < CPU_MAX; cpu++) {
        for (unsigned order = 0; order < PCP_ORDER_COUNT; order++) {
            list_init(&zone->pcps[cpu].lists[order]);
        }
    }
}

bool pcp_serves(const struct page_memory *memory, unsigned order)
{
    const struct heap_config *config = memory->config;

    return config->pcp_high != 0 && order < PCP_ORDER_COUNT && config->pageblock_order == 0 &&
           config->min_free_pages == 0 && !watermark_has_low(config) && memory->zone_count == 1;
}

/* Pages moved at once: 0 means by the size of the arena, as Linux has it; always some. */
static uint32_t batch_of(const struct heap_config *config)
{
    uint32_t quarter = (config->page_count >> 10) / 4;
    uint32_t wanted = quarter + quarter / 2;

    if (config->pcp_batch != 0) {
        return config->pcp_batch;
    }
    return wanted < 2 ? 1 : (1u << log2_floor(wanted)) - 1;
}

static struct page_state cached_state(cpu_id_t cpu, unsigned order)
{
    return (struct page_state){.kind = PAGE_CACHED, .order = order, .references = cpu};
}

static bool is_barred(const struct page_memory *memory)
{
    return world_load(&memory->pcp_barred) != 0;
}

/* Takes what the zone has, up to a batch. A run that looks damaged is left to page_alloc(). */
static void refill(struct page_memory *memory, struct page_zone *zone, cpu_id_t cpu,
                   unsigned order)
{
    struct page_pcp *pcp = &zone->pcps[cpu];
    uint32_t wanted = batch_of(memory->config) >> order;
    uint64_t irq_state = zone_lock(zone);

    for (uint32_t taken = 0; taken == 0 || taken < wanted; taken++) {
        unsigned list_order;
        struct page *head = buddy_find(zone, order, MIGRATE_MOVABLE, &list_order);
        uint64_t listed = page_state_pack(
            (struct page_state){.kind = PAGE_FREE, .order = head != NULL ? list_order : 0});

        if (head == NULL || world_load(&head->state) != listed) {
            break;
        }
        buddy_take_listed(zone, head, list_order, MIGRATE_MOVABLE, order);
        page_set_state(head, cached_state(cpu, order));
        list_push_back(&pcp->lists[order], &head->link);
        pcp->count += order_pages(order);
    }
    zone_unlock(zone, irq_state);
}

static struct pcp_run pop(struct page_pcp *pcp, cpu_id_t cpu, unsigned order)
{
    struct list_link *first = list_first(&pcp->lists[order]);
    struct pcp_run run = {.word_listed = page_state_pack(cached_state(cpu, order))};

    if (first == NULL) {
        return run;
    }
    list_remove(first);
    pcp->count -= order_pages(order);
    run.head = container_of(first, struct page, link);
    run.word_found = world_load(&run.head->state);
    if (run.word_found == run.word_listed) {
        page_set_state(run.head, (struct page_state){.kind = PAGE_RUN, .order = order});
    }
    return run;
}

struct pcp_run pcp_take(struct page_memory *memory, struct page_zone *zone, unsigned order)
{
    cpu_id_t cpu = world_cpu();
    struct page_pcp *pcp = &zone->pcps[cpu];
    struct pcp_run run = {.head = NULL};

    if (!world_trylock(&pcp->lock)) {
        return run;
    }
    if (!is_barred(memory)) {
        if (list_is_empty(&pcp->lists[order])) {
            refill(memory, zone, cpu, order);
        }
        run = pop(pcp, cpu, order);
    }
    world_unlock(&pcp->lock);
    return run;
}

/* The next order, cyclically, that has a run; pcp->count is not 0. */
static unsigned next_order(const struct page_pcp *pcp, unsigned order)
{
    do {
        order = (order + 1) % PCP_ORDER_COUNT;
    } while (list_is_empty(&pcp->lists[order]));
    return order;
}

/* Gives back so many pages or a few more: the runs that have been there longest, in turns. */
static void give_back(struct page_zone *zone, struct page_pcp *pcp, uint32_t wanted)
{
    uint64_t irq_state = zone_lock(zone);
    uint32_t floor = wanted < pcp->count ? pcp->count - wanted : 0;
    unsigned order = PCP_ORDER_COUNT - 1;

    while (pcp->count > floor) {
        order = next_order(pcp, order);

        struct list_link *oldest = pcp->lists[order].prev;

        list_remove(oldest);
        pcp->count -= order_pages(order);
        buddy_give(zone, container_of(oldest, struct page, link));
    }
    zone_unlock(zone, irq_state);
}

/* A batch at least, and so much that a batch less than the limit is left. */
static uint32_t surplus(const struct page_memory *memory, uint32_t count)
{
    uint32_t high = memory->config->pcp_high;
    uint32_t batch = batch_of(memory->config);
    uint32_t left = high > batch ? high - batch : 0;

    return count - left > batch ? count - left : batch;
}

bool pcp_give(struct page_memory *memory, struct page_zone *zone, struct page *head,
              unsigned order)
{
    cpu_id_t cpu = world_cpu();
    struct page_pcp *pcp = &zone->pcps[cpu];
    bool is_taken = false;

    if (!world_trylock(&pcp->lock)) {
        return false;
    }
    if (!is_barred(memory)) {
        page_set_state(head, cached_state(cpu, order));
        list_push_front(&pcp->lists[order], &head->link);
        pcp->count += order_pages(order);
        if (pcp->count >= memory->config->pcp_high) {
            give_back(zone, pcp, surplus(memory, pcp->count));
        }
        is_taken = true;
    }
    world_unlock(&pcp->lock);
    return is_taken;
}

static void drain_locked(struct page_zone *zone, struct page_pcp *pcp)
{
    if (pcp->count != 0) {
        give_back(zone, pcp, pcp->count);
    }
    world_unlock(&pcp->lock);
}

void pcp_drain(struct page_memory *memory, cpu_id_t cpu)
{
    for (unsigned i = 0; pcp_serves(memory, 0) && i < memory->zone_count; i++) {
        struct page_zone *zone = &memory->zones[i];

        world_lock(&zone->pcps[cpu].lock);
        drain_locked(zone, &zone->pcps[cpu]);
    }
}

void pcp_drain_all(struct page_memory *memory)
{
    for (cpu_id_t cpu = 0; cpu < memory->config->cpu_count; cpu++) {
        pcp_drain(memory, cpu);
    }
}

void pcp_try_drain_all(struct page_memory *memory)
{
    for (unsigned i = 0; i < memory->zone_count; i++) {
        struct page_zone *zone = &memory->zones[i];

        for (cpu_id_t cpu = 0; cpu < memory->config->cpu_count; cpu++) {
            if (world_trylock(&zone->pcps[cpu].lock)) {
                drain_locked(zone, &zone->pcps[cpu]);
            }
        }
    }
}

static void change_reasons(struct page_memory *memory, uint64_t change)
{
    uint64_t reasons = world_load(&memory->pcp_barred);

    while (!world_cas(&memory->pcp_barred, &reasons, reasons + change)) {
    }
}

/* Whoever looks for a bar does so with the lock of a list: he sees it, or is drained after it. */
void pcp_bar(struct page_memory *memory, uint32_t reasons)
{
    if (pcp_serves(memory, 0)) {
        change_reasons(memory, reasons);
        pcp_drain_all(memory);
    }
}

void pcp_allow(struct page_memory *memory, uint32_t reasons)
{
    if (pcp_serves(memory, 0)) {
        change_reasons(memory, -(uint64_t)reasons);
    }
}
