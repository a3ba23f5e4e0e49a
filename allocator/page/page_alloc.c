#include "allocator/page/page_alloc.h"

#include "allocator/base/bits.h"
#include "allocator/base/compiler.h"
#include "allocator/base/raw.h"
#include "allocator/hardening/page_poison.h"
#include "allocator/page/buddy.h"
#include "allocator/page/choose.h"
#include "allocator/page/highatomic.h"
#include "allocator/page/page_check.h"
#include "allocator/page/page_fail.h"
#include "allocator/page/page_map.h"
#include "allocator/page/page_owner.h"
#include "allocator/page/page_parts.h"
#include "allocator/page/pcp.h"
#include "allocator/page/watermark.h"

/* What one look at the free lists brought. */
struct attempt {
    struct page *head;       /* the run: taken, or isolated if the words differ; NULL: none */
    uint64_t word_found;     /* its state word while it was listed */
    uint64_t word_listed;    /* what its list says that word is */
    bool is_refused;         /* there may be runs, but this one is to fail */
};

void page_send_report(const struct page_memory *memory, struct report *report,
                      enum report_stage stage, enum report_action action)
{
    report->stage = stage;
    report->action = action;
    report->site = world_site(0);
    memory->platform->report(memory->platform->context, report);
}

void page_isolate(struct page_memory *memory, struct page *head, unsigned order)
{
    struct page_zone *zone = zone_of_page(memory, head);

    page_unmap(memory, head, order);

    uint64_t irq_state = zone_lock(zone);

    buddy_isolate(zone, head, order);
    zone_unlock(zone, irq_state);
}

/*
 * Takes a run, or isolates the one it would take if that one's state word contradicts its list. All
 * of it goes, however small the request: what it overlaps is not known.
 */
static struct attempt take_listed(struct page_zone *zone, const struct page_request *request)
{
    struct page_choice choice = choose_run(zone, request);
    struct attempt attempt = {.head = choice.head};

    if (attempt.head == NULL) {
        return attempt;
    }

    attempt.word_found = world_load(&attempt.head->state);
    attempt.word_listed = page_state_pack((struct page_state){
        .kind = PAGE_FREE, .order = choice.list_order, .type = choice.list_type});
    if (attempt.word_found != attempt.word_listed) {
        buddy_unlist(zone, attempt.head, choice.list_order, choice.list_type);
        buddy_isolate(zone, attempt.head, choice.list_order);
        return attempt;
    }
    buddy_take_listed(zone, attempt.head, choice.list_order, choice.list_type, request->order);
    attempt.head->asked_type = (uint8_t)request->type;
    if ((request->flags & ALLOC_HIGHATOMIC) != 0) {
        highatomic_reserve(zone, attempt.head, request->order);
    }
    return attempt;
}

/* One allocation on its way through the zones. */
struct search {
    struct page_memory *memory;
    struct page_ask ask;
    struct page_request request;    /* the same for a zone */
    uint32_t next;        /* place in the zonelist of what is looked at next */
    bool is_counted;      /* the countdown to an ordered failure has seen it */
    bool has_tried_hand;  /* what is at hand of the zone that is next is no use */
};

/* No machine refuses a request for what devices reach if they reach everything. */
static bool zone_serves(const struct page_memory *memory, const struct page_zone *zone,
                        const struct page_ask *ask)
{
    bool wants_dma = (ask->gfp & (__GFP_DMA | __GFP_DMA32)) != 0 && memory->has_dma;
    bool wants_node = (ask->gfp & __GFP_THISNODE) != 0;

    return (!wants_dma || zone->is_dma) && (!wants_node || zone->node == ask->node);
}

/* The next zone that may serve the request, or NULL. */
static struct page_zone *next_zone(struct search *search)
{
    struct page_memory *memory = search->memory;
    const struct zonelist *list = &memory->zonelists[search->ask.node];

    while (search->next < list->count) {
        struct page_zone *zone = &memory->zones[list->zones[search->next++]];

        if (zone_serves(memory, zone, &search->ask)) {
            return zone;
        }
    }
    return NULL;
}

/* Counts the allocation down without a look at zones[0]. True if that is its end. */
static bool fails_at_once(struct search *search, bool is_hopeless)
{
    struct page_zone *zone = &search->memory->zones[0];
    uint64_t irq_state = zone_lock(zone);
    bool is_over = page_failure_is_due(search->memory) || is_hopeless;

    zone->failure_count += is_over;
    zone_unlock(zone, irq_state);
    search->is_counted = true;
    return is_over;
}

/* Who has to do with less than the low watermark tells whoever looks after that. */
static void note_want(const struct search *search, struct page_zone *zone)
{
    if (watermark_has_low(search->memory->config) && search->request.mark == WATERMARK_MIN &&
        (search->ask.gfp & __GFP_KSWAPD_RECLAIM) != 0 && !watermark_is_balanced(zone)) {
        zone->wants_balance = true;
    }
}

/* What is at hand of a zone that keeps pages is for those who could have a page of the zone. */
static bool may_take_at_hand(const struct search *search, struct page_zone *zone)
{
    if (!watermark_is_kept(zone)) {
        return true;
    }

    uint64_t irq_state = zone_lock(zone);
    bool is_allowed = !zone->is_offline && watermark_allows(zone, &search->request);

    if (is_allowed) {
        note_want(search, zone);
    }
    zone_unlock(zone, irq_state);
    return is_allowed;
}

/* Looks where no other CPU has to be asked. A run whose word is wrong goes, as in take_listed(). */
static struct attempt take_at_hand(const struct search *search, struct page_zone *zone)
{
    struct page_memory *memory = search->memory;
    struct pcp_run run = {.head = NULL};

    if (pcp_serves(memory, search->request.order) && may_take_at_hand(search, zone)) {
        run = pcp_take(memory, zone, &search->request);
    }
    if (run.head != NULL && run.word_found != run.word_listed) {
        page_isolate(memory, run.head, search->request.order);
    }
    return (struct attempt){run.head, run.word_found, run.word_listed, false};
}

/* is_final: nothing is tried behind this, so that finding nothing is a failure. */
static struct attempt look_into(struct search *search, struct page_zone *zone, bool is_final)
{
    uint64_t irq_state = zone_lock(zone);
    bool is_failed = !search->is_counted && page_failure_is_due(search->memory);
    struct attempt attempt = {0};

    if (!is_failed && !zone->is_offline) {
        note_want(search, zone);
        attempt = take_listed(zone, &search->request);
    }
    zone->failure_count += attempt.head == NULL && (is_failed || is_final);
    zone_unlock(zone, irq_state);
    attempt.is_refused = is_failed;
    search->is_counted = true;
    return attempt;
}

/* What is at hand of a zone comes before what is not. */
static struct attempt ask_zone(struct search *search, struct page_zone *zone, bool is_final)
{
    struct attempt attempt = {0};

    if (!search->has_tried_hand) {
        attempt = take_at_hand(search, zone);
    }
    search->has_tried_hand = false;
    return attempt.head != NULL ? attempt : look_into(search, zone, is_final);
}

/* Asks zone and those that follow it. is_final: nothing is tried behind the last one. */
static struct attempt take_from_zones(struct search *search, struct page_zone *zone, bool is_final)
{
    struct attempt attempt = {0};

    while (zone != NULL && attempt.head == NULL && !attempt.is_refused) {
        struct page_zone *following = next_zone(search);

        attempt = ask_zone(search, zone, is_final && following == NULL);
        zone = following;
    }
    return attempt;
}

/* The request while there may be plenty: nobody has a claim to a reserve yet. */
static struct page_request modest_request(const struct search *search)
{
    struct page_request request = search->request;

    if (watermark_has_low(search->memory->config)) {
        request.mark = WATERMARK_LOW;
        request.flags &= ALLOC_FOR_DEVICES;
    }
    return request;
}

/* The same of what is at hand of the nearest zone, which no countdown is told of. */
static struct attempt take_near_hand(struct search *search, struct page_zone *zone)
{
    const struct page_request asked = search->request;

    search->request = modest_request(search);

    struct attempt attempt = take_at_hand(search, zone);

    search->request = asked;
    search->has_tried_hand = true;
    return attempt;
}

/* Asks the zones that are above their low watermark. */
static struct attempt take_of_plenty(struct search *search)
{
    const struct page_request asked = search->request;

    search->request = modest_request(search);
    search->next = 0;

    struct attempt attempt = take_from_zones(search, next_zone(search), false);

    search->request = asked;
    return attempt;
}

/* Searches the zones, nearest first, and those first that have more than the least. */
static struct attempt search_zones(struct search *search, bool is_final)
{
    struct attempt attempt = {0};

    if (watermark_has_low(search->memory->config)) {
        attempt = take_of_plenty(search);
    }
    if (attempt.head == NULL && !attempt.is_refused) {
        search->next = 0;
        attempt = take_from_zones(search, next_zone(search), is_final);
    }
    return attempt;
}

/*
 * Searches the zones. Before giving up, what CPUs have at hand is given back: it may be just what
 * is missing.
 */
static struct attempt try_take(struct search *search)
{
    struct page_memory *memory = search->memory;
    struct attempt attempt = {0};
    bool is_final = !pcp_serves(memory, 0);

    search->next = 0;

    struct page_zone *zone = next_zone(search);

    if (zone != NULL) {
        attempt = take_near_hand(search, zone);
    }
    if (attempt.head != NULL || (!search->is_counted && zone != &memory->zones[0] &&
                                 fails_at_once(search, zone == NULL))) {
        return attempt;
    }
    attempt = search_zones(search, is_final);
    if (attempt.head == NULL && zone != NULL && !is_final && !attempt.is_refused) {
        pcp_try_drain_all(memory);
        search->has_tried_hand = true;
        attempt = search_zones(search, true);
    }
    return attempt;
}

/* True if the run can be handed out. If not, it has been reported and isolated. */
static bool attempt_is_sound(struct page_memory *memory, unsigned order,
                             const struct attempt *attempt)
{
    struct page *head = attempt->head;
    struct report report;

    if (!page_check_listed(memory, head, attempt->word_found, attempt->word_listed, &report)) {
        page_send_report(memory, &report, STAGE_PAGE_ALLOC, ACTION_KEEP_PAGES);
        return false;
    }
    page_map(memory, head, order);
    if (page_check_client(memory, head, order, &report) &&
        (!memory->config->page_poison || page_check_poison(memory, head, order, &report))) {
        return true;
    }
    page_send_report(memory, &report, STAGE_PAGE_ALLOC, ACTION_KEEP_PAGES);
    page_isolate(memory, head, order);
    return false;
}

static bool zeroing_is_due(const struct page_memory *memory, gfp_t gfp, enum page_kind kind)
{
    return (gfp & __GFP_ZERO) != 0 || (memory->config->init_on_alloc && kind != PAGE_SLAB);
}

/* A run that was taken and found sound becomes what it was asked for. */
static struct page *hand_out(struct page_memory *memory, struct page *head,
                             const struct page_ask *ask)
{
    bool may_be_compound = ask->kind == PAGE_RUN && ask->order > 0;

    if (zeroing_is_due(memory, ask->gfp, ask->kind)) {
        raw_fill(memory_address(memory, head), order_size(ask->order), 0);
    }
    page_set_state(head, (struct page_state){
                             .kind = ask->kind,
                             .order = ask->order,
                             .is_compound = may_be_compound && (ask->gfp & __GFP_COMP) != 0,
                         });
    head->has_next = false;
    page_owner_allocated(memory, head, ask->order, ask->gfp, ask->site);
    return head;
}

static struct search make_search(struct page_memory *memory, struct page_ask ask)
{
    return (struct search){
        .memory = memory,
        .ask = ask,
        .request = {
            .order = ask.order,
            .type = page_asked_type(memory, ask.gfp),
            .flags = gfp_alloc_flags(ask.gfp, ask.order),
        },
    };
}

NO_INLINE struct page *page_alloc_node(struct page_memory *memory, struct page_ask ask)
{
    ask.site = ask.site != 0 ? ask.site : world_site(RETURN_ADDRESS());
    if (page_is_to_fail(memory, ask.order, ask.gfp)) {
        return NULL;
    }

    struct search search = make_search(memory, ask);
    struct attempt attempt = try_take(&search);

    while (attempt.head != NULL && !attempt_is_sound(memory, ask.order, &attempt)) {
        attempt = try_take(&search);
    }
    return attempt.head != NULL ? hand_out(memory, attempt.head, &ask) : NULL;
}

static struct page_ask ask_here(const struct page_memory *memory, unsigned order, gfp_t gfp,
                                enum page_kind kind)
{
    return (struct page_ask){
        .order = order,
        .gfp = gfp,
        .kind = kind,
        .node = memory_node_of_cpu(memory, world_cpu()),
    };
}

struct page *page_alloc(struct page_memory *memory, unsigned order, gfp_t gfp, enum page_kind kind)
{
    return page_alloc_node(memory, ask_here(memory, order, gfp, kind));
}

/* Takes up to count single pages that are at hand; where CPUs have none ever, from the zone. */
static size_t take_some_at_hand(const struct search *search, struct page_zone *zone,
                                struct attempt *attempts, size_t count)
{
    size_t taken = 0;

    while (taken < count) {
        attempts[taken] = take_at_hand(search, zone);
        if (attempts[taken].head == NULL) {
            break;
        }
        taken++;
    }
    return taken;
}

static size_t take_some(struct page_zone *zone, const struct page_request *request,
                        struct attempt *attempts, size_t count)
{
    uint64_t irq_state = zone_lock(zone);
    size_t taken = 0;

    while (taken < count && !zone->is_offline) {
        attempts[taken] = take_listed(zone, request);
        if (attempts[taken].head == NULL) {
            break;
        }
        taken++;
    }
    zone_unlock(zone, irq_state);
    return taken;
}

int page_alloc_some(struct page_memory *memory, const struct page_ask *ask, size_t count,
                    struct page **pages)
{
    struct search search = make_search(memory, *ask);

    if (page_is_to_fail(memory, 0, ask->gfp)) {
        return PAGE_ALLOC_SOME_REFUSED;
    }
    /* Nobody has a claim to a reserve where there may be plenty elsewhere. */
    search.request = modest_request(&search);
    search.request.flags &= ALLOC_FOR_DEVICES;

    struct page_zone *zone = next_zone(&search);
    struct attempt attempts[PAGE_ALLOC_SOME_MAX];
    size_t wanted = count < PAGE_ALLOC_SOME_MAX ? count : PAGE_ALLOC_SOME_MAX;
    size_t taken = zone == NULL          ? 0
                   : pcp_serves(memory, 0)
                       ? take_some_at_hand(&search, zone, attempts, wanted)
                       : take_some(zone, &search.request, attempts, wanted);
    int sound = 0;

    for (size_t i = 0; i < taken; i++) {
        if (attempt_is_sound(memory, 0, &attempts[i])) {
            pages[sound] = hand_out(memory, attempts[i].head, &search.ask);
            sound++;
        }
    }
    return sound;
}

/* Gives the pages the contents that free pages have. */
static void fill_freed(struct page_memory *memory, struct page *head, unsigned order)
{
    if (memory->config->page_poison) {
        raw_fill(memory_address(memory, head), order_size(order), PAGE_POISON_BYTE);
        for (pfn_t index = 0; index < order_pages(order); index++) {
            head[index].poisoned = true;
        }
    } else if (memory->config->init_on_free) {
        raw_fill(memory_address(memory, head), order_size(order), 0);
    }
}

void page_free(struct page_memory *memory, struct page *head, unsigned order, enum page_kind kind)
{
    struct report report;

    if (!page_check_freeable(memory, head, order, kind, &report)) {
        page_send_report(memory, &report, STAGE_PAGE_FREE, ACTION_NONE);
        return;
    }
    page_free_checked(memory, head, order);
}

void page_free_checked(struct page_memory *memory, struct page *head, unsigned order)
{
    struct report report;

    memory_hide(memory_address(memory, head), order_size(order));
    if (!page_check_client(memory, head, order, &report) ||
        !page_check_tails(memory, head, order, &report)) {
        page_send_report(memory, &report, STAGE_PAGE_FREE, ACTION_KEEP_PAGES);
        page_isolate(memory, head, order);
        return;
    }
    fill_freed(memory, head, order);
    page_owner_freed(memory, head, order);
    page_unmap(memory, head, order);

    struct page_zone *zone = zone_of_page(memory, head);

    if (pcp_serves(memory, order) && pcp_give(memory, zone, head, order)) {
        return;
    }

    uint64_t irq_state = zone_lock(zone);

    buddy_give(zone, head);
    zone_unlock(zone, irq_state);
}
