#include "allocator/page/pcp.h"

#include "allocator/base/bits.h"
#include "allocator/page/buddy.h"
#include "allocator/page/choose.h"
#include "allocator/page/pageblock.h"

void pcp_init(struct page_zone *zone)
{
    for (cpu_id_t cpu = 0; cpu < CPU_MAX; cpu++) {
        for (unsigned index = 0; index < PCP_LIST_COUNT; index++) {
            list_init(&zone->pcps[cpu].lists[index]);
        }
    }
}

bool pcp_serves(const struct page_memory *memory, unsigned order)
{
    const struct heap_config *config = memory->config;

    return config->pcp_high != 0 && order < PCP_ORDER_COUNT &&
           (config->pageblock_order == 0 || config->pcp_types);
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

static struct page_state cached_state(cpu_id_t cpu, unsigned order, enum migrate_type type)
{
    return (struct page_state){
        .kind = PAGE_CACHED, .order = order, .type = type, .references = cpu};
}

static struct list_link *list_of(struct page_pcp *pcp, unsigned order, enum migrate_type type)
{
    return &pcp->lists[pcp_list_index(type, order)];
}

static bool is_barred(const struct page_memory *memory)
{
    return world_load(&memory->pcp_barred) != 0;
}

/*
 * Takes what an ordinary request gets of the zone, up to a batch: others of its type get some.
 * A run that looks damaged is left to page_alloc().
 */
static void refill(struct page_memory *memory, struct page_zone *zone, cpu_id_t cpu,
                   const struct page_request *request)
{
    struct page_pcp *pcp = &zone->pcps[cpu];
    const struct page_request ordinary = {.order = request->order, .type = request->type};
    const struct page_state cached = cached_state(cpu, request->order, request->type);
    uint32_t wanted = batch_of(memory->config) >> request->order;
    uint64_t irq_state = zone_lock(zone);

    for (uint32_t taken = 0; !zone->is_offline && (taken == 0 || taken < wanted); taken++) {
        struct page_choice choice = choose_run(zone, &ordinary);
        uint64_t listed = page_state_pack((struct page_state){
            .kind = PAGE_FREE, .order = choice.list_order, .type = choice.list_type});

        if (choice.head == NULL || world_load(&choice.head->state) != listed) {
            break;
        }
        buddy_take_listed(zone, choice.head, choice.list_order, choice.list_type, cached.order);
        choice.head->asked_type = (uint8_t)cached.type;
        page_set_state(choice.head, cached);
        list_push_back(list_of(pcp, cached.order, cached.type), &choice.head->link);
        pcp->count += order_pages(cached.order);
    }
    zone_unlock(zone, irq_state);
}

static struct pcp_run pop(struct page_pcp *pcp, struct list_link *list, struct page_state cached)
{
    struct list_link *first = list_first(list);
    struct pcp_run run = {.word_listed = page_state_pack(cached)};

    if (first == NULL) {
        return run;
    }
    list_remove(first);
    pcp->count -= order_pages(cached.order);
    run.head = container_of(first, struct page, link);
    run.word_found = world_load(&run.head->state);
    if (run.word_found == run.word_listed) {
        page_set_state(run.head, (struct page_state){.kind = PAGE_RUN, .order = cached.order});
    }
    return run;
}

struct pcp_run pcp_take(struct page_memory *memory, struct page_zone *zone,
                        const struct page_request *request)
{
    cpu_id_t cpu = world_cpu();
    struct page_pcp *pcp = &zone->pcps[cpu];
    struct list_link *list = list_of(pcp, request->order, request->type);
    struct pcp_run run = {.head = NULL};

    bool wants_reserve = (request->flags & ALLOC_HIGHATOMIC) != 0 && zone->reserve_max != 0;

    if (wants_reserve || !world_trylock(&pcp->lock)) {
        return run;
    }
    if (!is_barred(memory)) {
        if (list_is_empty(list)) {
            refill(memory, zone, cpu, request);
        }
        run = pop(pcp, list, cached_state(cpu, request->order, request->type));
    }
    world_unlock(&pcp->lock);
    return run;
}

/* The next list, cyclically, that has a run; pcp->count is not 0. */
static unsigned next_list(const struct page_pcp *pcp, unsigned index)
{
    do {
        index = (index + 1) % PCP_LIST_COUNT;
    } while (list_is_empty(&pcp->lists[index]));
    return index;
}

/* Gives back so many pages or a few more: the runs that have been there longest, in turns. */
static void give_back(struct page_zone *zone, struct page_pcp *pcp, uint32_t wanted)
{
    uint64_t irq_state = zone_lock(zone);
    uint32_t floor = wanted < pcp->count ? pcp->count - wanted : 0;
    unsigned index = PCP_LIST_COUNT - 1;

    while (pcp->count > floor) {
        index = next_list(pcp, index);

        struct list_link *oldest = pcp->lists[index].prev;

        list_remove(oldest);
        pcp->count -= order_pages(index % PCP_ORDER_COUNT);
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

/* A zone that has no reserve is not asked. */
static bool is_reserved(struct page_zone *zone, const struct page *head)
{
    bool is_reserved = false;

    if (zone->reserve_max != 0) {
        uint64_t irq_state = zone_lock(zone);

        is_reserved = pageblock_own_type(zone, zone_pfn(zone, head)) == MIGRATE_HIGHATOMIC;
        zone_unlock(zone, irq_state);
    }
    return is_reserved;
}

bool pcp_give(struct page_memory *memory, struct page_zone *zone, struct page *head,
              unsigned order)
{
    cpu_id_t cpu = world_cpu();
    struct page_pcp *pcp = &zone->pcps[cpu];
    enum migrate_type type = (enum migrate_type)head->asked_type;
    bool is_taken = false;

    if (is_reserved(zone, head) || !world_trylock(&pcp->lock)) {
        return false;
    }
    if (!is_barred(memory)) {
        page_set_state(head, cached_state(cpu, order, type));
        list_push_front(list_of(pcp, order, type), &head->link);
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
